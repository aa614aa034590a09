"""A whole column of texts to its declared Arrow type, exactly or not at all; each value is judged by itself alone."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.arrow import arrow_type
from schemas.dataset import Field, Kind
from schemas.fitting.formats import regex

UTC = pa.timestamp("us", tz="UTC")
NAIVE = pa.timestamp("us")
YES = ("true", "t", "1", "是")
NO = ("false", "f", "0", "否")

DIGITS = 38
"""As many decimal digits surely fit into 128 bits."""
_ZONED = r"[T ][0-9:.]+(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_DAYS = (-719162, 2932896)
_MICROSECONDS = (-62135596800 * 10**6, 253402300800 * 10**6 - 1)
_STEADY = (694224000 * 10**6, _MICROSECONDS[1])
"""From 1992 on the clock of Asia/Shanghai has always been eight hours ahead of UTC."""
_AHEAD = 8 * 3600 * 10**6


def convert(column: pa.Array, field: Field) -> pa.Array:
    """`column` (text) as the field's Arrow type; NULL stays NULL.

    pa.ArrowInvalid when any value does not fit. Whether one fits never depends on the others, so a failing
    column can be halved until each misfit stands alone. Nothing is trimmed, rounded or guessed.
    """
    converted = _CONVERT[field.type.kind](column, field)
    if not within(converted):
        raise pa.ArrowInvalid("a value lies outside what its type may hold")
    return converted


def within(column: pa.Array) -> bool:
    """Whether every reader can hold all values: finite numbers, decimals of their precision, years 1 to 9999."""
    if pa.types.is_floating(column.type):
        return bool(pc.all(pc.is_finite(column)).as_py() is not False)
    if pa.types.is_date32(column.type):
        return _between(column.view(pa.int32()), _DAYS)
    if pa.types.is_timestamp(column.type):
        return _between(column.view(pa.int64()), _MICROSECONDS)
    if pa.types.is_decimal(column.type):
        nines = (9,) * column.type.precision
        return _between(column, tuple(Decimal((sign, nines, -column.type.scale)) for sign in (1, 0)))
    return True


def _between(column: pa.Array, bounds: Sequence[Decimal | int]) -> bool:
    low, high = pc.min_max(column).values()
    return not low.is_valid or bool(bounds[0] <= low.as_py() and high.as_py() <= bounds[1])


def _string(column: pa.Array, _field: Field) -> pa.Array:
    return column


def _integer(column: pa.Array, _field: Field) -> pa.Array:
    if any(pc.any(pc.match_substring(column, letter)).as_py() for letter in "xX"):
        raise pa.ArrowInvalid("hexadecimal digits are no integer here")
    return column.cast(pa.int64())


def _double(column: pa.Array, _field: Field) -> pa.Array:
    return column.cast(pa.float64())


def _decimal(column: pa.Array, field: Field) -> pa.Array:
    """Arrow says nothing where a long number runs over its 128 bits on the way, so such ones are worked out again."""
    converted = column.cast(arrow_type(field.type))
    doubtful = pc.greater(pc.binary_length(column), DIGITS - field.type.scale)
    for letter in "eE":
        doubtful = pc.or_(doubtful, pc.match_substring(column, letter))
    if pc.any(doubtful).as_py():
        texts, values = column.filter(doubtful).to_pylist(), converted.filter(doubtful).to_pylist()
        if any(Decimal(text) != value for text, value in zip(texts, values, strict=True)):
            raise pa.ArrowInvalid("a number has more digits than its type may hold")
    return converted


def _boolean(column: pa.Array, _field: Field) -> pa.Array:
    found = pc.index_in(pc.utf8_lower(column), pa.array([*YES, *NO]))
    if found.null_count != column.null_count:
        raise pa.ArrowInvalid("no boolean")
    return pc.less(found, len(YES))


def _date(column: pa.Array, field: Field) -> pa.Array:
    return _iso(column, field.format).cast(pa.date32())


def _timestamp(column: pa.Array, field: Field) -> pa.Array:
    column = _iso(column, field.format)
    with suppress(pa.ArrowInvalid):
        return from_shanghai(column.cast(NAIVE))
    with suppress(pa.ArrowInvalid):
        return column.cast(UTC)
    zoned = pc.match_substring_regex(column, _ZONED)
    nothing = pa.scalar(None, pa.string())
    local = from_shanghai(pc.if_else(zoned, nothing, column).cast(NAIVE))
    return pc.coalesce(pc.if_else(zoned, column, nothing).cast(UTC), local)


def from_shanghai(local: pa.Array) -> pa.Array:
    """Wall clock of Asia/Shanghai to UTC; a moment skipped or passed twice (summers 1986–1991) is invalid."""
    numbers = local.view(pa.int64())
    if _between(numbers, _STEADY):
        return pc.subtract(numbers, _AHEAD).view(UTC)
    return pc.assume_timezone(local, "Asia/Shanghai").cast(UTC)


def _iso(column: pa.Array, pattern: str) -> pa.Array:
    """Texts written after a strptime `pattern` to ISO 8601."""
    if not pattern:
        return column
    parts = pc.extract_regex(column, regex(pattern))
    if parts.null_count != column.null_count:
        raise pa.ArrowInvalid(f"not written as {pattern}")
    date = [_padded(parts, name, fallback) for name, fallback in (("Y", "1900"), ("m", "01"), ("d", "01"))]
    day = pc.binary_join_element_wise(*date, "-")
    if not any(name in pattern for name in ("%H", "%M", "%S")):
        return day
    clock = pc.binary_join_element_wise(*(_padded(parts, name, "00") for name in "HMS"), ":")
    if "%f" in pattern:
        clock = pc.binary_join_element_wise(clock, pc.struct_field(parts, "f"), ".")
    return pc.binary_join_element_wise(day, clock, "T")


def _padded(parts: pa.Array, name: str, fallback: str) -> pa.Array:
    if name not in [f.name for f in parts.type]:
        return pc.if_else(pc.is_valid(parts), fallback, pa.scalar(None, pa.string()))
    return pc.utf8_lpad(pc.struct_field(parts, name), 4 if name == "Y" else 2, "0")


_CONVERT: dict[Kind, Callable[[pa.Array, Field], pa.Array]] = {
    Kind.STRING: _string,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DOUBLE: _double,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.TIMESTAMP: _timestamp,
}
