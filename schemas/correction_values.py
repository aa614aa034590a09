"""Values of cells as text, one spelling for each value of a type: what is claimed and published is compared so."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from schemas.correction import LONGEST_VALUE
from schemas.dataset import Field, Kind
from schemas.errors import BadInput

DIGITS = 100
"""Before the point, or zeros after it: more than any type has."""
Shape = tuple[Callable[[str], str], str]


def spelt(field: Field, text: str | None) -> str | None:
    """What somebody wrote, in the one spelling of its value; BadInput where the field cannot have it."""
    if text is None:
        return None
    if len(text) > LONGEST_VALUE:
        raise BadInput(f"{field.name}: found {len(text)} characters, expected at most {LONGEST_VALUE}")
    read, expected = _SHAPES[field.type.kind]
    try:
        return read(text.strip())
    except (ValueError, InvalidOperation):
        raise BadInput(f"{field.name}: expected {expected}, since it is {field.type}; found something else") from None


def told(field: Field, value: object) -> str | None:
    """A stored value in that spelling; None where there is none."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _plain(value)
    return repr(float(value)) if field.type.kind is Kind.DOUBLE and isinstance(value, int | float) else str(value)


def _plain(value: Decimal) -> str:
    """600 for 600.00 as well as for 6E+2."""
    if not value.is_finite() or not -DIGITS < value.adjusted() < DIGITS:  # 1e999999999 written out is a gigabyte
        raise ValueError("no number of any type")
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _truth(text: str) -> str:
    return {"true": "true", "false": "false", "是": "true", "否": "false"}[text.lower()]


def _moment(text: str) -> str:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found.astimezone(UTC).isoformat()


def _known(text: str) -> str:
    try:
        return _truth(text)
    except KeyError:
        raise ValueError(text) from None


_SHAPES: Mapping[Kind, Shape] = {
    Kind.STRING: (str, "a text"),
    Kind.INTEGER: (lambda text: str(int(text)), "a whole number"),
    Kind.DECIMAL: (lambda text: _plain(Decimal(text)), "a number such as 600.50"),
    Kind.DOUBLE: (lambda text: repr(float(text)), "a number"),
    Kind.BOOLEAN: (_known, "true or false"),
    Kind.DATE: (lambda text: date.fromisoformat(text).isoformat(), "a day such as 2026-11-20"),
    Kind.TIMESTAMP: (_moment, "a moment with its offset, such as 2026-11-20T09:30:00+08:00"),
}
