"""All data elements 数据元, and how one is found by whatever a department calls it."""

import unicodedata

from schemas.standards.element import Element, Promise
from schemas.standards.other_elements import ORGANISATION_ELEMENTS, PLACE_ELEMENTS
from schemas.standards.person_elements import PERSON_ELEMENTS
from schemas.standards.time_elements import TIME_ELEMENTS

__all__ = ["ELEMENTS", "Element", "Promise", "element", "find_element", "plain"]

ELEMENTS: tuple[Element, ...] = (*PERSON_ELEMENTS, *ORGANISATION_ELEMENTS, *PLACE_ELEMENTS, *TIME_ELEMENTS)
"""In the order in which they are shown."""


def plain(word: str) -> str:
    """A word without what people write differently: width, case, blanks, punctuation."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(character for character in folded if character.isalnum())


_BY_WORD = {word: one for one in ELEMENTS for word in (one.id, one.title, *one.aliases)}
_BY_PLAIN = {plain(word): one for word, one in _BY_WORD.items()}
_BY_ID = {one.id: one for one in ELEMENTS}


def element(id: str) -> Element:
    """The element of that id; KeyError lists the ids there are."""
    if id not in _BY_ID:
        raise KeyError(f"no data element {id!r}; there are {', '.join(_BY_ID)}")
    return _BY_ID[id]


def find_element(word: str) -> Element | None:
    """The element that a department means by `word`: its id, name or an alias; None where none does.

    The very word first, then as `plain` reads it: `身份证 号码：`, `ＧＭＳＦＨＭ`, `Resident-ID` are one element.
    """
    return _BY_WORD.get(word) or _BY_PLAIN.get(plain(word))
