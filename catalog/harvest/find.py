"""Finds entries of other nodes by words; they were read as anybody, so that anybody may find them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from catalog.cards.tokens import MOST_WORDS, plain
from catalog.datasets import storable
from catalog.harvest.tables import catalogue, entry
from schemas.foreign import ForeignEntry
from schemas.record import from_json


@dataclass(frozen=True, slots=True)
class ForeignHit:
    """One entry of another node, and where and when it was found."""

    catalogue: str
    url: str
    entry: ForeignEntry
    harvested_at: datetime


def find(connection: Connection, text: str, limit: int) -> tuple[ForeignHit, ...]:
    """Those that hold all the words, by title; none without words. What is gone at its node is not found."""
    told = plain(text).split()[:MOST_WORDS]
    if not told or not storable(text):
        return ()
    wanted = select(entry.c.catalogue, entry.c.body, entry.c.harvested_at, catalogue.c.url)
    wanted = wanted.join(catalogue, catalogue.c.name == entry.c.catalogue).where(entry.c.removed_at.is_(None))
    for word in told:
        wanted = wanted.where(entry.c.words.contains(word, autoescape=True))
    rows = connection.execute(wanted.order_by(entry.c.title, entry.c.catalogue, entry.c.mark).limit(limit))
    return tuple(
        ForeignHit(row.catalogue, row.url, from_json(ForeignEntry, row.body, where="a foreign entry"), row.harvested_at)
        for row in rows
    )
