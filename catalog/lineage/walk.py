"""The ways to and from a dataset, so many hops and nodes far, through what the asker may know of and nothing else.

A dataset that the asker may not know of is absent, and no way leads through it: a mark in its place would tell that
there is one. Systems of departments are sources without a name. What a run told of outside our catalogue is known to
who told it, and to the owner of the dataset of ours that it was made from or feeds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, literal, not_, or_, select, union_all

from catalog import duties
from catalog import tables as common
from catalog.known import known
from catalog.lineage import tables
from schemas.access import GrantState, Subject

HOPS = 2
MOST_HOPS = 5
NODES = 200
Ends = tuple[ColumnElement[str], ColumnElement[str]]
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
    sides = {-1: [found.nodes["dataset", key]], 1: [found.nodes["dataset", key]]}
    for hop, step in product(range(1, found.limits.hops + 1), sides):
        sides[step] = _hop(connection, found, sides[step], hop * step) if sides[step] else []
    for step, frontier in sides.items():
        if frontier and not found.cut and _more(connection, found, frontier, up=step < 0):
            found.cut.add("hops")
    _grants(connection, found)
    return Walk(tuple(found.nodes.values()), tuple(found.edges.values()), frozenset(found.cut))


def near(connection: Connection, start: Node, subject: Subject, visible: ColumnElement[bool]) -> tuple[Node, ...]:
    """What stands one hop from a dataset, on both sides, in one statement; `visible` as for `dataset`."""
    found = _Found(subject, datetime.max.replace(tzinfo=UTC), visible, Limits(hops=1))
    sides = []
    for depth in (-1, 1):
        step = _step(found, [start], up=depth < 0).limit(found.limits.nodes).subquery()
        sides.append(select(literal(depth).label("depth"), *step.c))
    for row in sorted(connection.execute(union_all(*sides)).all()):
        kind, name = (row[1], row[2]) if row.depth < 0 else (row[3], row[4])
        told = f"source:{start.name}" if kind == "source" else name
        found.enter(_dataset(row, row.depth) if kind == "dataset" else Node(kind, told, row.depth))
    return tuple(found.nodes.values())


_FACTS = (common.dataset.c.key, common.dataset.c.title, common.dataset.c.title_en, common.dataset.c.owner)


def _dataset(row: Any, depth: int) -> Node:
    return Node("dataset", row.key, depth, row.title, row.title_en, row.owner)


def _hop(connection: Connection, found: _Found, frontier: Sequence[Node], depth: int) -> list[Node]:
    """The nodes one hop on that may lead further; which of them stay, where there are too many, is not promised."""
    up, reached, most = depth < 0, [], found.limits.nodes
    step = _step(found, frontier, up=up).limit(most)
    if len(frontier) == 1:  # in the order of the index; of a crowd that would mean to sort all that it leads to
        step = step.order_by(*_sides(up=up)[1])
    rows = connection.execute(step).all()
    if len(rows) == most:
        found.cut.add("nodes")
    for row in sorted(map(tuple, rows)):
        (told_by, since), facts = row[4:6], row[7:]
        here, (kind, name) = (row[2:4], row[:2]) if up else (row[:2], row[2:4])
        there = (kind, f"source:{here[1]}" if kind == "source" else name)
        if there not in found.nodes:
            node = Node(*there, depth, *facts) if kind == "dataset" else Node(*there, depth)
            leads = kind == "dataset" or (kind == "foreign" and told_by == found.subject.organisation)
            if found.enter(node) and leads:
                reached.append(node)
        if there in found.nodes:
            start, end = (there, here) if up else (here, there)
            found.edges.setdefault((start, end, told_by), Edge(start, end, told_by, since))
    return reached


def _more(connection: Connection, found: _Found, frontier: Sequence[Node], *, up: bool) -> bool:
    """Whether something lies beyond the last hop that was not met on the way."""
    met = _at(_sides(up=up)[1], (one for one in found.nodes.values() if one.kind in ("dataset", "foreign")))
    beyond = _step(found, frontier, up=up).where(not_(met)).limit(1)
    return connection.execute(beyond).first() is not None


def _step(found: _Found, frontier: Sequence[Node], *, up: bool) -> Select[Any]:
    """Edges on one side of the frontier, each with the dataset at its other end."""
    table, far, me = tables.edge, common.dataset, found.subject.organisation
    here, there = _sides(up=up)
    mine = [n.name for n in frontier if n.kind == "dataset" and n.owner == me]
    ours = and_(there[0] == "dataset", far.c.key.is_not(None), far.c.state == "active", found.visible)
    foreign = and_(there[0] == "foreign", or_(table.c.told_by == me, and_(here[0] == "dataset", here[1].in_(mine))))
    return (
        select(table.c.from_kind, table.c.from_name, table.c.to_kind, table.c.to_name, table.c.told_by, table.c.since)
        .add_columns(*_FACTS)
        .select_from(table.outerjoin(far, and_(there[0] == "dataset", far.c.key == there[1])))
        .where(_at(here, frontier), or_(ours, there[0] == "source", *((foreign,) if me else ())))
    )


def _sides(*, up: bool) -> tuple[Ends, Ends]:
    """Columns of kind and name where one stands, and where the way leads."""
    table = tables.edge
    start, end = (table.c.from_kind, table.c.from_name), (table.c.to_kind, table.c.to_name)
    return (end, start) if up else (start, end)


def _at(here: Ends, frontier: Iterable[Node]) -> ColumnElement[bool]:
    kinds: dict[str, list[str]] = {}
    for node in frontier:
        kinds.setdefault(node.kind, []).append(node.name)
    return or_(
        *(
            and_(here[0] == kind, here[1] == names[0] if len(names) == 1 else here[1].in_(names))
            for kind, names in kinds.items()
        )
    )


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
