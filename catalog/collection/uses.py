"""Counts from the receipts who used what: one use is one organisation reading for one purpose on one day."""

import json
from collections import Counter
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select, update

from catalog import tables
from catalog.collection.tables import use_day
from catalog.database import serialise, writing
from catalog.ledger import reading
from catalog.put import put
from catalog.shelf import Shelf
from schemas.access import ROW_MODES, Basis
from schemas.journey import SHANGHAI

COUNTER = "uses"
AT_ONCE = 20_000
"""Receipts that are looked at in one transaction."""
COUNTED = (Basis.GRANT.value, Basis.OPEN.value)
"""Bases of a use: not the owner's own reads, not what is returned to who collected it, not figures of superiors."""
_MODES = tuple(mode.value for mode in ROW_MODES)

Use = tuple[str, str, str, date]
"""(dataset, organisation, purpose, day)."""


def catch_up(shelf: Shelf, now: datetime, most: int = AT_ONCE) -> int:
    """Count the next receipts that were not counted yet, each once; how many were looked at.

    `now` goes on record. What was erased from the ledger before it was counted does not count.
    """
    shelf.ledger.settle()
    with writing(shelf.engine) as connection:
        serialise(connection, COUNTER)
        first = connection.scalar(select(tables.counter.c.value).where(tables.counter.c.name == COUNTER)) or 0
        looked, found = 0, Counter[Use]()
        for _, _, text in islice(reading.bodies(shelf.ledger.engine, first, first + most), most):
            looked += 1
            if text is not None and (use := _use(json.loads(text))) is not None:
                found[use] += 1
        if looked:
            _add(connection, found)
            put(connection, tables.counter, {"name": COUNTER, "value": first + looked, "at": now})
        return looked


def _use(body: dict[str, Any]) -> Use | None:
    """The use that a receipt tells of; None for any other receipt, and for the public, whom nobody can tell apart."""
    read = body.get("event") == "asked" and body.get("allowed") is True and "figures" not in body
    if not read or body.get("basis") not in COUNTED or body.get("mode") not in _MODES or not body.get("organisation"):
        return None
    day = datetime.fromisoformat(body["moment"]).astimezone(SHANGHAI).date()
    return body["dataset"], body["organisation"], body.get("purpose") or "", day


def _add(connection: Connection, found: Counter[Use]) -> None:
    table = use_day
    for (dataset, organisation, purpose, day), reads in sorted(found.items()):
        key = {"dataset": dataset, "organisation": organisation, "purpose": purpose, "day": day}
        here = [table.c[name] == value for name, value in key.items()]
        more = update(table).where(*here).values(reads=table.c.reads + reads)
        if not connection.execute(more).rowcount:
            connection.execute(insert(table).values(**key, reads=reads))
