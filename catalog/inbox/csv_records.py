"""Records of a CSV body in UTF-8: headers first, every cell a text just as it stands."""

import csv
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import BinaryIO

from catalog.inbox.slices import LONGEST, Texts, names_of, shape, within
from schemas.dataset import Dataset
from schemas.errors import BadInput
from schemas.push import Fault


def csv_records(opened: BinaryIO, dataset: Dataset) -> Iterator[tuple[int, Texts | list[Fault]]]:
    """The records below the headers; BadInput where headers or quotation marks leave no way to tell cells apart."""
    lines = _Lines(TextIOWrapper(opened, "utf-8-sig", newline=""))
    rows = csv.reader(lines, strict=True)
    place = 0
    try:
        order = _order(dataset, next(rows, []))
        for row in rows:
            place += 1
            within(place)
            lines.since = 0
            if row or len(order) == 1:
                yield place, _texts(dataset, order, place, row)
    except csv.Error as wrong:
        raise BadInput(f"row {place + 1}: {wrong}; expected CSV with commas, and quotation marks doubled") from None
    except UnicodeDecodeError:
        raise BadInput(f"row {place + 1}, or one not far below: found bytes that are no UTF-8") from None


def _order(dataset: Dataset, headers: Sequence[str]) -> list[int]:
    names = names_of(dataset)
    if len(headers) > len(names):
        raise BadInput(f"headers: found {len(headers)}, expected at most {len(names)}: {', '.join(names)}")
    strange = [name for name in headers if name not in names]
    twice = [name for name in headers if headers.count(name) > 1]
    if not headers or strange or twice:
        found = ", ".join(repr(name[:40]) for name in (strange or twice)[:5]) or "none"
        raise BadInput(
            f"headers: found {found}{' twice' if twice and not strange else ''}, expected {', '.join(names)}"
        )
    return [names[name] for name in headers]


def _texts(dataset: Dataset, order: Sequence[int], place: int, row: Sequence[str]) -> Texts | list[Fault]:
    cells = list(row) or [""]
    if len(cells) != len(order):
        return shape(place, f"{len(cells)}", f"应有 {len(order)} 个单元格", f"{len(order)} cells")
    texts: Texts = [None] * len(dataset.fields)
    for at, cell in zip(order, cells, strict=True):
        texts[at] = cell
    return texts


class _Lines:
    """Lines, of which a row may have so many as fit into `LONGEST`: no row is larger in memory."""

    def __init__(self, opened: TextIOWrapper) -> None:
        self.opened = opened
        self.since = 0
        """Characters since the last row ended."""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.opened.readline(LONGEST + 1)
        self.since += len(line)
        if self.since > LONGEST:
            raise BadInput(
                f"body: found a row of more than {LONGEST} characters; is a quotation mark without its pair?"
            )
        if not line:
            raise StopIteration
        return line
