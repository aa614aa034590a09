"""What is done to values before they leave: mask 部分遮蔽, token 令牌化, bucket 分段. NULL stays NULL.

- clear: as it is.
- mask, text: `resident_id` keeps the first 6 and last 2 characters, `mobile` and `telephone` 3 and 4, `credit_code`
  the first 8, `passport` 1 and 2, anything else its first character, then `**`. Numbers and dates: as bucket.
- token: 32 hex digits of HMAC-SHA256 under the grant's own key, equal within a grant and unlike in two; of numbers and
  dates over their text. Doubles and booleans are left out.
- bucket: dates and timestamps become their year (in Shanghai), a whole number; numbers the lower bound in
  1, 2, 5, 10, 20, 50… (below zero: of the stretch that reaches up to them); a `division` its county; other text and
  booleans are left out.

A column whose transform cannot be done is left out, never shown clear. A text too short to keep anything of is `**`.
That a value is missing (NULL) is told: who may not know even that must be refused the column.
"""

import hashlib
import hmac
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from schemas.arrow import arrow_type
from schemas.dataset import Field, Kind, Transform

Change = Callable[[pa.Array], pa.Array]

NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)
MOMENTS = (Kind.DATE, Kind.TIMESTAMP)
KEPT = {"resident_id": (6, 2), "mobile": (3, 4), "telephone": (3, 4), "credit_code": (8, 0), "passport": (1, 2)}
"""Data element -> how many characters stay at the front and at the end."""
BOUNDS = tuple(Decimal(step).scaleb(power) for power in range(-10, 39) for step in (1, 2, 5))
"""1-2-5 steps from 1e-10 up; what is smaller counts as zero."""
LONGEST = 2**31 - 1
"""Characters; as far as Arrow counts."""


@dataclass(frozen=True, slots=True)
class Disguise:
    """One column as it leaves: its name, its type then, and what is done to each batch of it."""

    name: str
    type: pa.DataType
    change: Change
    transform: Transform = Transform.CLEAR
    recipe: str = ""
    """What of the contract, besides the type, chose the way in which it is done: the same recipe, the same values."""


@lru_cache(maxsize=8192)
def disguise(field: Field, transform: Transform, key: bytes) -> Disguise | None:
    """How a field leaves under a transform; None where it cannot be done and the column must be left out.

    `key` is the grant's own token key; without one no token is made.
    """
    if transform is Transform.CLEAR:
        return Disguise(field.name, arrow_type(field.type), _same)
    makers = {Transform.MASK: _mask, Transform.BUCKET: _bucket}
    made = makers[transform](field) if transform in makers else None
    if transform is Transform.TOKEN:
        made = _token(field, key)
    return replace(made, transform=transform) if made is not None else None


def token_key(installation: bytes, number: str) -> bytes:
    """The key of one grant (or of another basis, under its name), so that two recipients cannot join."""
    return hmac.digest(installation, f"token\n{number}".encode(), hashlib.sha256)


def _same(column: pa.Array) -> pa.Array:
    return column


def _mask(field: Field) -> Disguise | None:
    if field.type.kind is not Kind.STRING:
        return _bucket(field)
    front, end = KEPT.get(field.element or "", (1, 0))
    return Disguise(field.name, pa.string(), lambda column: _covered(column, front, end), recipe=f"{front} {end}")


def _covered(column: pa.Array, front: int, end: int) -> pa.Array:
    """At least four characters are covered where more than one is kept, else at least one; a shorter value whole."""
    stars = "**" if (front, end) == (1, 0) else "********"
    covered = pc.utf8_replace_slice(column, front, -end if end else LONGEST, stars)
    least = 2 if front + end == 1 else front + end + 4
    return pc.if_else(pc.greater_equal(pc.utf8_length(column), least), covered, "**")


def _token(field: Field, key: bytes) -> Disguise | None:
    if not key or field.type.kind in (Kind.DOUBLE, Kind.BOOLEAN):
        return None
    return Disguise(field.name, pa.string(), lambda column: _each(column, pa.string(), lambda v: _hmac(key, v)))


def _hmac(key: bytes, value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return hmac.digest(key, text.encode(), "sha256")[:16].hex()


def _bucket(field: Field) -> Disguise | None:
    if field.type.kind in MOMENTS:
        return Disguise(field.name, pa.int64(), _year)
    if field.type.kind in NUMBERS:
        kind = arrow_type(field.type)
        return Disguise(field.name, kind, lambda column: _each(column, kind, _lower_bound(field)))
    if field.type.kind is Kind.STRING and field.element == "division":
        return Disguise(field.name, pa.string(), lambda column: _each(column, pa.string(), _county))
    return None


def _year(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        column = pc.local_timestamp(pc.cast(column, pa.timestamp("us", tz="Asia/Shanghai")))
    return pc.year(column)


def _county(code: object) -> str:
    return str(code)[:6] + "000000"


def _lower_bound(field: Field) -> Callable[[object], object]:
    if field.type.kind is Kind.INTEGER:
        return lambda value: int(_step(Decimal(str(value))))
    if field.type.kind is Kind.DOUBLE:
        return lambda value: float(_step(Decimal(str(value))))
    grain = Decimal(1).scaleb(-field.type.scale)
    return lambda value: _step(Decimal(str(value))).quantize(grain, rounding=ROUND_FLOOR)


def _step(value: Decimal) -> Decimal:
    """Lower bound of the 1-2-5 stretch that a value lies in; zero stands alone."""
    if not value.is_finite():
        return Decimal(0)
    place = bisect_right(BOUNDS, abs(value))
    if value >= 0:
        return BOUNDS[place - 1] if place else Decimal(0)
    exact = place > 0 and BOUNDS[place - 1] == -value
    return -BOUNDS[place - 1] if exact else -BOUNDS[min(place, len(BOUNDS) - 1)]


def _each(column: pa.Array, kind: pa.DataType, change: Callable[[object], object]) -> pa.Array:
    """`change` over the distinct values, NULL kept."""
    encoded = pc.dictionary_encode(column)
    changed = pa.array([None if v is None else change(v) for v in encoded.dictionary.to_pylist()], kind)
    return changed.take(encoded.indices)
