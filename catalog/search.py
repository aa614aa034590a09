"""Finds datasets by words in their titles, items and owners, best first; only what the asker may know of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Select, select

from catalog import tables
from catalog.access import visible
from catalog.datasets import parse, plain, storable
from catalog.grants import list_for
from schemas.access import Subject
from schemas.dataset import Dataset
from schemas.errors import BadAsk

FILTERS = ("department", "sharing", "owner", "division", "subject_kind")
"""Facets that a search may be narrowed by, and `element`: a data element that one of its items is."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One dataset found, and the items whose name or title holds one of the words."""

    dataset: Dataset
    fields: tuple[str, ...]
    rank: int
    """0: the title itself; 1: the title begins so; 2: in the title; 3: an item is called so; 4: anywhere else."""


def search(connection: Connection, text: str, subject: Subject, filters: Mapping[str, str]) -> list[Hit]:
    """Every visible dataset that holds all the words (NFKC, case ignored; Chinese needs no spaces), best first."""
    if not all(map(storable, (text, *filters.values()))):
        return []
    words = plain(text).split()
    found = (parse(contract) for contract in connection.scalars(_wanted(words, filters)))
    hits = [_hit(dataset, words) for dataset in found if _may_know(connection, subject, dataset)]
    return sorted(hits, key=lambda hit: (hit.rank, hit.dataset.key))


def _wanted(words: Iterable[str], filters: Mapping[str, str]) -> Select[str]:
    table = tables.dataset
    wanted = select(table.c.contract).where(table.c.state == "active")
    for word in words:
        wanted = wanted.where(table.c.words.contains(word, autoescape=True))
    for name, value in filters.items():
        if name == "element":
            fields = tables.dataset_field
            holders = select(fields.c.dataset).where(fields.c.element == value)
            wanted = wanted.where(table.c.key.in_(holders))
        elif name in FILTERS:
            wanted = wanted.where(table.c[name] == value)
        else:
            raise BadAsk(f"filter {name!r} is unknown, expected one of {', '.join((*FILTERS, 'element'))}")
    return wanted


def _may_know(connection: Connection, subject: Subject, dataset: Dataset) -> bool:
    if visible(subject, dataset):
        return True
    if subject.public or subject.government:
        return False
    return visible(subject, dataset, list_for(connection, dataset.key, subject.organisation))


def _hit(dataset: Dataset, words: list[str]) -> Hit:
    fields = tuple(
        field.name
        for field in dataset.fields
        if any(w in plain(f"{field.title}\n{field.title_en}\n{field.name}") for w in words)
    )
    return Hit(dataset, fields, _rank(dataset, fields, " ".join(words)))


def _rank(dataset: Dataset, fields: tuple[str, ...], phrase: str) -> int:
    titles = (plain(dataset.title), plain(dataset.title_en), plain(dataset.key))
    tests = (
        phrase in titles,
        any(title.startswith(phrase) for title in titles),
        any(phrase in title for title in titles),
        bool(fields),
    )
    return next((rank for rank, passed in enumerate(tests) if passed), 4)
