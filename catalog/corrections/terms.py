"""The clocks of corrections: each state that waits for somebody has one, and each recipient has their own."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from catalog import organisations
from catalog.clocks import clocks
from catalog.corrections import stored
from schemas.correction import CLOCKS, Correction, State, titles
from schemas.dataset import Dataset
from schemas.deadline import Clock, Event, Thing
from schemas.divisions import DivisionTree

KIND = "correction"


def follow(connection: Connection, before: Correction | None, one: Correction, sides: "Sides", now: datetime) -> None:
    """Stop the clock of the state before and start that of the state after, where they are not the same one's."""
    old, new = CLOCKS[before.state] if before else None, CLOCKS[one.state]
    told = State.PROPAGATING in (one.state, before.state if before else None)
    if before is not None and old is new and before.owner == one.owner and not told:
        return
    if before is not None and before.state is State.PROPAGATING and one.state is not State.PROPAGATING:
        acknowledged(connection, one, [each.organisation for each in stored.recipients(connection, one.id)], now)
    if before is not None and old is not None and before.state is not State.PROPAGATING:
        clocks.stop(connection, thing(before), old, now)
    if new is not None and one.state is not State.PROPAGATING:
        clocks.start(connection, sides.waits(one), new, one.division, now)


def tell(connection: Connection, one: Correction, sides: "Sides", recipients: Iterable[str], now: datetime) -> None:
    """A clock for each organisation that has to acknowledge."""
    for recipient in dict.fromkeys(recipients):
        clocks.start(connection, sides.recipient(one, recipient), Event.ACKNOWLEDGEMENT, one.division, now)


def acknowledged(connection: Connection, one: Correction, recipients: Iterable[str], now: datetime) -> None:
    """Those organisations have, or need not any more: their clocks stop."""
    for recipient in dict.fromkeys(recipients):
        clocks.stop(connection, Thing(KIND, f"{one.id}/{recipient}"), Event.ACKNOWLEDGEMENT, now)


def running(connection: Connection, one: Correction) -> Clock | None:
    """The clock of the state that it is in; None where there is none, or each recipient has one."""
    event = CLOCKS[one.state]
    return None if event is None else clocks.living(connection, thing(one), event)


def thing(one: Correction) -> Thing:
    """What its clock belongs to."""
    return Thing(KIND, str(one.id))


class Sides:
    """Who answers and who waits, for the clocks and the notices of one correction."""

    def __init__(
        self, dataset: Dataset, claimants: Iterable[str], authority: str, strangers: frozenset[str] = frozenset()
    ) -> None:
        self.strangers = strangers
        self.dataset, self.claimants, self.authority = (
            dataset,
            tuple(c for c in dict.fromkeys(claimants) if c),
            authority,
        )

    def waits(self, one: Correction) -> Thing:
        """Whose move it is, and who waits for it."""
        first: str = one.owner
        others: tuple[str, ...] = self.claimants
        if one.state is State.UPHELD:
            first, others = next(iter(self.claimants), ""), (one.owner,)
        elif one.state is State.UNASSIGNED:
            first, others = self.authority, (one.owner, *self.claimants)
        return self._thing(one, str(one.id), first, others)

    def recipient(self, one: Correction, credit_code: str) -> Thing:
        """A recipient that has to acknowledge."""
        return self._thing(one, f"{one.id}/{credit_code}", credit_code, (one.owner,))

    def named(self, one: Correction, to: Iterable[str]) -> tuple[str, str, str]:
        """Key and titles as all of these may read them: without any where one may not know of the dataset."""
        if not self.strangers.isdisjoint(to):
            return "", "存疑数据", "A value in doubt"
        title, title_en = titles(self.dataset, one.column)
        return one.dataset, f"{self.dataset.title}·{title}", f"{self.dataset.title_en}, {title_en}"

    def _thing(self, one: Correction, identifier: str, responsible: str, others: tuple[str, ...]) -> Thing:
        dataset, title, title_en = self.named(one, (responsible, *others))
        return Thing(
            kind=KIND,
            id=identifier,
            responsible=responsible,
            parties=tuple(code for code in others if code != responsible),
            dataset=dataset,
            title=title,
            title_en=title_en,
            path=f"/corrections/{one.id}",
        )


def authority(connection: Connection, division: str, tree: DivisionTree) -> str:
    """Credit code of the data administration that assigns; empty where none is registered."""
    found = organisations.authority_of(connection, division, tree)
    return found.credit_code if found else ""
