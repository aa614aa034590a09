"""Grants: who may read what, for what, until when. Numbers are dense within a year."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select, update

from catalog import datasets, organisations, tables
from catalog.database import serialise
from catalog.rule.basis import OF_GRANTS
from schemas.access import PURPOSES, Ask, Basis, Grant, GrantState, Mode
from schemas.dataset import Dataset, Sharing
from schemas.errors import BadInput, Unknown
from schemas.journey import SHANGHAI
from schemas.record import from_json, to_json

AUTOMATIC_TERM = timedelta(days=365)
"""An automatic grant of unconditional data lives so long; the next ask after that gets a new one."""


_HELD = (
    select(tables.grant.c.body, tables.grant.c.state)
    .where(tables.grant.c.dataset == bindparam("wanted"), tables.grant.c.organisation == bindparam("holder"))
    .order_by(tables.grant.c.number)
)
"""Built once: it is asked for every read."""


def make(connection: Connection, grant: Grant, now: datetime, *, automatic: bool = False) -> Grant:
    """Put a grant on record and give it its number `YS-<year>-<6 digits>`. Call it inside `writing`.

    Raises Unknown for a dataset or organisation that is not registered, BadInput for what cannot be granted.
    """
    _check(datasets.get(connection, grant.dataset), grant)
    if datasets.retired(connection, [grant.dataset]):
        raise BadInput(f"{grant.dataset}: its catalogue entry is retired, found a grant on it, expected none any more")
    organisations.organisation(connection, grant.organisation)
    numbered = replace(grant, number=_next_number(connection, now))
    connection.execute(
        insert(tables.grant).values(
            number=numbered.number,
            dataset=grant.dataset,
            organisation=grant.organisation,
            purpose=grant.purpose,
            begins=grant.start,
            ends=grant.end,
            state=grant.state.value,
            automatic=automatic,
            body=to_json(numbered).decode(),
            made_at=now,
        )
    )
    return numbered


def list_for(connection: Connection, dataset: str, organisation: str) -> tuple[Grant, ...]:
    """Every grant of an organisation on a dataset, also those no longer in force, by number."""
    told = {"wanted": dataset, "holder": organisation}
    return tuple(_grant(row.body, row.state) for row in connection.execute(_HELD, told))


def of_organisation(connection: Connection, organisation: str) -> tuple[Grant, ...]:
    """Every grant that an organisation holds, on whatever dataset, by number."""
    wanted = select(tables.grant).where(tables.grant.c.organisation == organisation).order_by(tables.grant.c.number)
    return tuple(_grant(row.body, row.state) for row in connection.execute(wanted))


def in_force(connection: Connection, organisation: str, now: datetime) -> tuple[Grant, ...]:
    """The active grants of an organisation whose term holds at that moment."""
    table = tables.grant
    wanted = select(table.c.body, table.c.state).where(table.c.organisation == organisation)
    wanted = wanted.where(table.c.state == GrantState.ACTIVE.value, table.c.begins <= now, table.c.ends > now)
    return tuple(_grant(row.body, row.state) for row in connection.execute(wanted))


def of_owner(connection: Connection, owner: str) -> tuple[Grant, ...]:
    """Every grant that anybody holds on the datasets of one provider, by number."""
    grant, dataset = tables.grant, tables.dataset
    wanted = select(grant.c.body, grant.c.state).join(dataset, dataset.c.key == grant.c.dataset)
    rows = connection.execute(wanted.where(dataset.c.owner == owner).order_by(grant.c.number))
    return tuple(_grant(row.body, row.state) for row in rows)


def by_dataset(held: Iterable[Grant]) -> dict[str, tuple[Grant, ...]]:
    """Dataset -> the grants on it."""
    found: dict[str, list[Grant]] = {}
    for one in held:
        found.setdefault(one.dataset, []).append(one)
    return {key: tuple(some) for key, some in found.items()}


def listed(connection: Connection) -> tuple[Grant, ...]:
    """Every grant by number."""
    return tuple(
        _grant(row.body, row.state) for row in connection.execute(select(tables.grant).order_by(tables.grant.c.number))
    )


def set_state(connection: Connection, number: str, state: GrantState) -> None:
    """Suspend, revoke or reactivate; a revoked grant stays revoked."""
    table = tables.grant
    found = connection.scalar(select(table.c.state).where(table.c.number == number))
    if found is None:
        raise Unknown(f"no grant {number!r}")
    if found == GrantState.REVOKED and state is not GrantState.REVOKED:
        raise BadInput(f"grant {number} is revoked for good; make a new one")
    connection.execute(update(table).where(table.c.number == number).values(state=state.value))


def spend(connection: Connection, number: str, reads: int = 1) -> bool:
    """Take reads off a grant's quota, all or none; False when fewer are left. Inside `writing`, before the receipt."""
    serialise(connection, f"grant {number}")
    table = tables.grant
    row = connection.execute(select(table.c.body, table.c.state).where(table.c.number == number)).one_or_none()
    grant = None if row is None else _grant(row.body, row.state)
    if grant is None or grant.quota is None:
        return grant is not None
    if grant.quota < reads:
        return False
    body = to_json(replace(grant, quota=grant.quota - reads)).decode()
    connection.execute(update(table).where(table.c.number == number).values(body=body))
    return True


