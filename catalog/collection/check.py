"""The duplicate check 查重: what of a form, or of a contract, has a source or is collected already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from catalog import datasets, organisations
from catalog.access import visible
from catalog.collection import found, sources
from catalog.collection.by_values import HIDDEN, by_values
from catalog.collection.found import Key, Places, Wanted
from catalog.collection.items import meant, place_of
from catalog.collection.places import around
from catalog.lake.where import Lake
from schemas.access import Subject
from schemas.authority_source import Scope, Source
from schemas.collection import LINKING, Hit, How, Item
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.likeness import says_something, told

SOURCES = 4
"""Entries of the authority registry that are told of one item."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be collected, of whom and where."""

    items: tuple[Item, ...]
    subject_kind: str
    division: str
    """12 digits."""
    dataset: str = ""
    """Key of the dataset whose contract it is; empty for a form."""


@dataclass(frozen=True, slots=True)
class Question:
    """A whole check: who asks, what, on which day, and the tree of that day."""

    subject: Subject
    asked: Asked
    day: date
    tree: DivisionTree
    lake: Lake | None = None
    """Where whole sketches lie; None leaves values out."""

    @property
    def wanted(self) -> Wanted:
        """How fields are looked for."""
        asked = self.asked
        places = around(self.tree, asked.division)
        return Wanted(asked.subject_kind, places, self.subject.organisation, asked.dataset)


@dataclass(frozen=True, slots=True)
class Sought:
    """One item as it is looked for."""

    element: str
    name: str
    """Compared name; empty where it says nothing by itself."""
    near: tuple[tuple[float, str], ...]

    @property
    def keys(self) -> list[Key]:
        """What to look up, the surest first."""
        first = [("element", self.element)] if self.element else []
        return first + [("told", name) for name in (self.name, *(other for _, other in self.near)) if name]


def of_contract(dataset: Dataset) -> Asked:
    """The fields of a contract as what is to be collected; a derived dataset collects nothing."""
    items = [Item(f.title or f.name, f.element or "", str(f.type), f.name) for f in dataset.fields]
    collected = () if dataset.source.inputs else tuple(items)
    return Asked(collected, dataset.subject_kind, place_of(dataset), dataset.key)


def check(connection: Connection, question: Question) -> tuple[tuple[Hit, ...], ...]:
    """Item by item where it is to be found, the surest first; empty where nobody has it.

    The number of statements does not depend on what there is, nor, below two hundred names, on how much is asked:
    items that have an element and items that have only a name are looked up together.
    """
    sought = _sought(connection, question.asked.items)
    keys = list(dict.fromkeys(key for one in sought for key in one.keys))
    wanted = question.wanted
    held = found.held(connection, wanted, keys)
    hidden = found.hidden(connection, wanted, list(dict.fromkeys(key for one in sought for key in _telling(one))))
    right = _authorities(connection, question, {one.element for one in sought if one.element})
    named = tuple(_hits(one, right.get(one.element, ()), held, hidden, question) for one in sought)
    return _with_values(connection, question, named)


def _with_values(
    connection: Connection, question: Question, named: tuple[tuple[Hit, ...], ...]
) -> tuple[tuple[Hit, ...], ...]:
    """The same with what is found by the values of a dataset that has a version; each column is told once."""
    asked = question.asked
    if question.lake is None or not asked.dataset:
        return named
    values = by_values(connection, question.lake, asked.dataset, question.subject, asked.items)
    return tuple(_together(some, values.get(item.column, ())) for item, some in zip(asked.items, named, strict=True))


