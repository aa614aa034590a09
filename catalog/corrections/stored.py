"""Corrections, their claims, their recipients and their histories as they are stored."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, literal, or_, select, union_all, update

from catalog.among import among
from catalog.corrections import tables
from schemas.correction import DISPUTED, Correction, State
from schemas.doubt import Claim, Step, Told
from schemas.errors import Unknown

NAMES = tuple(one.name for one in tables.correction.columns if one.name != "sealed")
NO_CORRECTION = "no correction of this number that you may know of; GET /api/v1/corrections lists yours"


@dataclass(frozen=True, slots=True)
class Kept:
    """A correction with what of it lies sealed."""

    it: Correction
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which corrections to list, newest first."""

    organisation: str
    """Those that it has to answer, has claimed, or was told of."""
    datasets: Collection[str] = ()
    """Those of these datasets, too: whose owners the asker stands above."""
    everything: bool = False
    """All there are: for who audits."""
    states: Sequence[State] = ()
    dataset: str = ""
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class OpenCell:
    """A cell that is disputed now, as it stands in one dataset."""

    correction: int
    column: str
    since: datetime
    sealed: bytes
    """Of a claim, a `Doubt`; of the source's cell, `Words`: each has the key of the row."""
    claimed: bool


def get(connection: Connection, identifier: int, *, lock: bool = False) -> Kept:
    """The correction of that id, or Unknown; with `lock` nobody else moves it until the transaction ends."""
    wanted = select(tables.correction).where(tables.correction.c.id == identifier)
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None:
        raise Unknown(NO_CORRECTION)
    return _kept(row)


def living(connection: Connection, cell: str) -> Kept | None:
    """The one of a cell that is not closed; locked."""
    table = tables.correction
    wanted = select(table).where(table.c.cell == cell, table.c.state != State.CLOSED.value).with_for_update()
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _kept(row)


def before(connection: Connection, cell: str) -> int:
    """How many corrections of a cell there have been."""
    table = tables.correction
    return connection.scalar(select(func.count()).where(table.c.cell == cell)) or 0


def waiting(connection: Connection, dataset: str) -> tuple[Kept, ...]:
    """Those of a dataset that wait for a version with the right value; locked."""
    table = tables.correction
    wanted = select(table).where(table.c.dataset == dataset, table.c.state == State.CORRECTING.value)
    return tuple(_kept(row) for row in connection.execute(wanted.order_by(table.c.id).with_for_update()))


def datasets_waiting(connection: Connection) -> tuple[str, ...]:
    """Datasets with corrections that wait for a version."""
    table = tables.correction
    wanted = select(table.c.dataset).where(table.c.state == State.CORRECTING.value).distinct()
    return tuple(connection.scalars(wanted.order_by(table.c.dataset)))


def upheld(connection: Connection) -> tuple[Kept, ...]:
    """Those that were upheld and wait for an objection."""
    table = tables.correction
    rows = connection.execute(select(table).where(table.c.state == State.UPHELD.value).order_by(table.c.id))
    return tuple(_kept(row) for row in rows)


def listed(connection: Connection, wanted: Wanted) -> tuple[Correction, ...]:
    """A page of them."""
    table = tables.correction
    asked = select(table).where(*_concerning(connection, wanted))
    if wanted.states:
        asked = asked.where(table.c.state.in_([one.value for one in wanted.states]))
    if wanted.dataset:
        asked = asked.where(table.c.dataset == wanted.dataset)
    if wanted.before is not None:
        asked = asked.where(table.c.id < wanted.before)
    rows = connection.execute(asked.order_by(table.c.id.desc()).limit(wanted.limit))
    return tuple(_kept(row).it for row in rows)


def of_citizen(connection: Connection, citizen: str) -> tuple[Correction, ...]:
    """Those that a citizen has claimed, newest first."""
    table, claim = tables.correction, tables.claim
    mine = select(claim.c.correction).where(claim.c.citizen == citizen)
    rows = connection.execute(select(table).where(table.c.id.in_(mine)).order_by(table.c.id.desc()))
    return tuple(_kept(row).it for row in rows)


def enter(connection: Connection, one: Correction, sealed: bytes) -> int:
    """Store a new correction; its id."""
    made = connection.execute(
        insert(tables.correction).values(_values(one) | {"sealed": sealed}).returning(tables.correction.c.id)
    )
    identifier: int = made.scalar_one()
    return identifier


def move(connection: Connection, one: Correction, step: Step, sealed: bytes | None = None) -> None:
    """Store what has become of a correction, and the step that it took."""
    values = _values(one) | ({} if sealed is None else {"sealed": sealed})
    connection.execute(update(tables.correction).where(tables.correction.c.id == one.id).values(values))
    enter_step(connection, one.id, step)


def enter_step(connection: Connection, identifier: int, step: Step) -> None:
    """Add to its history."""
    values = asdict(step) | {"correction": identifier, "state": step.state.value}
    connection.execute(insert(tables.step).values(values))