def proved(connection: Connection, number: str) -> None:
    """Somebody has read under a grant that was made for a request. Inside `writing`."""
    serialise(connection, f"grant {number}")
    table = tables.grant
    row = connection.execute(select(table.c.body, table.c.state).where(table.c.number == number)).one()
    body = to_json(replace(_grant(row.body, row.state), proving=False)).decode()
    connection.execute(update(table).where(table.c.number == number).values(body=body))


def revoke(connection: Connection, number: str) -> None:
    """Nobody reads under it any more, from the next ask on."""
    set_state(connection, number, GrantState.REVOKED)


def is_due(ask: Ask, dataset: Dataset, held: Sequence[Grant]) -> bool:
    """Whether this ask must first be given an automatic grant.

    That is: unconditional data, a government organisation other than the owner, a purpose that grants are given for
    and that the dataset allows, no grant and no other basis named, and none for this purpose among those `held` that
    was not outlived; one that was revoked or suspended stays in the way.
    """
    subject = ask.subject
    if dataset.sharing is not Sharing.UNCONDITIONAL or subject.public or subject.organisation == dataset.owner:
        return False
    if not (subject.government and subject.credential_active and subject.organisation_active):
        return False
    if ask.grant or ask.basis not in (None, Basis.GRANT) or ask.purpose not in OF_GRANTS:
        return False
    if ask.mode is Mode.AGGREGATE:
        return False
    return ask.purpose in (dataset.purposes or OF_GRANTS) and not any(_stands(grant, ask) for grant in held)


def _stands(grant: Grant, ask: Ask) -> bool:
    return grant.purpose == ask.purpose and (grant.state is not GrantState.ACTIVE or ask.moment < grant.end)


def automatic(connection: Connection, dataset: Dataset, ask: Ask) -> tuple[Grant, ...]:
    """All grants of the asker on the dataset, the automatic one for this ask among them; two at once make one.

    What is retired is granted to nobody any more. Call it inside `writing`.
    """
    organisation = ask.subject.organisation
    serialise(connection, f"automatic grant {dataset.key} {organisation}")
    held = list_for(connection, dataset.key, organisation)
    if not is_due(ask, dataset, held) or datasets.retired(connection, [dataset.key]):
        return held
    return (*held, make(connection, by_itself(dataset, ask), ask.moment, automatic=True))


def by_itself(dataset: Dataset, ask: Ask) -> Grant:
    """The grant that unconditional data are given with the first ask, before it has a number."""
    return Grant(
        number="",
        dataset=dataset.key,
        organisation=ask.subject.organisation,
        purpose=ask.purpose,
        modes=tuple(Mode(mode) for mode in dataset.modes),
        columns=(),
        transforms={},
        divisions=(),
        scope=None,
        start=ask.moment,
        end=ask.moment + AUTOMATIC_TERM,
        basis="无条件共享: 自动授权",
    )


def _grant(body: str, state: str) -> Grant:
    return replace(from_json(Grant, body, where="a stored grant"), state=GrantState(state))


def _next_number(connection: Connection, now: datetime) -> str:
    serialise(connection, "grant numbers")
    prefix = f"YS-{now.astimezone(SHANGHAI).year}-"
    table = tables.grant
    last = connection.scalar(select(func.max(table.c.number)).where(table.c.number.startswith(prefix)))
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:06d}"


def _check(dataset: Dataset, grant: Grant) -> None:
    if dataset.sharing is Sharing.WITHHELD:
        raise BadInput(f"{dataset.key} is withheld 不予共享: it must be reclassified before anybody can be granted it")
    if grant.purpose not in OF_GRANTS:
        valid = ", ".join(p for p in PURPOSES if p in OF_GRANTS)
        raise BadInput(f"purpose: found {grant.purpose!r}, expected one of {valid}")
    if not grant.start < grant.end:
        raise BadInput(f"a grant must end after it starts, found {grant.start} to {grant.end}")
    names = {field.name for field in dataset.fields}
    strange = sorted({*grant.columns, *grant.transforms} - names)
    if strange:
        raise BadInput(f"columns: found {', '.join(strange)}, expected some of {', '.join(sorted(names))}")
    if grant.scope is not None and grant.scope not in dataset.scopes():
        valid = ", ".join(role.value for role in dataset.scopes()) or "none: its rows have no place"
        raise BadInput(f"scope: found {grant.scope.value!r}, expected one of {valid}")
    if grant.divisions and grant.scope is None:
        raise BadInput("a grant of some divisions must say which role of place they speak of (scope)")
