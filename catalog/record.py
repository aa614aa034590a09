"""Who looked: every decision, and how its answer ended, as receipts in the ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from catalog import accessibility, datasets, receipts
from catalog.allowance import Meter
from catalog.ledger import tokens
from catalog.ledger.book import Ledger
from catalog.recall import Recall
from schemas.access import Basis, Decision, Mode
from schemas.dataset import Json
from schemas.receipt import Fault, Receipt


@dataclass(frozen=True, slots=True)
class Record:
    """The receipts of one installation."""

    recall: Recall
    ledger: Ledger
    token_key: bytes = field(repr=False)
    randomness: Callable[[int], bytes]
    meter: Meter

    def note(self, decision: Decision, extra: Mapping[str, Json]) -> Receipt:
        """Write the receipt of figures about rows; no row leaves, so that nothing is taken off a quota. As `record`."""
        return self.write(decision, extra)

    def write(self, decision: Decision, extra: Mapping[str, Json] | None, beside: Sequence[Decision] = ()) -> Receipt:
        """Put a decision on record; the subjects of `beside` find it too. NotReady where it cannot be written."""
        body = receipts.body(decision, self.token_key, extra or {})
        about = [*self._about((decision, *beside)), tokens.about_dataset(decision.ask.dataset)]
        if decision.allowed and decision.ask.mode is not Mode.VERIFY and "figures" not in body:
            about.append(tokens.about_version(decision.ask.dataset, decision.version))
            if decision.basis is Basis.RETURN:
                about.append(tokens.about_return(decision.ask.dataset, decision.ask.subject.organisation))
        return self.ledger.record(body, decision.ask.moment, self.randomness(16), about)

    def _about(self, decisions: Sequence[Decision]) -> list[bytes]:
        """The tokens under which a receipt is found: who asked, and the subjects that were asked about by key."""
        ask = decisions[0].ask
        who = [] if ask.subject.public else [tokens.about_organisation(ask.subject.organisation)]
        keys = [one.ask.key for one in decisions if one.ask.key and one.allowed]
        if not keys:
            return who
        dataset = self.recall.of(datasets.get, ask.dataset)
        found = (tokens.about_subject(tokens.of_key(self.token_key, dataset, key)) for key in keys)
        return [*who, *dict.fromkeys(found)]

    def served(self, receipt: str, told: Mapping[str, Json], now: datetime) -> None:
        """Put on record how the answer ended that a receipt announced; nobody waits for it."""
        about = (tokens.about_receipt(receipt),)
        rows = told.get("rows")
        self.meter.ended(receipt, rows if isinstance(rows, int) else 0)
        self.ledger.later({"event": "served", "of": receipt} | dict(told), now, self.randomness(16), about)

    def note_failure(self, receipt: str, dataset: str, code: str, now: datetime) -> Receipt:
        """Put on record that the answer which that receipt announced was broken by our fault."""
        return self.ledger.record(accessibility.failure(receipt, dataset, code), now, self.randomness(16))

    def accessibility(self, now: datetime) -> Mapping[str, float]:
        """Dataset -> share of the asks of the last 30 days that were answered; those nobody asked for are absent."""
        return accessibility.accessibility(self.ledger, now)

    def newest(self, before: int | None = None, limit: int = 100) -> tuple[Receipt, ...]:
        """The newest receipts, or the newest before an index."""
        return self.ledger.receipts(before, limit)

    def of(self, number: str) -> Receipt | None:
        """The receipt of that number, or None."""
        return self.ledger.receipt(number)

    def verify(self) -> tuple[Fault, ...]:
        """Every fault of the ledger; empty when it is whole."""
        return self.ledger.verify()
