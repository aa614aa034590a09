"""Published versions of datasets, and those that were held back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, select, update

from catalog import datasets, tables
from catalog.cards import entering
from schemas.access import Standing
from schemas.dataset import Dataset, Sharing
from schemas.errors import NotReady, Unknown
from schemas.journey import Finding, Snapshot, Verdict, Window
from schemas.linkage import Linkage, told_apart
from schemas.record import from_json, to_json


@dataclass(frozen=True, slots=True)
class Version:
    """One version as the list of versions shows it."""

    dataset: str
    number: int
    state: str
    """`published`, `held_back` or `withdrawn`."""
    window: str
    contract_hash: str
    rows: int
    published_at: datetime
    """For one held back: when it was."""
    digest: str
    scores: Mapping[str, float]
    """Dimension -> share of checked rows that kept its rules."""
    blocked: tuple[str, ...]
    """Critical rules that failed."""
    linkage: Linkage | None = None
    """How well its rows hide a person; None where nothing tells people apart, or it is held back."""


SHOWN = tuple(name for name in Version.__slots__ if name != "linkage")
RISK = ("told_apart", "sensitive", "smallest_group", "diversity")
"""Columns of a version's row that say how well it hides a person."""


def latest(connection: Connection, dataset: str) -> Snapshot | None:
    """The last good version: published and neither withdrawn nor held back."""
    manifest = connection.scalar(_published(dataset).order_by(tables.version.c.number.desc()).limit(1))
    return None if manifest is None else snapshot(manifest)


def latest_each(connection: Connection, keys: Iterable[str]) -> dict[str, Snapshot]:
    """The last good version of each of the datasets that has one, in one statement."""
    rows = connection.execute(_last(keys, tables.version.c.manifest))
    return {row.dataset: snapshot(row.manifest) for row in rows}


def by_number(connection: Connection, dataset: str, number: int) -> Snapshot:
    """That version where it is published, else Unknown."""
    manifest = connection.scalar(_published(dataset).where(tables.version.c.number == number))
    if manifest is None:
        raise Unknown(f"{dataset} has no published version {number}")
    return snapshot(manifest)


def ever_published(connection: Connection, dataset: str, number: int) -> Snapshot | None:
    """That version where it was ever served, withdrawn since or not."""
    table = tables.version
    wanted = select(table.c.manifest).where(table.c.dataset == dataset, table.c.number == number)
    manifest = connection.scalar(wanted)
    return snapshot(manifest) if manifest else None


def told_apart_in(connection: Connection, dataset: str, number: int) -> Snapshot:
    """A version that a fold names, withdrawn since or not; NotReady where the catalogue has lost it."""
    found = ever_published(connection, dataset, number)
    if found is None:
        said = f"{dataset}: version {number}, in which windows lie apart, is gone from the catalogue; restore it"
        raise NotReady(said)
    return found


def overtaken(connection: Connection, dataset: str, window: Window) -> bool:
    """Whether a later window than this one is published."""
    table = tables.version
    later = select(table.c.number).where(table.c.window_low > window.low)
    return connection.scalar(later.where(table.c.dataset == dataset, table.c.state == "published").limit(1)) is not None


def listed(connection: Connection, dataset: str) -> tuple[Version, ...]:
    """All versions, newest first, whatever their state."""
    table = tables.version
    wanted = select(*(table.c[name] for name in (*SHOWN, *RISK)))  # not the manifests, which are long
    rows = connection.execute(wanted.where(table.c.dataset == dataset).order_by(table.c.number.desc()))
    return tuple(of_row(row) for row in rows)


def findings(connection: Connection, dataset: str, number: int | None = None) -> tuple[Finding, ...]:
    """What the rules found in a version; without a number in the newest one, held back or not."""
    table = tables.finding
    if number is None:
        number = connection.scalar(select(func.max(table.c.version)).where(table.c.dataset == dataset))
    rows = connection.scalars(
        select(table.c.body).where(table.c.dataset == dataset, table.c.version == number).order_by(table.c.id)
    )
    return tuple(from_json(Finding, body, where="a stored finding") for body in rows)


