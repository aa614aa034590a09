"""Codes looked up two characters at a time, against the standards in plain Python."""

from calendar import monthrange
from collections.abc import Callable, Iterable

import pyarrow as pa
import pytest

from quality.pairs import Code, credit_codes, fits, resident_ids
from schemas.standards import credit_code, resident_id
from tests.quality.test_unfit import FIRM, HOSTILE, PERSON

CHARACTERS = [chr(number) for number in range(256)]


def said(code: Code, values: Iterable[str]) -> list[bool]:
    return [bool(one) for one in fits(code, pa.array(values, pa.string()))]


@pytest.mark.parametrize(
    ("code", "right", "plain"),
    [(resident_ids(), PERSON, resident_id.is_resident_id), (credit_codes(), FIRM, credit_code.is_credit_code)],
    ids=["resident_id", "credit_code"],
)
def test_every_character_counts_at_every_place(code: Code, right: str, plain: Callable[[str], bool]) -> None:
    """One character fits the rest, at a place of digits as at one of letters; 255 others do not."""
    for place in range(18):
        given = [right[:place] + letter + right[place + 1 :] for letter in CHARACTERS]
        assert said(code, given) == [plain(one) for one in given]


def test_the_days_of_three_centuries_and_no_others_are_dates_of_birth() -> None:
    for year in range(1796, 2104):
        days = {f"{year}{month:02}{day:02}" for month in range(14) for day in range(34)}
        given = [first + resident_id.check_digit(first) for first in (f"370402{day}001" for day in sorted(days))]
        real = sum(monthrange(year, month)[1] for month in range(1, 13)) if 1800 <= year < 2100 else 0
        assert sum(said(resident_ids(), given)) == real


def test_a_piece_of_a_longer_column_is_judged_by_its_own_values() -> None:
    first = FIRM[:17]
    right = first + credit_code.check_character(first)
    whole = pa.array(["短", right, FIRM[:17] + "?", *HOSTILE, right, ""])
    for start in range(len(whole)):
        piece = whole.slice(start, 3)
        assert list(fits(credit_codes(), piece)) == [credit_code.is_credit_code(one) for one in piece.to_pylist()]


def test_a_column_without_values_and_one_of_empty_texts_have_no_code() -> None:
    assert said(resident_ids(), []) == []
    assert said(resident_ids(), ["", ""]) == [False, False]
