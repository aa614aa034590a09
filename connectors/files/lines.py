"""Lines of bytes, of encodings in which a line break is always one byte and never part of another character."""

from collections.abc import Iterator
from typing import Literal

from connectors.files.content import BLOCK, Raw
from schemas.errors import SourceChanged

LineEncoding = Literal["utf-8", "gb18030", "gbk", "gb2312", "big5", "windows-1252"]
"""Those encodings."""
LONGEST = 64 << 20
"""Bytes; a line, or a record, that is longer was not made of records."""


def lines(opened: Raw, where: str) -> Iterator[bytes]:
    """The lines without their ends; SourceChanged where one is longer than any record."""
    tail = b""
    while block := opened.read(BLOCK):
        found = (tail + block).split(b"\n")
        tail = found.pop()
        if len(tail) > LONGEST:
            raise SourceChanged(f"{where}: a line of more than {LONGEST} bytes; expected one record on each line")
        yield from found
    if tail:
        yield tail
