"""Single rows by their primary key, as the installation itself looks at them; nothing leaves but by a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

import pyarrow as pa

from catalog.corrections.sealed import JOINT
from catalog.rows.reader import RowReader, keys_of, open_rows
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Ask, Basis, ColumnView, Decision, Mode, RowScope
from schemas.correction_values import told
from schemas.dataset import Dataset, Transform
from schemas.errors import BadInput
from schemas.journey import Snapshot

KEPT = 256
"""Look-ups of disputed rows that are remembered."""


class Rows:
    """Disputed rows of versions, remembered: a version never changes, and its readers come again and again."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], pa.Table] = {}
        self._lock = Lock()

    def of(self, shelf: Shelf, dataset: Dataset, snapshot: Snapshot, keys: tuple[str, ...]) -> pa.Table:
        """The rows of these keys with all columns."""
        mark = (id(shelf.engine), dataset.key, dataset.contract_hash, snapshot.version, snapshot.digest, keys)
        with self._lock:
            known = self._known.get(mark)
        if known is None:
            known = rows(shelf, dataset, snapshot, keys)
            with self._lock:
                while len(self._known) >= KEPT:
                    self._known.pop(next(iter(self._known)))
                self._known[mark] = known
        return known


def rows(shelf: Shelf, dataset: Dataset, snapshot: Snapshot, keys: Sequence[str]) -> pa.Table:
    """The rows of these primary keys, each with its parts joined, in one version."""
    reader = _reader(shelf, dataset, snapshot, tuple(keys))
    return pa.Table.from_batches([batch for batch in reader if batch.num_rows], reader.schema)


@dataclass(frozen=True, slots=True)
class Found:
    """One row."""

    dataset: Dataset
    row: pa.Table

    @property
    def key(self) -> dict[str, str]:
        """Its primary key, each part as text."""
        return {name: keys_of(self.row, (name,))[0].as_py() or "" for name in self.dataset.key_fields}

    def text(self, column: str) -> str:
        """A cell as it would stand in a key."""
        return keys_of(self.row, (column,))[0].as_py() or ""

    def value(self, column: str) -> str | None:
        """A cell in the one spelling of its value; None where it has none, or this version has no such column."""
        there = column in self.row.column_names
        return told(self.dataset.field(column), self.row.column(column)[0].as_py()) if there else None


def row(shelf: Shelf, dataset: Dataset, snapshot: Snapshot, key: Mapping[str, str]) -> Found | None:
    """The row of a primary key; None where there is none. BadInput where the version has several."""
    found = rows(shelf, dataset, snapshot, (joined(dataset, key),))
    if found.num_rows > 1:
        raise BadInput(f"{dataset.key}: several rows have this key, expected one; the source must mend that first")
    return Found(dataset, found) if found.num_rows else None


def joined(dataset: Dataset, key: Mapping[str, str]) -> str:
    """A primary key as one text; BadInput unless it names exactly the key's columns."""
    names = dataset.key_fields
    if not names:
        raise BadInput(f"{dataset.key} has no primary key, so that nobody can name a row of it")
    if not fits(dataset, key):
        raise BadInput(f"key: expected the key columns {', '.join(names)}, each with its value, and no others")
    return JOINT.join(key[name] for name in names)


def fits(dataset: Dataset, key: Mapping[str, str]) -> bool:
    """Whether these are exactly the key's columns, each with a value."""
    return set(key) == set(dataset.key_fields) and all(one.strip() and JOINT not in one for one in key.values())


def keys_in(dataset: Dataset, table: pa.Table) -> list[str]:
    """The joined primary key of each row."""
    found: list[str] = keys_of(table, dataset.key_fields).to_pylist()
    return found


def _reader(shelf: Shelf, dataset: Dataset, snapshot: Snapshot, keys: tuple[str, ...]) -> RowReader:
    """A reader of whole rows on nobody's behalf: to find out what a cell holds and where its row lies."""
    ask = Ask(PUBLIC, dataset.key, Mode.QUERY, "own_duty", snapshot.published_at)
    decision = Decision(
        ask=ask,
        allowed=True,
        basis=Basis.OWNER,
        grant="",
        version=snapshot.version,
        columns=tuple(ColumnView(one.name, Transform.CLEAR) for one in dataset.fields),
        rows=RowScope("", (), snapshot.published_at.date(), keys=keys, key_columns=dataset.key_fields),
        gates=(),
        code="OK",
        gate="",
        following="",
        following_en="",
    )
    return open_rows(shelf.lake, dataset, snapshot, decision, shelf.tree())
