"""What the sides of a correction answer: who may, what it makes of the correction, and the words that stay."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import duties
from catalog.access import visible
from catalog.corrections import cells, sealed, stored, terms
from catalog.corrections.acts import Act, Change, Moved, move, put, record, step_of
from catalog.corrections.desk import Seen, Side, not_yours
from catalog.corrections.stored import Kept
from catalog.database import writing
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.correction import BY, Action, Answer, Correction, Who, after, checked
from schemas.correction_values import spelt
from schemas.dataset import Dataset
from schemas.doubt import Claim, Doubt, Words
from schemas.errors import BadInput, Unknown

OF_PERSONS = {Who.SOURCE: Role.SOURCE_REVIEWER, Who.AUTHORITY: Role.AUTHORITY_REVIEWER}
"""Whose answers take a person in a role; to take a claim up any system of the source may."""
OUTCOMES = {
    Action.CORRECT: "corrected",
    Action.CORRECT_PARTLY: "partly",
    Action.UPHOLD: "upheld",
    Action.NOT_OURS: "not_ours",
    Action.WITHDRAW: "withdrawn",
    Action.REOPEN: "",
    Action.REROUTE: "",
    Action.ASSIGN: "",
}
"""Action -> what it says has come of it; of others what was said stays."""


def answer(shelf: Shelf, subject: Subject, seen: Seen, told: Answer, now: datetime) -> Correction:
    """What one of the sides answers; Refused where it is another's to answer, BadInput where it is not possible."""
    told = checked(told)
    _may(subject, seen, told.action)
    if told.action is Action.ACKNOWLEDGE:
        return _acknowledged(shelf, subject, seen, now)
    change = Change(
        reckon=lambda connection, kept: _changed(connection, shelf, (subject, seen.citizen), kept, told),
        also=lambda connection, one: _withdraw(connection, one) if told.action is Action.WITHDRAW else None,
    )
    return move(shelf, seen.it.id, Act(told.action, subject, told.said), change, now)


def _may(subject: Subject, seen: Seen, action: Action) -> None:
    who = BY[action]
    sides = {Who.SOURCE: Side.SOURCE, Who.AUTHORITY: Side.AUTHORITY, Who.CLAIMANT: Side.CLAIMANT}
    if who is Who.NOBODY or action is Action.JOIN or sides.get(who, Side.RECIPIENT) not in seen.sides:
        raise not_yours(action.value)
    if who in OF_PERSONS and action is not Action.TAKE_UP:
        duties.require(subject, OF_PERSONS[who])


def _changed(
    connection: Connection, shelf: Shelf, who: tuple[Subject, str], kept: Kept, told: Answer
) -> tuple[Correction, Words | None]:
    """The correction after an answer, but for its state, and its words where they are others."""
    one = replace(kept.it, outcome=OUTCOMES.get(told.action, kept.it.outcome))
    if not kept.sealed:
        raise BadInput("its row and words were erased a year after it was closed: claim anew")
    before = sealed.opened(shelf.token_key, kept.sealed, Words)
    if told.action in (Action.CORRECT, Action.CORRECT_PARTLY):
        return one, replace(before, becomes=_value(connection, shelf, kept, before, told), settled=True, said=told.said)
    if told.action in (Action.UPHOLD, Action.NOT_OURS):
        return one, replace(before, said=told.said, settled=False, becomes=None)
    if told.action in (Action.REROUTE, Action.ASSIGN):
        return _elsewhere(connection, shelf, who[0], (one, before), told)
    if told.action is Action.WITHDRAW:
        return _alone(connection, (who[0].organisation, who[1]), one), None
    if told.action is Action.REOPEN:
        return _reopened(connection, shelf, one, before)
    return one, None


def _value(connection: Connection, shelf: Shelf, kept: Kept, before: Words, told: Answer) -> str | None:
    """What the value will be: what is told, else what all who claim expect."""
    dataset = shelf.dataset(kept.it.dataset)
    if kept.it.column not in {one.name for one in dataset.fields}:
        raise BadInput(f"{kept.it.column}: the contract has this column no more; answer uphold and say so")
    opened = [
        sealed.opened(shelf.token_key, closed, Doubt)
        for claim, closed in stored.claims(connection, kept.it.id)
        if not claim.withdrawn and (claim.dataset, claim.column) == (kept.it.dataset, kept.it.column)
    ]
    expected = {one.expected for one in opened}
    if not told.valued and len(expected) != 1:
        raise BadInput("value: found nothing, and the claims expect no one value: say what it will be (null: none)")
    becomes = spelt(dataset.field(kept.it.column), told.value) if told.valued else expected.pop()
    if becomes == before.found:
        raise BadInput("value: that is what stands there already; to leave it so, answer uphold and say why")
    return becomes


