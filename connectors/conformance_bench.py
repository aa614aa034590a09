"""What the conformance suite works with: rows that are easily spoilt, a dataset of them, the source they lie in."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.landing.fit import fit, landed_schema
from connectors.landing.landing import land, make_plan
from connectors.protocol import Connector
from connectors.registry import kind_of
from schemas.dataset import Dataset, Field, FieldType, Kind, Sharing, Source
from schemas.journey import SHANGHAI, Landing, Window

DAY = Window.of_day(date(2026, 11, 20))
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=SHANGHAI)
SECRET = "kept-out-of-sight-7391"  # noqa: S105 - a word to look for, which opens nothing
"""What a bench puts into its connection as password, token or the like: it must show up nowhere."""

TEXT = FieldType(Kind.STRING)


def field(name: str, of: FieldType = TEXT, key: int = 0, element: str | None = None) -> Field:
    """A field that is called the same everywhere."""
    return Field(name, name, name, of, name, key=key, element=element)


FIELDS = (
    field("person_id", key=1),
    field("division", element="division"),
    field("name"),
    field("amount", FieldType(Kind.DECIMAL, 18, 2)),
    field("precise", FieldType(Kind.DECIMAL, 38, 18)),
    field("note"),
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
"""Three rows, ordered by their key."""


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
    """A dataset collected from `source`; "NA" is its only null marker, and files count as soon as they are written."""
    if "ready" in kind_of(source.kind).options.model_fields:
        source = replace(source, options={"ready": {"still": 0}, **source.options})
    made = Dataset(
        key="health.conformance",
        version="1.0.0",
        title="样例",
        title_en="Sample",
        description="",
        description_en="",
        owner="11370400DEM000014H",
        owner_name="样例单位（演示）",
        division="370400000000",
        sharing=Sharing.CONDITIONAL,
        sharing_condition="",
        withheld_basis="",
        fields=tuple(fields),
        rules=(),
        source=replace(source, null_markers=("NA",)),
        update_cycle="P1D",
        subject_kind="person",
    )
    return replace(made, contract_hash=hashlib.sha256(repr(made).encode()).hexdigest())


def typed(dataset: Dataset, connector: Connector, window: Window = DAY) -> pa.Table:
    """All rows that fit."""
    batches = [fit(dataset, batch)[0] for batch in connector.read(connector.plan(window))]
    return pa.Table.from_batches(batches, landed_schema(dataset))


def landed(dataset: Dataset, connector: Connector, lake: Path, window: Window = DAY) -> Landing:
    """The window, landed."""
    return land(dataset, make_plan(dataset, connector, window, lake), connector, lake, NOW)


def rows_of(lake: Path, landing: Landing) -> list[dict[str, Any]]:
    """What lies in the parts."""
    return [row for part in landing.parts for row in pq.read_table(lake / part.path).to_pylist()]


def rejects_of(lake: Path, landing: Landing) -> list[dict[str, Any]]:
    """What lies in the rejects."""
    return list(pq.read_table(lake / landing.rejects.path).to_pylist()) if landing.rejects else []
