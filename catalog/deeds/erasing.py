"""The body of a receipt erased, as a deed: its reason is kept as every other, so that it can itself be forgotten."""

from datetime import datetime

from catalog.deeds import record
from catalog.ledger import retention, tokens
from catalog.shelf import Shelf
from schemas.deed import Act, Deed, Done, Hand, Right


def erase(shelf: Shelf, by: Hand, number: str, said: str, now: datetime) -> Done:
    """Erase the body of one receipt; the receipt that says so, and the words of why, are written first.

    Its hash stays, so that every proof stays true. Unknown where there is no such receipt (any more), BadInput where
    it must stay or no reason is given.
    """
    index = retention.erasable(shelf.ledger, number).index
    deed = Deed(Act.ERASE, by, Right.OPERATOR, said, facts={"leaves": [index, index]})
    done = record.put(shelf, deed, now, (tokens.about_erasures(),))
    retention.forget(shelf.ledger, index)
    return done