def _elsewhere(
    connection: Connection, shelf: Shelf, subject: Subject, kept: tuple[Correction, Words], told: Answer
) -> tuple[Correction, Words]:
    """The cell of another dataset that the one who answers may know of.

    Whether it has such a row is for its own department to find out: nobody learns here who stands in whose data.
    """
    one, before = kept
    dataset = _theirs(shelf, subject, told)
    key = told.key or before.key
    column = told.column or one.column
    if column not in {each.name for each in dataset.fields} or column in dataset.key_fields:
        raise BadInput(f"column: found {column[:64]!r}, expected one of {told.dataset} that is no key")
    mark = sealed.cell(shelf.token_key, dataset.key, column, [cells.joined(dataset, key)])
    if stored.living(connection, mark) is not None:
        raise BadInput("dataset: it cannot be passed on there; answer not_ours, and the data administration assigns it")
    snapshot = shelf.latest(dataset.key)
    row = cells.row(shelf, dataset, snapshot, key) if snapshot else None
    moved = replace(one, dataset=dataset.key, column=column, cell=mark, owner=dataset.owner, division=dataset.division)
    moved = replace(moved, version=snapshot.version if snapshot else 0)
    return moved, Words(dict(key), row.value(column) if row else None, said=told.said)


def _theirs(shelf: Shelf, subject: Subject, told: Answer) -> Dataset:
    """The dataset that is named; the same BadInput where there is none and where it is hidden from its source.

    The data administration assigns to every dataset there is.
    """
    unknown = BadInput(f"dataset: found {told.dataset[:64]!r}, expected the key of a dataset that you may know of")
    try:
        found = shelf.dataset(told.dataset)
    except Unknown:
        raise unknown from None
    if told.action is Action.REROUTE and not visible(subject, found):
        raise unknown
    return found


def _alone(connection: Connection, who: tuple[str, str], one: Correction) -> Correction:
    """BadInput while others than this organisation, or this citizen, doubt it."""
    if any((claim.organisation, claim.citizen) != who for claim in _standing(connection, one)):
        raise BadInput("others doubt this value too: their claims stand, so that it goes on without yours")
    return one


def _withdraw(connection: Connection, one: Correction) -> None:
    stored.withdraw(connection, [claim.id for claim in _standing(connection, one)])


def _standing(connection: Connection, one: Correction) -> list[Claim]:
    return [claim for claim, _ in stored.claims(connection, one.id) if not claim.withdrawn]


def _reopened(connection: Connection, shelf: Shelf, one: Correction, before: Words) -> tuple[Correction, Words]:
    other = stored.living(connection, one.cell)
    if other is not None and other.it.id != one.id:
        raise BadInput(f"correction {other.it.id} of the same value is open: claim there")
    dataset, snapshot = shelf.dataset(one.dataset), shelf.latest(one.dataset)
    row = cells.row(shelf, dataset, snapshot, before.key) if snapshot else None
    found = row.value(one.column) if row else None
    moved = replace(one, reopened=one.reopened + 1, corrected=0, version=snapshot.version if snapshot else 0)
    return moved, Words(before.key, found)


def _acknowledged(shelf: Shelf, subject: Subject, seen: Seen, now: datetime) -> Correction:
    """The last recipient to acknowledge closes it; who has acknowledged already may say so again."""
    if all(one.acknowledged_at for one in seen.told_me):
        return seen.it
    after(seen.it.state, Action.ACKNOWLEDGE)
    me, act = subject.organisation, Act(Action.ACKNOWLEDGE, subject)
    number = record(shelf, seen.it, act, now)
    with writing(shelf.engine) as connection:
        kept = stored.get(connection, seen.it.id, lock=True)
        after(kept.it.state, Action.ACKNOWLEDGE)
        stored.acknowledge(connection, kept.it.id, me, f"{subject.system} {subject.person}".strip(), now)
        terms.acknowledged(connection, kept.it, [me], now)
        last = all(one.acknowledged_at for one in stored.recipients(connection, kept.it.id))
        state = after(kept.it.state, Action.ACKNOWLEDGE_LAST if last else Action.ACKNOWLEDGE)
        moved = replace(kept.it, state=state, moved_at=now)
        put(connection, shelf, kept.it, Moved(moved, step_of(act, moved, number, now)))
    return moved
