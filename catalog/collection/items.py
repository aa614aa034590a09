"""Fields of all datasets as the duplicate check looks for them: by element, by name, by pairs of characters."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from catalog import tables
from catalog.collection.tables import collected_item, item_pair
from schemas.dataset import Dataset, Field, Sharing
from schemas.divisions import normalise
from schemas.errors import BadInput
from schemas.likeness import pairs, rare_first, says_something, told
from schemas.record import from_json
from schemas.standards.elements import find_element

BATCH = 10_000
Row = dict[str, Any]


def enter(connection: Connection, dataset: Dataset) -> None:
    """Enter the fields of a dataset in the place of those that stand there; a derived one collects nothing itself.

    Call it inside `writing`.
    """
    connection.execute(delete(collected_item).where(collected_item.c.dataset == dataset.key))
    if not dataset.source.inputs:
        put(connection, [row(dataset, field) for field in dataset.fields])


def catch_up(connection: Connection) -> int:
    """Enter the datasets that were registered before there was this table; how many were. Call it inside `writing`."""
    table = tables.dataset
    entered = select(collected_item.c.dataset).where(collected_item.c.dataset == table.c.key).exists()
    wanted = select(table.c.contract).where(~entered).order_by(table.c.key)
    known = [one for one in map(_readable, connection.scalars(wanted).all()) if one is not None]
    for dataset in known:
        enter(connection, dataset)
    return len(known)


def put(connection: Connection, rows: Sequence[Row]) -> None:
    """Enter rows of fields, with the pairs of those names that are new."""
    if rows:
        connection.execute(insert(collected_item), rows)
        enter_pairs(connection, rows)


def enter_pairs(connection: Connection, rows: Sequence[Row]) -> None:
    """The pairs of the names of fields, where they are new."""
    names = sorted({one["told"] for one in rows if says_something(one["told"])})
    for batch in _batches(names, BATCH):
        known = set(connection.scalars(select(item_pair.c.told).where(item_pair.c.told.in_(batch))))
        _ignoring(connection, item_pair, [p for name in batch if name not in known for p in _pairs(name)])


def row(dataset: Dataset, field: Field) -> Row:
    """One field as a row."""
    return {
        "dataset": dataset.key,
        "name": field.name,
        "title": field.title,
        "title_en": field.title_en,
        "told": told(field.title or field.name),
        "element": field.element or meant(field.title, field.name, field.source_name),
        "subject_kind": dataset.subject_kind,
        "division": place_of(dataset),
        "withheld": dataset.sharing is Sharing.WITHHELD,
    }


def meant(*words: str) -> str:
    """Id of the data element that one of the words means; empty where none does."""
    found = next((one for one in map(find_element, filter(None, words)) if one is not None), None)
    return found.id if found else ""


def place_of(dataset: Dataset) -> str:
    """Division of a dataset in 12 digits; as it is written where it is none."""
    try:
        return normalise(dataset.division)
    except ValueError:
        return dataset.division


def _readable(contract: str) -> Dataset | None:
    """A stored contract; None where a release wrote it that knew other words."""
    try:
        return from_json(Dataset, contract, where="a stored contract")
    except BadInput:
        return None


def _pairs(name: str) -> Iterator[Row]:
    number = len(pairs(name))
    for pair in rare_first(name):
        yield {"pair": pair, "told": name, "pairs": number}


def _ignoring(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert what is not there yet."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    if rows:
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def _batches(some: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (some[at : at + size] for at in range(0, len(some), size))
