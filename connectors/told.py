"""The source's own count of its rows: a batch that carries it, and the control file in which a department writes it."""

import csv
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from connectors.files.encoding import Encoding, codec
from connectors.options import Options
from connectors.places.folder import reachable
from connectors.protocol import Batch
from schemas.dataset import Dataset
from schemas.errors import SourceChanged, SourceUnreachable

STEM = "{stem}"
"""Stands for the data file's name without its ending."""


class Control(Options):
    """The file beside each data file in which the department says how many rows that one has."""

    file: str = Field(pattern=r"^[^/]*\{stem\}[^/]*$")
    """E.g. `{stem}.ctl`."""
    column: str = ""
    """Header of the number, in the first line; empty: the first cell of the file is the number."""

    def beside(self, data: Path) -> str:
        """Its name beside a data file."""
        return self.file.replace(STEM, data.stem)


def told(dataset: Dataset, piece: str, rows: int) -> Batch:
    """A batch without rows that says how many the source has."""
    nothing = pa.record_batch([pa.array([], pa.string())] * len(dataset.fields), [f.name for f in dataset.fields])
    return Batch(piece, 1, nothing, source_rows=rows)


def control_rows(data: Path, file: Path | None, control: Control, encoding: Encoding, delimiter: str) -> int:
    """The number in the control file of a data file; None stands for a file that is not there.

    SourceUnreachable while there is none: the department writes it last. SourceChanged where it says no number.
    """
    if file is None:
        said = f"no control file {control.beside(data)} beside {data} yet; it says how many rows there are"
        raise SourceUnreachable(said)
    with reachable(file):
        text = file.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else codec(encoding), "replace")
    lines = list(csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=delimiter))
    found = _cell(lines, control.column)
    if not (found.isascii() and found.isdigit()):
        where = f"under {control.column!r}" if control.column else "in its first cell"
        raise SourceChanged(f"{file}: found {found[:40]!r} {where}, expected the number of rows of {data.name}")
    return int(found)


def _cell(lines: list[list[str]], column: str) -> str:
    if not column:
        return lines[0][0].strip() if lines and lines[0] else ""
    headers = [header.strip() for header in lines[0]] if lines else []
    if column not in headers or len(lines) < 2 or len(lines[1]) <= headers.index(column):
        return ""
    return lines[1][headers.index(column)].strip()
