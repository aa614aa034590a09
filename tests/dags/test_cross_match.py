"""Cross-matching as in 金税三期: wages × social insurance × invoices, from three inputs to an officer who is called."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from catalog.database import upgrade
from catalog.shelf import Shelf, open_shelf
from cli.contract import compiled
from dags import steps
from schemas.contract import find_contracts
from schemas.journey import Window
from schemas.settings import Settings, read_settings
from tests.builders import DAY, NOW, make_subject, make_verdict

FOLDER = Path(__file__).parents[1] / "schemas" / "derived"
CROSS = "tax.cross_match"
HONEST, SHORT = "91370400DEM0000017", "91370400DEM000002X"
PAID = {HONEST: 3, SHORT: 5}
INSURED = {HONEST: 3, SHORT: 2}
PERIOD = "2026-10"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = read_settings({"YISHU_HOME": "home"}, tmp_path)
    upgrade(found.database_url)
    return found


@pytest.fixture
def stocked(settings: Settings) -> Iterator[Shelf]:
    """The three inputs, published."""
    shelf = open_shelf(settings)
    people = [(firm, n) for firm, number in PAID.items() for n in range(number)]
    rows: dict[str, list[dict[str, Any]]] = {
        "tax.wage": [{"person_id": f"{f[-1]}{n}", "firm": f, "period": PERIOD, "amount": 5000} for f, n in people],
        "human_resources.insurance": [
            {"person_id": f"{f[-1]}{n}", "firm": f, "period": PERIOD} for f, n in people if n < INSURED[f]
        ],
        "tax.invoice": [{"firm": firm, "period": PERIOD, "invoiced": 100_000} for firm in PAID],
    }
    for dataset in compiled(find_contracts((FOLDER,))):
        if dataset.key in rows:
            shelf.register(dataset, NOW)
            shelf.publish(dataset, make_verdict(shelf.lake, dataset, rows[dataset.key]), NOW)
    yield shelf
    shelf.engine.dispose()


def test_an_enterprise_that_insures_too_few_calls_the_officer(
    settings: Settings, stocked: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = next(one for one in compiled(find_contracts((FOLDER,))) if one.key == CROSS)
    lenient = replace(dataset, rules=tuple(r for r in dataset.rules if not r.name.endswith(".credit_code")))
    with caplog.at_level(logging.WARNING, "dags.steps"):
        told = steps.whole_way(steps.Job(settings, lenient, Window.of_day(DAY), "run-1"), None, NOW)
    assert told["alerts"] == ["indicator.uninsured: 1 rows above 2; tell 枣庄市大数据局值班室（演示）"]
    logged = [record.getMessage() for record in caplog.records if record.name == "dags.steps"]
    assert logged == [f"{CROSS} v1: {told['alerts'][0]}"]
    assert stocked.runs(CROSS)[0].rules == {"indicator.uninsured": 1}
    files = stocked.version(CROSS, 1).files
    rows = [row for one in files for row in pq.read_table(stocked.lake / one.part.path).to_pylist()]
    assert {row["firm"]: (row["uninsured"], row["ratio"]) for row in rows} == {
        HONEST: (0, Decimal("0.1500")),
        SHORT: (3, Decimal("0.2500")),
    }
    drawn = stocked.catalogue.column_lineage(CROSS, make_subject(organisation=dataset.owner)).edges
    edges = {(e.dataset, e.column) for e in drawn if e.field == "uninsured"}
    assert edges == {("tax.wage", "person_id"), ("human_resources.insurance", "person_id")}
