"""Whether the quotation marks of a CSV file stand where CSV has them, so that none swallows the rows behind it."""

import codecs
import csv
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.content import BLOCK, Content
from connectors.files.csv_bytes import decoding
from connectors.files.csv_file import MARK, CsvOptions, strictly, text_of
from connectors.files.encoding import codec

_END = b"\n"
_LONGEST = 1 << 16
"""So many quotation marks in a row are looked at more closely."""


def unpaired(content: Content, options: CsvOptions) -> str:
    """What is wrong with the quotation marks of a file, in words; empty where nothing is.

    Without its pair one swallows all rows up to the next one, and pyarrow says nothing; nor does it of text behind a
    closing one. Where any stands in another place than CSV has it, the file is read again, strictly.
    """
    if not options.quote or not out_of_place(_blocks(content, options), options):
        return ""
    begun = 1
    with (
        content.open() as raw,
        text_of(raw, options, "replace") as opened,  # columns that are not read may be anything
        strictly(opened, options) as rows,
    ):
        try:
            for _ in rows:
                begun = rows.line_num + 1
        except csv.Error as wrong:
            return (
                f"{content.where}: the row that begins in line {begun}: {wrong}; is a quotation mark without its pair? "
                "Expected one within a quoted cell to be doubled: ask for the file anew, or, where no cell is quoted, "
                "declare quote: ''"
            )
    return ""


def _blocks(content: Content, options: CsvOptions) -> Iterator[bytes]:
    """The file in bytes of which none is the sign of a quotation mark or a delimiter unless it stands for itself."""
    encoding = codec(options.encoding)
    plain = encoding == "utf-8" or decoding(encoding, options.delimiter, options.quote) is not None
    decoder = None if plain else codecs.getincrementaldecoder(encoding)("replace")
    mark = MARK.encode(encoding if plain else "utf-8", "ignore")
    with content.open() as opened:
        while block := opened.read(BLOCK):
            made = block if decoder is None else decoder.decode(block).encode("utf-8", "replace")
            yield made.removeprefix(mark) if mark else made
            mark = b""


def out_of_place(blocks: Iterable[bytes], options: CsvOptions) -> bool:
    """Whether any mark stands elsewhere than around a cell or doubled within one, as in `"a""b",5" pipe`.

    Every other one opens: before it stands the end of a cell, or the one that it doubles. The others close: so behind.
    """
    quote = options.quote.encode()
    beside = pa.array(options.delimiter.encode() + b"\r\n" + quote, pa.uint8())
    held, odd = _END, 0  # held: the last character that is no mark, and the marks behind it
    for block in blocks:
        if len(held) == 1 and quote not in block:
            held = block[-1:] or held
            continue
        some = held + block
        whole = some.rstrip(quote)
        if len(some) - len(whole) > _LONGEST:
            return True
        count, tidy = _tidy(whole, quote, odd, beside)
        if not tidy:
            return True
        held, odd = some[len(whole) - 1 :], (odd + count) % 2
    count, tidy = _tidy(held + _END, quote, odd, beside)
    return not tidy or (odd + count) % 2 == 1


def _tidy(whole: bytes, quote: bytes, odd: int, beside: pa.UInt8Array) -> tuple[int, bool]:
    """How many marks are in bytes that neither begin nor end with one, and whether each is in its place.

    `odd`: the first of them closes.
    """
    found = pa.Array.from_buffers(pa.uint8(), len(whole), [None, pa.py_buffer(whole)])
    marks = pc.equal(found, pa.scalar(quote[0], pa.uint8()))
    before, behind = found[:-1].filter(marks[1:]), found[1:].filter(marks[:-1])
    neighbours = pa.concat_arrays([before[odd::2], behind[1 - odd :: 2]])
    return len(before), pc.all(pc.is_in(neighbours, value_set=beside)).as_py() is not False
