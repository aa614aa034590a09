"""Drift of volume and values against the versions before, and reconciliation with the source's own count."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from quality.check import check
from quality.drift import Bins, by_chance, counts, near, stability
from schemas.dataset import Dataset, Dimension, Identifying, Kind, Load, Severity, Source
from schemas.journey import SHANGHAI, Finding
from schemas.past import NO_PAST, Past, PastVersion
from schemas.profile import Profile
from schemas.record import from_json
from tests.quality.landings import NOW, dataset, field, land, money, rule

NEAR = "column_distribution_to_be_near_past"
FIELDS = (
    field("id", key=1),
    field("kind"),
    money("amount"),
    field("people", Kind.INTEGER),
    field("rate", Kind.DOUBLE),
    field("granted_on", Kind.DATE),
    field("seen_at", Kind.TIMESTAMP),
    field("poor", Kind.BOOLEAN),
    field("mobile", identifying=Identifying.DIRECT),
)
COLUMNS = [one.name for one in FIELDS[1:]]
DRIFTS = dataset(FIELDS, [rule(f"{name}.drift", NEAR, Severity.WARNING, column=name) for name in COLUMNS])


def rows(number: int, seed: int, **bent: Any) -> list[dict[str, Any]]:
    """Rows of one population; `bent` says for a column what becomes of its value."""
    chance = random.Random(seed)
    found = []
    for n in range(number):
        row: dict[str, Any] = {
            "id": str(n),
            "kind": chance.choice(["城市", "城市", "农村"]),
            "amount": Decimal(chance.randrange(30_000, 90_000)) / 100 if chance.random() > 0.1 else None,
            "people": chance.choice([1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
            "rate": chance.gauss(10, 2),
            "granted_on": date(2020, 1, 1) + timedelta(days=chance.randrange(2000)),
            "seen_at": datetime(2026, 11, 1, tzinfo=SHANGHAI) + timedelta(minutes=chance.randrange(30_000)),
            "poor": chance.random() > 0.3,
            "mobile": f"199{n:08d}" if chance.random() > 0.2 else None,
        }
        found.append(row | {name: bend(row[name]) for name, bend in bent.items()})
    return found


def before(of: Dataset, some: Sequence[dict[str, Any]], lake: Path) -> Past:
    """The past that one published version with these rows would be."""
    verdict = check(of, land(of, some, lake), lake, {}, NOW)
    assert verdict.profile is not None
    profile = from_json(Profile, (lake / verdict.profile.path).read_bytes(), where="profile")
    return Past((PastVersion(1, "2026-11-19", verdict.passed),), profile)


def found(of: Dataset, some: Sequence[dict[str, Any]], lake: Path, past: Past) -> dict[str, Finding]:
    return {one.rule: one for one in check(of, land(of, some, lake), lake, {}, NOW, past=past).findings}


def drifted(findings: dict[str, Finding]) -> list[str]:
    return [name for name in COLUMNS if not findings[f"{name}.drift"].success]


def test_another_sample_of_the_same_population_has_not_drifted(tmp_path: Path) -> None:
    past = before(DRIFTS, rows(2000, 1), tmp_path)
    assert drifted(found(DRIFTS, rows(1500, 2), tmp_path, past)) == []


def test_few_rows_that_differ_by_chance_alone_have_not_drifted(tmp_path: Path) -> None:
    past = before(DRIFTS, rows(20, 3), tmp_path)
    assert drifted(found(DRIFTS, rows(15, 4), tmp_path, past)) == []


@pytest.mark.parametrize(
    ("column", "bend"),
    [
        ("kind", lambda value: "城镇" if value == "城市" else value),
        ("amount", lambda value: value * 2 if value else value),
        ("people", lambda value: value + 4),
        ("rate", lambda value: value - 3),
        ("granted_on", lambda value: value + timedelta(days=1500)),
        ("seen_at", lambda value: value + timedelta(days=15)),
        ("poor", lambda value: not value),
        ("amount", lambda value: None if value and value > 400 else value),
        ("mobile", lambda _: None),
    ],
)
def test_just_the_column_that_drifted_is_told(column: str, bend: Any, tmp_path: Path) -> None:
    past = before(DRIFTS, rows(1000, 1), tmp_path)
    findings = found(DRIFTS, rows(1000, 2, **{column: bend}), tmp_path, past)
    assert drifted(findings) == [column]
    told = findings[f"{column}.drift"]
    assert (told.checked, told.failed) == (1, 1)
    assert told.observed.startswith("population stability index ")


def test_a_column_of_one_value_that_is_the_same_again_has_not_drifted(tmp_path: Path) -> None:
    flat = {"people": lambda _: 1, "amount": lambda _: None, "rate": lambda _: 0.0}
    past = before(DRIFTS, rows(500, 1, **flat), tmp_path)
    assert drifted(found(DRIFTS, rows(500, 2, **flat), tmp_path, past)) == []


def test_what_is_observed_of_a_drift_holds_no_value_of_anybody(tmp_path: Path) -> None:
    past = before(DRIFTS, rows(300, 1), tmp_path)
    findings = found(DRIFTS, rows(300, 2, kind=lambda _: "秘密"), tmp_path, past)
    assert "秘密" not in findings["kind.drift"].observed
    assert "城市" not in findings["kind.drift"].observed


def test_without_a_past_a_drift_is_kept_says_so_and_scores_nothing(tmp_path: Path) -> None:
    of = dataset(FIELDS, [*DRIFTS.rules, rule("table.size", "table_row_count_to_be_near_past", Severity.WARNING)])
    verdict = check(of, land(of, rows(10, 1), tmp_path), tmp_path, {}, NOW)
    told = [one for one in verdict.findings if "near_past" in one.expectation]
    assert len(told) == len(COLUMNS) + 1
    assert {(one.success, one.checked, one.failed, one.observed) for one in told} == {
        (True, 0, 0, "no earlier version")
    }
    alone = check(replace(of, rules=()), land(of, rows(10, 1), tmp_path), tmp_path, {}, NOW)
    assert verdict.scores == alone.scores


def test_no_rows_at_all_are_no_drift_of_a_column(tmp_path: Path) -> None:
    past = before(DRIFTS, rows(300, 1), tmp_path)
    findings = found(DRIFTS, [], tmp_path, past)
    assert drifted(findings) == []
    assert findings["kind.drift"].observed == "no rows to compare"


def test_the_index_of_known_shares_is_what_its_formula_gives() -> None:
    # sum of (q - p) ln(q / p) for p = (.5, .5), q = (.8, .2): .3 ln 1.6 + .3 ln 2.5 = .4159; half rows change little
    assert stability((0.5, 0.5), 1_000_000, (800_000, 200_000)) == pytest.approx(0.4159, abs=1e-4)
    assert stability((0.5, 0.5), 100, (50, 50)) == 0
    assert by_chance(7, 1000, 1000) == pytest.approx(0.002 * (6 + 2.326 * 12**0.5))
    assert by_chance(7, 20, 20) > 0.25


def test_half_of_what_stands_at_an_edge_counts_to_either_side() -> None:
    assert counts(Bins(edges=("5",), shares=(0.5, 0.5, 0)), 10, 8, [3.5]) == (3.5, 4.5, 2)
    assert counts(Bins(values=("a",), shares=(0.5, 0.5, 0)), 10, 8, [3]) == (3, 5, 2)


VOLUME = dataset(FIELDS[:2], [])
STEADY = Past(tuple(PastVersion(n, f"2026-11-{n:02}", 100) for n in (5, 4, 3)))


def few(number: int) -> list[dict[str, Any]]:
    return [{"id": str(n), "kind": "城市"} for n in range(number)]


@pytest.mark.parametrize(("number", "kept"), [(100, True), (51, True), (150, True), (49, False), (151, False)])
def test_the_volume_of_a_snapshot_is_watched_without_a_word(number: int, kept: bool, tmp_path: Path) -> None:
    told = found(VOLUME, few(number), tmp_path, STEADY)["table.volume"]
    assert (told.success, told.severity, told.dimension) == (kept, Severity.WARNING, Dimension.CONSISTENCY)
    assert told.observed.endswith("against the median 100 of 3 versions")


def test_a_volume_is_not_watched_before_there_are_three_versions_nor_for_an_append(tmp_path: Path) -> None:
    assert "table.volume" not in found(VOLUME, few(1), tmp_path, Past(STEADY.versions[:2]))
    append = replace(VOLUME, source=Source("sql_table", "c", {}, load=Load.APPEND))
    assert "table.volume" not in found(append, few(1), tmp_path, STEADY)


def test_a_contract_s_own_rule_takes_the_place_of_the_watch(tmp_path: Path) -> None:
    own = rule("table.size", "table_row_count_to_be_near_past", Severity.CRITICAL, max_change=0.9, versions=1)
    of = replace(VOLUME, rules=(own,))
    findings = found(of, few(11), tmp_path, STEADY)
    assert findings["table.size"].success
    assert "table.volume" not in findings
    assert check(of, land(of, few(9), tmp_path), tmp_path, {}, NOW, past=STEADY).blocked == ("table.size",)


def test_the_median_forgives_one_odd_version_and_no_rows_before_are_no_division(tmp_path: Path) -> None:
    odd = Past((PastVersion(9, "w9", 1), *STEADY.versions, PastVersion(2, "w2", 100)))
    assert found(VOLUME, few(100), tmp_path, odd)["table.volume"].success
    empty = Past(tuple(replace(one, rows=0) for one in STEADY.versions))
    assert not found(VOLUME, few(3), tmp_path, empty)["table.volume"].success
    assert found(VOLUME, [], tmp_path, empty)["table.volume"].success


def test_small_numbers_may_change_by_chance() -> None:
    assert near(9, 4, 0.5)  # 4 ± 6
    assert not near(11, 4, 0.5)


@pytest.mark.parametrize(("source", "kept"), [(5, True), (6, False), (4, False)])
def test_read_rows_are_held_against_the_source_s_own_count(source: int, kept: bool, tmp_path: Path) -> None:
    misfit = {"field": "kind", "value": "?", "reason": "r", "raw": "{}"}
    copies = [*few(3), {"id": "0", "kind": "城市"}]
    landing = replace(land(VOLUME, copies, tmp_path, rejects=[misfit]), source_rows=source)
    findings = {one.rule: one for one in check(VOLUME, landing, tmp_path, {}, NOW).findings}
    told = findings["table.source_count"]
    assert (told.success, told.severity) == (kept, Severity.WARNING)
    assert told.observed == f"read 5 rows, the source says {source}"


def test_a_contract_may_hold_a_version_back_over_the_source_s_count(tmp_path: Path) -> None:
    of = replace(VOLUME, rules=(rule("table.whole", "table_row_count_to_equal_source", Severity.CRITICAL),))
    landing = land(of, few(3), tmp_path)
    assert check(of, replace(landing, source_rows=4), tmp_path, {}, NOW, past=NO_PAST).blocked == ("table.whole",)
    silent = check(of, landing, tmp_path, {}, NOW)
    assert silent.blocked == ()
    assert [(one.checked, one.observed) for one in silent.findings if one.rule == "table.whole"] == [
        (0, "the source does not tell how many rows it has")
    ]
