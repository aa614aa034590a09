"""Frozen words to JSON and back: plans, landings, verdicts, snapshots and the compiled contract index."""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from schemas.errors import BadInput

T = TypeVar("T")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}
"""Made once per type: building one costs milliseconds."""


def _adapter(of: Any) -> TypeAdapter[Any]:
    if of not in _ADAPTERS:
        _ADAPTERS[of] = TypeAdapter(of)
    return _ADAPTERS[of]


def to_json(word: Any, *, of: Any = None) -> bytes:
    """Canonical UTF-8 JSON of one frozen dataclass (or of `of`, e.g. `tuple[Dataset, ...]`), two-space indented."""
    return _adapter(of or type(word)).dump_json(word, indent=2)


def from_json(of: type[T], text: bytes | str, *, where: str) -> T:
    """The word that `text` holds; BadInput names `where` it was read when it does not fit."""
    try:
        word: T = _adapter(of).validate_json(text)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(p) for p in first["loc"])
        raise BadInput(f"{where}: {place}: {first['msg']}, found {str(first.get('input'))[:80]!r}") from wrong
    return word
