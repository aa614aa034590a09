"""Data Contract CLI finds in the demo city's rows what our verdicts say, for the rules that it knows."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quality.check import read_verdict
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset
from schemas.journey import Verdict, Window
from schemas.settings import SHIPPED_CONTRACTS
from tests.clients.conftest import made_or_skipped
from tests.clients.datacontract import DataContract
from tests.demo.conftest import Played

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def datacontract(tmp_path_factory: pytest.TempPathFactory) -> DataContract:
    return made_or_skipped(tmp_path_factory.mktemp("datacontract"))


def judged(dataset: Dataset, verdict: Verdict, lake: Path) -> pa.Table:
    """The rows that the rules were held against: those that passed, and those in quarantine."""
    parts = [*verdict.clean, *(one for one in verdict.quarantine if one.path.endswith("/quarantine.parquet"))]
    names = [field.name for field in dataset.fields]
    return pa.concat_tables(pq.read_table(lake / one.path, columns=names, partitioning=None) for one in parts)


def contract(key: str) -> Path:
    return SHIPPED_CONTRACTS / f"{key.replace('.', '/')}.odcs.yaml"


def test_with_planted_faults_it_counts_for_every_rule_that_it_knows_what_the_verdict_counts(
    played: Played, datacontract: DataContract
) -> None:
    found, expected = {}, {}
    for key in played.city.truth:
        for day in played.city.windows(key):
            verdict = read_verdict(played.settings.lake, key, Window.parse(day))
            assert verdict is not None
            counts = datacontract.test(contract(key), judged(played.datasets[key], verdict, played.settings.lake))
            ours = {one.rule: one.failed for one in verdict.findings}
            found |= {(key, day, rule): count for rule, count in counts.items()}
            expected |= {(key, day, rule): ours[rule] for rule in counts}
    assert found == expected
    assert sum(1 for count in found.values() if count) >= 10
    assert {rule.split(".")[1] for _, _, rule in found} == {"required", "unique", "pattern", "range", "length", "set"}


def test_of_what_is_published_it_finds_nothing_wrong(played: Played, datacontract: DataContract) -> None:
    for key, dataset in played.datasets.items():
        snapshot = played.shelf.latest(key)
        assert snapshot is not None
        files = [played.settings.lake / file.part.path for file in snapshot.files]
        rows = pa.concat_tables(pq.read_table(file, partitioning=None) for file in files)
        counts = datacontract.test(contract(key), rows.select(arrow_schema(dataset).names))
        assert {rule: count for rule, count in counts.items() if count} == {}, key
