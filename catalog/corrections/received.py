"""Who ever received a row: every right under which a read of it, or of what is made of it, is on record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.corrections import cells
from catalog.corrections.cells import Found
from catalog.ledger import tokens
from catalog.lineage import columns as lineage
from catalog.shelf import Shelf
from catalog.tracing import bulk, token_file
from catalog.tracing.bulk import Look, Read
from catalog.tracing.token_file import Home
from schemas.dataset import Dataset
from schemas.errors import NotReady
from schemas.origin import How
from schemas.receipt import Receipt

PAGE = 500
"""Receipts that are read at once."""
FARTHEST = 8
"""Derived datasets one after the other, at most."""


@dataclass(frozen=True, slots=True)
class Holder:
    """An organisation that received it, under which grant (empty: another right), in which dataset."""

    organisation: str
    grant: str
    dataset: str


def received(shelf: Shelf, found: Found, column: str) -> tuple[Holder, ...]:
    """Everybody but the owners themselves, by organisation; who may have received it counts as having."""
    holders: set[Holder] = set()
    for key, columns in _made_of(shelf, found.dataset.key, column).items():
        dataset = found.dataset if key == found.dataset.key else shelf.dataset(key)
        for receipt in _reads(shelf, dataset, found):
            body: Mapping[str, Any] = receipt.body
            if columns & set(body.get("columns") or ()) and body["organisation"] not in ("", dataset.owner):
                holders.add(Holder(body["organisation"], body.get("grant") or "", key))
    return tuple(sorted(holders, key=lambda one: (one.organisation, one.grant, one.dataset)))


def _made_of(shelf: Shelf, dataset: str, column: str) -> dict[str, set[str]]:
    """Dataset -> its columns that hold the value, or were made of it."""
    found = {dataset: {column}}
    edge = [(dataset, column)]
    for _ in range(FARTHEST):
        further: list[tuple[str, str]] = []
        for key, name in edge:
            with shelf.engine.connect() as connection:
                edges = lineage.declared_of(connection, key)
            for one in edges:
                if (one.dataset, one.column) == (key, name) and one.field and one.how is not How.CONDITION:
                    known = found.setdefault(one.to_dataset, set())
                    if one.field not in known:
                        known.add(one.field)
                        further.append((one.to_dataset, one.field))
        edge = further
    return found


def _reads(shelf: Shelf, dataset: Dataset, found: Found) -> Iterator[Receipt]:
    """Reads that were answered: by the subject's key, and of many rows whose scope held, or may have held, its row."""
    marks = _tokens(shelf, dataset, found)
    for mark in marks:
        for receipt in _pages(shelf, tokens.about_subject(mark)):
            body = receipt.body
            if body.get("event") == "asked" and body.get("allowed") and body.get("dataset") == dataset.key:
                yield receipt
    tree, looks = shelf.tree(), [Look(shelf, tokens.about_subject(mark), bulk.SMALL) for mark in marks]
    for read in bulk.reads_of(shelf, dataset):
        homes = _homes(shelf, read, looks, found)
        if homes:
            for receipt in _pages(shelf, tokens.about_version(dataset.key, read.version)):
                if bulk.told(receipt, homes, tree):
                    yield receipt


def _homes(shelf: Shelf, read: Read, looks: list[Look], found: Found) -> tuple[Home, ...]:
    """Where the row lies in a version that was read; empty where it is not in it."""
    if read.dataset.key == found.dataset.key:
        try:
            there = cells.rows(shelf, read.dataset, read.snapshot, [cells.joined(found.dataset, found.key)])
        except NotReady:  # published under another key: nobody can tell any more who stood in it
            return ({},)
        names = [name for name in read.dataset.scopes().values() if name in there.column_names]
        return tuple(there.select(names).to_pylist()) if names else ({},) * there.num_rows
    each = [look.homes(read) for look in looks]
    if any(one is None for one in each):
        return ({},)
    return tuple(home for one in each for home in one or ())


def _tokens(shelf: Shelf, dataset: Dataset, found: Found) -> tuple[str, ...]:
    """The tokens under which reads of this row's subject are found; in derived datasets those of its numbers."""
    numbers = [
        tokens.of_subject(shelf.token_key, element, found.text(name))
        for name, element in token_file.named_by(found.dataset).items()
        if found.text(name)
    ]
    if dataset.key == found.dataset.key:
        named = {name: found.text(name) for name in dataset.subject_fields}
        numbers.append(tokens.of_key(shelf.token_key, dataset, named))
    return tuple(dict.fromkeys(numbers))


def _pages(shelf: Shelf, about: bytes) -> Iterator[Receipt]:
    before: int | None = None
    while True:
        page = shelf.ledger.about(about, before, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        before = page[-1].index