def history(connection: Connection, identifier: int) -> tuple[Step, ...]:
    """Every move, the first one first."""
    table = tables.step
    rows = connection.execute(select(table).where(table.c.correction == identifier).order_by(table.c.id))
    names = ("at", "action", "organisation", "system", "person", "receipt")
    return tuple(Step(state=State(row.state), **{name: row._mapping[name] for name in names}) for row in rows)


def enter_claim(connection: Connection, claim: Claim, sealed: bytes) -> None:
    """Store a claim."""
    values = asdict(claim) | {"sealed": sealed}
    del values["id"]
    connection.execute(insert(tables.claim).values(values))


def claims(connection: Connection, identifier: int) -> tuple[tuple[Claim, bytes], ...]:
    """All claims of a correction with what of them lies sealed, the first one first."""
    table = tables.claim
    rows = connection.execute(select(table).where(table.c.correction == identifier).order_by(table.c.id))
    return tuple((_claim(row), row.sealed) for row in rows)


def withdraw(connection: Connection, identifiers: Sequence[int]) -> None:
    """Claims that are taken back."""
    table = tables.claim
    connection.execute(update(table).where(table.c.id.in_(list(identifiers))).values(withdrawn=True))


def forget(connection: Connection, before: datetime) -> int:
    """Erase what lies sealed of corrections that were closed before a moment; of how many."""
    table, claim = tables.correction, tables.claim
    old = (table.c.state == State.CLOSED.value, table.c.moved_at < before, table.c.sealed != b"")
    connection.execute(update(claim).where(claim.c.correction.in_(select(table.c.id).where(*old))).values(sealed=b""))
    return connection.execute(update(table).where(*old).values(sealed=b"")).rowcount


def open_cells(connection: Connection, dataset: str) -> tuple[OpenCell, ...]:
    """The cells of a dataset that are disputed now: those of sources, and those in which claimants met the value."""
    table, claim = tables.correction, tables.claim
    disputed = table.c.state.in_([one.value for one in DISPUTED])
    own = select(table.c.id, table.c.column, table.c.opened_at, table.c.sealed, literal(False)).where(
        table.c.dataset == dataset, disputed
    )
    met = (
        select(table.c.id, claim.c.column, table.c.opened_at, claim.c.sealed, literal(True))
        .join(claim, claim.c.correction == table.c.id)
        .where(claim.c.dataset == dataset, table.c.dataset != dataset, disputed, ~claim.c.withdrawn)
    )
    rows = connection.execute(union_all(own, met)).all()
    found = [OpenCell(one[0], one[1], one[2], one[3], bool(one[4])) for one in rows]
    return tuple(sorted(found, key=lambda one: (one.since, one.correction)))


def datasets_doubted(connection: Connection) -> tuple[str, ...]:
    """Datasets of which there are corrections, closed ones too."""
    return tuple(connection.scalars(select(tables.correction.c.dataset).distinct()))


def tell(connection: Connection, identifier: int, recipients: Sequence[Told]) -> None:
    """Enter who is told; who was told of an earlier value is told anew, and has to acknowledge anew."""
    table = tables.told
    for one in recipients:
        at = (
            table.c.correction == identifier,
            table.c.organisation == one.organisation,
            table.c.grant == one.grant,
            table.c.dataset == one.dataset,
        )
        fresh = {"at": one.at, "acknowledged_at": None, "by": ""}
        if not connection.execute(update(table).where(*at).values(fresh)).rowcount:
            connection.execute(insert(table).values(asdict(one) | {"correction": identifier}))


def recipients(connection: Connection, identifier: int) -> tuple[Told, ...]:
    """Who was told, by organisation."""
    table = tables.told
    order = (table.c.organisation, table.c.grant, table.c.dataset)
    rows = connection.execute(select(table).where(table.c.correction == identifier).order_by(*order))
    return tuple(Told(row.organisation, row.grant, row.dataset, row.at, row.acknowledged_at, row.by) for row in rows)


def acknowledge(connection: Connection, identifier: int, organisation: str, by: str, now: datetime) -> int:
    """Everything that an organisation was told of a correction; how much of it was not acknowledged before."""
    table = tables.told
    mine = (table.c.correction == identifier, table.c.organisation == organisation, table.c.acknowledged_at.is_(None))
    return connection.execute(update(table).where(*mine).values(acknowledged_at=now, by=by)).rowcount


def _concerning(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    table, claim, told = tables.correction, tables.claim, tables.told
    if wanted.everything:
        return []
    claimed = select(claim.c.correction).where(claim.c.organisation == wanted.organisation)
    heard = select(told.c.correction).where(told.c.organisation == wanted.organisation)
    return [
        or_(
            table.c.owner == wanted.organisation,
            table.c.id.in_(claimed),
            table.c.id.in_(heard),
            among(connection, table.c.dataset, wanted.datasets),
        )
    ]


def _values(one: Correction) -> dict[str, Any]:
    told = asdict(one) | {"state": one.state.value}
    del told["id"]
    return told


def _kept(row: Row[Any]) -> Kept:
    told = {name: row._mapping[name] for name in NAMES} | {"state": State(row.state)}
    return Kept(Correction(**told), row.sealed)


def _claim(row: Row[Any]) -> Claim:
    return Claim(**{name: value for name, value in row._mapping.items() if name != "sealed"})
