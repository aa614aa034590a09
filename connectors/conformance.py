"""What every kind of source must keep: one class of tests that the tests of each kind inherit, other packages' too.

Needs pytest (`yishu[conformance]`). In a `conftest.py`, before anything imports this module, so that a failing assert
shows what it compared: `pytest.register_assert_rewrite("connectors.conformance")`.
"""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from connectors.conformance_bench import DAY, NAMES, ROWS, SECRET, Bench, dataset_of, landed, rejects_of, rows_of, typed
from connectors.landing.fit import fit, landed_schema
from connectors.registry import option_mistakes
from schemas.dataset import Dataset
from schemas.errors import SourceChanged
from schemas.record import to_json


class Conformance:
    """Inherit it and give a fixture `bench` that makes a fresh `Bench`."""

    @pytest.fixture
    def dataset(self, bench: Bench) -> Dataset:
        """The contract on the filled source."""
        bench.fill(NAMES, ROWS)
        return dataset_of(bench.source())

    def test_its_options_have_no_mistake(self, dataset: Dataset) -> None:
        assert option_mistakes(dataset) == ()

    def test_an_unknown_option_is_refused_with_the_valid_names(self, dataset: Dataset) -> None:
        options = {**dataset.source.options, "colour": "red"}
        mistakes = option_mistakes(replace(dataset, source=replace(dataset.source, options=options)))
        assert len(mistakes) == 1
        assert "options.colour" in mistakes[0]
        assert "valid ones are" in mistakes[0]

    def test_check_finds_nothing_in_the_way(self, bench: Bench, dataset: Dataset) -> None:
        assert bench.connector(dataset).check() == ()

    def test_discover_names_the_columns(self, bench: Bench, dataset: Dataset) -> None:
        (stream,) = bench.connector(dataset).discover()
        assert tuple(c.name for c in stream.columns) == NAMES

    def test_every_batch_has_the_declared_schema_after_fit(self, bench: Bench, dataset: Dataset) -> None:
        connector = bench.connector(dataset)
        batches = list(connector.read(connector.plan(DAY)))
        assert batches
        for batch in batches:
            assert fit(dataset, batch)[0].schema == landed_schema(dataset)

    def test_empty_text_null_and_null_marker_stay_apart(self, bench: Bench, dataset: Dataset) -> None:
        notes = typed(dataset, bench.connector(dataset)).column("note").to_pylist()
        assert notes == ["", None, None if bench.knows_null else ""]

    def test_long_numbers_and_rare_characters_are_exact(self, bench: Bench, dataset: Dataset) -> None:
        table = typed(dataset, bench.connector(dataset))
        assert table.column("person_id").to_pylist() == [r["person_id"] for r in ROWS]
        assert table.column("division").to_pylist() == ["370402001013", "370403000000", "370481000000"]
        assert table.column("name").to_pylist() == [r["name"] for r in ROWS]

    def test_decimals_are_exact(self, bench: Bench, dataset: Dataset) -> None:
        table = typed(dataset, bench.connector(dataset))
        for name in ("amount", "precise"):
            assert table.column(name).to_pylist() == [Decimal(r[name] or "") for r in ROWS]

    def test_reading_again_gives_the_same_rows_in_the_same_order(self, bench: Bench, dataset: Dataset) -> None:
        connector = bench.connector(dataset)
        assert connector.plan(DAY) == connector.plan(DAY)
        assert typed(dataset, connector).equals(typed(dataset, connector))

    def test_the_source_is_as_it_was(self, bench: Bench, dataset: Dataset) -> None:
        before = bench.state()
        connector = bench.connector(dataset)
        connector.check()
        connector.discover()
        typed(dataset, connector)
        assert bench.state() == before

    def test_a_column_more_is_warned_of_and_not_read(self, bench: Bench, dataset: Dataset) -> None:
        bench.fill((*NAMES, "hobby"), [{**r, "hobby": "围棋"} for r in ROWS])
        connector = bench.connector(dataset)
        (problem,) = connector.check()
        assert problem.warning
        assert "hobby" in problem.said
        assert "hobby" not in typed(dataset, connector).column_names

    def test_a_column_less_is_refused_with_the_names_found_and_expected(self, bench: Bench, dataset: Dataset) -> None:
        names = [n for n in NAMES if n != "amount"]
        bench.fill(names, ROWS)
        connector = bench.connector(dataset)
        with pytest.raises(SourceChanged, match=r"no column 'amount'; found 'person_id'.*; expected .*'amount'"):
            typed(dataset, connector)
        (problem,) = connector.check()
        assert not problem.warning
        assert problem.code == "SOURCE_CHANGED"

    def test_a_misfit_is_rejected_with_its_place_and_the_rest_is_landed(
        self, bench: Bench, dataset: Dataset, tmp_path: Path
    ) -> None:
        bench.fill(NAMES, [ROWS[0], {**ROWS[1], "division": "37040"}, ROWS[2]])
        landing = landed(dataset, bench.connector(dataset), tmp_path)
        assert (landing.read, landing.rows) == (3, 2)
        assert landing.rejected == {"division.misfit": 1}
        (reject,) = rejects_of(tmp_path, landing)
        good = {row["_row"] for row in rows_of(tmp_path, landing)}
        assert reject["field"] == "division"
        assert reject["value"] == "37040"
        assert "5 digits" in reject["reason"]
        assert reject["_row"] not in good

    def test_the_source_s_own_count_is_that_of_the_rows_read_misfits_with_them(
        self, bench: Bench, dataset: Dataset, tmp_path: Path
    ) -> None:
        bench.fill(NAMES, [ROWS[0], {**ROWS[1], "division": "37040"}, ROWS[2]])
        landing = landed(dataset, bench.connector(dataset), tmp_path)
        assert landing.source_rows == (landing.read if bench.counts else None)
        bench.fill(NAMES, [])
        nothing = landed(dataset, bench.connector(dataset), tmp_path / "another")
        assert nothing.source_rows == (0 if bench.counts else None)

    def test_no_rows_land_as_one_empty_part(self, bench: Bench, dataset: Dataset, tmp_path: Path) -> None:
        bench.fill(NAMES, [])
        landing = landed(dataset, bench.connector(dataset), tmp_path)
        assert (landing.read, landing.rows, len(landing.parts)) == (0, 0, 1)
        assert pq.read_schema(tmp_path / landing.parts[0].path) == landed_schema(dataset)

    def test_no_secret_in_plan_manifest_repr_or_refusal(self, bench: Bench, dataset: Dataset, tmp_path: Path) -> None:
        connector = bench.connector(dataset)
        landing = landed(dataset, connector, tmp_path)
        bench.fill(["another"], [])
        with pytest.raises(SourceChanged) as refusal:
            typed(dataset, connector)
        shown = [repr(connector), str(refusal.value), repr(refusal.value), repr(refusal.value.__cause__)]
        shown += [to_json(connector_plan).decode() for connector_plan in [landing]]
        shown += [file.read_text(errors="replace") for file in tmp_path.rglob("*.json")]
        assert not [text for text in shown if SECRET in text]
