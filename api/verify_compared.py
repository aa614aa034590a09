"""Whether columns have the values that a caller expects, by the declared type exactly; no value is ever told."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from schemas.dataset import Dataset, Field, Json, Kind
from schemas.errors import BadAsk

DECIMAL = re.compile(r"-?[0-9]{1,38}(?:\.[0-9]{1,38})?")
Values = Mapping[str, object]


def expected(dataset: Dataset, told: Mapping[str, Json]) -> Values:
    """The values as the columns' types have them; BadAsk says what is expected, never what was found."""
    known = {field.name: field for field in dataset.fields}
    strange = sorted(set(told) - set(known))
    if strange:
        raise BadAsk(
            f"expect: found columns {', '.join(map(repr, strange))[:200]}, expected some of {', '.join(known)}"
        )
    return {name: _value(known[name], value) for name, value in told.items()}


def matches(row: Values, wanted: Values) -> dict[str, bool]:
    """Column -> whether it has the value; a column that is missing or NULL has none."""
    return {name: _same(row.get(name), value) for name, value in wanted.items()}


def _same(found: object, value: object) -> bool:
    if found is None or (isinstance(found, bool) is not isinstance(value, bool)):
        return False
    return found == value


def _value(field: Field, told: Json) -> object:
    read, shape = _READ[field.type.kind]
    found = read(told)
    if found is None:
        raise BadAsk(f"expect.{field.name}: expected {shape}, since it is {field.type}; found something else")
    return found


def _text(told: Json) -> str | None:
    return told if isinstance(told, str) else None


def _integer(told: Json) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _decimal(told: Json) -> Decimal | None:
    """As text, so that nothing was rounded on the way."""
    return Decimal(told) if isinstance(told, str) and DECIMAL.fullmatch(told) else None


def _double(told: Json) -> float | None:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None


def _boolean(told: Json) -> bool | None:
    return told if isinstance(told, bool) else None


def _date(told: Json) -> date | None:
    try:
        found = date.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return found if found is not None and found.isoformat() == told else None


def _moment(told: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(told) if isinstance(told, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


_READ: Mapping[Kind, tuple[Callable[[Json], object | None], str]] = {
    Kind.STRING: (_text, "a text"),
    Kind.INTEGER: (_integer, "a whole number"),
    Kind.DECIMAL: (_decimal, 'a number as text like "603.00"'),
    Kind.DOUBLE: (_double, "a number"),
    Kind.BOOLEAN: (_boolean, "true or false"),
    Kind.DATE: (_date, 'a date like "2026-01-01"'),
    Kind.TIMESTAMP: (_moment, 'a moment with its offset like "2026-01-01T08:00:00+08:00"'),
}
