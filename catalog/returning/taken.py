"""What an organisation has taken under its right of return, as the ledger says: nothing is kept a second time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.ledger import tokens
from catalog.ledger.book import Ledger
from schemas.receipt import Receipt
from schemas.returning import Taken

MOST = 200
"""Receipts that are looked at, the newest first: a page of a thousand rows each."""
ENDED = ("complete", "handed over")


def taken(ledger: Ledger, dataset: str, organisation: str) -> Taken | None:
    """Of the newest version that it took rows of; None where it took none."""
    found: Taken | None = None
    for receipt, body in _returns(ledger, dataset, organisation):
        if found is not None and body["version"] != found.version:
            break
        rows, whole = _ended(ledger, receipt, body)
        if not rows and not whole:
            continue
        if found is None:
            found = Taken(body["version"], 0, False, receipt.at, receipt.number)
        found = Taken(found.version, found.rows + rows, found.whole or whole, found.at, found.receipt)
        if found.whole:
            break
    return found


def _returns(ledger: Ledger, dataset: str, organisation: str) -> Iterator[tuple[Receipt, Mapping[str, Any]]]:
    some: Iterable[Receipt] = ledger.about(tokens.about_return(dataset, organisation), None, MOST)
    return ((one, one.body) for one in some)


def _ended(ledger: Ledger, receipt: Receipt, body: Mapping[str, Any]) -> tuple[int, bool]:
    """Rows that arrived, and whether they were all that come back: no filter, no part of its division, no page.

    Which columns it took is its own choice. An answer that broke off brought nothing that can be relied on.
    """
    last = ledger.about(tokens.about_receipt(receipt.number), None, 1)
    told = last[0].body if last else {}
    if told.get("outcome") not in ENDED:
        return 0, False
    narrowed = body.get("filter") or body.get("asked_division") or body.get("since") is not None
    whole = not narrowed and not body.get("page") and body.get("mode") in ("bulk", "file")
    return (0 if narrowed else int(told.get("rows") or 0)), whole
