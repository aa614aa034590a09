"""Corrections as one asker may see and answer them: the source, claimants, recipients, those above; to others none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection

from catalog import datasets, duties
from catalog.access import owns, visible
from catalog.corrections import sealed, stored, terms
from catalog.corrections.stored import Wanted
from catalog.ledger import tokens
from catalog.shelf import Shelf
from schemas.access import Subject, Tier
from schemas.correction import BY, NEXT, Action, Correction, Who
from schemas.dataset import Dataset
from schemas.deadline import Clock
from schemas.divisions import DivisionTree, normalise
from schemas.doubt import Claim, Doubt, Step, Told, Words
from schemas.errors import Refused, Unknown

NOT_YOUR_MOVE = "NOT_YOUR_MOVE"


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
