"""What every kind of source must keep: one class of tests that each kind's tests inherit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.landing.fit import fit, landed_schema
from connectors.landing.landing import land, make_plan
from connectors.protocol import Connector
from connectors.registry import option_mistakes
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import SourceChanged
from schemas.journey import SHANGHAI, Landing, Window
from schemas.record import to_json
from tests.builders import make_dataset, make_field

DAY = Window.of_day(date(2026, 11, 20))
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=SHANGHAI)
SECRET = "kept-out-of-sight-7391"

FIELDS = (
    make_field("person_id", key=1),
    make_field("division", element="division"),
    make_field("name"),
    make_field("amount", type=FieldType(Kind.DECIMAL, 18, 2)),
    make_field("precise", type=FieldType(Kind.DECIMAL, 38, 18)),
    make_field("note"),
)
NAMES = tuple(f.name for f in FIELDS)

Texts = Mapping[str, str | None]

ROWS: Sequence[Texts] = (
    {
        "person_id": "370402199001011234",
        "division": "370402001013",
        "name": "䶮𠮷",
        "amount": "1234567890123.45",
        "precise": "12345678901234567890.123456789012345678",
        "note": "",
    },
    {
        "person_id": "370403198002292345",
        "division": "370403000000",
        "name": '引"号", 换\n行',
        "amount": "-0.01",
        "precise": "0.000000000000000001",
        "note": "NA",
    },
    {
        "person_id": "370481199912310012",
        "division": "370481",
        "name": " 两边有空格 ",
        "amount": "7",
        "precise": "-1.5",
        "note": None,
    },
)


class Bench(Protocol):
    """One source of one kind that a test may fill, change and look at."""

    counts: bool
    """Whether the source says how many rows it has."""
    knows_null: bool
    """Whether the source can hold NULL beside the empty text."""

    def source(self) -> Source:
        """How a contract describes it."""
        ...

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        """Puts these columns and rows in place of what is there."""
        ...

    def connector(self, dataset: Dataset) -> Connector:
        """The connector of a contract on this source."""
        ...

    def state(self) -> object:
        """Everything that reading might have changed."""
        ...


def dataset_of(source: Source, fields: Sequence[Field] = FIELDS) -> Dataset:
    """A dataset collected from `source`; "NA" is its only null marker."""
    source = replace(source, null_markers=("NA",))
    return make_dataset("health.conformance", fields=tuple(fields), source=source, default_scope="")


def typed(dataset: Dataset, connector: Connector, window: Window = DAY) -> pa.Table:
    """All rows that fit."""
    batches = [fit(dataset, batch)[0] for batch in connector.read(connector.plan(window))]
    return pa.Table.from_batches(batches, landed_schema(dataset))


def landed(dataset: Dataset, connector: Connector, lake: Path, window: Window = DAY) -> Landing:
    return land(dataset, make_plan(dataset, connector, window, lake), connector, lake, NOW)


def rows_of(lake: Path, landing: Landing) -> list[dict[str, Any]]:
    """What lies in the parts."""
    return [row for part in landing.parts for row in pq.read_table(lake / part.path).to_pylist()]


def rejects_of(lake: Path, landing: Landing) -> list[dict[str, Any]]:
    """What lies in the rejects."""
    return pq.read_table(lake / landing.rejects.path).to_pylist() if landing.rejects else []


class Conformance:
    """Inherit it and give a fixture `bench`."""

    @pytest.fixture
    def dataset(self, bench: Bench) -> Dataset:
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
