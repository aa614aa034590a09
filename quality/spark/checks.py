"""The checks of data elements as Spark expressions: the same arithmetic as the DuckDB macros, without Python workers.

No expression here can fail on a strange text: digits are read as the codes of characters, never cast.
"""

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as sf

from schemas.standards.credit_code import ALPHABET
from schemas.standards.credit_code import WEIGHTS as CREDIT_WEIGHTS
from schemas.standards.organisation_code import ALPHABET as ORGANISATION_ALPHABET
from schemas.standards.organisation_code import CHECKS as ORGANISATION_CHECKS
from schemas.standards.organisation_code import WEIGHTS as ORGANISATION_WEIGHTS
from schemas.standards.resident_id import CENTURIES, CHECKS
from schemas.standards.resident_id import WEIGHTS as ID_WEIGHTS


def resident_id(number: Column) -> Column:
    """Shape, real date of birth, check digit (GB 11643)."""
    shape = rf"\A[1-9][0-9]{{5}}({'|'.join(CENTURIES)})[0-9]{{9}}[0-9X]\z"
    total = _total(_digit(number, place) * weight for place, weight in enumerate(ID_WEIGHTS, 1))
    check = sf.substr(sf.lit(CHECKS), total % 11 + 1, sf.lit(1))
    return number.rlike(shape) & _real(number) & (check == _character(number, 18))


def _real(number: Column) -> Column:
    """Whether the digits 7 to 14 are a day of the calendar."""
    year, month, day = _number(number, 7, 4), _number(number, 11, 2), _number(number, 13, 2)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    february = sf.when(leap, 29).otherwise(28)
    half = sf.when(month >= 8, 1).otherwise(0)
    last = sf.when(month == 2, february).otherwise(sf.lit(30) + (month + half) % 2)
    return month.between(1, 12) & day.between(1, last)


def credit_code(code: Column) -> Column:
    """Shape and check character (GB 32100): the weighted sum of all 18 is a multiple of 31."""
    shape = rf"\A[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}\z"
    total = _total(_place(ALPHABET, code, place) * weight for place, weight in enumerate((*CREDIT_WEIGHTS, 1), 1))
    return code.rlike(shape) & (total % 31 == 0)


def organisation_code(code: Column) -> Column:
    """Shape and check character (GB 11714): the weighted sum of all nine, X counting ten, is a multiple of 11."""
    places = enumerate(ORGANISATION_WEIGHTS, 1)
    total = _total(_place(ORGANISATION_ALPHABET, code, place) * weight for place, weight in places)
    last = _place(ORGANISATION_CHECKS, code, 9)
    return code.rlike(r"\A[0-9A-Z]{8}[0-9X]\z") & ((total + last) % 11 == 0)


def luhn(digits: Column) -> Column:
    """Two to nineteen digits of which the last is the check digit (ISO/IEC 7812-1)."""
    filled = sf.lpad(digits, 20, "0")
    plain = [_digit(filled, place) for place in range(2, 21, 2)]
    others = [_digit(filled, place) for place in range(1, 20, 2)]
    doubled = [one * 2 - sf.when(one >= 5, 9).otherwise(0) for one in others]
    return digits.rlike(r"\A[0-9]{2,19}\z") & (_total(plain + doubled) % 10 == 0)


def _total(parts: Any) -> Column:
    return reduce(add, parts)


def _character(text: Column, place: int) -> Column:
    return sf.substr(text, sf.lit(place), sf.lit(1))


def _digit(text: Column, place: int) -> Column:
    """The digit at a place, from 1; nonsense where there is none."""
    return sf.ascii(_character(text, place)) - 48


def _number(text: Column, place: int, digits: int) -> Column:
    told: Sequence[Column] = [_digit(text, place + n) * 10 ** (digits - 1 - n) for n in range(digits)]
    return _total(told)


def _place(alphabet: str, text: Column, place: int) -> Column:
    """Where in the alphabet a character stands, from 0."""
    return sf.call_function("instr", sf.lit(alphabet), _character(text, place)) - 1
