"""What arrives from other nodes, by kind; and what this node tells them by itself."""

from collections.abc import Mapping
from datetime import datetime

from catalog.database import writing
from catalog.nodes import messages, register, relayed, reporting
from catalog.nodes.messages import Act
from catalog.shelf import Shelf
from schemas.node import Kind, Relation

ACTS: Mapping[Kind, Act] = {
    Kind.CATALOGUE: reporting.taken,
    Kind.REQUEST: relayed.asked,
    Kind.STATE: relayed.told,
}


def receive(shelf: Shelf, text: bytes, now: datetime) -> bytes:
    """Act on an envelope of another node; its signed answer."""
    return messages.receive(shelf, text, ACTS, now)


def tell(shelf: Shelf, now: datetime) -> int:
    """Queue what is new: the catalogue for superiors, the state of their requests for who relayed them. How many."""
    with shelf.engine.connect() as connection:
        nodes = [one for one in register.listed(connection) if one.active]
    queued = 0
    for node in nodes:
        if node.relation is Relation.SUPERIOR:
            queued += reporting.report(shelf, node, now)
            with writing(shelf.engine) as connection:
                queued += relayed.report_states(connection, node, shelf.node, now)
    return queued
