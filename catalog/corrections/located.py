"""Whose value it is: a cell of a derived dataset is followed back, column by column, to the cells it was made of."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.corrections import cells
from catalog.corrections.cells import Found
from catalog.lineage.columns import ColumnEdge, declared_of
from catalog.shelf import Shelf
from schemas.origin import How

FARTHEST = 8
"""Datasets on the way back, at most."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one row of a dataset."""

    found: Found
    column: str


def located(shelf: Shelf, cell: Cell, steps: int = FARTHEST) -> tuple[Cell, ...]:
    """The cells at the sources that a cell was made of; itself where it is collected, or nothing leads further back.

    The way back is known where the contract's query hands the input's primary key on, and its row is still there.
    """
    dataset = cell.found.dataset
    if not dataset.source.inputs or not steps:
        return (cell,)
    with shelf.engine.connect() as connection:
        edges = [one for one in declared_of(connection, dataset.key) if one.to_dataset == dataset.key]
    fed = [one for one in edges if one.field == cell.column and one.how is not How.CONDITION]
    back = [_input(shelf, cell, one, edges) for one in fed]
    found = [each for one in back if one is not None for each in located(shelf, one, steps - 1)]
    return tuple(_once(found)) or (cell,)


def _input(shelf: Shelf, cell: Cell, fed: ColumnEdge, edges: list[ColumnEdge]) -> Cell | None:
    """The cell of an input; None where its row cannot be told."""
    given = shelf.dataset(fed.dataset)
    handed = {
        one.column: one.field for one in edges if one.dataset == fed.dataset and one.how is How.DIRECT and one.field
    }
    snapshot = shelf.latest(given.key)
    if snapshot is None or not given.key_fields or not set(given.key_fields) <= handed.keys():
        return None
    key = {name: cell.found.text(handed[name]) for name in given.key_fields}
    row = cells.row(shelf, given, snapshot, key) if all(key.values()) else None
    return Cell(row, fed.column) if row is not None else None


def _once(found: list[Cell]) -> Iterator[Cell]:
    seen: set[tuple[str, str, str]] = set()
    for one in found:
        mark = (one.found.dataset.key, one.column, cells.joined(one.found.dataset, one.found.key))
        if mark not in seen:
            seen.add(mark)
            yield one
