"""The card by which two operators make their nodes known to each other: signed by its own node, handed over by hand."""

import json
from dataclasses import asdict

from catalog.nodes import envelope
from catalog.shelf import Shelf
from schemas.errors import BadInput
from schemas.node import Card

TYPE = "application/vnd.yishu.card+json"


def written(shelf: Shelf, name: str, division: str, url: str) -> bytes:
    """This node's card, to be given to the operator of another."""
    card = Card(name, division, url.rstrip("/"), shelf.node.public_text, shelf.ledger.key.public_text)
    return envelope.sealed(json.dumps(asdict(card), ensure_ascii=False).encode(), TYPE, shelf.node)


def read(text: bytes) -> Card:
    """The card of another node; BadInput where it is none, or not signed with the key that stands on it.

    Its signature shows that it was not altered on the way; that it is theirs, the operator knows from who gave it.
    """
    try:
        card = Card(**envelope.read(envelope.unopened(text)))
        if not all(isinstance(one, str) for one in asdict(card).values()):
            raise TypeError("found other things than texts")
    except (ValueError, KeyError, TypeError) as wrong:
        raise BadInput("card: expected a file that `yishu node card` has written") from wrong
    envelope.opened(text, TYPE, card.key)
    return card
