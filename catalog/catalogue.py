"""What may be found, and by whom: search, the pages of datasets, and the ways between them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from catalog import divisions, known, search, sheet
from catalog.cards import oversight
from catalog.cards.drawers import Drawers
from catalog.cards.oversight import Overseen
from catalog.database import writing
from catalog.known import Entry, Page
from catalog.lineage import columns, told, walk
from catalog.lineage.columns import Columns
from catalog.lineage.told import Teller
from catalog.lineage.walk import Limits, Walk
from catalog.recall import Recall
from catalog.search import Found, Wanted
from catalog.sheet import Sheet
from schemas.access import Subject
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.openlineage import Event

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything here shows an asker no more than the rule lets it know of, but for `entry`."""

    engine: Engine
    cards: Drawers = field(repr=False)
    recall: Recall = field(repr=False)

    def search(self, wanted: Wanted, subject: Subject, now: datetime) -> Found:
        """A page of the datasets that hold the words and that the asker may know of, best first, and counts."""
        tree = self._tree()
        with self.engine.connect() as connection:
            return search.search(connection, self.cards.today(connection, tree), wanted, subject, now)

    def overseen(self, subject: Subject) -> Overseen:
        """Keys of the asker's own datasets, and of those of departments below it."""
        tree = self._tree()
        with self.engine.connect() as connection:
            return oversight.overseen(self.cards.today(connection, tree), subject, tree)

    def owned(self, organisation: str) -> tuple[str, ...]:
        """Keys of the datasets that an organisation provides."""
        tree = self._tree()
        with self.engine.connect() as connection:
            return oversight.owned(self.cards.today(connection, tree), organisation)

    def in_sight(self, subject: Subject) -> list[str]:
        """Keys of all datasets that the asker may know of, in their order."""
        tree = self._tree()
        with self.engine.connect() as connection:
            return search.in_sight(connection, self.cards.today(connection, tree), subject)

    def lineage(self, key: str, subject: Subject, now: datetime, limits: Limits | None = None) -> Walk:
        """The ways to and from a dataset, through what the asker may know of."""
        return self._read(walk.walk, key, subject, now, limits or Limits())

    def column_lineage(self, key: str, subject: Subject) -> Columns:
        """Which columns its fields are made of, and what is made of them, as far as the asker may know of both."""
        return self._read(columns.columns, key, subject)

    def tell_lineage(self, event: Event, teller: Teller, now: datetime) -> bool:
        """Take what a run told; False where it was told before. Refused where it is not the teller's to say."""
        with writing(self.engine) as connection:
            return told.tell(connection, event, teller, now)

    def sheet(self, dataset: Dataset, subject: Subject) -> Sheet:
        """All that the page of a dataset tells, which the asker is known to know of."""
        return self._read(sheet.sheet, dataset, subject)

    def page(self, subject: Subject, after: str, size: int) -> Page:
        """Datasets that the asker may know of, by key, so many after that key."""
        return self._read(known.page, subject, after, size)

    def entry(self, key: str) -> Entry | None:
        """One dataset with what the catalogue knows of its times; for who may see it, which the doors look at."""
        return self._read(known.entry, key)

    def _tree(self) -> DivisionTree:
        return divisions.grown(self.engine, self.recall.of(divisions.changed))

    def _read(self, read: Callable[Concatenate[Connection, P], T], *arguments: P.args, **named: P.kwargs) -> T:
        with self.engine.connect() as connection:
            return read(connection, *arguments, **named)
