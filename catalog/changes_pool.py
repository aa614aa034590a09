"""Rows of two versions without a counterpart in their own place; more than a few wait in files that have no name."""

import tempfile
import zlib
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

HELD = 262_144
"""Rows kept in memory; more go to files."""
SHARES = 32
"""Files of each side. Rows of one key lie in the same share of both, so that a share is settled by itself."""


class _Side:
    """The waiting rows of one version."""

    def __init__(self, schema: pa.Schema, key: tuple[str, ...]) -> None:
        self._schema, self._key = schema, key
        self._held: list[pa.Table] = []
        self.rows = 0
        """In memory."""
        self._files: list[IO[bytes]] = []
        self._writers: list[pa.RecordBatchWriter] = []

    def put(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._held.append(rows)
            self.rows += rows.num_rows

    def spill(self) -> None:
        """Everything that is held goes to the files."""
        if not self._writers:
            self._files = [tempfile.TemporaryFile() for _ in range(SHARES)]  # noqa: SIM115 closed by close
            self._writers = [pa.ipc.new_stream(file, self._schema) for file in self._files]
        for rows in self._held:
            for share, taken in enumerate(_shares(rows, self._key)):
                if taken:
                    self._writers[share].write_table(rows.take(taken))
        self._held, self.rows = [], 0

    def held(self) -> pa.Table:
        return pa.concat_tables(self._held) if self._held else self._schema.empty_table()

    def share(self, number: int) -> pa.Table:
        """One share of what was spilled; it cannot be added to any more."""
        self._writers[number].close()
        self._files[number].seek(0)
        return pa.ipc.open_stream(self._files[number]).read_all()

    def close(self) -> None:
        for file in self._files:
            file.close()


class Pool:
    """Put rows in, then take `parts`: every key is whole in one part. Close it, or the files stay until the end."""

    def __init__(self, schema: pa.Schema, key: tuple[str, ...], held: int = HELD) -> None:
        self._old, self._new = _Side(schema, key), _Side(schema, key)
        self._limit = held
        self._spilled = False

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self._old.close()
        self._new.close()

    def put(self, old: pa.Table, new: pa.Table) -> None:
        """Rows that wait for a counterpart."""
        self._old.put(old)
        self._new.put(new)
        if self._old.rows + self._new.rows > self._limit:
            self._spill()

    def parts(self) -> Iterator[tuple[pa.Table, pa.Table]]:
        """What waits, old and new, in parts that can be settled one by one."""
        if not self._spilled:
            yield self._old.held(), self._new.held()
            return
        self._spill()
        for number in range(SHARES):
            yield self._old.share(number), self._new.share(number)

    def _spill(self) -> None:
        self._spilled = True
        self._old.spill()
        self._new.spill()


def _shares(rows: pa.Table, key: tuple[str, ...]) -> list[list[int]]:
    """Places of the rows of each share."""
    found: list[list[int]] = [[] for _ in range(SHARES)]
    columns = [rows.column(name).to_pylist() for name in key]
    for place, values in enumerate(zip(*columns, strict=True)):
        found[zlib.crc32(repr(values).encode()) % SHARES].append(place)
    return found
