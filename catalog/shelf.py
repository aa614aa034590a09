"""The one object that doors hold: the catalogue, its lake and its keys. Every method only passes on."""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from catalog import (
    datasets,
    divisions,
    grants,
    newest,
    past,
    profiles,
    publish,
    references,
    runs,
    versions,
    watermarks,
)
from catalog.allowance import Meter
from catalog.cards.drawers import Drawers
from catalog.catalogue import Catalogue
from catalog.collection import sketches
from catalog.consents.applied import Consents
from catalog.consents.roster import Rosters
from catalog.credentials import Mint
from catalog.database import connect, require_current, writing
from catalog.entry import Edition
from catalog.entry import already_published as published
from catalog.following import news
from catalog.lake.where import Lake, open_lake
from catalog.ledger.book import Ledger, open_ledger
from catalog.ledger.signer import Signer, node_signer
from catalog.linkage import together
from catalog.merging import merged_into
from catalog.newest import Newest
from catalog.parties import Parties
from catalog.reads import Reads
from catalog.recall import Recall
from catalog.record import Record
from catalog.rows.reader import RowReader
from catalog.runs import Run
from catalog.secret_files import secret_file
from catalog.versions import Version
from schemas.access import Ask, Decision, Grant, GrantState, Standing
from schemas.dataset import Dataset, Json
from schemas.division import Division, Lineage
from schemas.divisions import DivisionTree
from schemas.errors import Unknown
from schemas.journey import Finding, Snapshot, Verdict, Window
from schemas.merging import Base
from schemas.past import Past
from schemas.profile import Profile
from schemas.receipt import Receipt
from schemas.settings import Settings

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Safe to share between threads: it holds an engine, not a connection."""

    engine: Engine
    lake: Lake
    pepper: bytes = field(repr=False)
    """Keys the hashes of credentials."""
    token_key: bytes = field(repr=False)
    """Keys the tokens of grants and the digests of receipts."""
    ledger: Ledger
    randomness: Callable[[int], bytes] = secrets.token_bytes
    rosters: Rosters = field(default_factory=Rosters, repr=False)
    """Who consented, kept between asks."""
    meter: Meter = field(default_factory=Meter, repr=False, compare=False)
    """Rows of the day that have left in this process."""
    cards: Drawers = field(default_factory=Drawers, repr=False, compare=False)
    """What datasets are found and counted by."""
    recall: Recall = field(init=False, repr=False, compare=False)
    reads: Reads = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Remembers what every ask is decided by."""
        object.__setattr__(self, "recall", Recall(self.engine))
        told = (self.engine, self.lake, self.token_key, self.recall, self.receipts, self.consents, self.meter)
        object.__setattr__(self, "reads", Reads(*told))

    # what is shared

    def register(self, dataset: Dataset, now: datetime) -> bool:
        """Enter a dataset or its new contract; False where nothing was new."""
        with writing(self.engine) as connection:
            before = datasets.former(connection, dataset.key)
            first = before is None and not datasets.known(connection, dataset.key)
            new = datasets.register(connection, dataset, now)
            if new and (before or first):
                news.of_contract(connection, before, dataset, now)
            return new

    def keep(self, dataset: Dataset, now: datetime) -> None:
        """Register what is not registered yet; BadInput where another contract stands there by now."""
        with writing(self.engine) as connection:
            datasets.keep(connection, dataset, now)

    def dataset(self, key: str) -> Dataset:
        """The dataset of that key, or Unknown."""
        return self.recall.of(datasets.get, key)

    def each(self, keys: Iterable[str]) -> Mapping[str, Dataset]:
        """Those of the keys that are registered."""
        return self._read(datasets.each, keys)

    def look_for(self, key: str) -> bool:
        """Whether there is such a dataset, asked of the database itself."""
        return self._read(datasets.known, key)

    def datasets(self) -> Iterator[Dataset]:
        """All datasets by key, so many at a time: for work that must look at each."""
        some = self._read(datasets.piece, "")
        while some:
            yield from some
            some = self._read(datasets.piece, some[-1].key)

    def holders_of(self, element: str) -> tuple[tuple[str, str], ...]:
        """Dataset and field of everybody who collects a data element."""
        return self._read(datasets.holders_of, element)

    # versions

    def publish(self, dataset: Dataset, verdict: Verdict, now: datetime) -> Snapshot:
        """Publish a verdict, or find it published; HeldBack where a critical rule failed."""
        edition = Edition(dataset, verdict, self.lake, now, sketch_key=sketches.key_of(self.token_key))
        return publish.publish(self.engine, edition, self.randomness(8))

    def latest(self, key: str) -> Snapshot | None:
        """The last good version."""
        return self._read(versions.latest, key)

    def version(self, key: str, number: int) -> Snapshot:
        """A published version by number, or Unknown."""
        return self._read(versions.by_number, key, number)

    def versions(self, key: str) -> tuple[Version, ...]:
        """All versions, newest first, those held back and withdrawn too."""
        return self._read(versions.listed, key)

    def findings(self, key: str, version: int | None = None) -> tuple[Finding, ...]:
        """What the rules found in a version, or in the newest."""
        return self._read(versions.findings, key, version)

    def profile(self, key: str, version: int) -> Profile | None:
        """What the values of a published version look like; for who may see them, which the doors must look at."""
        with suppress(Unknown):
            return profiles.profile(self.lake, self.version(key, version))
        return None

    def past(self, dataset: Dataset, window: Window) -> Past:
        """The published versions of earlier windows, for a new one to be held against."""
        return self._read(past.past, self.lake, dataset, window)

    def published(self, dataset: Dataset, verdict: Verdict, now: datetime) -> Snapshot | None:
        """The version that this very verdict made, or another of the same rows; None where there is none."""
        return self._read(published, Edition(dataset, verdict, self.lake, now))

    def built_on(self, dataset: Dataset, window: Window) -> Snapshot | None:
        """The version that a window is merged into; None where there is none."""
        return self._read(merged_into.standing, dataset, window)

    def refuse_new_beginning(self, dataset: Dataset, window: Window) -> None:
        """BadInput where a merge would begin anew although a version stands, whose rows the source gives no more."""
        self._read(merged_into.refuse_new_beginning, dataset, window)

    def base(self, dataset: Dataset, window: Window) -> Base | None:
        """The version that a window is merged into, its files at hand; None where there is none."""
        return self._read(merged_into.base, self.lake, dataset, window)

    def standing(self, key: str, version: int | None = None) -> Standing:
        """The state of a dataset (or of one version of it) for the access rule."""
        return self.recall.of(versions.standing, key, version)

    def newest(self, key: str = "") -> Mapping[str, Newest]:
        """Dataset -> since when its newest data are there and the last scores, of all published (or of one)."""
        return self._read(newest.newest, key)

    def newest_of(self, keys: Collection[str]) -> Mapping[str, Newest]:
        """The same of some datasets, such as those of a page."""
        return self._read(newest.newest_of, keys)

    def withdraw(self, key: str, version: int) -> None:
        """Serve a version no more."""
        with writing(self.engine) as connection:
            versions.withdraw(connection, key, version)

    def watermark(self, key: str) -> datetime | None:
        """End of the newest published window."""
        return self._read(watermarks.watermark, key)

    def references(self, dataset: Dataset) -> Mapping[str, tuple[Path, ...]]:
        """Files of the published versions that its rules and inputs name, and `divisions`."""
        return references.references(self.engine, self.lake, dataset)

    def inputs(self, dataset: Dataset) -> Mapping[str, tuple[Path, ...]]:
        """Files of the inputs of a derived dataset; NotReady where one has no version."""
        return references.inputs(self.engine, self.lake, dataset)

    def record_run(self, run: Run) -> None:
        """Put a run on record, balanced; the same id again replaces it."""
        with writing(self.engine) as connection:
            runs.record(connection, run)

    def runs(self, key: str | None = None, limit: int = 100) -> tuple[Run, ...]:
        """The last runs, newest first."""
        return self._read(runs.runs, key, limit)

    # divisions

    def tree(self) -> DivisionTree:
        """What the package knows of divisions and what was imported."""
        return self.reads.tree()

    def import_divisions(self, more: Sequence[Division], now: datetime, changes: Sequence[Lineage] = ()) -> int:
        """Add divisions and changes; returns how many were new."""
        with writing(self.engine) as connection:
            return divisions.add(connection, more, changes, now)

    # who may

    def grant(self, grant: Grant, now: datetime) -> Grant:
        """Put a grant on record; it comes back with its number.

        Refused where it would single persons out, joined with the recipient's others, and nobody signed for that.
        """
        with self.engine.connect() as connection:
            together.look(connection, self.lake, replace(grant, number=""), now)
        with writing(self.engine) as connection:
            return grants.make(connection, grant, now)

    def grants_for(self, key: str, organisation: str) -> tuple[Grant, ...]:
        """Every grant of an organisation on a dataset."""
        return self.recall.of(grants.list_for, key, organisation)

    def grants_of(self, organisation: str) -> Mapping[str, tuple[Grant, ...]]:
        """Dataset -> the grants of an organisation on it."""
        return grants.by_dataset(self._read(grants.of_organisation, organisation))

    def grants_on(self, owner: str) -> tuple[Grant, ...]:
        """Every grant on the datasets of one provider, by number."""
        return self._read(grants.of_owner, owner)

    def grants(self) -> tuple[Grant, ...]:
        """Every grant by number."""
        return self._read(grants.listed)

    def set_grant_state(self, number: str, state: GrantState) -> None:
        """Suspend, revoke or reactivate a grant."""
        with writing(self.engine) as connection:
            grants.set_state(connection, number, state)

    def decide(self, ask: Ask, version: int | None = None) -> Decision:
        """The access rule's answer; unconditional data get their automatic grant with the first ask."""
        return self.reads.decide(ask, version)

    def decide_each(self, asks: Sequence[Ask], version: int | None = None) -> tuple[Decision, ...]:
        """The answers to asks that differ in their subject alone: on one version and one state of the grants."""
        return self.reads.decide_each(asks, version)

    def decide_over(self, asks: Sequence[Ask]) -> tuple[Decision, ...]:
        """The answers to asks of one subject on datasets that there are, as `Reads.decide_over`."""
        return self.reads.decide_over(asks)

    # who looked

    def record(
        self, decision: Decision, extra: Mapping[str, Json] | None = None, beside: Sequence[Decision] = ()
    ) -> Receipt:
        """Write the receipt, as `Reads.record`; only when this has returned may the first byte leave."""
        return self.reads.record(decision, extra, beside)

    def record_each(self, decisions: Sequence[Decision], extra: Mapping[str, Json]) -> Receipt:
        """One receipt of decisions on several subjects, which counts them; as `record`."""
        return self.reads.record_each(decisions, extra)

    def enter(self, grant: str, now: datetime) -> None:
        """Count what has left under a grant today at once: who delivers ends before the grant's next ask would."""
        self.reads.enter(grant, now)

    def open_rows(self, decision: Decision, beside: int | None = None) -> RowReader:
        """A reader of what the decision permits; Refused where it does not allow; see `Reads.open_rows`."""
        return self.reads.open_rows(decision, beside)

    def searches(self, decision: Decision) -> bool:
        """Whether the subjects of an allowed decision must be searched for in many rows, since no copy is by key."""
        return self.reads.searches(decision)

    @property
    def catalogue(self) -> Catalogue:
        """What may be found, and by whom."""
        return Catalogue(self.engine, self.cards, self.recall)

    @property
    def consents(self) -> Consents:
        """Whose consent there is."""
        return Consents(self.engine, self.token_key, self.rosters)

    @property
    def node(self) -> Signer:
        """What this installation signs with towards other nodes; made of its token key, nothing more is kept."""
        return node_signer(self.token_key)

    @property
    def parties(self) -> Parties:
        """Organisations, systems and credentials."""
        return Parties(self.engine, Mint(self.pepper, self.randomness), self.recall, self.node.origin)

    @property
    def receipts(self) -> Record:
        """Who looked."""
        return Record(self.recall, self.ledger, self.token_key, self.randomness, self.meter)

    def _read(self, read: Callable[Concatenate[Connection, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        with self.engine.connect() as connection:
            return read(connection, *arguments, **named)


def ledger_of(settings: Settings, engine: Engine) -> Ledger:
    """The ledger of an installation; its signing key is made with its other secrets."""
    seed = secret_file(settings.secrets / "ledger-key", secrets.token_bytes)
    return open_ledger(engine, settings.home / "ledger.db", seed)


def open_shelf(settings: Settings) -> Shelf:
    """The shelf of an installation; makes its secret files where there are none. NotReady says what is missing."""
    engine = connect(settings.database_url)
    require_current(engine)
    return Shelf(
        engine=engine,
        lake=open_lake(settings),
        pepper=secret_file(settings.secrets / "pepper", secrets.token_bytes),
        token_key=secret_file(settings.secrets / "token-key", secrets.token_bytes),
        ledger=ledger_of(settings, engine),
    )
