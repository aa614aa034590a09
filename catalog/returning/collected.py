"""How many rows of a version each division collected: counted once when it is published, a row group at a time."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, delete, insert, select

from catalog.lake.where import Lake
from catalog.returning.tables import collected as table
from catalog.rows.stored import stored
from schemas.dataset import Dataset, ScopeRole
from schemas.divisions import normalise
from schemas.journey import RowGroup, Snapshot, SnapshotFile


def counted(lake: Lake, dataset: Dataset, snapshot: Snapshot) -> Mapping[str, int]:
    """Division in full -> rows that it collected. Rows without a collector, or with one that is no code, are nobody's.

    A row group whose map names one collector is not read.
    """
    column = dataset.scopes().get(ScopeRole.COLLECTED_BY, "")
    found: Counter[str] = Counter()
    for file in snapshot.files if column else ():
        unread = [group for group in file.groups if not _told(file, group, column)]
        for group in file.groups:
            if one := _told(file, group, column):
                found[one] += group.rows
        if unread:
            found += _read(lake, file, unread, column)
    return {code: rows for code, rows in found.items() if code}


def enter(connection: Connection, dataset: str, version: int, rows: Mapping[str, int]) -> None:
    """In place of what was counted of an earlier version. Call it inside `writing`."""
    connection.execute(delete(table).where(table.c.dataset == dataset))
    told = [{"dataset": dataset, "division": code, "version": version, "rows": n} for code, n in sorted(rows.items())]
    if told:
        connection.execute(insert(table), told)


def known(connection: Connection, datasets: list[str]) -> Mapping[str, Mapping[str, int]]:
    """Dataset -> division -> rows of the newest version that was counted, in one statement."""
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(table).where(table.c.dataset.in_(datasets))):
        found.setdefault(row.dataset, {})[row.division] = row.rows
    return found


def counted_datasets(connection: Connection) -> tuple[str, ...]:
    """Keys of the datasets of which it is known who collected them."""
    return tuple(connection.scalars(select(table.c.dataset).distinct().order_by(table.c.dataset)))


def _told(file: SnapshotFile, group: RowGroup, column: str) -> str:
    """The one collector that the map names; empty where it names several, or speaks of another column."""
    return group.codes[0] if file.sorted_by == column and len(group.codes) == 1 else ""


def _read(lake: Lake, file: SnapshotFile, groups: list[RowGroup], column: str) -> Counter[str]:
    found: Counter[str] = Counter()
    with stored(lake, file, ()) as opened:
        for group in groups:
            values = opened.columns([group.index], [column]).column(column)
            for one in pc.value_counts(pa.chunked_array(values.chunks, pa.string())).to_pylist():
                found[_full(one["values"])] += one["counts"]
    return found


def _full(code: str | None) -> str:
    try:
        return normalise(code) if code else ""
    except ValueError:
        return ""
