"""Corrections as one asker may see and answer them: the source, claimants, recipients, those above; to others none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from catalog import datasets, duties
from catalog.access import owns, visible
from catalog.corrections import cells, sealed, stored, terms
from catalog.corrections.acts import Act, Change, Moved, move, put, record, step_of
from catalog.corrections.stored import Kept, Wanted
from catalog.database import writing
from catalog.ledger import tokens
from catalog.shelf import Shelf
from schemas.access import Role, Subject, Tier
from schemas.correction import (
    BY,
    NEXT,
    Action,
    Answer,
    Claim,
    Correction,
    Doubt,
    Step,
    Told,
    Who,
    Words,
    after,
    checked,
)
from schemas.correction_values import spelt
from schemas.dataset import Dataset
from schemas.deadline import Clock
from schemas.divisions import DivisionTree, normalise
from schemas.errors import BadInput, Refused, Unknown

NOT_YOUR_MOVE = "NOT_YOUR_MOVE"
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


class Side(StrEnum):
    """As what the asker sees a correction."""

    SOURCE = "source"
    CLAIMANT = "claimant"
    RECIPIENT = "recipient"
    AUTHORITY = "authority"
    ABOVE = "above"
    """A superior of the source, or who audits: reads, without words and values."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A correction that the asker may know of."""

    it: Correction
    dataset: Dataset
    sides: frozenset[Side]
    clock: Clock | None
    told: tuple[Told, ...]
    """Those of the asker's own organisation; to the source, the authority and those above all of them."""
    claims: tuple[Claim, ...]
    """Those of the asker's own organisation; to the source all of them."""
    citizen: str = ""
    """Of a citizen who asks: what the ledger keeps of their token, in hex."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """What the asker's side may answer now; some take a person in a role."""
        from_here = {Side.SOURCE: Who.SOURCE, Side.CLAIMANT: Who.CLAIMANT, Side.AUTHORITY: Who.AUTHORITY}
        mine = {from_here[side] for side in self.sides if side in from_here}
        mine |= {Who.RECIPIENT} if any(one.acknowledged_at is None for one in self.told_me) else set()
        hidden = (Action.JOIN, Action.ACKNOWLEDGE_LAST)
        return tuple(one for one in NEXT[self.it.state] if BY[one] in mine and one not in hidden)

    @property
    def told_me(self) -> tuple[Told, ...]:
        """What the asker itself was told of."""
        return self.told if Side.RECIPIENT in self.sides else ()


def find(shelf: Shelf, subject: Subject, identifier: int) -> Seen:
    """One correction; Unknown, in the same words, where there is none and where it is not for this asker."""
    if not duties.active(subject):
        raise Unknown(stored.NO_CORRECTION)
    tree = shelf.tree()
    with shelf.engine.connect() as connection:
        kept = stored.get(connection, identifier)
        dataset = shelf.dataset(kept.it.dataset)
        claims = tuple(claim for claim, _ in stored.claims(connection, identifier))
        told = stored.recipients(connection, identifier)
        authority = terms.authority(connection, kept.it.division, tree)
        clock = terms.running(connection, kept.it)
    sides = _sides(subject, dataset, claims, told, tree) | (
        {Side.AUTHORITY} if authority == subject.organisation else set()
    )
    if not sides:
        raise Unknown(stored.NO_CORRECTION)
    me = subject.organisation
    wide = sides & {Side.SOURCE, Side.AUTHORITY, Side.ABOVE}
    return Seen(
        it=kept.it,
        dataset=dataset,
        sides=frozenset(sides),
        clock=clock,
        told=told if wide else tuple(one for one in told if one.organisation == me),
        claims=claims if Side.SOURCE in sides else tuple(one for one in claims if one.organisation == me),
    )


