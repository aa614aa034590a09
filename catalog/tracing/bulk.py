"""Reads of many rows in whose version and scope a subject was: the receipt says the scope, the version who stood in it.

No row is written for each subject of each read. A receipt is found by the version that it read; whether a subject was
among its rows is found by looking where the subject's rows lie and holding the receipt's scope against that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog import versions
from catalog.ledger import reading, tokens
from catalog.rows.places import Places
from catalog.shelf import Shelf
from catalog.tracing import token_file
from catalog.tracing.token_file import Home
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.journey import Snapshot, SnapshotFile
from schemas.receipt import Receipt

IN_SCOPE, POSSIBLE = "in_scope", "possible"
"""The scope held the subject's row; it may have: a filter, a list of subjects or a page chose among the rows."""
SMALL = 200_000
"""Rows of a file whose tokens are made while somebody waits, in half a second; larger ones wait for the operator."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What was found."""

    receipts: tuple[tuple[Receipt, str], ...]
    """Each with `in_scope` or `possible`; newest first."""
    floor: int
    """Receipts below this index were not looked at; 0: all were."""
    unlooked: tuple[str, ...]
    """Versions that were read and whose tokens are not made yet."""


@dataclass(frozen=True, slots=True)
class Read:
    """A version that was read, and its files."""

    dataset: Dataset
    snapshot: Snapshot

    @property
    def version(self) -> int:
        """Its number."""
        return self.snapshot.version

    @property
    def files(self) -> Sequence[SnapshotFile]:
        """Its files."""
        return self.snapshot.files

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.dataset.key}/{self.version}"


def find(shelf: Shelf, token: str, before: int | None, limit: int, small: int = SMALL) -> Bulk:
    """The newest reads of many rows that may have told of a subject, below an index; see `SMALL` for `small`."""
    stored, tree = tokens.about_subject(token), shelf.tree()
    found: list[tuple[Receipt, str]] = []
    floor, unlooked = 0, []
    look = Look(shelf, stored, small)
    for read in reads(shelf):
        homes = look.homes(read)
        if homes is None:
            unlooked.append(read.name)
        if not homes:
            continue
        receipts = shelf.ledger.about(tokens.about_version(read.dataset.key, read.version), before, limit)
        if len(receipts) == limit:
            floor = max(floor, receipts[-1].index)
        found += [(one, how) for one in receipts if (how := told(one, homes, tree))]
    above = sorted((one for one in found if one[0].index >= floor), key=lambda one: -one[0].index)
    return Bulk(tuple(above), floor, tuple(unlooked))


def index(shelf: Shelf) -> int:
    """Make the tokens of every version that was read, whatever its size; how many files were made."""
    made = 0
    for read in reads(shelf):
        for file in read.files:
            made += not token_file.path_of(shelf.lake, read.dataset.key, file).is_file()
            token_file.make(shelf.lake, read.dataset, file, shelf.token_key)
    return made


def reads(shelf: Shelf) -> Iterator[Read]:
    """The versions of which many rows were read, among the datasets that name subjects; withdrawn ones too."""
    for dataset in shelf.datasets():
        if token_file.named_by(dataset):
            yield from reads_of(shelf, dataset)


def reads_of(shelf: Shelf, dataset: Dataset) -> Iterator[Read]:
    """The versions of a dataset of which many rows were read; withdrawn ones too."""
    listed = {tokens.about_version(dataset.key, one.number): one.number for one in shelf.versions(dataset.key)}
    for stored in reading.known(shelf.ledger.engine, listed):
        with shelf.engine.connect() as connection:
            snapshot = versions.ever_published(connection, dataset.key, listed[stored])
        if snapshot is not None:
            yield Read(dataset, snapshot)


def told(receipt: Receipt, homes: Sequence[Home], tree: DivisionTree) -> str:
    """Whether a read told of a subject whose rows lie there; empty where it did not."""
    body: Mapping[str, Any] = receipt.body
    scope = body.get("scope")
    if body.get("event") != "asked" or not body.get("allowed") or not scope or body.get("method") == "HEAD":
        return ""
    column, roots = scope["column"], tuple(scope["divisions"])
    if roots and all(column in home for home in homes):
        places = Places(tree, roots, date.fromisoformat(scope["at"]))
        if not any(places.hold(home[column]) for home in homes):
            return ""
    chosen = [scope["keys"], scope["filter"], *(body.get(name) for name in ("filter", "page", "since", "consents"))]
    unsure = any(one not in (None, "") for one in chosen) or (roots and any(column not in home for home in homes))
    return POSSIBLE if unsure else IN_SCOPE


class Look:
    """Looks one subject up in files, in each once."""

    def __init__(self, shelf: Shelf, stored: bytes, small: int) -> None:
        self._shelf, self._stored, self._small = shelf, stored, small
        self._known: dict[str, tuple[Home, ...] | None] = {}

    def homes(self, read: Read) -> tuple[Home, ...] | None:
        """Where the subject's rows of a version lie; None where the tokens of a file are not made yet."""
        found: list[Home] = []
        for file in read.files:
            if file.part.sha256 not in self._known:
                self._known[file.part.sha256] = self._in_file(read.dataset, file)
            some = self._known[file.part.sha256]
            if some is None:
                return None
            found += some
        return tuple(found)

    def _in_file(self, dataset: Dataset, file: SnapshotFile) -> tuple[Home, ...] | None:
        path = token_file.path_of(self._shelf.lake, dataset.key, file)
        if not path.is_file():
            if file.part.rows > self._small:
                return None
            token_file.make(self._shelf.lake, dataset, file, self._shelf.token_key)
        return token_file.homes(path, self._stored)