def standing(connection: Connection, dataset: str, number: int | None = None) -> Standing:
    """For the access rule. A version that is held back does not count while an older good one stands.

    It tells k of open data alone: for grants the access rule looks at all that an organisation holds together, which
    is settled when a grant is made. Nor is a k told that was computed over other columns than those open today.
    """
    table = tables.version
    wanted = select(table.c.number, table.c.state, table.c.smallest_group, table.c.told_apart).where(
        table.c.dataset == dataset
    )
    rows = connection.execute(wanted.order_by(table.c.number.desc())).all()
    asked = [row for row in rows if number in (None, row.number)]
    for row in asked:
        if row.state == "published":
            told = row.smallest_group is not None and _of_today(connection, dataset, row.told_apart)
            return Standing(True, False, row.number, row.smallest_group if told else None)
    return Standing(False, any(row.state == "held_back" for row in asked), 0)


def standings(connection: Connection, known: Mapping[str, Dataset]) -> dict[str, Standing]:
    """As `standing` without a number, of each of the datasets: two statements for all of them."""
    table = tables.version
    held_back = select(table.c.dataset).where(table.c.state == "held_back", table.c.dataset.in_(sorted(known)))
    waiting = set(connection.scalars(held_back.distinct()))
    found = {key: Standing(False, key in waiting, 0) for key in known}
    for row in connection.execute(_last(known, table.c.smallest_group, table.c.told_apart)):
        told = row.smallest_group is not None and _open_today(known[row.dataset], row.told_apart)
        found[row.dataset] = Standing(True, False, row.number, row.smallest_group if told else None)
    return found


def _last(keys: Iterable[str], *columns: ColumnElement[Any]) -> Select[Any]:
    """Dataset, number and these columns of the last good version of each."""
    table = tables.version
    good = and_(table.c.state == "published", table.c.dataset.in_(sorted(keys)))
    last = select(table.c.dataset, func.max(table.c.number).label("number")).where(good).group_by(table.c.dataset)
    found = last.subquery()
    mine = and_(table.c.dataset == found.c.dataset, table.c.number == found.c.number)
    return select(table.c.dataset, table.c.number, *columns).join(found, mine)


def _of_today(connection: Connection, key: str, columns: Sequence[str] | None) -> bool:
    return _open_today(datasets.get(connection, key), columns)


def _open_today(dataset: Dataset, columns: Sequence[str] | None) -> bool:
    """Whether a dataset is open, and what it opens tells people apart by just these columns."""
    return dataset.sharing is Sharing.OPEN and list(told_apart(dataset)) == columns


def withdraw(connection: Connection, dataset: str, number: int) -> None:
    """Nobody is served this version any more; the one before it becomes the last good one."""
    by_number(connection, dataset, number)
    table = tables.version
    connection.execute(
        update(table).where(table.c.dataset == dataset, table.c.number == number).values(state="withdrawn")
    )
    entering.score(connection, dataset)


def enter_findings(connection: Connection, verdict: Verdict, number: int) -> None:
    """Store what the rules found under the version that it led to."""
    rows = [
        {
            "dataset": verdict.dataset,
            "version": number,
            "window": verdict.window.key,
            "rule": finding.rule,
            "severity": finding.severity.value,
            "dimension": finding.dimension.value,
            "checked": finding.checked,
            "failed": finding.failed,
            "success": finding.success,
            "body": to_json(finding).decode(),
        }
        for finding in verdict.findings
    ]
    if rows:
        connection.execute(insert(tables.finding), rows)


@lru_cache(maxsize=64)
def snapshot(manifest: str) -> Snapshot:
    """A stored manifest as a Snapshot; large ones take milliseconds to read, so they are remembered."""
    return from_json(Snapshot, manifest, where="a stored manifest")


def _published(dataset: str) -> Select[str]:
    table = tables.version
    return select(table.c.manifest).where(table.c.dataset == dataset, table.c.state == "published")


def of_row(row: Row[*tuple[Any, ...]]) -> Version:
    """A version from a row with the columns `SHOWN` and `RISK`."""
    told = {name: row._mapping[name] for name in SHOWN}
    return Version(**told | {"blocked": tuple(row._mapping["blocked"]), "linkage": _linkage(row)})


def _linkage(row: Row[*tuple[Any, ...]]) -> Linkage | None:
    apart, hidden, k, diversity = (row._mapping[name] for name in RISK)
    return None if apart is None else Linkage(tuple(apart), tuple(hidden), k, diversity)
