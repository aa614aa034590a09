"""Data elements 数据元 as the facts that answers and pages show, and the fields that are them."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.caller import Call
from api.desk import Desk
from api.language import pick
from api.visitor import Visitor
from catalog.cards.drawer import Place
from catalog.cards.tokens import plain
from catalog.search import ANYWHERE, Wanted
from schemas.dataset import Dataset, Field, Json
from schemas.errors import Unknown
from schemas.standards.code_tables import TABLES, Code, codes
from schemas.standards.elements import ELEMENTS, Element, find_element

NO_ELEMENT = "no data element of this id, name or alias; GET /api/v1/elements lists them"
PAGE = 100
"""Codes of one page of a code table."""
USED = 50
"""Datasets of one page of those that have an element."""


@dataclass(frozen=True, slots=True)
class Use:
    """One field that is this element, in a dataset that the caller may know of."""

    dataset: Dataset
    field: Field


def the_element(word: str) -> Element:
    """The element of that id, name or alias (身份证号 is 公民身份号码); Unknown where none is meant."""
    found = find_element(word)
    if found is None:
        raise Unknown(NO_ELEMENT)
    return found


def matching(text: str) -> tuple[Element, ...]:
    """Elements whose name, alias, id or definition holds the text, in their order; all of them for no text."""
    wanted = plain(text.strip())
    return tuple(one for one in ELEMENTS if any(wanted in plain(word) for word in _words(one)))


def _words(one: Element) -> tuple[str, ...]:
    return (one.id, one.title, one.title_en, *one.aliases, one.definition)


@dataclass(frozen=True, slots=True)
class Uses:
    """A page of the fields that are an element, by dataset."""

    fields: tuple[Use, ...]
    datasets: int
    """How many have such a field, on all pages together."""
    following: str
    """Key of the dataset that the page ends with; empty where it is the last."""


def uses(call: Call | Visitor, desk: Desk, element: Element, after: str) -> Uses:
    """Fields that are this element; of datasets that the caller may not know of not even a number."""
    place = Place(ANYWHERE, after) if after else None
    wanted = Wanted(filters={"element": element.id}, after=place, limit=USED)
    found = desk.shelf.catalogue.search(wanted, call.subject, call.now)
    fields = (Use(hit.dataset, one) for hit in found.hits for one in hit.dataset.fields if one.element == element.id)
    return Uses(tuple(fields), found.total, found.following.key if found.following else "")


def matching_codes(element: Element, text: str) -> Sequence[Code]:
    """Lines of its code table whose code begins with the text or whose name holds it; none without a table."""
    if not element.table:
        return ()
    wanted = plain(text.strip())
    return [one for one in codes(element.table) if plain(one.code).startswith(wanted) or wanted in plain(one.name)]


def element_facts(element: Element, lang: str) -> dict[str, Json]:
    """One element as a list shows it."""
    return {
        "id": element.id,
        "title": pick(lang, element.title, element.title_en),
        "aliases": list(element.aliases),
        "definition": element.definition,
        "type": str(element.type),
        "identifying": element.identifying.value,
        "grade": element.grade.word,
        "transform": element.transform.word,
        "code_table": element.table or None,
    }


def check_facts(element: Element, lang: str) -> list[Json]:
    """The checks that a field takes over with the element."""
    return [
        {
            "rule": one.suffix,
            "said": pick(lang, one.said, one.said_en),
            "severity": one.severity.value,
            "dimension": one.dimension.value,
        }
        for one in element.promises
    ]


def table_facts(element: Element, lang: str) -> dict[str, Json] | None:
    """Name and standard of its code table; None without one."""
    of = TABLES.get(element.table)
    return {"id": of.id, "title": pick(lang, of.title, of.title_en), "standard": of.standard} if of else None


def code_facts(one: Code) -> dict[str, Json]:
    """One line of a code table."""
    return {"code": one.code, "name": one.name, "parent": one.parent or None}


def use_facts(use: Use, lang: str) -> dict[str, Json]:
    """One field that is this element, and who is right about it where its contract says so."""
    return {
        "dataset": use.dataset.key,
        "dataset_title": pick(lang, use.dataset.title, use.dataset.title_en),
        "owner": use.dataset.owner_name,
        "field": use.field.name,
        "field_title": pick(lang, use.field.title, use.field.title_en),
        "authority": use.field.authority or None,
    }
