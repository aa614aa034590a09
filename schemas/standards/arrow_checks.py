"""The checks of the standards over whole Arrow columns: booleans in, null where the value is null.

Each says the same as its plain form (`is_resident_id`, `is_credit_code`, `is_bank_card`), some millions of values a
second, with nothing but Arrow's own kernels.
"""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from schemas.standards.credit_code import ALPHABET
from schemas.standards.credit_code import WEIGHTS as CREDIT_WEIGHTS
from schemas.standards.resident_id import CHECKS
from schemas.standards.resident_id import WEIGHTS as ID_WEIGHTS

_ID_FORM = "^[1-9][0-9]{5}(18|19|20)[0-9]{9}[0-9X]$"
_CREDIT_FORM = f"^[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}$"
_CARD_FORM = "^[0-9]{12,19}$"
_MONTH_ENDS = pa.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], pa.int64())
_CHECKS = pa.array(list(CHECKS))
_LETTERS = pa.array(list(ALPHABET))


def resident_ids(column: pa.Array) -> pa.Array:
    """Which values are resident ids with a real date of birth and a right check digit."""
    return _among(column, _ID_FORM, _right_ids)


def credit_codes(column: pa.Array) -> pa.Array:
    """Which values are unified social credit codes with a right check character."""
    return _among(column, _CREDIT_FORM, _right_codes)


def bank_cards(column: pa.Array) -> pa.Array:
    """Which values are bank card numbers with a right check digit."""
    return _among(column, _CARD_FORM, _right_cards)


def _among(column: pa.Array, form: str, right: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """`right` of the values that have the form, false for the others, null for null; chunked for chunked."""
    if isinstance(column, pa.ChunkedArray):
        return pa.chunked_array([_among(chunk, form, right) for chunk in column.chunks], pa.bool_())
    column = pc.cast(column, pa.string())
    formed = pc.match_substring_regex(column, form)
    if not pc.any(formed).as_py():
        return formed
    return pc.replace_with_mask(formed, pc.fill_null(formed, False), right(pc.drop_null(pc.filter(column, formed))))


def _right_ids(ids: pa.Array) -> pa.Array:
    number = pc.cast(pc.utf8_slice_codeunits(ids, 0, 17), pa.int64())
    checks = pc.take(_CHECKS, _modulo(_weighted(number, ID_WEIGHTS[::-1]), 11))
    right = pc.equal(checks, pc.utf8_slice_codeunits(ids, 17, 18))
    return pc.and_(right, _real_days(_modulo(pc.divide(number, 1000), 10**8)))


def _real_days(days: pa.Array) -> pa.Array:
    """Which of the numbers YYYYMMDD are days of the calendar."""
    year, month, day = pc.divide(days, 10000), _modulo(pc.divide(days, 100), 100), _modulo(days, 100)
    in_year = pc.and_(pc.greater_equal(month, 1), pc.less_equal(month, 12))
    last = pc.take(_MONTH_ENDS, pc.subtract(pc.if_else(in_year, month, 1), 1))
    leap = pc.and_(_divides(4, year), pc.or_(pc.invert(_divides(100, year)), _divides(400, year)))
    leap_day = pc.and_(leap, pc.and_(pc.equal(month, 2), pc.equal(day, 29)))
    in_month = pc.and_(pc.greater_equal(day, 1), pc.or_(pc.less_equal(day, last), leap_day))
    return pc.and_(in_year, in_month)


def _right_codes(codes: pa.Array) -> pa.Array:
    total = _value(codes, 17)
    for place, weight in enumerate(CREDIT_WEIGHTS):
        total = pc.add(total, pc.multiply(_value(codes, place), weight))
    return _divides(31, total)


def _value(codes: pa.Array, place: int) -> pa.Array:
    return pc.index_in(pc.utf8_slice_codeunits(codes, place, place + 1), _LETTERS)


def _right_cards(cards: pa.Array) -> pa.Array:
    padded = pc.utf8_lpad(cards, 20, "0")
    total = _luhn(pc.cast(pc.utf8_slice_codeunits(padded, 0, 10), pa.int64()))
    return _divides(10, pc.add(total, _luhn(pc.cast(pc.utf8_slice_codeunits(padded, 10, 20), pa.int64()))))


def _luhn(number: pa.Array) -> pa.Array:
    """Luhn sum of ten digits; ten is even, so both halves of a number double the same places."""
    total = _weighted(number, (1, 2) * 5)
    for place in range(1, 10, 2):
        big = pc.greater_equal(_modulo(pc.divide(number, 10**place), 10), 5)
        total = pc.subtract(total, pc.multiply(pc.cast(big, pa.int64()), 9))
    return total


def _weighted(number: pa.Array, weights: Sequence[int]) -> pa.Array:
    """Sum of digit x weight, the last digit first.

    A digit is `n // 10**k - 10 * (n // 10**(k + 1))`, so the sum is one over quotients: no digit is ever cut out.
    """
    total = pc.multiply(number, weights[0])
    for place in range(1, len(weights)):
        quotient = pc.divide(number, 10**place)
        total = pc.add(total, pc.multiply(quotient, weights[place] - 10 * weights[place - 1]))
    return total


def _modulo(number: pa.Array, by: int) -> pa.Array:
    return pc.subtract(number, pc.multiply(pc.divide(number, by), by))


def _divides(by: int, number: pa.Array) -> pa.Array:
    return pc.equal(_modulo(number, by), 0)
