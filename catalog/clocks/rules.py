"""Deadline rules: what the package carries, and what jurisdictions have set, each version beside the others."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, insert, select, update

from catalog import divisions
from catalog.clocks import tables
from catalog.clocks.calendar import known
from catalog.database import serialise
from schemas.deadline import DEFAULT, NATIONAL, Event, Rule, strictest
from schemas.deadline_file import shipped_rules
from schemas.divisions import DivisionTree
from schemas.errors import BadInput, NotReady
from schemas.record import from_json, to_json

Key = tuple[str, str, str]


def rules(connection: Connection) -> tuple[Rule, ...]:
    """All, national ones first; an imported one counts in the place of the package's with its first day."""
    stored = connection.scalars(select(tables.deadline_rule.c.body))
    imported = [from_json(Rule, body, where="a stored deadline rule") for body in stored]
    every = {_key(one): one for one in (*shipped_rules(), *imported)}
    order = {DEFAULT: "~", NATIONAL: ""}
    return tuple(sorted(every.values(), key=lambda one: (order.get(one.jurisdiction, one.jurisdiction), _key(one))))


def applying(connection: Connection, event: Event, division: str, day: date) -> tuple[Rule, ...]:
    """The rules for an event in a division that are in force on `day`, the strictest first. NotReady: there is none."""
    tree = divisions.grown(connection.engine, divisions.changed(connection))
    here = [one for one in rules(connection) if one.event is event and _holds(one, division, tree)]
    found = strictest(here, day, known(connection))
    if not found:
        raise NotReady(f"no deadline rule for {event.value} is in force on {day}: `yishu rules import` adds one")
    return found


def add(connection: Connection, more: Sequence[Rule]) -> int:
    """Store them; how many were new or told otherwise. Call it inside `writing`.

    Of a stored rule the source and the last day may change; another term is another version, with its first day.
    """
    serialise(connection, tables.deadline_rule.name)
    table = tables.deadline_rule
    stored = connection.scalars(select(table.c.body))
    before = {_key(one): one for one in (from_json(Rule, body, where="a stored deadline rule") for body in stored)}
    fresh = [one for one in more if before.get(_key(one)) != one]
    for one in fresh:
        _same_term(before.get(_key(one)), one)
        jurisdiction, event, start = _key(one)
        at = (table.c.jurisdiction == jurisdiction, table.c.event == event, table.c.valid_from == start)
        body = to_json(one).decode()
        if not connection.execute(update(table).where(*at).values(body=body)).rowcount:
            told = {"jurisdiction": jurisdiction, "event": event, "valid_from": start, "body": body}
            connection.execute(insert(table).values(told))
    return len(fresh)


def _same_term(before: Rule | None, now: Rule) -> None:
    if before is not None and (before.days, before.unit) != (now.days, now.unit):
        raise BadInput(
            f"{now.jurisdiction} {now.event.value} from {now.valid_from or 'ever'}: found {now.days} {now.unit.value}, "
            f"but {before.days} {before.unit.value} stand there and clocks run by them: close that version with "
            "valid_to and add one with a valid_from of its own"
        )


def _key(rule: Rule) -> Key:
    return rule.jurisdiction, rule.event.value, rule.valid_from.isoformat() if rule.valid_from else ""


def _holds(rule: Rule, division: str, tree: DivisionTree) -> bool:
    if rule.jurisdiction in (NATIONAL, DEFAULT):
        return True
    try:
        return tree.within(division, rule.jurisdiction)
    except ValueError:
        return False
