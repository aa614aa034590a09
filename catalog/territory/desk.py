"""Imports of yearly tables and of the land of zones: looked at whole, then stored whole or not at all."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from catalog import divisions
from catalog.database import serialise, writing
from catalog.shelf import Shelf
from catalog.territory import records
from catalog.territory.records import Year
from schemas.division import Custody
from schemas.division_authority import Fact, Named
from schemas.division_year import YearPlan
from schemas.errors import BadInput


def apply(shelf: Shelf, plan: YearPlan, told: Year) -> int:
    """Store what a yearly table changes; returns how many divisions and changes were new.

    BadInput while something has vanished of which nobody has said what became of it.
    """
    if plan.questions:
        raise BadInput(
            f"{len(plan.questions)} codes are in force and not in the table of {told.year} "
            f"({', '.join(one.code for one in plan.questions[:5])}…): say what became of each in a file for --lineage; "
            "nothing was changed"
        )
    with writing(shelf.engine) as connection:
        serialise(connection, divisions.COUNTER)
        added = divisions.add(connection, plan.entries, plan.lineage, told.at)
        if added:
            records.enter_year(connection, told)
    return added


def year_of(plan: YearPlan, source: str, raw: bytes, read: int, now: datetime) -> Year:
    """What goes on record of an import."""
    counts = (len(plan.added), len(plan.renamed), len(plan.moved), len(plan.ended))
    return Year(plan.day.year, source, hashlib.sha256(raw).hexdigest(), read, *counts, at=now)


def set_custody(shelf: Shelf, told: Sequence[Custody]) -> int:
    """Record on whose land zones lie; BadInput where one is no zone of the tree, or lies on no division of it."""
    tree, zones = shelf.tree(), defaultdict(list)
    wrong = []
    for one in told:
        entry = tree.entry(one.zone)
        if entry is None or entry.kind != "zone":
            wrong.append(f"{one.zone}: found no zone of that code, expected one that was imported with kind zone")
        elif not tree.known(one.place):
            wrong.append(f"{one.zone}: found {one.place} as its land, expected a division of the tree")
        else:
            zones[one.zone].append(one)
    if wrong:
        raise BadInput("; ".join(wrong) + "; nothing was changed")
    with writing(shelf.engine) as connection:
        records.set_custody(connection, zones)
    return sum(map(len, zones.values()))


def name_authority(shelf: Shelf, named: Named, account: str, now: datetime) -> None:
    """Record who is right about a kind of fact from now on, and which account said so, on the ledger first."""
    body = {
        "event": "division_authority",
        "account": account,
        "fact": named.fact.value,
        "source": named.source,
        "basis": named.basis,
        "moment": now.isoformat(),
    }
    shelf.ledger.record(body, now, shelf.randomness(16))
    with writing(shelf.engine) as connection:
        records.name_authority(connection, named, now)


def authorities(shelf: Shelf) -> Mapping[Fact, Named]:
    """Who is right about each kind of fact today."""
    with shelf.engine.connect() as connection:
        return records.authorities(connection)


def custody(shelf: Shelf, code: str) -> tuple[Custody, ...]:
    """Zones and land, as `records.custody`."""
    with shelf.engine.connect() as connection:
        return records.custody(connection, code)


def years(shelf: Shelf) -> tuple[Year, ...]:
    """Every yearly table that was imported, the newest first."""
    with shelf.engine.connect() as connection:
        return records.years(connection)
