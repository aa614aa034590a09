"""A contract that is registered fulfils its catalogue entry, or is entered as one on the operator's authority.

An entry that went through the catalogue's own life cycle binds: a contract that shares otherwise is refused, and one
that is registered already shares from then on as strictly as the entry. An entry that only ever came with its contract
follows it, version by version. No official approved those: their steps name nobody, and say which contract it was.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from catalog import tables
from catalog.cards import entering
from catalog.entries import book
from catalog.entries.book import CONTRACT, OFFICE, Version
from schemas.dataset import Dataset
from schemas.entry_life import IN_FORCE, Action, State, Step
from schemas.entry_of_contract import bound, entry_of
from schemas.errors import BadInput
from schemas.journey import SHANGHAI
from schemas.record import from_json, to_json

ENTERED = "entered"


def adopt(connection: Connection, dataset: Dataset, now: datetime) -> None:
    """Call it in the transaction that registers the contract; BadInput where the catalogue says otherwise."""
    every = book.of_dataset(connection, dataset.key)
    if not every:
        _first(connection, dataset, now)
        return
    standing = book.latest(every, IN_FORCE)
    if standing is None:
        raise BadInput(
            f"{dataset.key}: its catalogue entry {every[-1].id} is {every[-1].state.value}; "
            "found a contract for it, expected an entry that is in force"
        )
    if standing.origin == OFFICE:
        agree(standing, dataset)
    else:
        _follow(connection, every, standing, dataset, now)


def catch_up(connection: Connection, dataset: Dataset, now: datetime) -> None:
    """Enter what an earlier release registered without an entry; one statement where there is one."""
    if not book.of_dataset(connection, dataset.key):
        _first(connection, dataset, now)


def agree(standing: Version, dataset: Dataset) -> None:
    """BadInput where the contract is another than the one that the published entry allows."""
    entry = standing.entry
    for what, found, expected in (
        ("sharing class", dataset.sharing, entry.sharing),
        ("provider", dataset.owner, entry.provider),
    ):
        if found != expected:
            raise BadInput(
                f"{dataset.key}: found {what} {found}, but catalogue entry {standing.id} is published with {expected}; "
                "expected the same, or the entry changed first through its reviews"
            )
    if loose := sorted(
        one.name for one, other in zip(dataset.fields, bound(dataset, entry).fields, strict=True) if one != other
    ):
        raise BadInput(
            f"{dataset.key}: found {', '.join(loose)} shared, but catalogue entry {standing.id} is published with "
            "these items withheld; expected yishu.shareable false"
        )


def bind(connection: Connection, version: Version) -> None:
    """Of a version that the office has published: its dataset shares as strictly from now on."""
    table, key = tables.dataset, version.entry.dataset
    contract = connection.scalar(select(table.c.contract).where(table.c.key == key)) if key else None
    if contract is None:
        return
    before = from_json(Dataset, contract, where="a stored contract")
    after = bound(before, version.entry)
    if after != before:
        told = {"contract": to_json(after).decode(), "sharing": after.sharing.value}
        connection.execute(update(table).where(table.c.key == key).values(told))
        for one in after.fields:
            fields = tables.dataset_field
            named = (fields.c.dataset == key, fields.c.name == one.name)
            connection.execute(update(fields).where(*named).values(shareable=one.shareable))
        entering.enter(connection, after)


def _first(connection: Connection, dataset: Dataset, now: datetime) -> None:
    """The entry in force under the contract's code, of the same provider; else a new one."""
    found = book.of_code(connection, dataset.catalogue_code) if dataset.catalogue_code else None
    if found is not None and found.entry.provider == dataset.owner and not found.entry.dataset:
        agree(found, dataset)
        book.fulfil(connection, found.id, dataset.key)
        book.note(connection, found, _step(dataset, found.number, found.state, now))
        return
    entry = entry_of(dataset, now.astimezone(SHANGHAI).date())
    if found is not None:
        entry = replace(entry, code="")
    first = Version(0, 1, State.PUBLISHED, entry, CONTRACT, 0, now)
    book.enter(connection, first, _step(dataset, 1, State.PUBLISHED, now))


def _follow(
    connection: Connection, every: tuple[Version, ...], standing: Version, dataset: Dataset, now: datetime
) -> None:
    """A new version by the new contract; one that is on its way through the office is left as it is."""
    entry = entry_of(dataset, standing.entry.published_on)
    holder = book.of_code(connection, entry.code) if entry.code else None
    if holder is not None and holder.id != standing.id:
        entry = replace(entry, code=standing.entry.code)
    if entry == standing.entry:
        return
    number = every[-1].number + 1
    old = replace(standing, state=State.SUPERSEDED, moved_at=now)
    book.put(connection, old, replace(_step(dataset, old.number, old.state, now), action=Action.REPLACE.value))
    new = replace(standing, number=number, entry=entry, moved_at=now)
    book.add(connection, new, _step(dataset, number, new.state, now))


def _step(dataset: Dataset, version: int, state: State, now: datetime) -> Step:
    said = f"契约 {dataset.key} {dataset.version} sha256 {dataset.contract_hash}"
    return Step(at=now, version=version, action=ENTERED, state=state, said=said)
