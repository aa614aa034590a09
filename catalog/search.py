"""Finds datasets by words in their titles, items and owners, best first; only what the asker may know of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from catalog import tables
from catalog.access import visible
from catalog.datasets import parse, plain, storable
from catalog.grants import of_organisation
from schemas.access import Subject
from schemas.dataset import Dataset
from schemas.errors import BadAsk
from schemas.standards.elements import Element, find_element

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
    """Every visible dataset that holds all the words (NFKC, case ignored; Chinese needs no spaces), best first.

    A word that is a name or an alias of a data element finds every dataset with such a field, whatever it is called.
    """
    if not all(map(storable, (text, *filters.values()))):
        return []
    words = plain(text).split()
    found = [parse(contract) for contract in connection.scalars(_wanted(words, filters))]
    held = () if subject.public or subject.government else of_organisation(connection, subject.organisation)
    hits = [_hit(dataset, words) for dataset in found if visible(subject, dataset, held)]
    return sorted(hits, key=lambda hit: (hit.rank, hit.dataset.key))


def _wanted(words: Iterable[str], filters: Mapping[str, str]) -> Select[str]:
    table = tables.dataset
    wanted = select(table.c.contract).where(table.c.state == "active")
    for word in words:
        wanted = wanted.where(_holds(word))
    for name, value in filters.items():
        if name == "element":
            wanted = wanted.where(_holder(value))
        elif name in FILTERS:
            wanted = wanted.where(table.c[name] == value)
        else:
            raise BadAsk(f"filter {name!r} is unknown, expected one of {', '.join((*FILTERS, 'element'))}")
    return wanted


def _holds(word: str) -> ColumnElement[bool]:
    """The word stands in what the contract says, or a field is the element that the word means (身份证号)."""
    said, meant = tables.dataset.c.words.contains(word, autoescape=True), _meant(word)
    return said if meant is None else or_(said, _holder(meant.id))


def _meant(word: str) -> Element | None:
    """The data element that a word of letters and digits means; signs of a search are no part of a name."""
    return find_element(word) if word.replace("_", "").replace("-", "").isalnum() else None


def _holder(element: str) -> ColumnElement[bool]:
    fields = tables.dataset_field
    return tables.dataset.c.key.in_(select(fields.c.dataset).where(fields.c.element == element))


def _hit(dataset: Dataset, words: list[str]) -> Hit:
    meant = {found.id for found in map(_meant, words) if found}
    fields = tuple(
        field.name
        for field in dataset.fields
        if field.element in meant or any(w in plain(f"{field.title}\n{field.title_en}\n{field.name}") for w in words)
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
