"""The authority registry as it is kept: entered, decided under one lock, and asked who is right."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from catalog import datasets, organisations
from catalog.collection.tables import authority_source as table
from catalog.database import serialise
from schemas.authority_source import KINDS, MOVES, Scope, Source, Standing, Verb, clash, most_specific
from schemas.divisions import DivisionTree, normalise
from schemas.errors import BadInput, Unknown
from schemas.standards.elements import find_element

LONGEST = 1000
"""Characters of a legal basis, and of the words of a decision."""
NO_SOURCE = "no entry of this number in the authority registry that you may know of"


def checked(connection: Connection, source: Source, tree: DivisionTree) -> Source:
    """The entry with its element, division and parties as they are registered; BadInput says what does not fit."""
    element = find_element(source.element)
    if element is None:
        raise BadInput(f"element: found {source.element[:40]!r}, expected an id or a name of GET /api/v1/elements")
    if source.subject_kind not in KINDS:
        raise BadInput(f"subject_kind: found {source.subject_kind[:40]!r}, expected person, enterprise or nothing")
    if not 0 < len(source.basis.strip()) <= LONGEST:
        raise BadInput(f"basis: expected the law or list of duties that makes it so, in 1 to {LONGEST} characters")
    if source.until is not None and source.until <= source.since:
        raise BadInput(f"until: found {source.until}, expected a day after {source.since}")
    try:
        division = normalise(source.division)
    except ValueError as wrong:
        raise BadInput(f"division: {wrong}") from wrong
    if not tree.known(division, at=source.since):
        raise BadInput(f"division: {division} is not in force on {source.since}; name the place that is")
    sound = replace(source, element=element.id, division=division, basis=source.basis.strip())
    _parties(connection, sound)
    return sound


def _parties(connection: Connection, source: Source) -> None:
    """The organisation is a government body that is registered; the dataset is its own and holds the element."""
    try:
        body = organisations.organisation(connection, source.organisation)
    except Unknown as unknown:
        raise BadInput(f"organisation: {unknown}") from unknown
    if not (body.government and body.active):
        raise BadInput(f"organisation: {body.name} is no active government body; only one can be a source")
    if not source.dataset:
        return
    found = datasets.each(connection, [source.dataset]).get(source.dataset)
    mine = found is not None and found.owner == source.organisation
    if found is None or not mine or source.element not in {field.element for field in found.fields}:
        raise BadInput(
            f"dataset: expected one of {body.name} with an item that is {source.element}, found {source.dataset!r}"
        )


def enter(connection: Connection, source: Source, proposer: str, receipt: str, tree: DivisionTree) -> Source:
    """Put an entry on the register, proposed or (imported) in force; it comes back with its number.

    Call it inside `writing`. BadInput names who stands there already.
    """
    serialise(connection, table.name)
    apart(connection, source, tree)
    values = asdict(source) | {"dataset": source.dataset or None, "proposer": proposer, "receipt": receipt}
    values.pop("number")
    number = connection.execute(insert(table).values(values)).inserted_primary_key[0]  # type: ignore[index]  # one key
    return replace(source, number=number)


def same(connection: Connection, source: Source) -> Source | None:
    """The entry that says the same and stands or waits already: an import that is done again changes nothing."""
    alike = (table.c.element == source.element, table.c.subject_kind == source.subject_kind)
    place = (table.c.division == source.division, table.c.organisation == source.organisation)
    row = connection.execute(
        select(table).where(*alike, *place, table.c.since == source.since, table.c.standing == source.standing.value)
    ).first()
    found = None if row is None else _source(row)
    told = (source.dataset, source.until, source.basis)
    return found if found is not None and (found.dataset, found.until, found.basis) == told else None


def decide(connection: Connection, number: int, verb: Verb, told: Mapping[str, Any], tree: DivisionTree) -> Source:
    """Move an entry; `told` are the columns that the decision fills in. Call it inside `writing`.

    BadInput where that is not possible now, or where another entry stands in its place.
    """
    serialise(connection, table.name)
    before = get(connection, number)
    after = replace(before, standing=moved(before.standing, verb), until=told.get("until", before.until))
    if verb is Verb.APPROVE:
        apart(connection, after, tree)
    if after.until is not None and after.until <= before.since:
        raise BadInput(f"until: found {after.until}, expected a day after {before.since}, when it begins")
    connection.execute(update(table).where(table.c.number == number).values(standing=after.standing.value, **told))
    return get(connection, number)


def moved(standing: Standing, verb: Verb) -> Standing:
    """Where a decision leads; BadInput lists what can be decided."""
    if (standing, verb) not in MOVES:
        possible = [one.value for before, one in MOVES if before is standing]
        raise BadInput(f"{verb.value}: the entry is {standing.value}; possible now: {', '.join(possible) or 'nothing'}")
    return MOVES[standing, verb]


def get(connection: Connection, number: int) -> Source:
    """The entry of that number, or Unknown."""
    row = connection.execute(select(table).where(table.c.number == number)).one_or_none()
    if row is None:
        raise Unknown(NO_SOURCE)
    return _source(row)


def proposer(connection: Connection, number: int) -> str:
    """The person, or the system, that proposed it; empty for an import."""
    return connection.scalar(select(table.c.proposer).where(table.c.number == number)) or ""


def listed(
    connection: Connection, *, element: str = "", standing: Collection[Standing] = tuple(Standing)
) -> tuple[Source, ...]:
    """All entries, or those of an element, by element, kind of subject, place and first day."""
    wanted = select(table).where(table.c.standing.in_([one.value for one in standing]))
    if element:
        wanted = wanted.where(table.c.element == element)
    order = (table.c.element, table.c.subject_kind, table.c.division, table.c.since, table.c.number)
    return tuple(_source(row) for row in connection.execute(wanted.order_by(*order)))


def of_elements(
    connection: Connection, elements: Collection[str], scope: Scope, places: Collection[str]
) -> tuple[Source, ...]:
    """Entries in force for any of the elements in any of the places, of the scope's kind of subject and day."""
    wanted = select(table).where(
        table.c.element.in_(sorted(elements)),
        table.c.subject_kind == scope.subject_kind,
        table.c.standing == Standing.IN_FORCE.value,
        table.c.division.in_(sorted(places)),
    )
    return tuple(one for one in map(_source, connection.execute(wanted)) if one.holds(scope.day))


