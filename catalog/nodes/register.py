"""Other nodes as they are stored, and the organisations that each may speak for."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from catalog import organisations
from catalog.database import serialise
from catalog.nodes.envelope import read_key
from catalog.nodes.tables import node as table
from catalog.nodes.tables import resident
from catalog.organisations import Organisation
from catalog.put import put
from catalog.tables import dataset
from schemas.dataset import Grade
from schemas.divisions import DivisionTree, normalise
from schemas.errors import BadInput, Unknown
from schemas.node import Card, Node, Relation
from schemas.standards.division_code import tier_of

CARD = tuple(Card.__slots__)


def add(connection: Connection, node: Node) -> None:
    """Register it, or replace what is known of it; BadInput where its card does not hold together. Inside `writing`."""
    card = node.card
    name, _ = read_key(card.key)
    read_key(card.ledger_key)
    if not name.endswith("/node/1") or "/ledger/" not in card.ledger_key.partition("+")[0]:
        raise BadInput("card: expected the key of a node and that of its ledger, as `yishu node card` writes them")
    if card.url and not card.url.startswith(("http://", "https://")):
        raise BadInput(f"card: found url {card.url[:60]!r}, expected http(s)://… or nothing")
    try:
        division = normalise(card.division)
    except ValueError as wrong:
        raise BadInput(f"card: {wrong}") from wrong
    told = asdict(card) | {"id": card.id, "division": division, "url": card.url.rstrip("/")}
    rest = {"relation": node.relation.value, "clearance": int(node.clearance), "active": node.active}
    put(connection, table, told | rest | {"added_at": node.added_at, "reported": ""})


def find(connection: Connection, identifier: str) -> Node:
    """The node of that id, of its twelve digits, or else of its name; Unknown where there is none, or several."""
    known = listed(connection)
    found = [one for one in known if identifier in (one.card.id, one.card.id.split("/")[1])]
    found = found or [one for one in known if identifier == one.card.name]
    if len(found) != 1:
        raise Unknown(f"found {len(found)} nodes {identifier[:60]!r}; `yishu node list` shows those registered")
    return found[0]


def active(connection: Connection, identifier: str) -> Node | None:
    """The node of just that id, while it is switched on."""
    row = connection.execute(select(table).where(table.c.id == identifier, table.c.active)).one_or_none()
    return None if row is None else _node(row)


def listed(connection: Connection) -> tuple[Node, ...]:
    """All of them, by name."""
    return tuple(map(_node, connection.execute(select(table).order_by(table.c.name, table.c.id))))


def switch(connection: Connection, identifier: str, *, on: bool) -> None:
    """Believe nothing that it says any more, from the next word on; or again. Call it inside `writing`."""
    connection.execute(update(table).where(table.c.id == identifier).values(active=on))


def admit(connection: Connection, node: Node, told: Organisation, tree: DivisionTree, now: datetime) -> None:
    """Let a node speak for an organisation within its division: one that it names first, or that it was let before.

    BadInput for one outside, for one of a higher tier than its division, and for what is ours: one that is registered
    here by itself, or that lies where we provide data. Those are the operator's word to say (`vouch`). Call it inside
    `writing`.
    """
    serialise(connection, f"organisation {told.credit_code}")
    _within(node, told, tree)
    if speaks_for(connection, node.card.id, told.credit_code):
        return
    try:
        organisations.organisation(connection, told.credit_code)
    except Unknown:
        _not_ours(connection, told, tree)
        organisations.add_organisation(connection, told)
        vouch(connection, node.card.id, told.credit_code, now)
        return
    raise BadInput(
        f"{told.name} ({told.credit_code}) is registered here by itself; the operator says whether the node speaks "
        "for it (`yishu node admit`)"
    )


def _within(node: Node, told: Organisation, tree: DivisionTree) -> None:
    try:
        tier, within = tier_of(normalise(told.division)), tree.within(told.division, node.card.division)
    except ValueError as wrong:
        raise BadInput(f"{told.name}: {wrong}") from wrong
    if not within:
        raise BadInput(f"{told.name}: {told.division} does not lie within {node.card.division}, that of the node")
    if told.tier < tier:
        raise BadInput(f"{told.name}: found tier {told.tier:d}, expected {tier:d} or below, as {told.division} is")


def _not_ours(connection: Connection, told: Organisation, tree: DivisionTree) -> None:
    """What was collected in our own divisions comes back to whoever is registered for them: no other node says who."""
    for division in connection.scalars(select(dataset.c.division).distinct()):
        if tree.within(told.division, division):
            raise BadInput(
                f"{told.name}: {told.division} lies within {division}, where this node provides data; the operator "
                "registers it (`yishu org add`) and says whether the node speaks for it (`yishu node admit`)"
            )


def vouch(connection: Connection, node: str, organisation: str, now: datetime) -> None:
    """From now on the node speaks for it. Call it inside `writing`."""
    organisations.organisation(connection, organisation)
    if not speaks_for(connection, node, organisation):
        connection.execute(insert(resident).values(node=node, organisation=organisation, admitted_at=now))


def speaks_for(connection: Connection, node: str, organisation: str) -> bool:
    """Whether a node may speak for an organisation here."""
    mine = (resident.c.node == node, resident.c.organisation == organisation)
    return connection.execute(select(resident.c.node).where(*mine)).first() is not None


def home_of(connection: Connection, organisation: str) -> str:
    """Id of the node that speaks for an organisation; empty for one of our own."""
    found = connection.scalar(select(resident.c.node).where(resident.c.organisation == organisation).limit(1))
    return found or ""


def _node(row: Row[*tuple[Any, ...]]) -> Node:
    card = Card(**{name: row._mapping[name] for name in CARD})
    return Node(card, Relation(row.relation), Grade(row.clearance), row.active, row.added_at)