def _together(named: tuple[Hit, ...], values: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """What was found by its values is told so, since that weighs more than a name; of hidden ones one is told."""
    surer = {(one.dataset, one.column) for one in values if one.blocks and not one.hidden}
    kept = [one for one in named if one.how is How.AUTHORITY or (one.dataset, one.column) not in surer]
    told = {(one.dataset, one.column) for one in kept if not one.hidden}
    more = [one for one in values if not one.hidden and (one.dataset, one.column) not in told]
    nameless = [one for one in (*named, *values) if one.hidden]
    shown = [one for one in kept if not one.hidden] + more
    return (*shown, *sorted(nameless, key=lambda one: not one.blocks)[:1])


def _sought(connection: Connection, items: Iterable[Item]) -> list[Sought]:
    names = [told(one.name) for one in items]
    alike = found.near(connection, list(dict.fromkeys(names)))
    return [
        Sought(one.element or meant(one.name, one.column), name if says_something(name) else "", alike.get(name, ()))
        for one, name in zip(items, names, strict=True)
    ]


def _hits(sought: Sought, right: Sequence[Hit], held: Places, hidden: set[Key], question: Question) -> tuple[Hit, ...]:
    """Of one item: authority sources first, then the same element, the same name, names that are nearly alike."""
    seen: dict[tuple[str, str], Hit] = {}
    for how, share, key in _ways(sought):
        for row in held.get(key, ()):
            if not (how is not How.ELEMENT and sought.element and row.element and row.element != sought.element):
                seen.setdefault((row.dataset, row.name), _hit(how, share, row, question.subject))
    others = [one for one in seen.values() if one.dataset not in {source.dataset for source in right if source.dataset}]
    shown = (*(one for one in right if not one.hidden), *others)
    unknown = any(one.hidden for one in right) or (
        not any(one.blocks for one in shown) and any(key in hidden for key in _telling(sought))
    )
    return (*shown, HIDDEN) if unknown else shown


def _ways(sought: Sought) -> list[tuple[How, float, Key]]:
    ways = [(How.ELEMENT, 1.0, ("element", sought.element)), (How.NAME, 1.0, ("told", sought.name))]
    return ways + [(How.NEAR, share, ("told", other)) for share, other in sought.near]


def _telling(sought: Sought) -> list[Key]:
    """What a hidden field is found by: the element where that is no link, the very name; never a name that is near."""
    by_element = [("element", sought.element)] if sought.element and sought.element not in LINKING else []
    return by_element + ([("told", sought.name)] if sought.name and not sought.element else [])


def _hit(how: How, share: float, row: Row[Any], subject: Subject) -> Hit:
    return Hit(
        how=how,
        dataset=row.dataset,
        dataset_title=row.dataset_title,
        dataset_title_en=row.dataset_title_en,
        column=row.name,
        column_title=row.title,
        column_title_en=row.title_en,
        organisation=row.owner,
        organisation_name=row.owner_name,
        division=row.division,
        share=share,
        own=row.owner == subject.organisation,
        blocks=row.element not in LINKING,
    )


def _authorities(connection: Connection, question: Question, elements: set[str]) -> Mapping[str, list[Hit]]:
    """Element -> the entries in force whose area meets that of the form, widest areas first."""
    asked, tree = question.asked, question.tree
    places = [one for one in sources.areas(connection) if tree.meet(one, asked.division) is not None]
    scope = Scope(asked.subject_kind, asked.division, question.day)
    entries = sources.of_elements(connection, elements, scope, places) if places and elements else ()
    of = datasets.each(connection, {one.dataset for one in entries if one.dataset})
    names = organisations.names(connection, {one.organisation for one in entries})
    right: dict[str, list[Hit]] = {}
    for entry in _speaking(entries, scope, tree):
        hit = _right(entry, of.get(entry.dataset), names.get(entry.organisation, ""), question)
        if len(right.setdefault(entry.element, [])) < SOURCES:
            right[entry.element].append(hit)
    return right


def _speaking(entries: Sequence[Source], scope: Scope, tree: DivisionTree) -> list[Source]:
    """Of the entries above the area only the narrowest of each element, then all within it."""
    narrowest: dict[str, Source] = {}
    within = []
    for one in entries:
        if not tree.within(scope.division, one.division):
            within.append(one)
        elif one.element not in narrowest or tree.within(one.division, narrowest[one.element].division):
            narrowest[one.element] = one
    return [*narrowest.values(), *within]


def _right(entry: Source, dataset: Dataset | None, name: str, question: Question) -> Hit:
    subject = question.subject
    if entry.dataset and (dataset is None or not visible(subject, dataset)):
        return HIDDEN
    column = next((one for one in dataset.fields if one.element == entry.element), None) if dataset else None
    mine = entry.organisation == subject.organisation
    return Hit(
        how=How.AUTHORITY,
        dataset=entry.dataset,
        dataset_title=dataset.title if dataset else "",
        dataset_title_en=dataset.title_en if dataset else "",
        column=column.name if column else "",
        column_title=column.title if column else "",
        column_title_en=column.title_en if column else "",
        organisation=entry.organisation,
        organisation_name=name,
        division=entry.division,
        basis=entry.basis,
        own=mine,
        blocks=not (mine and entry.dataset in ("", question.asked.dataset)),
    )
