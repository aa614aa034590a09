"""Indicators: the rows beyond a threshold are found and told, and neither held back nor counted as faults."""

from pathlib import Path

import pytest

from dags.steps import alerts_of
from quality.check import check
from schemas.contract_derived import indicator_rules
from schemas.dataset import Dimension, Kind, Severity
from schemas.origin import Indicator
from tests.quality.landings import NOW, dataset, field, land

OFFICER = "枣庄市大数据局值班室"


@pytest.mark.parametrize(
    ("direction", "kind", "beyond"),
    [("above", Kind.INTEGER, 2), ("below", Kind.INTEGER, 1), ("above", Kind.DECIMAL, 2), ("below", Kind.DOUBLE, 1)],
)
def test_rows_beyond_the_threshold_call_the_officer(tmp_path: Path, direction: str, kind: Kind, beyond: int) -> None:
    value = field("gap", kind, precision=18, scale=2) if kind is Kind.DECIMAL else field("gap", kind)
    sign = Indicator("gap", "3", direction, OFFICER)
    watched = dataset((field("firm"), value), indicator_rules(sign, (value,)), indicator=sign)
    rows = [{"firm": f"{place}", "gap": n} for place, n in enumerate((2, 3, 3, 4, 5))] + [{"firm": "x", "gap": None}]
    verdict = check(watched, land(watched, rows, tmp_path), tmp_path, {}, NOW)
    found = next(one for one in verdict.findings if one.rule == "indicator.gap")
    assert (found.failed, found.severity, found.success) == (beyond, Severity.WARNING, False)
    assert (verdict.passed, verdict.quarantined, verdict.blocked) == (6, 0, ())
    assert Dimension.ACCURACY not in verdict.scores
    assert alerts_of(watched, verdict) == [f"indicator.gap: {beyond} rows {direction} 3; tell {OFFICER}"]


def test_nobody_is_called_while_all_rows_are_on_the_good_side(tmp_path: Path) -> None:
    value, sign = field("gap", Kind.INTEGER), Indicator("gap", "5", "above", OFFICER)
    watched = dataset((value,), indicator_rules(sign, (value,)), indicator=sign)
    verdict = check(watched, land(watched, [{"gap": 4}, {"gap": 5}], tmp_path), tmp_path, {}, NOW)
    assert alerts_of(watched, verdict) == []
    assert alerts_of(dataset((value,)), verdict) == []
