"""Record batches as bytes: Arrow IPC, Parquet, and CSV that a spreadsheet cannot run.

A piece may be empty: whoever watches over the stream gets a turn with every batch, though it holds no row.
"""

import io
import tempfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from catalog.rows.json_text import plain

CHUNK = 1 << 20
"""Bytes of one piece of what is already made; an Arrow batch leaves in pieces of so many at least…"""
PIECES = 2
"""…and in about so many of them, so that few copies of the whole of it are in memory."""
GROUP = 122_880
"""Rows of a row group in Parquet; no more is held in memory at once."""
SPOOL = 16 << 20
"""Bytes of Parquet kept in memory; more goes to a temporary file."""
CSV_FIRST, CSV_ROWS = 1_024, 16_384
"""Rows of the first piece of CSV, for which somebody waits, and of the largest: each has twice as many as the last."""
GZIP_LEVEL = 1
"""The fastest: whoever wants few bytes takes Parquet."""
BOM = "\ufeff".encode()
BLANK = " \\x{a0}\\x{2000}-\\x{200f}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{2060}\\x{3000}\\x{feff}\\x00-\\x1f\\x7f"
"""Signs that a spreadsheet may drop from the front of a cell: blanks, marks without a width, control characters."""
FORMULA = f"^(?:[{BLANK}]*[=+\\-@＝＋－＠]|[\\t\\r\\n])"
"""Texts that spreadsheets take for a formula; they get a leading apostrophe."""


def arrow_chunks(schema: pa.Schema, batches: Iterable[pa.RecordBatch], codec: str | None) -> Iterator[bytes]:
    """An Arrow IPC stream, piece by piece; one that breaks off has no end-of-stream mark."""
    sink = Gathered()
    writer = pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression=codec))
    yield from sink.pieces()  # as other formats have it: a piece, be it empty, before that of the first rows
    for batch in batches:
        if batch.num_rows:
            writer.write_batch(batch)
        del batch  # the sink has what it needs of it
        yield from sink.pieces()
    writer.close()
    yield from sink.pieces()


def parquet_file(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> tuple[IO[bytes], int]:
    """A whole Parquet file, rewound, and its size. It carries no metadata but the served columns'."""
    with ExitStack() as held:
        file: IO[bytes] = held.enter_context(tempfile.SpooledTemporaryFile(max_size=SPOOL))
        with pq.ParquetWriter(file, schema.remove_metadata(), compression="zstd", store_schema=False) as writer:
            for table in grouped(schema, batches):
                writer.write_table(table, row_group_size=GROUP)
        size = file.tell()
        file.seek(0)
        held.pop_all()  # the reader of the answer closes it
    return file, size


OURS = b"yishu."
"""What keys of metadata begin with that say something of the rows as they are served."""


def parquet_chunks(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """A Parquet file piece by piece, some of them empty; one that breaks off has no footer. Nothing lies on a disk.

    It carries no metadata but the served columns', and what we say of them ourselves.
    """
    sink, held, rows = Drained(), list[pa.RecordBatch](), 0
    ours = {key: told for key, told in (schema.metadata or {}).items() if key.startswith(OURS)}
    with pq.ParquetWriter(sink, schema.remove_metadata(), compression="zstd", store_schema=False) as writer:
        if ours:
            writer.add_key_value_metadata(ours)
        for batch in batches:
            held.append(batch)
            rows += batch.num_rows
            if rows >= GROUP:
                writer.write_table(pa.Table.from_batches(held, schema), row_group_size=GROUP)
                held, rows = [], 0
            yield sink.taken()
        if rows:
            writer.write_table(pa.Table.from_batches(held, schema), row_group_size=GROUP)
    yield sink.taken()


class Drained(io.RawIOBase):
    """A file that forgets what was taken out of it."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """How much was written in all."""
        return self._place

    def write(self, data: Any, /) -> int:
        """Keep a copy."""
        piece = bytes(data)
        self._held.append(piece)
        self._place += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        """What was written since this was last called."""
        held, self._held = self._held, []
        return b"".join(held)


class Gathered(Drained):
    """The same for a writer that never writes again into what it gave: copied once, when it is taken.

    Arrow's own are so; a stream that grows in place copies each batch several times.
    """

    def write(self, data: Any, /) -> int:
        """Hold on to it."""
        self._held.append(data)
        self._place += len(data)
        return len(data)

    def pieces(self) -> Iterator[bytes]:
        """What was written since, in a few pieces, none much smaller than `CHUNK`; one that is empty for nothing."""
        waiting, self._held = deque(self._held), []
        least = max(CHUNK, sum(map(len, waiting)) // PIECES)
        while True:
            size, together = 0, []
            while waiting and size < least:
                size += len(waiting[0])
                together.append(waiting.popleft())
            yield b"".join(together)
            if not waiting:
                return


def file_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The file in pieces; it is closed at the end, however that comes."""
    with file:
        while piece := file.read(CHUNK):
            yield piece


def csv_chunks(schema: pa.Schema, batches: Iterable[pa.RecordBatch], *, bom: bool) -> Iterator[bytes]:
    """CSV with one header line, LF line ends, texts quoted, missing values as nothing between the commas."""
    header = ",".join(f'"{name}"' for name in schema.names) + "\n"
    yield (BOM if bom else b"") + header.encode()
    most = CSV_FIRST
    for batch in batches:
        if not batch.num_rows:
            yield b""
        start = 0
        while start < batch.num_rows:
            yield _csv(batch.slice(start, most))
            start, most = start + most, min(2 * most, CSV_ROWS)


def _csv(rows: pa.RecordBatch) -> bytes:
    sink = Drained()
    safe = pa.RecordBatch.from_arrays([_safe(column) for column in rows.columns], names=rows.schema.names)
    pacsv.write_csv(safe, sink, pacsv.WriteOptions(include_header=False))
    return sink.taken()


def gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes as one gzip member; one that breaks off has no trailer."""
    packer = zlib.compressobj(GZIP_LEVEL, wbits=31)
    for piece in chunks:
        yield packer.compress(piece)
    yield packer.flush()


def grouped(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows as tables of at least `GROUP` rows each, but the last."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= GROUP:
            yield pa.Table.from_batches(held, schema)
            held, rows = [], 0
    if held:
        yield pa.Table.from_batches(held, schema)


def _safe(column: pa.Array) -> pa.Array:
    leaving = plain(column)
    if not pa.types.is_string(column.type):
        return leaving
    risky = pc.match_substring_regex(column, FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)
