"""Entries, versions and histories as they are stored; who may do what with them is decided elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, true, update

from catalog import tables as catalogue
from catalog.cards import entering
from catalog.entries import tables
from schemas.entry import Entry
from schemas.entry_life import IN_FORCE, WAYS, State, Step
from schemas.entry_titles import plain_entry_title
from schemas.errors import Unknown
from schemas.record import from_json, to_json

OFFICE = "office"
"""Came by way of the catalogue's own life cycle."""
CONTRACT = "contract"
"""Came with the contract of a dataset, on the operator's authority."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an entry, and where it stands."""

    id: int
    """Of the entry; 0 before it is stored."""
    number: int
    state: State
    entry: Entry
    origin: str
    steps: int
    """How many moves the entry has made."""
    moved_at: datetime
    submitted_by: str = ""
    """Person who submitted it."""
    approved_by: str = ""
    """Person who approved it for its department."""
    ends: date | None = None
    """Day from which it is in force no more, where that is announced."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which versions to list, the newest entry first."""

    states: Sequence[State] = ()
    """Only in these; empty means all."""
    text: str = ""
    """Only with these letters in the title or the code."""
    before: int | None = None
    """Only those of entries with a lower id."""
    limit: int = 50


def enter(connection: Connection, version: Version, step: Step) -> Version:
    """A new entry with its first version."""
    made = connection.execute(
        insert(tables.entry)
        .values(dataset=version.entry.dataset or None, origin=version.origin, steps=0, created_at=step.at)
        .returning(tables.entry.c.id)
    )
    return add(connection, replace(version, id=made.scalar_one(), steps=0), step)


def add(connection: Connection, version: Version, step: Step) -> Version:
    """Another version of an entry that is there."""
    connection.execute(insert(tables.entry_version).values(_values(version)))
    return _stepped(connection, version, step)


def put(connection: Connection, version: Version, step: Step) -> Version:
    """What has become of a version, and the step that it took."""
    table = tables.entry_version
    told = {name: value for name, value in _values(version).items() if name not in ("entry", "number")}
    connection.execute(update(table).where(table.c.entry == version.id, table.c.number == version.number).values(told))
    return _stepped(connection, version, step)


def note(connection: Connection, version: Version, step: Step) -> None:
    """A step that leaves the version as it is."""
    _stepped(connection, version, step)


def versions(connection: Connection, identifier: int, *, lock: bool = False) -> tuple[Version, ...]:
    """Every version of an entry, the first one first; Unknown where there is none of that id."""
    if lock:
        connection.execute(select(tables.entry.c.id).where(tables.entry.c.id == identifier).with_for_update())
    rows = connection.execute(_every().where(tables.entry.c.id == identifier).order_by(tables.entry_version.c.number))
    found = tuple(map(_version, rows))
    if not found:
        raise Unknown(f"no entry {identifier}")
    return found


def listed(connection: Connection, wanted: Wanted, allowed: ColumnElement[bool]) -> tuple[Version, ...]:
    """A page of the versions that are allowed."""
    table = tables.entry_version
    asked = _every().where(allowed)
    if wanted.states:
        asked = asked.where(table.c.state.in_([one.value for one in wanted.states]))
    if wanted.text:
        held = (table.c.title.contains(wanted.text, autoescape=True), table.c.code == wanted.text)
        asked = asked.where(held[0] | held[1])
    if wanted.before is not None:
        asked = asked.where(table.c.entry < wanted.before)
    rows = connection.execute(asked.order_by(table.c.entry.desc(), table.c.number.desc()).limit(wanted.limit))
    return tuple(map(_version, rows))


def everything() -> ColumnElement[bool]:
    """No limit: for the operator."""
    return true()


def of_dataset(connection: Connection, key: str) -> tuple[Version, ...]:
    """Every version of the entry that a dataset fulfils; empty where there is none."""
    asked = _every().where(tables.entry.c.dataset == key).order_by(tables.entry_version.c.number)
    return tuple(map(_version, connection.execute(asked)))


def of_code(connection: Connection, code: str) -> Version | None:
    """The version in force under a code."""
    table = tables.entry_version
    asked = _every().where(table.c.code == code, table.c.state.in_([one.value for one in IN_FORCE]))
    row = connection.execute(asked).first()
    return None if row is None else _version(row)


