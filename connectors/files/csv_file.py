"""One CSV file as its options describe it: what stands above its data, and its rows as text."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import pyarrow as pa
import pyarrow.csv as pacsv
from pydantic import Field

from connectors.files.content import Content, Raw
from connectors.files.encoding import Encoding, codec, undecodable
from connectors.headers import Layout
from connectors.options import Options
from schemas.dataset import Json
from schemas.errors import SourceChanged

if TYPE_CHECKING:
    from _csv import Reader


class CsvOptions(Options):
    """How the files are written; nothing of it is ever guessed."""

    encoding: Encoding
    """GBK and GB2312 are read as GB18030; UTF-8 may begin with a byte order mark."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    """Empty: quotation marks are text like any other."""
    header_row: int = Field(default=1, ge=0)
    """Which row holds the headers; rows above it are skipped. 0: no headers, the columns stand in field order."""
    skip_rows: int = Field(default=0, ge=0)
    """Rows between the headers (or the top) and the first row of data."""
    block_size: int = Field(default=4 << 20, ge=1 << 10)
    """Bytes read at a time; no row may be longer."""
    short_rows: bool = False
    """Rows may end before their last cells, which are NULL then; without it such a row is a misfit."""
    trim_headers: bool = False
    """Headers count without the blanks, line breaks and byte order marks around them."""
    number_repeats: bool = False
    """A header that stands again gets `#2`, `#3`… behind it, and a blank one is called `column 4` after its place."""

    @property
    def written(self) -> tuple[Encoding, str]:
        """Encoding and delimiter."""
        return self.encoding, self.delimiter


MARK = "\ufeff"
"""Byte order mark: some programs begin GB18030 with one, too."""
_AROUND = f" \t\r\n\u00a0\u3000\u200b{MARK}"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the data of one file."""

    cells: tuple[str, ...]
    """The headers; without a header row the cells of the first row, which is data already."""
    lines: int
    """Lines before the first row of data."""
    alone: bool
    """Nothing follows: the file has no data."""


def read_head(content: Content, options: CsvOptions) -> Head:
    """What stands above the data; SourceChanged where the file ends before its headers or cannot be decoded."""
    try:
        with (
            content.open() as raw,
            text_of(raw, options) as opened,
            strictly(_lines(opened, content.where, options), options) as rows,
        ):
            return _above(opened, rows, content.where, options)
    except UnicodeDecodeError as wrong:
        raise SourceChanged(undecodable(content, options.encoding) or f"{content.where}: {wrong}") from wrong
    except UnicodeError as wrong:
        said = "expected the byte order mark of UTF-16; where the files have none, declare utf-16-le or utf-16-be"
        raise SourceChanged(f"{content.where}: {wrong}; {said}") from wrong
    except csv.Error as wrong:
        raise SourceChanged(f"{content.where}: {wrong}; expected CSV as the contract declares it") from wrong


def text_of(raw: io.BufferedReader, options: CsvOptions, errors: str = "strict") -> io.TextIOWrapper:
    """The file decoded, without a byte order mark; its line ends as they are."""
    encoding = codec(options.encoding)
    mark = b"" if encoding == "utf-16" else MARK.encode(encoding, "ignore")
    if raw.peek(len(mark)).startswith(mark):
        raw.read(len(mark))
    return io.TextIOWrapper(raw, encoding, errors, newline="")


def _lines(opened: TextIO, where: str, options: CsvOptions) -> Iterator[str]:
    """The lines above the data; SourceChanged where one is longer than a block, or all of them than so many blocks."""
    longest = options.block_size
    left = longest * (options.header_row + options.skip_rows + 1)
    while line := opened.readline(longest + 1):
        left -= len(line)
        if len(line) > longest or left < 0:
            said = f"{where}: found a row of more than {longest} characters, expected one that fits into block_size"
            raise SourceChanged(f"{said}: has the file line breaks, and is it CSV of the declared delimiter and quote?")
        yield line


def _above(opened: TextIO, rows: "Reader", where: str, options: CsvOptions) -> Head:
    headers: list[str] = []
    for number in range(options.header_row + options.skip_rows):
        row = next(rows, None)
        if row is None and number < options.header_row:
            raise SourceChanged(f"{where}: found {number} rows, expected the headers in row {options.header_row}")
        if number == options.header_row - 1:
            headers = row or []
    lines = rows.line_num
    if options.header_row:
        return Head(_headers(headers, options), lines, alone=not opened.read(1))
    first = next(rows, None)
    return Head(tuple(first or ()), lines, alone=first is None)


def _headers(cells: list[str], options: CsvOptions) -> tuple[str, ...]:
    if options.trim_headers:
        cells = [cell.strip(_AROUND) for cell in cells]
    if not options.number_repeats:
        return tuple(cells)
    named = [cell or f"column {place}" for place, cell in enumerate(cells, 1)]
    times = [named[: place + 1].count(cell) for place, cell in enumerate(named)]
    return tuple(f"{cell}#{count}" if count > 1 else cell for cell, count in zip(named, times, strict=True))


@contextmanager
def strictly(lines: Iterable[str], options: CsvOptions) -> Iterator["Reader"]:
    """Python's own reader of the same text: csv.Error where a quotation mark stands where none may.

    Its cells may be as long as a block, not 131,072 characters, beyond which it takes any to be without its end. That
    length is one for the whole process; afterwards it is what it was.
    """
    quote = options.quote
    reading: dict[str, Json] = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    before = csv.field_size_limit()
    csv.field_size_limit(max(before, options.block_size))
    try:
        yield csv.reader(lines, delimiter=options.delimiter, strict=True, **reading)
    finally:
        csv.field_size_limit(before)


PutAside = Callable[[pacsv.InvalidRow], str]


def open_rows(
    opened: Raw, options: CsvOptions, shape: Layout, lines: int, put_aside: PutAside | None
) -> pacsv.CSVStreamingReader:
    """Batches below the first `lines`, columns named by position; rows that have not their cells are put aside.

    Texts; where nobody puts aside what is broken, the bytes of the file's own encoding, and pa.ArrowInvalid.
    """
    names = [str(i) for i in range(len(shape.headers))]
    wanted = [str(p) for p in shape.positions if p is not None]
    return pacsv.open_csv(
        pa.PythonFile(opened, mode="r"),
        read_options=_reading(codec(options.encoding) if put_aside else "utf-8", options, names, lines),
        parse_options=pacsv.ParseOptions(
            delimiter=options.delimiter,
            quote_char=options.quote or False,
            newlines_in_values=bool(options.quote),
            ignore_empty_lines=len(names) > 1,
            invalid_row_handler=put_aside,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string() if put_aside else pa.binary()),
            strings_can_be_null=False,
            include_columns=wanted,
        ),
    )


def _reading(encoding: str, options: CsvOptions, names: list[str], lines: int) -> pacsv.ReadOptions:
    return pacsv.ReadOptions(
        encoding=encoding,
        column_names=names,
        skip_rows=lines,
        block_size=options.block_size,
        use_threads=False,  # with threads pyarrow does not tell which row is broken
    )
