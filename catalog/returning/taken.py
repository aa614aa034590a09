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
    """Of the newest version that it took rows of; None where it took none. A page that was read twice counts once."""
    found: Taken | None = None
    pages: list[range] = []
    for receipt, body in _returns(ledger, dataset, organisation):
        if found is not None and body["version"] != found.version:
            break
        rows, whole = _ended(ledger, receipt, body)
        if not rows and not whole:
            continue
        if found is None:
            found = Taken(body["version"], 0, False, receipt.at, receipt.number)
        pages.append(range(int(body.get("after") or 0), int(body.get("after") or 0) + rows))
        found = Taken(found.version, _covered(pages), whole, found.at, found.receipt)
        if found.whole:
            break
    return found


def _covered(pages: list[range]) -> int:
    number = end = 0
    for one in sorted(pages, key=lambda page: (page.start, page.stop)):
        number += max(0, one.stop - max(one.start, end))
        end = max(end, one.stop)
    return number


def _returns(ledger: Ledger, dataset: str, organisation: str) -> Iterator[tuple[Receipt, Mapping[str, Any]]]:
    some: Iterable[Receipt] = ledger.about(tokens.about_return(dataset, organisation), None, MOST)
    return ((one, one.body) for one in some)


def _ended(ledger: Ledger, receipt: Receipt, body: Mapping[str, Any]) -> tuple[int, bool]:
    """Rows that arrived, and whether they were all that come back: no filter, no part of its division, no page.

    Which columns it took is its own choice. An answer that broke off, or that had no body, brought nothing that can be
    relied on; what Delta Sharing told of has come when each of its files was fetched.
    """
    if (
        body.get("filter")
        or body.get("asked_division")
        or body.get("since") is not None
        or body.get("method") == "HEAD"
    ):
        return 0, False
    if body.get("format") == "delta-sharing":
        return _fetched(ledger, receipt, body), False
    last = ledger.about(tokens.about_receipt(receipt.number), None, 1)
    told = last[0].body if last else {}
    if told.get("outcome") not in ENDED:
        return 0, False
    return int(told.get("rows") or 0), not body.get("page") and body.get("mode") in ("bulk", "file")


def _fetched(ledger: Ledger, receipt: Receipt, body: Mapping[str, Any]) -> int:
    """All rows that a query of Delta Sharing told of, or none: each answer with a file has its own end on record."""
    ends = [one.body for one in ledger.about(tokens.about_receipt(receipt.number), None, MOST)]
    files = {one.get("sha256") or one.get("sha256_whole") for one in ends if one.get("rows") and _whole(one)}
    return int(body.get("rows") or 0) if len(files) >= int(body.get("files") or 0) else 0


def _whole(told: Mapping[str, Any]) -> bool:
    return told.get("outcome") in ENDED
