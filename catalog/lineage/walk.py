"""The ways to and from a dataset, so many hops and nodes far, through what the asker may know of and nothing else.

A dataset that the asker may not know of is absent, and no way leads through it: a mark in its place would tell that
there is one. Systems of departments are sources without a name. What a run told of outside our catalogue is known to
who told it, and to the owner of the dataset of ours that it was made from or feeds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, or_, select

from catalog import duties
from catalog import tables as common
from catalog.known import known
from catalog.lineage import tables
from schemas.access import GrantState, Subject

HOPS = 2
MOST_HOPS = 5
NODES = 200
Name = tuple[str, str]
"""Kind (`dataset`, `source`, `foreign`, `grant`, `organisation`) and name of a node."""


@dataclass(frozen=True, slots=True)
class Node:
    """One thing on the way. `depth` is how far from the start it was found: below 0 it feeds, above 0 it is fed."""

    kind: str
    name: str
    """Key of a dataset, number of a grant, credit code; of a source `source:` and the dataset that it feeds."""
    depth: int
    title: str = ""
    title_en: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """`start` feeds `end`; `told_by` is the credit code of who told of it, empty where a contract says so."""

    start: Name
    end: Name
    told_by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found. `cut` says what there is more of than was wanted: `hops`, `nodes`."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    cut: frozenset[str]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to go."""

    hops: int = HOPS
    nodes: int = NODES


@dataclass(slots=True)
class _Found:
    """A walk on its way."""

    subject: Subject
    now: datetime
    visible: ColumnElement[bool]
    limits: Limits
    nodes: dict[Name, Node] = field(default_factory=dict)
    edges: dict[tuple[Name, Name, str], Edge] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)

    def enter(self, node: Node) -> bool:
        """Whether it is new; where there is no room left, that is told."""
        if (node.kind, node.name) in self.nodes:
            return False
        if len(self.nodes) >= self.limits.nodes:
            self.cut.add("nodes")
            return False
        self.nodes[node.kind, node.name] = node
        return True


def walk(connection: Connection, key: str, subject: Subject, now: datetime, limits: Limits) -> Walk:
    """From the dataset `key`, which the asker is known to know of: two statements for each hop, and two for grants."""
    found = _Found(subject, now, known(connection, subject), limits)
    start = connection.execute(select(*_FACTS).where(common.dataset.c.key == key)).one()
    found.enter(_dataset(start, 0))
    for step in (-1, 1):
        frontier = [found.nodes["dataset", key]]
        for hop in range(1, found.limits.hops + 2):
            frontier = _hop(connection, found, frontier, hop * step)
            if not frontier:
                break
    _grants(connection, found)
    return Walk(tuple(found.nodes.values()), tuple(found.edges.values()), frozenset(found.cut))


_FACTS = (common.dataset.c.key, common.dataset.c.title, common.dataset.c.title_en, common.dataset.c.owner)


def _dataset(row: Any, depth: int) -> Node:
    return Node("dataset", row.key, depth, row.title, row.title_en, row.owner)


def _hop(connection: Connection, found: _Found, frontier: Sequence[Node], depth: int) -> list[Node]:
    """The nodes one hop on; beyond the last hop it is only looked whether there are any."""
    beyond = abs(depth) > found.limits.hops
    reached, rows = [], connection.execute(_step(found, frontier, up=depth < 0)).all()
    if len(rows) == _rows(found.limits):
        found.cut.add("nodes")
    for row in rows:
        here = _beside(row, up=depth > 0)
        node = _node(row, here, depth)
        there = (node.kind, node.name)
        if beyond:
            if there not in found.nodes:
                found.cut.add("hops")
            continue
        if found.enter(node) and (node.kind == "dataset" or row.told_by == found.subject.organisation):
            reached.append(node)
        if there in found.nodes:
            ends = (there, here) if depth < 0 else (here, there)
            found.edges.setdefault((*ends, row.told_by), Edge(*ends, row.told_by, row.since))
    return reached


def _step(found: _Found, frontier: Sequence[Node], *, up: bool) -> Any:
    """Edges on one side of the frontier, each with the dataset at its other end."""
    table, far = tables.edge, common.dataset
    here = (table.c.to_kind, table.c.to_name) if up else (table.c.from_kind, table.c.from_name)
    there = (table.c.from_kind, table.c.from_name) if up else (table.c.to_kind, table.c.to_name)
    mine = or_(
        table.c.told_by == found.subject.organisation,
        and_(here[0] == "dataset", here[1].in_([n.name for n in frontier if n.owner == found.subject.organisation])),
    )
    ours = and_(there[0] == "dataset", far.c.key.is_not(None), far.c.state == "active", found.visible)
    foreign = and_(there[0] == "foreign", mine if found.subject.organisation else false())
    return (
        select(table, *_FACTS)
        .select_from(table.outerjoin(far, and_(there[0] == "dataset", far.c.key == there[1])))
        .where(_at(here, frontier), or_(ours, there[0] == "source", foreign))
        .order_by(*here, *there, table.c.told_by)
        .limit(_rows(found.limits))
    )


def _rows(limits: Limits) -> int:
    """Edges that are read for one hop: several may lead to the same node."""
    return 4 * limits.nodes


def _at(here: Sequence[ColumnElement[str]], frontier: Iterable[Node]) -> ColumnElement[bool]:
    kinds: dict[str, list[str]] = {}
    for node in frontier:
        kinds.setdefault(node.kind, []).append(node.name)
    return or_(*(and_(here[0] == kind, here[1].in_(names)) for kind, names in kinds.items()))


def _beside(row: Row[Any], *, up: bool) -> Name:
    return (row.from_kind, row.from_name) if up else (row.to_kind, row.to_name)


def _node(row: Row[Any], here: Name, depth: int) -> Node:
    kind, name = _beside(row, up=depth < 0)
    if kind == "dataset":
        return _dataset(row, depth)
    return Node(kind, f"source:{here[1]}" if kind == "source" else name, depth)


def _grants(connection: Connection, found: _Found) -> None:
    """Grants in force on the datasets found, and who has them: for the owner, the recipient and the auditor."""
    subject, grant, organisation = found.subject, common.grant, common.organisation
    if not duties.active(subject):
        return
    far = [n for n in found.nodes.values() if n.kind == "dataset" and 0 <= n.depth < found.limits.hops]
    told = [grant.c.dataset.in_([n.name for n in far]), grant.c.state == GrantState.ACTIVE.value]
    told += [grant.c.begins <= found.now, grant.c.ends > found.now]
    if not duties.audits(subject):
        owned = [n.name for n in far if n.owner == subject.organisation]
        told.append(or_(grant.c.organisation == subject.organisation, grant.c.dataset.in_(owned)))
    facts = (grant.c.number, grant.c.dataset, grant.c.begins, organisation.c.credit_code, organisation.c.name)
    held = select(*facts).join(organisation, organisation.c.credit_code == grant.c.organisation).where(*told)
    wanted = held.order_by(grant.c.dataset, grant.c.number).limit(found.limits.nodes)
    last = 2 + max((one.depth for one in far), default=0)
    for row in connection.execute(wanted):
        dataset, number, holder = ("dataset", row.dataset), ("grant", row.number), ("organisation", row.credit_code)
        found.enter(Node(*number, found.nodes[dataset].depth + 1, row.number, row.number))
        found.enter(Node(*holder, last, row.name, row.name))
        for ends in ((dataset, number), (number, holder)):
            if all(end in found.nodes for end in ends):
                found.edges[*ends, ""] = Edge(*ends, "", row.begins)
