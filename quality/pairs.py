"""Codes of eighteen characters judged two at a time: tables looked up by the bytes in which Arrow brings a column.

What each two bytes add to a sum stands in a table, and whether the sum is a right code's stands in one more: ten
look-ups a code. A million codes take 0.03 s of one core, in SQL's arithmetic 0.4 s and more.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.standards import credit_code, resident_id

Marks = Mapping[str, int]
"""Two characters -> what they add to the sum; others may not stand there."""
Flags = npt.NDArray[np.bool_]

LENGTH = 18
WRONG = 1 << 17
"""What two characters add that may not stand where they do: more than all the others together."""
CENTURIES_PLACE, YEARS_PLACE, MONTHS_PLACE, DAYS_PLACE = 3, 4, 5, 6
DAY, MONTH, YEAR, CENTURY = 7, 12, 14, 16
"""From which bit of a resident id's sum on these are told; below are the weighted digits, at most 90."""
LONG, SHORT, FEBRUARY = range(3)
COMMON, FOURTH, HUNDREDTH = range(3)


@dataclass(frozen=True, slots=True)
class Code:
    """A form of codes: nine tables by two bytes as one number, and by their sum whether it is a right code."""

    name: str
    tables: Sequence[npt.NDArray[np.int32]]
    right: Flags


def fits(code: Code, values: pa.StringArray) -> Flags:
    """For each of the values, none of them NULL, whether it is a right code."""
    found = pc.equal(pc.binary_length(values), LENGTH).to_numpy(zero_copy_only=False)
    if found.any():
        found[found] = _right(code, values if found.all() else values.filter(pa.array(found)))
    flags: Flags = found
    return flags


def _right(code: Code, values: pa.StringArray) -> Flags:
    """Of values of just so many bytes, which lie one behind the other."""
    _, _, data = values.buffers()
    bytes_ = np.frombuffer(data, np.uint8)[_start(values) :][: LENGTH * len(values)]
    pairs = bytes_.reshape(-1, LENGTH).view(np.uint16)
    total = code.tables[0][pairs[:, 0]]
    for place, table in enumerate(code.tables[1:], 1):
        total += table[pairs[:, place]]
    return code.right[np.minimum(total, WRONG)]


def _start(values: pa.StringArray) -> int:
    """Where the first value's bytes begin."""
    return int(np.frombuffer(values.buffers()[1], np.int32)[values.offset])


@cache
def credit_codes() -> Code:
    """GB 32100: two of the alphabet, six digits, ten of the alphabet; the weighted sum is a multiple of 31."""
    letters = credit_code.ALPHABET
    weights = (*credit_code.WEIGHTS, 1)
    allowed = [letters] * 2 + ["0123456789"] * 6 + [letters] * 10
    marks = [_weighed(allowed[at : at + 2], weights[at : at + 2], letters, 31) for at in range(0, LENGTH, 2)]
    return _code("credit_code", marks, np.arange(WRONG) % 31 == 0)


@cache
def resident_ids() -> Code:
    """GB 11643: seventeen digits of which the first is not 0, a real date of birth, the check digit or X."""
    digits, weights = "0123456789X", (*resident_id.WEIGHTS, 1)
    allowed = ["123456789", *["0123456789"] * 16, digits]
    marks = [_weighed(allowed[at : at + 2], weights[at : at + 2], digits, 11) for at in range(0, LENGTH, 2)]
    for place, told in _birth().items():
        marks[place] = {text: mark + told[text] for text, mark in marks[place].items() if text in told}
    # The characters CHECKS stand so that the whole sum, a check character X counting ten, leaves one.
    total = np.arange(WRONG)
    return _code("resident_id", marks, ((total & 127) % 11 == 1) & _real(total))


def _birth() -> Mapping[int, Marks]:
    """By place: what two digits of a date of birth tell of it."""
    centuries = {text: (int(text) % 4 == 0) << CENTURY for text in resident_id.CENTURIES}
    years = {f"{n:02}": (HUNDREDTH if n == 0 else COMMON if n % 4 else FOURTH) << YEAR for n in range(100)}
    kinds = {2: FEBRUARY, 4: SHORT, 6: SHORT, 9: SHORT, 11: SHORT}
    months = {f"{n:02}": kinds.get(n, LONG) << MONTH for n in range(1, 13)}
    days = {f"{n:02}": n << DAY for n in range(1, 32)}
    return {CENTURIES_PLACE: centuries, YEARS_PLACE: years, MONTHS_PLACE: months, DAYS_PLACE: days}


def _real(total: npt.NDArray[np.int64]) -> Flags:
    """Whether the day that a sum tells is one of its month."""
    year, month = total >> YEAR & 3, total >> MONTH & 3
    leap = (year == FOURTH) | ((year == HUNDREDTH) & (total >> CENTURY == 1))
    last = np.array([31, 30, 28, 0])[month] + ((month == FEBRUARY) & leap)
    real: Flags = (total >> DAY & 31) <= last
    return real


def _weighed(allowed: Sequence[str], weights: Sequence[int], letters: str, modulus: int) -> dict[str, int]:
    """Of each two allowed characters the weighted places in the alphabet."""
    (first, second), (one, other) = allowed, weights
    return {a + b: (letters.index(a) * one + letters.index(b) * other) % modulus for a in first for b in second}


def _code(name: str, marks: Sequence[Marks], right: Flags) -> Code:
    return Code(name, tuple(_table(one) for one in marks), np.append(right, False))


def _table(marks: Marks) -> npt.NDArray[np.int32]:
    table = np.full(1 << 16, WRONG, np.int32)
    for text, mark in marks.items():
        table[int.from_bytes(text.encode(), sys.byteorder)] = mark
    return table
