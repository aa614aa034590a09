"""Entries as JSON, for the API and JSON Lines: the words that contracts use, every mistake named, secrets refused."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from datetime import date
from enum import Enum
from typing import Any

from schemas.contract_formats import FORMATS
from schemas.dataset import Grade, Opening, Sharing
from schemas.entry import MODES, NOT_HERE, TYPES, Category, ClassPath, Cycle, Entry, Item
from schemas.errors import BadInput, SecretData

GRADES: Mapping[str, Grade] = {one.word: one for one in Grade}
SECRET = "secret"  # noqa: S105 - the name of a key
_LONGEST = 4000


def entry_json(entry: Entry) -> dict[str, Any]:
    """Every word of an entry."""
    return {name: _plain(value) for name, value in asdict(entry).items()}


def read_entry(told: object) -> Entry:
    """The entry that the JSON says; BadInput has all its mistakes at once, SecretData nothing of it."""
    if not isinstance(told, Mapping):
        raise BadInput("found no JSON object, expected one with the words of an entry")
    if told.get(SECRET) not in (None, False, "", "false", "否", 0):
        raise SecretData(NOT_HERE)
    wrong: list[str] = []
    words = {name: value for name, value in told.items() if name != SECRET}
    path = _part(ClassPath, words.pop("path", None) or {}, "path", wrong)
    items = words.pop("items", None)
    items = [] if items is None else items
    if not isinstance(items, list):
        wrong.append("items: found no list, expected one of items")
        items = []
    read = tuple(_part(Item, one, f"items[{number}]", wrong) for number, one in enumerate(items))
    entry: Entry = _part(Entry, words, "", wrong)
    if wrong:
        raise BadInput("; ".join(wrong[:50]))
    return replace(entry, path=path, items=read)


def _part(of: type[Any], told: object, where: str, wrong: list[str]) -> Any:
    """One frozen dataclass of it; at its defaults where words are wrong."""
    names = {one.name: one for one in fields(of)}
    if not isinstance(told, Mapping):
        wrong.append(f"{where}: found {type(told).__name__}, expected an object with {', '.join(names)}")
        told = {}
    before, words = f"{where}." if where else "", {}
    for name, value in told.items():
        if name not in names:
            wrong.append(f"{before}{str(name)[:40]}: no such word; valid are {', '.join(names)}")
        elif value is not None:
            try:
                words[name] = _READERS.get(name, _text)(value)
            except ValueError as said:
                wrong.append(f"{before}{name}: found {str(value)[:60]!r}, expected {said}")
    if of is Item and not str(words.get("name", "")).strip():
        wrong.append(f"{before}name: found nothing, expected the item's name")
        words["name"] = ""
    return of(**({"title": ""} if of is Entry else {}) | words)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST or value.encode("utf-8", "replace").decode() != value:
        raise ValueError(f"text of at most {_LONGEST} characters")
    if any(unicodedata.category(one) == "Cc" and one not in "\n\t" for one in value):
        raise ValueError("text without control characters")
    return value if value.strip() else ""


def _type(value: object) -> str:
    if value and value not in TYPES:
        raise ValueError(f"one of {', '.join(TYPES)}")
    return _text(value)


def _choice(valid: Mapping[str, object]) -> Callable[[object], object]:
    """Reads one of the words; the empty text means that nothing is told."""

    def read(value: object) -> object:
        if value == "":
            return None
        if not isinstance(value, str) or value not in valid:
            raise ValueError(f"one of {', '.join(valid)}")
        return valid[value]

    return read


def _enumerated(of: type[Enum]) -> Callable[[object], object]:
    return _choice({one.value: one for one in of})


def _list(valid: Mapping[str, object] | None = None) -> Callable[[object], object]:
    """Reads a list of texts, of those words alone where there are any."""

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise ValueError("a list of texts")
        told = tuple(_text(one).strip() for one in value)
        if any("；" in one for one in told):
            raise ValueError("each text by itself, without ；")
        if valid is not None and not set(value) <= set(valid):
            raise ValueError(f"some of {', '.join(valid)}")
        return told

    return read


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise ValueError("a whole number above 0, without a unit")
    return value


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(_text(value)) if value else None
    except ValueError as wrong:
        raise ValueError("a day such as 2026-11-20") from wrong


_READERS: Mapping[str, Callable[[object], object]] = {
    "sharing": _enumerated(Sharing),
    "opening": _enumerated(Opening),
    "cycle": _enumerated(Cycle),
    "category": _enumerated(Category),
    "grade": _choice(GRADES),
    "formats": _list(FORMATS),
    "modes": _list(MODES),
    "related": _list(),
    "contacts": _list(),
    "type": _type,
    "required": _truth,
    "length": _number,
    "published_on": _day,
}
"""Word -> how it is read; all others are texts. ValueError says what was expected."""


def _plain(value: object) -> object:
    if isinstance(value, Grade):
        return value.word
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