def namesakes(connection: Connection, entry: Entry, besides: int = 0) -> tuple[Version, ...]:
    """Living versions of other entries of the same provider whose title is the same but for blanks and the like."""
    table = tables.entry_version
    living = [one.value for one in (*WAYS, *IN_FORCE)]
    mine = table.c.provider == entry.provider if entry.provider else table.c.provider == ""
    asked = _every().where(
        table.c.plain == plain_entry_title(entry.title), table.c.entry != besides, table.c.state.in_(living), mine
    )
    return tuple(map(_version, connection.execute(asked.order_by(table.c.entry))))


def fulfil(connection: Connection, identifier: int, dataset: str) -> None:
    """From now on the entry's data are those of the dataset."""
    connection.execute(update(tables.entry).where(tables.entry.c.id == identifier).values(dataset=dataset))


def close(connection: Connection, dataset: str) -> None:
    """The dataset of an entry that is retired is found no more."""
    table = catalogue.dataset
    connection.execute(update(table).where(table.c.key == dataset).values(state="retired"))
    entering.show(connection, dataset, listed=False)


def by_office(connection: Connection, identifier: int) -> None:
    """From now on the entry is the catalogue's, and contracts must agree with it."""
    connection.execute(update(tables.entry).where(tables.entry.c.id == identifier).values(origin=OFFICE))


def history(connection: Connection, identifier: int) -> tuple[Step, ...]:
    """Every move of an entry, the first one first."""
    table = tables.entry_step
    rows = connection.execute(select(table).where(table.c.entry == identifier).order_by(table.c.id))
    return tuple(_step(row) for row in rows)


def divisions(connection: Connection) -> tuple[str, ...]:
    """Divisions that entries speak of."""
    return tuple(connection.scalars(select(tables.entry_version.c.division).distinct()))


def counts(connection: Connection, allowed: ColumnElement[bool]) -> dict[State, int]:
    """State -> how many versions of those that are allowed."""
    table = tables.entry_version
    joined = table.join(tables.entry, tables.entry.c.id == table.c.entry)
    asked = select(table.c.state, func.count()).select_from(joined).where(allowed).group_by(table.c.state)
    rows = connection.execute(asked)
    return {State(state): count for state, count in rows}


def _every() -> Any:
    table, owner = tables.entry_version, tables.entry
    return select(table, owner.c.dataset, owner.c.origin, owner.c.steps).join(owner, owner.c.id == table.c.entry)


def _stepped(connection: Connection, version: Version, step: Step) -> Version:
    told = asdict(step) | {"entry": version.id, "version": version.number, "state": step.state.value}
    connection.execute(insert(tables.entry_step).values(told))
    table = tables.entry
    connection.execute(update(table).where(table.c.id == version.id).values(steps=table.c.steps + 1))
    return replace(version, steps=version.steps + 1)


def _values(version: Version) -> dict[str, Any]:
    entry = version.entry
    return {
        "entry": version.id,
        "number": version.number,
        "state": version.state.value,
        "code": entry.code,
        "title": entry.title,
        "plain": plain_entry_title(entry.title),
        "provider": entry.provider,
        "division": entry.division,
        "sharing": entry.sharing.value if entry.sharing else "",
        "body": to_json(replace(entry, dataset="")).decode(),
        "submitted_by": version.submitted_by,
        "approved_by": version.approved_by,
        "ends": version.ends,
        "moved_at": version.moved_at,
    }


def _version(row: Row[Any]) -> Version:
    entry = from_json(Entry, row.body, where="a stored entry")
    return Version(
        id=row.entry,
        number=row.number,
        state=State(row.state),
        entry=replace(entry, dataset=row.dataset or ""),
        origin=row.origin,
        steps=row.steps,
        moved_at=row.moved_at,
        submitted_by=row.submitted_by,
        approved_by=row.approved_by,
        ends=row.ends,
    )


def _step(row: Row[Any]) -> Step:
    told = {name: value for name, value in row._mapping.items() if name not in ("id", "entry")}
    return Step(**told | {"state": State(told["state"])})


def latest(some: Iterable[Version], states: Sequence[State]) -> Version | None:
    """The one version in one of the states, or None."""
    return next((one for one in some if one.state in states), None)
