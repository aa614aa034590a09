"""The values of a filter, each exactly as its column's declared type has it, or a sentence that says what would fit."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from catalog.filters.tokens import Kind as Word
from catalog.filters.tokens import Token, shown, wrong
from schemas.dataset import Field, Json, Kind
from schemas.errors import BadAsk

INTEGERS = 2**63
ESCAPE = "\\"


def value_of(field: Field, word: Token, text: Token | None) -> Json:
    """One value; `text` is what stands in quotes behind `date` or `timestamp`. BadAsk where it is of another type."""
    found = _READ[field.type.kind](field, word, text)
    if found is None:
        raise _misfit(field, word if text is None else text)
    return found


def beginning(field: Field, word: Token) -> str:
    r"""What a text must begin with: `like 'beginning%'`; in it `\%`, `\_` and `\\` stand for the signs themselves."""
    if field.type.kind is not Kind.STRING:
        raise wrong(word.place, shown(word), f"= < > or in: {field.name} is {field.type}, and like is for texts")
    if word.kind is not Word.TEXT:
        raise wrong(word.place, shown(word), "a text in single quotes that ends in %")
    plain, rest = _unescaped(word.means)
    if rest != "%" or not plain:
        raise wrong(word.place, shown(word), r"a beginning and one % at its end; a sign itself is written \% or \_")
    return plain


def _unescaped(pattern: str) -> tuple[str, str]:
    """The plain signs at the front, and all from the first wildcard on."""
    plain, at = [], 0
    while at < len(pattern) and pattern[at] not in "%_":
        at += pattern[at] == ESCAPE and pattern[at + 1 : at + 2] in ("%", "_", ESCAPE)
        plain.append(pattern[at])
        at += 1
    return "".join(plain), pattern[at:]


def _text(_: Field, word: Token, text: Token | None) -> Json:
    return word.means if word.kind is Word.TEXT and text is None and "\0" not in word.means else None


def _integer(_: Field, word: Token, __: Token | None) -> Json:
    if word.kind is not Word.NUMBER or "." in word.means:
        return None
    found = int(word.means)
    return found if -INTEGERS <= found < INTEGERS else None


def _decimal(field: Field, word: Token, _: Token | None) -> Json:
    """As text, so that nothing is rounded on the way."""
    if word.kind is not Word.NUMBER:
        return None
    whole, _dot, fraction = word.means.lstrip("-").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    fits = len(fraction) <= field.type.scale and len(whole.lstrip("0")) <= field.type.precision - field.type.scale
    sign = "-" if word.means.startswith("-") else ""
    return (f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}") if fits else None


def _double(_: Field, word: Token, __: Token | None) -> Json:
    return float(word.means) if word.kind is Word.NUMBER else None


def _boolean(_: Field, word: Token, __: Token | None) -> Json:
    return {"true": True, "false": False}.get(word.said.lower()) if word.kind is Word.NAME else None


def _date(_: Field, word: Token, text: Token | None) -> Json:
    if text is None or word.said.lower() != "date":
        return None
    try:
        found = date.fromisoformat(text.means)
    except ValueError:
        return None
    return found.isoformat() if found.isoformat() == text.means else None


def _timestamp(_: Field, word: Token, text: Token | None) -> Json:
    if text is None or word.said.lower() != "timestamp":
        return None
    try:
        found = datetime.fromisoformat(text.means)
        return found.astimezone(UTC).isoformat() if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


_READ: Mapping[Kind, Callable[[Field, Token, Token | None], Json]] = {
    Kind.STRING: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DOUBLE: _double,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.TIMESTAMP: _timestamp,
}
_EXPECTED: Mapping[Kind, str] = {
    Kind.STRING: "a text in single quotes",
    Kind.INTEGER: "a whole number of at most 64 bits",
    Kind.DECIMAL: "a number of its digits",
    Kind.DOUBLE: "a number",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "date '2026-01-01'",
    Kind.TIMESTAMP: "timestamp '2026-01-01T08:00:00+08:00', with its offset",
}


def _misfit(field: Field, word: Token) -> BadAsk:
    return wrong(word.place, shown(word), f"{_EXPECTED[field.type.kind]}, since {field.name} is {field.type}")
