"""What is asked of a service as the contract writes it down, with `{words}` that stand for what changes."""

import re
from collections.abc import Mapping

from schemas.dataset import Json

_WORD = re.compile(r"\{([^{}]*)\}")


def filled(value: Json, words: Mapping[str, Json]) -> Json:
    """The template with its words filled in; one that stands alone keeps its kind, a number or NULL."""
    if isinstance(value, dict):
        return {name: filled(inner, words) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, words) for inner in value]
    if not isinstance(value, str):
        return value
    alone = value[1:-1] if value.startswith("{") and value.endswith("}") else ""
    if alone in words:
        return words[alone]
    return filled_text(value, words)


def filled_text(template: str, words: Mapping[str, Json]) -> str:
    """All at once, so that a value that looks like a word stays what it is; NULL is no text."""

    def text(found: re.Match[str]) -> str:
        value = words.get(found[1], found[0])
        return "" if value is None else str(value)

    return _WORD.sub(text, template)


def names_bounds(value: Json) -> bool:
    """Whether a template asks for what a window holds."""
    if isinstance(value, dict | list):
        return any(names_bounds(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and ("{low}" in value or "{high}" in value)