def find_own(shelf: Shelf, token: str, identifier: int) -> Seen:
    """One correction that a citizen has claimed themselves; the same Unknown for every other."""
    citizen = tokens.about_subject(token).hex()
    with shelf.engine.connect() as connection:
        kept = stored.get(connection, identifier)
        claims = tuple(claim for claim, _ in stored.claims(connection, identifier) if claim.citizen == citizen)
        clock = terms.running(connection, kept.it)
    if not claims:
        raise Unknown(stored.NO_CORRECTION)
    dataset = shelf.dataset(kept.it.dataset)
    return Seen(kept.it, dataset, frozenset({Side.CLAIMANT}), clock, (), claims, citizen)


def listed(shelf: Shelf, subject: Subject, wanted: Wanted) -> tuple[Correction, ...]:
    """A page of those that the asker may know of; nothing to the public."""
    if not duties.active(subject):
        return ()
    tree = shelf.tree()
    with shelf.engine.connect() as connection:
        below = [key for key, one in _doubted(connection).items() if _above(subject, one, tree)]
        asked = replace(wanted, organisation=subject.organisation, datasets=below, everything=duties.audits(subject))
        return stored.listed(connection, asked)


def history(shelf: Shelf, seen: Seen) -> tuple[Step, ...]:
    """Its moves, the first one first."""
    with shelf.engine.connect() as connection:
        return stored.history(connection, seen.it.id)


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


def words(shelf: Shelf, seen: Seen) -> tuple[Words, tuple[tuple[Claim, Doubt], ...]]:
    """What lies sealed: for the source, whose own row it is, and of the claims for who claimed."""
    secret = shelf.token_key
    with shelf.engine.connect() as connection:
        kept, claims = stored.get(connection, seen.it.id), stored.claims(connection, seen.it.id)
    mine = {one.id for one in seen.claims}
    if not kept.sealed:
        return Words({}, None), ()
    found = tuple((one, sealed.opened(secret, closed, Doubt)) for one, closed in claims if one.id in mine)
    return sealed.opened(secret, kept.sealed, Words), found


def not_yours(what: str) -> Refused:
    """The error of who may know of a correction, but may not do this."""
    return Refused(
        f"{what} is not for your organisation in this correction",
        code=NOT_YOUR_MOVE,
        gate="G0",
        following="由数源部门、主管部门、提出方或接收方各自办理",
    )


def overseen(shelf: Shelf, subject: Subject) -> list[str]:
    """Keys of the doubted datasets of the asker's organisation and of those below it."""
    tree = shelf.tree()
    with shelf.engine.connect() as connection:
        doubted = _doubted(connection)
    return [key for key, one in doubted.items() if owns(subject, one) or _above(subject, one, tree)]


def _doubted(connection: Connection) -> Mapping[str, Dataset]:
    """The datasets of which there are corrections, however many there are in all."""
    return datasets.each(connection, stored.datasets_doubted(connection))


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


def _sides(
    subject: Subject, dataset: Dataset, claims: tuple[Claim, ...], told: tuple[Told, ...], tree: DivisionTree
) -> set[Side]:
    me = subject.organisation
    found = {Side.SOURCE} if owns(subject, dataset) else set()
    found |= {Side.CLAIMANT} if any(one.organisation == me for one in claims) else set()
    found |= {Side.RECIPIENT} if any(one.organisation == me for one in told) else set()
    return found | ({Side.ABOVE} if duties.audits(subject) or _above(subject, dataset, tree) else set())


def _above(subject: Subject, dataset: Dataset, tree: DivisionTree) -> bool:
    """Whether the asker is a government body whose division holds that of the owner, and is larger."""
    if not subject.government or subject.tier > Tier.TOWN or not visible(subject, dataset):
        return False
    try:
        above, below = normalise(subject.division), normalise(dataset.division)
    except ValueError:
        return False
    return tree.within(below, above) and not tree.within(above, below)


def counted_claims(seen: Seen) -> Mapping[str, int]:
    """How many claims stand, and how many were taken back."""
    back = sum(one.withdrawn for one in seen.claims)
    return {"standing": len(seen.claims) - back, "withdrawn": back}
