"""What is asked of a service as the contract writes it down, with `{words}` that stand for what changes."""

from collections.abc import Mapping

from schemas.dataset import Json


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
    for word, text in words.items():
        value = value.replace(f"{{{word}}}", "" if text is None else str(text))
    return value


def names_bounds(value: Json) -> bool:
    """Whether a template asks for what a window holds."""
    if isinstance(value, dict | list):
        return any(names_bounds(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and ("{low}" in value or "{high}" in value)
