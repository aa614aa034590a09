"""A read from its ask to its rows: decided, put on record, taken off its quota, and only then opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from catalog import (
    access,
    allowance,
    datasets,
    divisions,
    grants,
    offers,
    receipts,
    versions,
)
from catalog.allowance import Meter
from catalog.appending import comparable
from catalog.consents.applied import Consents
from catalog.database import writing
from catalog.lake.where import Lake
from catalog.linkage import together
from catalog.recall import Recall
from catalog.record import Record
from catalog.requests import proving
from catalog.rows.keyed import WORTH
from catalog.rows.lookup import searched
from catalog.rows.reader import RowReader, open_rows
from catalog.rule import each as access_each
from schemas.access import Ask, Decision, Grant, Standing
from schemas.dataset import Dataset, Json
from schemas.divisions import DivisionTree
from schemas.errors import Refused
from schemas.journey import Snapshot
from schemas.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Reads:
    """What a shelf decides and opens with; safe to share between threads, as the shelf is."""

    engine: Engine
    lake: Lake
    token_key: bytes = field(repr=False)
    recall: Recall
    receipts: Record
    consents: Consents
    meter: Meter

    def tree(self) -> DivisionTree:
        """What the package knows of divisions and what was imported."""
        return divisions.grown(self.engine, self.recall.of(divisions.changed))

    def decide(self, ask: Ask, version: int | None = None) -> Decision:
        """The access rule's answer; unconditional data get their automatic grant with the first ask."""
        return self.decide_each((ask,), version)[0]

    def decide_each(self, asks: Sequence[Ask], version: int | None = None) -> tuple[Decision, ...]:
        """The answers to asks that differ in their subject alone: on one version and one state of the grants."""
        ask = asks[0]
        dataset, standing, held = self.recall.of(_matter, ask.dataset, version, ask.subject.organisation)
        if standing.published and grants.is_due(ask, dataset, held):
            with writing(self.engine) as connection:
                held = grants.automatic(connection, dataset, ask)
        if together.unsigned(dataset, held, ask.moment):
            everything = self.recall.of(together.everything, ask.subject.organisation, ask.dataset)
            joined = together.of_grants(everything, self.lake, dataset, held, ask.moment)
            standing = replace(standing, together=joined)
        tree, told = self.tree(), self.consents.concerning(asks, dataset)
        each = zip(asks, told, strict=True)
        return tuple(access.decide(one, dataset, held, standing, tree, consents) for one, consents in each)

    def decide_over(self, asks: Sequence[Ask]) -> tuple[Decision, ...]:
        """The answers to asks of one subject on datasets that there are: a list costs as few statements as one ask.

        Nothing is put on record: an automatic grant counts as made with the first ask that would get it.
        """
        if not asks:
            return ()
        with self.engine.connect() as connection:
            known = offers.offers(connection, asks)
        tree = self.tree()
        return tuple(offers.answer(known, ask, tree, self.lake, self.consents) for ask in asks)

    def record(
        self, decision: Decision, extra: Mapping[str, Json] | None = None, beside: Sequence[Decision] = ()
    ) -> Receipt:
        """Write the receipt; only when this has returned may the first byte leave. NotReady: it may not.

        A read takes its part off its grant's quota; Refused where others have spent it since the decision. DaySpent,
        and nothing on record, where the grant has given what it gives in a day. The receipt is found by the subjects
        of `beside` too.
        """
        grant = self._grant(decision)
        if grant is not None and not self._spend(decision, grant):
            late = self.decide(decision.ask, decision.version)
            receipt = self.receipts.write(late, extra)
            raise Refused(
                f"the quota of grant {decision.grant} is spent",
                code=late.code,
                gate=late.gate,
                following=late.following,
                receipt=receipt.number,
            )
        receipt = self.receipts.write(decision, extra, beside)
        if grant is not None and grant.proving:
            with writing(self.engine) as connection:
                proving.proved(connection, grant.number, receipt.number, decision.ask.moment)
        if grant is not None and grant.rows_per_day is not None:
            self.meter.opened(receipt.number, grant.number)
        return receipt

    def record_each(self, decisions: Sequence[Decision], extra: Mapping[str, Json]) -> Receipt:
        """One receipt of decisions on several subjects, which counts them; as `record`."""
        told = dict(extra) | receipts.several(decisions, self.token_key)
        return self.record(access_each.chief(decisions), told, decisions)

    def _grant(self, decision: Decision) -> Grant | None:
        """The grant that an allowed read stands on."""
        if not (decision.allowed and decision.grant):
            return None
        held = self.recall.of(grants.list_for, decision.ask.dataset, decision.ask.subject.organisation)
        return next((one for one in held if one.number == decision.grant), None)

    def _spend(self, decision: Decision, grant: Grant) -> bool:
        if grant.quota is None and not allowance.limited(grant):
            return True
        with writing(self.engine) as connection:
            spent = None
            if allowance.limited(grant):
                spent = allowance.take(connection, grant, decision.ask, self.meter.drained(grant.number))
            within = spent is not None or grants.spend(connection, grant.number, decision.ask.reads)
        if spent is not None:
            raise spent
        return within

    def enter(self, grant: str, now: datetime) -> None:
        """Count what has left under a grant today at once: who delivers ends before the grant's next ask would."""
        if left := self.meter.drained(grant):
            with writing(self.engine) as connection:
                allowance.enter(connection, grant, now, left)

    def open_rows(self, decision: Decision, beside: int | None = None) -> RowReader:
        """A reader of what the decision permits; Refused where it does not allow.

        `beside` is another version that it will be compared with, window by window.
        """
        if not decision.allowed:
            raise Refused(
                f"the access rule refused: {decision.code}",
                code=decision.code,
                gate=decision.gate,
                following=decision.following,
            )
        dataset, snapshot = self.recall.of(_published, decision.ask.dataset, decision.version)
        if beside is not None:
            _, other = self.recall.of(_published, dataset.key, beside)
            with self.engine.connect() as connection:
                snapshot = comparable(connection, snapshot, other)
        consenting, tree = self.consents.holding(decision, dataset), self.tree()
        return open_rows(self.lake, dataset, snapshot, decision, tree, tokens=self.token_key, consenting=consenting)

    def searches(self, decision: Decision) -> bool:
        """Whether the subjects of an allowed decision must be searched for in many rows, since no copy is by key."""
        _, snapshot = self.recall.of(_published, decision.ask.dataset, decision.version)
        return decision.rows is None or searched(snapshot, decision.rows) > WORTH


def _matter(
    connection: Connection, key: str, version: int | None, organisation: str
) -> tuple[Dataset, Standing, tuple[Grant, ...]]:
    """What an ask is decided by, of one moment."""
    dataset, standing = datasets.get(connection, key), versions.standing(connection, key, version)
    return dataset, standing, grants.list_for(connection, key, organisation)


def _published(connection: Connection, key: str, version: int) -> tuple[Dataset, Snapshot]:
    return datasets.get(connection, key), versions.by_number(connection, key, version)
