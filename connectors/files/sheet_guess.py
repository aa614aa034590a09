"""What a workbook shows before there is a contract: its sheets, and which row of each looks like headers."""

from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath

from connectors.exploring import Offer, Proposal
from connectors.files.about import WHOLE, Files, day_of, head_of
from connectors.files.sheet import CalamineRows
from connectors.files.workbook import open_workbook
from connectors.places.known import place_of
from connectors.places.place import Entry
from schemas.connection import Connection

ROWS = 20
FILES = Files("xlsx", (".xlsx", ".xls"), option="file")


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """Every workbook; of one that is named its sheets, as `book.xlsx#sheet`."""
    file, _, sheet = name.partition("#")
    found = FILES.offers(connection, file)
    if not name or len(found) != 1:
        return found
    return tuple(one for one in _sheets(connection, found[0]) if not sheet or one.name == name)


def _sheets(connection: Connection, offer: Offer) -> Iterator[Offer]:
    file, folder = PurePosixPath(offer.name).name, str(offer.options.get("folder", ""))
    content = head_of(place_of(connection, folder), Entry(file, offer.size), WHOLE)
    book = open_workbook(content, file)
    for name in book.names:
        at = _headers(book.cells(name))
        proposals = {
            "header_rows": Proposal([at], "the first row with a text in every cell", certain=True),
            "first_row": Proposal(at + 1, "the row below", certain=True),
        }
        options = dict(offer.options) | {"sheet": name}
        yield Offer(f"{offer.name}#{name}", "sheet", "xlsx", options, proposals | day_of("file", file), size=offer.size)


def _headers(found: CalamineRows) -> int:
    """The first row that fills most columns of the first rows with texts; 1 where none does."""
    rows = list(islice(found.rows(1, ROWS), ROWS))
    width = max((sum(cell != "" for cell in cells) for _, cells in rows), default=0)
    for number, cells in rows:
        texts = [cell for cell in cells if isinstance(cell, str) and cell]
        if width and len(texts) >= max(1, 0.8 * width) and len(set(texts)) == len(texts):
            return number
    return 1
