"""What the first bytes of a delimited file show of how it is written: likely options, each with its reason."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

from connectors.exploring import Proposal
from connectors.files.encoding import decodes
from schemas.errors import BadInput

LINES = 30
DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def csv_guess(head: bytes) -> Mapping[str, Proposal]:
    """Encoding, delimiter and the row of the headers; BadInput where it is text of no encoding that is tried."""
    encoding = _encoding(head)
    text = codecs.getincrementaldecoder(str(encoding.value))("replace").decode(head, final=False).removeprefix("\ufeff")
    delimiter = _delimiter(text)
    rows = _rows(io.StringIO(text, newline=""), delimiter)
    found = {"encoding": encoding}
    if delimiter != ",":
        found["delimiter"] = Proposal(delimiter, f"its first lines are parted by {DELIMITERS[delimiter]}", certain=True)
    return found | _header(rows)


def _encoding(head: bytes) -> Proposal:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Proposal(name, "it begins with the byte order mark of that", certain=True)
    if head.isascii():
        said = f"its first {len(head)} bytes are ASCII; a later byte that is no UTF-8 is refused"
        return Proposal("utf-8", said, certain=True)
    if decodes(head, "utf-8"):
        return Proposal("utf-8", f"its first {len(head)} bytes decode strictly as that", certain=True)
    if decodes(head, "gb18030"):
        return Proposal("gb18030", "it is no UTF-8; big5 and others could look so too: read a few names first")
    if decodes(head, "windows-1252"):
        return Proposal("windows-1252", "it is neither UTF-8 nor GB18030: ask the department")
    raise BadInput(
        f"its first {len(head)} bytes are text of no encoding that is tried (UTF-8, GB18030, Windows-1252), expected "
        "CSV: is it a file of fixed width, or no text? No file tells its own widths: write such a contract yourself, "
        "from `yishu contract new KEY --kind fixed_width`"
    )


def _delimiter(text: str) -> str:
    """The one that parts most of the first lines into the same number of cells, two at least."""
    best, kept = ",", 0
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _rows(text.splitlines()[:LINES], delimiter) if len(row) > 1)
        if widths and (most := max(widths.values())) > kept:
            best, kept = delimiter, most
    return best


def _rows(lines: Iterable[str], delimiter: str) -> list[list[str]]:
    """The first rows; a line ends with LF, CR or both."""
    return list(islice(csv.reader(lines, delimiter=delimiter), LINES))


def _header(rows: list[list[str]]) -> dict[str, Proposal]:
    """The first row that is as wide as most, has a text in every cell, each once, and no number among them."""
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    for number, row in enumerate(rows, 1):
        names = [cell.strip() for cell in row]
        if len(row) != width or not all(names) or len(set(names)) < width:
            continue
        if any(name.replace(".", "").replace("-", "").isdigit() for name in names):
            break
        if number == 1:
            return {}
        return {"header_row": Proposal(number, "the first row that looks like headers", certain=True)}
    return {"header_row": Proposal(0, "no row looks like headers; which one is it? 0: none")}
