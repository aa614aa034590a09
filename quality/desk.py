"""The desk: a throw-away database in which one landing is looked at, its exact copies put aside."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from quality import sql
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset
from schemas.errors import BadInput, NotReady
from schemas.journey import PIECE, PLACE, ROW, SYSTEM_COLUMNS, Landing

LANDED = "landed"
"""View: every row of the landing's parts, declared and system columns."""
COPIES = "copies"
"""Table: `_row` of each exact copy that is dropped."""
JUDGED = "judged"
"""View: what Great Expectations sees."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A connection to the desk, and the dataset whose rows lie on it."""

    connection: sa.Connection
    dataset: Dataset

    @property
    def columns(self) -> tuple[str, ...]:
        """The declared columns."""
        return tuple(field.name for field in self.dataset.fields)

    def ask(self, statement: str) -> Sequence[Sequence[Any]]:
        """The rows that a statement gives."""
        with self._room():
            return self.connection.exec_driver_sql(statement).fetchall()

    def tell(self, statement: str) -> None:
        """Run a statement that gives none."""
        with self._room():
            self.connection.exec_driver_sql(statement).close()

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.OperationalError as wrong:
            if isinstance(wrong.orig, duckdb.OutOfMemoryException):
                said = str(wrong.orig).split("\n", 1)[0]
                raise NotReady(f"{self.dataset.key}: the check needs more memory than it may take: {said}") from wrong
            if isinstance(wrong.orig, duckdb.IOException):
                said = str(wrong.orig).split("\n", 1)[0]
                raise NotReady(f"{self.dataset.key}: the check cannot use its disk: {said}") from wrong
            raise

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.ask(f"SELECT count(*) FROM {table}")[0][0])


def landed_schema(dataset: Dataset) -> pa.Schema:
    """What the parts of a landing must look like: declared columns and system columns, in any order."""
    system = [pa.field(ROW, pa.int64()), pa.field(PIECE, pa.string()), pa.field(PLACE, pa.int64())]
    return pa.schema([*arrow_schema(dataset), *system])


def landed_files(dataset: Dataset, landing: Landing, lake: Path, scratch: Path) -> tuple[Path, ...]:
    """The parts' files, checked against the contract; one empty file where nothing was read.

    Raises NotReady for a missing file, BadInput for columns or types of another contract.
    """
    files = tuple(lake / part.path for part in landing.parts)
    expected = landed_schema(dataset)
    for file in files:
        if not file.is_file():
            raise NotReady(
                f"{dataset.key}: no file at {file}, expected a part of the landing; land {landing.window.key} again"
            )
        _compare(dataset, file, pq.read_schema(file), expected)
    if files:
        return files
    empty = scratch / "empty.parquet"
    pq.write_table(expected.empty_table(), empty)
    return (empty,)


def _compare(dataset: Dataset, file: Path, found: pa.Schema, expected: pa.Schema) -> None:
    there = {field.name: field.type for field in found}
    wrong = [
        f"{field.name}: found {there.get(field.name, 'no such column')}, expected {field.type}"
        for field in expected
        if there.get(field.name) != field.type
    ]
    if wrong:
        raise BadInput(f"{dataset.key}: {file} was landed under another contract; land again ({'; '.join(wrong)})")


def lay_out(desk: Desk, files: Sequence[Path]) -> tuple[int, int]:
    """Make the views, put exact copies and states that a later row of the same key overtakes aside; their numbers."""
    columns = sql.names((*desk.columns, *SYSTEM_COLUMNS))
    desk.tell(f"CREATE VIEW {LANDED} AS SELECT {columns} FROM {sql.parquet(files)}")
    copies = _put_copies_aside(desk)
    earlier = _put_earlier_aside(desk)
    show(desk, system=False, copies=copies + earlier)
    return copies, earlier


def show(desk: Desk, *, system: bool, copies: int) -> None:
    """(Re)make `judged`: landed rows without copies, with or without the system columns."""
    columns = sql.names((*desk.columns, *SYSTEM_COLUMNS) if system else desk.columns)
    kept = f" WHERE {ROW} NOT IN (SELECT {ROW} FROM {COPIES})" if copies else ""
    desk.tell(f"CREATE OR REPLACE VIEW {JUDGED} AS SELECT {columns} FROM {LANDED}{kept}")


def _put_copies_aside(desk: Desk) -> int:
    """Of rows that are the same in all declared columns (NULL equals NULL) the one with the lowest number stays.

    Rows can only be copies where their keys are; so a hash of the key (of the row where there is none) is grouped
    first, 8 bytes a row, and whole rows are compared only where it occurs twice. Both spill.
    """
    keyed = sql.names(desk.dataset.key_fields or desk.columns)
    everything = sql.names(desk.columns)
    desk.tell(f"CREATE TABLE {COPIES} ({ROW} BIGINT)")
    desk.tell(f"CREATE TEMP TABLE suspects AS SELECT hash({keyed}) AS h FROM {LANDED} GROUP BY ALL HAVING count(*) > 1")
    if not desk.count("suspects"):
        return 0
    desk.tell(f"CREATE TEMP VIEW alike AS FROM {LANDED} WHERE hash({keyed}) IN (SELECT h FROM suspects)")
    desk.tell(f"CREATE TEMP TABLE first AS SELECT min({ROW}) AS {ROW} FROM alike GROUP BY {everything}")
    desk.tell(f"INSERT INTO {COPIES} SELECT {ROW} FROM alike WHERE {ROW} NOT IN (SELECT {ROW} FROM first)")
    return desk.count(COPIES)


def _put_earlier_aside(desk: Desk) -> int:
    """Of rows with one key those whose field of order is less than another's; rows that tie there stay, and are judged.

    A missing value is the least.
    """
    order = desk.dataset.source.order
    if not order:
        return 0
    keyed, by = sql.names(desk.dataset.key_fields), sql.name(order)
    before = desk.count(COPIES)
    twice = f"SELECT hash({keyed}) AS h FROM {LANDED} GROUP BY ALL HAVING count(*) > 1"
    desk.tell(f"CREATE TEMP TABLE twice AS {twice}")
    alike = f"SELECT {ROW}, {keyed}, {by} AS _order FROM {LANDED} WHERE hash({keyed}) IN (SELECT h FROM twice)"
    last = f"max(_order) OVER (PARTITION BY {keyed})"
    earlier = f"SELECT {ROW}, _order, {last} AS _last FROM ({alike})"
    desk.tell(
        f"INSERT INTO {COPIES} SELECT {ROW} FROM ({earlier}) WHERE (_order < _last OR (_order IS NULL AND _last IS NOT "
        f"NULL)) AND {ROW} NOT IN (SELECT {ROW} FROM {COPIES})"
    )
    desk.tell("DROP TABLE twice")
    return desk.count(COPIES) - before
