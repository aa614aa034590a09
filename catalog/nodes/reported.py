"""An entry of another node's catalogue: read strictly, for it is shown here, and nothing is kept that has no place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.dataset import Json, Sharing
from schemas.errors import BadInput

NEEDED = ("key", "title", "owner", "owner_name", "division", "sharing")
TEXTS = (*NEEDED, "version", "title_en", "description", "condition", "update_cycle", "catalogue_code")
LISTS = ("modes", "purposes")
FIELD = ("name", "title", "type", "element", "grade")
KEY = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """One dataset of another node, as that node reported it."""

    key: str
    sharing: Sharing
    told: Mapping[str, Json]
    """What it is shown by."""
    texts: Sequence[str]
    """What it is found by."""


def read(some: Json) -> list[Entry]:
    """The entries of a message; BadInput for the first that is none."""
    if not isinstance(some, list):
        raise BadInput(f"catalogue: expected a list of entries with {', '.join((*NEEDED, 'fields'))}")
    return [_entry(one, number) for number, one in enumerate(some)]


def _entry(one: Json, number: int) -> Entry:
    try:
        told = {name: _text(one[name] if name in NEEDED else one.get(name)) for name in TEXTS}
        lists = {name: [_text(each) for each in one.get(name, [])] for name in LISTS}
        fields = [{name: _text(field.get(name)) for name in FIELD} for field in one["fields"]]
        key, sharing = told["key"], Sharing(told["sharing"])
        if not 0 < len(key) <= KEY or sharing is Sharing.WITHHELD:
            raise ValueError("found a key or a sharing class that does not go up")
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise BadInput(
            f"catalogue, entry {number}: expected texts {', '.join(NEEDED)} and a list of fields, nothing withheld"
        ) from wrong
    texts = [key, told["title"], told["owner_name"], *(field["title"] for field in fields)]
    return Entry(key, sharing, told | lists | {"fields": fields}, texts)


def _text(value: Json) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"found {type(value).__name__}, expected a text")
    return value
