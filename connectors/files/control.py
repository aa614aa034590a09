"""The control file beside a dropped file, in which a department writes how many rows that one has."""

import csv
from pathlib import Path

from pydantic import Field

from connectors.files.encoding import Encoding, codec
from connectors.options import Options
from connectors.places.folder import reachable
from schemas.errors import SourceChanged, SourceUnreachable

STEM = "{stem}"
"""Stands for the data file's name without its ending."""
MOST = 64 << 10
"""Bytes; what is larger is no control file."""
_DIGITS = 18
"""No file has more rows than these can tell."""


class Control(Options):
    """The file beside each data file in which the department says how many rows that one has."""

    file: str = Field(pattern=r"^[^/]*\{stem\}[^/]*$")
    """E.g. `{stem}.ctl`."""
    column: str = ""
    """Header of the number, in the first line; empty: the first cell of the file is the number."""

    def beside(self, data: Path) -> str:
        """Its name beside a data file."""
        return self.file.replace(STEM, data.stem)


def control_rows(data: Path, file: Path | None, control: Control, encoding: Encoding, delimiter: str) -> int:
    """The number in the control file of a data file; None stands for a file that is not there.

    SourceUnreachable while there is none: the department writes it last. SourceChanged where it says no number.
    """
    if file is None:
        said = f"no control file {control.beside(data)} beside {data} yet; it says how many rows there are"
        raise SourceUnreachable(said)
    text = _written(file).decode("utf-8-sig" if encoding == "utf-8" else codec(encoding), "replace")
    lines = list(csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=delimiter))
    found = _cell(lines, control.column)
    if not (found.isascii() and found.isdigit()) or len(found) > _DIGITS:
        where = f"under {control.column!r}" if control.column else "in its first cell"
        said = f"{file}: found {found[:40]!r} {where}, expected the number of rows of {data.name}"
        raise SourceChanged(f"{said}, in {_DIGITS} digits at most: ask the department for the control file anew")
    return int(found)


def _written(file: Path) -> bytes:
    with reachable(file), file.open("rb") as opened:
        held = opened.read(MOST + 1)
    if len(held) > MOST:
        said = f"{file}: found more than {MOST >> 10} KiB, expected a control file that says a number of rows"
        raise SourceChanged(f"{said}: is `control` the name of another file?")
    return held


def _cell(lines: list[list[str]], column: str) -> str:
    if not column:
        return lines[0][0].strip() if lines and lines[0] else ""
    headers = [header.strip() for header in lines[0]] if lines else []
    if column not in headers or len(lines) < 2 or len(lines[1]) <= headers.index(column):
        return ""
    return lines[1][headers.index(column)].strip()