def authority(connection: Connection, element: str, scope: Scope, tree: DivisionTree) -> Source | None:
    """Who is right about an element there and then; the narrowest entry wins."""
    places = [one for one in areas(connection) if tree.within(scope.division, one)]
    return most_specific(of_elements(connection, [element], scope, places), scope, tree)


def areas(connection: Connection) -> tuple[str, ...]:
    """Every place that an entry in force speaks for, sorted."""
    wanted = select(table.c.division).where(table.c.standing == Standing.IN_FORCE.value).distinct()
    return tuple(connection.scalars(wanted.order_by(table.c.division)))


def apart(connection: Connection, source: Source, tree: DivisionTree) -> None:
    """BadInput names the entry in force that stands where this one would."""
    there = clash(source, listed(connection, element=source.element, standing=(Standing.IN_FORCE,)), tree)
    if there is not None:
        name = organisations.organisation(connection, there.organisation).name
        ends = f" until {there.until}" if there.until else ""
        raise BadInput(
            f"{source.element} of {source.subject_kind or 'things'} in {source.division}: {name} "
            f"({there.organisation}) stands there since {there.since}{ends} (entry {there.number}); "
            "end that entry first, or name days that it leaves free"
        )


def _source(row: Row[Any]) -> Source:
    told = {name: value for name, value in row._mapping.items() if name not in ("proposer", "receipt")}
    return Source(**told | {"dataset": row.dataset or "", "standing": Standing(row.standing)})
