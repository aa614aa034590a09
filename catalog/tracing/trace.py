"""One's own trace: every answer that told of a subject, asked by key or read among many rows, newest first."""

from dataclasses import dataclass

from catalog.ledger import tokens
from catalog.shelf import Shelf
from catalog.tracing import bulk
from schemas.receipt import Receipt

VERIFIED = "verified"
"""The subject was asked about by its full key."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One page of it."""

    receipts: tuple[tuple[Receipt, str], ...]
    """Each with how it told of the subject: `verified`, `in_scope` or `possible`."""
    following: int | None
    """Goes under `before` for the next page; None where this was the last."""
    unlooked: tuple[str, ...]
    """Versions that were read and could not be looked at."""


def trace(shelf: Shelf, token: str, before: int | None, limit: int) -> Trace:
    """The newest `limit` answers or less about the subject of a token, below an index."""
    verified = shelf.ledger.about(tokens.about_subject(token), before, limit)
    floor = verified[-1].index if len(verified) == limit else 0
    read = bulk.find(shelf, token, before, limit)
    both = {one.index: (one, how) for one, how in read.receipts} | {one.index: (one, VERIFIED) for one in verified}
    floor = max(floor, read.floor)
    found = [both[index] for index in sorted(both, reverse=True) if index >= floor]
    following = floor or None
    if len(found) > limit:
        found = found[:limit]
        following = found[-1][0].index
    return Trace(tuple(found), following, read.unlooked)
