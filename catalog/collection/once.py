"""Collected once, used N times, M repeated collections avoided 一次采集、N 次使用、避免重复采集 M 次: the figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from catalog import tables
from catalog.collection import uses
from catalog.collection.tables import collection_form, form_item, use_day
from catalog.known import known
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.collection import Choice, FormState
from schemas.divisions import DivisionTree

ROUNDS = 5
"""Batches of receipts that one look counts at most; the next look goes on."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one dataset, or of several together."""

    datasets: int = 0
    users: int = 0
    """Different organisations that read under a grant or openly; of several datasets each counts once per dataset."""
    uses: int = 0
    """N: organisation, purpose and day, each combination once for each dataset."""
    reads: int = 0
    """Asks that were answered with rows; pages of one listing are as many."""
    avoided: int = 0
    """M: items of cleared forms that are taken from here instead of being collected."""

    def plus(self, other: "Figures") -> "Figures":
        """Both together."""
        return Figures(
            self.datasets + other.datasets,
            self.users + other.users,
            self.uses + other.uses,
            self.reads + other.reads,
            self.avoided + other.avoided,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One dataset with its figures."""

    dataset: str
    title: str
    title_en: str
    department: str
    owner: str
    owner_name: str
    division: str
    figures: Figures


def lines(shelf: Shelf, subject: Subject, now: datetime, division: str = "") -> tuple[Line, ...]:
    """Every dataset that the asker may know of (in a division and below it) with its figures, by key."""
    caught_up(shelf, now)
    tree = shelf.tree()
    with shelf.engine.connect() as connection:
        used, avoided = _used(connection), _avoided(connection)
        dataset = tables.dataset
        wanted = select(dataset).where(dataset.c.state == "active", known(connection, subject)).order_by(dataset.c.key)
        rows = [row for row in connection.execute(wanted) if not division or _within(row.division, division, tree)]
    return tuple(
        Line(
            row.key,
            row.title,
            row.title_en,
            row.department,
            row.owner,
            row.owner_name,
            row.division,
            Figures(1, *used.get(row.key, (0, 0, 0)), avoided.get(row.key, 0)),
        )
        for row in rows
    )


def of_dataset(shelf: Shelf, key: str) -> Figures:
    """The figures of one dataset as far as receipts are counted; whether they may be shown the doors look at."""
    with shelf.engine.connect() as connection:
        return Figures(1, *_used(connection, key).get(key, (0, 0, 0)), _avoided(connection, key).get(key, 0))


def everything(shelf: Shelf) -> Figures:
    """The figures of the whole installation, for its operator."""
    with shelf.engine.connect() as connection:
        used, avoided = _used(connection), _avoided(connection)
    whole = Figures()
    for key in used.keys() | avoided.keys():
        whole = whole.plus(Figures(1, *used.get(key, (0, 0, 0)), avoided.get(key, 0)))
    return whole


def caught_up(shelf: Shelf, now: datetime) -> None:
    """Count receipts until none is left, or as many as one look may."""
    for _ in range(ROUNDS):
        if uses.catch_up(shelf, now) < uses.AT_ONCE:
            return


def together(some: Iterable[Line]) -> Figures:
    """All lines as one."""
    whole = Figures()
    for one in some:
        whole = whole.plus(one.figures)
    return whole


def by_department(some: Iterable[Line]) -> Mapping[tuple[str, str], Figures]:
    """(credit code, name) of who provides -> figures, by division and name: in no order of merit."""
    found: dict[tuple[str, str, str], Figures] = defaultdict(Figures)
    for one in some:
        mark = (one.division, one.owner_name, one.owner)
        found[mark] = found[mark].plus(one.figures)
    return {(owner, name): found[division, name, owner] for division, name, owner in sorted(found)}


def by_division(some: Iterable[Line], tree: DivisionTree, under: str) -> Mapping[str, Figures]:
    """Division directly below `under` (and itself) -> figures of its subtree; provinces where `under` is empty."""
    found: dict[str, Figures] = defaultdict(Figures)
    for one in some:
        path = tree.path(one.division)
        below = path[path.index(under) + 1 :] if under in path else path if not under else ()
        place = below[0] if below else under or one.division
        found[place] = found[place].plus(one.figures)
    return dict(sorted(found.items()))


def _used(connection: Connection, key: str = "") -> Mapping[str, tuple[int, int, int]]:
    """Dataset -> users, uses, reads."""
    table = use_day
    counted = (func.count(table.c.organisation.distinct()), func.count(), func.sum(table.c.reads))
    wanted = select(table.c.dataset, *counted).group_by(table.c.dataset)
    if key:
        wanted = wanted.where(table.c.dataset == key)
    return {name: (users, number, int(reads)) for name, users, number, reads in connection.execute(wanted)}


def _avoided(connection: Connection, key: str = "") -> Mapping[str, int]:
    """Dataset -> items of cleared forms that reuse it."""
    item, form = form_item.c, collection_form.c
    wanted = (
        select(item.dataset, func.count().label("number"))
        .join(collection_form, form.number == item.form)
        .where(form.state == FormState.CLEARED.value, item.choice == Choice.REUSE.value, item.dataset != "")
        .group_by(item.dataset)
    )
    if key:
        wanted = wanted.where(item.dataset == key)
    return {row.dataset: row.number for row in connection.execute(wanted)}


def _within(code: str, division: str, tree: DivisionTree) -> bool:
    try:
        return tree.within(code, division)
    except ValueError:
        return False
