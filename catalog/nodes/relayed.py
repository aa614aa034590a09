"""Requests that go down to the node which holds the data, and how they stand, which comes back up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from catalog import organisations
from catalog.database import writing
from catalog.ledger.signer import Signer
from catalog.nodes import messages, register
from catalog.nodes.tables import relayed_here, relayed_there
from catalog.organisations import Organisation
from catalog.put import put
from catalog.requests import desk
from catalog.requests.desk import Asked
from catalog.requests.tables import request
from catalog.shelf import Shelf
from schemas.access import Subject, Tier
from schemas.dataset import Json
from schemas.errors import BadInput, Refused, Unidentified, Unknown
from schemas.node import Kind, Message, Node, Relation
from schemas.record import from_json, to_json
from schemas.request import Action
from schemas.request_want import Answer, Want

LONGEST_ID = 48
"""Characters: states are told under it with their version behind it."""
RELAYED = "relayed"
"""State of a request that its node has not answered yet."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """A request of an organisation of ours at another node, as that node last told."""

    id: str
    node: str
    organisation: str
    dataset: str
    state: str
    number: str
    """Of the request there."""
    grant: str
    said: str
    asked_at: datetime
    told_at: datetime


def send(shelf: Shelf, subject: Subject, to: Node, want: Want, now: datetime) -> Relayed:
    """Relay a request of the asker's organisation to a subordinate node, which decides by its own rules and clocks.

    BadInput for a node that is no subordinate, and for a request that names no dataset of it.
    """
    if to.relation is not Relation.SUBORDINATE or not to.active:
        raise BadInput(f"{to.card.name} is no active subordinate of this node: requests go down")
    if not want.dataset:
        raise BadInput("dataset: found none, expected the key of one that the node reported (/api/v1/nodes/entries)")
    identifier = shelf.randomness(16).hex()
    with writing(shelf.engine) as connection:
        mine = organisations.organisation(connection, subject.organisation)
        body = {"organisation": _told(mine), "system": subject.system, "want": json.loads(to_json(want))}
        message = Message(identifier, shelf.node.origin, to.card.id, Kind.REQUEST, now, body)
        made = Relayed(identifier, to.card.id, mine.credit_code, want.dataset, RELAYED, "", "", "", now, now)
        row = {name: getattr(made, name) for name in Relayed.__slots__}
        connection.execute(insert(relayed_there).values(row | {"want": to_json(want).decode()}))
        messages.write(connection, message, shelf.node, identifier)
    return made


def listed(connection: Connection, organisation: str) -> tuple[Relayed, ...]:
    """Those of an organisation, the newest first."""
    columns = (relayed_there.c[name] for name in Relayed.__slots__)
    wanted = select(*columns).where(relayed_there.c.organisation == organisation)
    rows = connection.execute(wanted.order_by(relayed_there.c.asked_at.desc(), relayed_there.c.id))
    return tuple(Relayed(**row._mapping) for row in rows)


def asked(shelf: Shelf, node: Node, message: Message, now: datetime) -> Mapping[str, Json]:
    """A superior's organisation asks for data of this node: it becomes a request like any other, on its clocks."""
    if node.relation is not Relation.SUPERIOR:
        raise BadInput(f"{node.card.name} is no superior of this node: requests go down")
    if len(message.id) > LONGEST_ID:
        raise BadInput(f"request: found an id of {len(message.id)} characters, expected at most {LONGEST_ID}")
    told = _organisation(message)
    want = from_json(Want, json.dumps(message.body.get("want")), where="a relayed request")
    with writing(shelf.engine) as connection:
        register.admit(connection, node, told, shelf.tree(), now)
        known = organisations.organisation(connection, told.credit_code)
    subject = _subject(node, known, str(message.body.get("system", ""))[:32])
    try:
        made = desk.draft(shelf, Asked(subject, now, message.id), want)
        made = desk.act(shelf, Asked(subject, now, f"{message.id} submit"), made.number, Answer(Action.SUBMIT))
    except (BadInput, Refused, Unidentified, Unknown) as wrong:
        raise BadInput(f"the request was not taken: {wrong}") from wrong
    with writing(shelf.engine) as connection:
        row = {"id": message.id, "node": node.card.id, "number": made.number, "told": made.version}
        put(connection, relayed_here, row)
    return {"number": made.number, "state": made.state.value, "version": made.version}


def report_states(connection: Connection, to: Node, me: Signer, now: datetime) -> int:
    """Queue how the requests of a superior's organisations stand, where that has changed. Inside `writing`."""
    here = relayed_here
    wanted = select(here.c.id, here.c.number, request.c.state, request.c.version, request.c.grant)
    wanted = wanted.join(request, request.c.number == here.c.number)
    rows = connection.execute(wanted.where(here.c.node == to.card.id, request.c.version > here.c.told)).all()
    for row in rows:
        body = {"of": row.id, "number": row.number, "state": row.state, "grant": row.grant, "version": row.version}
        told = Message(f"{row.id}.v{row.version}", me.origin, to.card.id, Kind.STATE, now, body)
        messages.overtake(connection, to.card.id, row.id)
        messages.write(connection, told, me, row.id)
        connection.execute(update(here).where(here.c.id == row.id).values(told=row.version))
    return len(rows)


def told(shelf: Shelf, node: Node, message: Message, now: datetime) -> Mapping[str, Json]:
    """How a request that was relayed there stands; of one that was relayed elsewhere nothing is believed."""
    body = message.body
    learn(shelf, node.card.id, str(body.get("of")), body, now)
    return {"noted": str(body.get("number"))}


def learn(shelf: Shelf, node: str, identifier: str, body: Mapping[str, Json], now: datetime) -> None:
    """Keep what a node says of a request that was relayed to it; a word about an earlier version comes too late."""
    there = relayed_there
    values: dict[str, object] = {n: str(body[n] or "")[:500] for n in ("state", "number", "grant", "said") if n in body}
    version = body.get("version")
    told = version if isinstance(version, int) and 0 <= version < 2**31 else 0
    with writing(shelf.engine) as connection:
        mine = (there.c.id == identifier, there.c.node == node, there.c.version <= told)
        values |= {"version": told, "told_at": now} if "state" in values else {}
        connection.execute(update(there).where(*mine).values(values))


def _told(mine: Organisation) -> dict[str, Json]:
    return {
        "credit_code": mine.credit_code,
        "name": mine.name,
        "name_en": mine.name_en,
        "division": mine.division,
        "tier": int(mine.tier),
    }


def _organisation(message: Message) -> Organisation:
    try:
        one = message.body["organisation"]
        texts = [one[name] for name in ("credit_code", "name", "name_en", "division")]
        if not all(isinstance(text, str) for text in texts) or not texts[0].isalnum() or not texts[0].isascii():
            raise ValueError("found other things than texts")
        code, name, name_en, division = texts
        return Organisation(code, name, name_en, division, Tier(one["tier"]))
    except (KeyError, TypeError, ValueError) as wrong:
        raise BadInput("request: expected organisation with credit_code, name, name_en, division and tier") from wrong


def _subject(node: Node, known: Organisation, system: str) -> Subject:
    short = node.card.id.split("/")[1]
    return Subject(
        system=f"{short}:{system}",
        organisation=known.credit_code,
        organisation_name=known.name,
        division=known.division,
        tier=known.tier,
        clearance=node.clearance,
        government=known.government,
        organisation_active=known.active,
        credential=f"node:{short}:{system}",
    )
