"""Data-element standards: division codes, resident ids, credit codes, bank cards."""

import re
from datetime import date

import pytest
import stdnum.cn.uscc
import stdnum.iso7064.mod_11_2
import stdnum.luhn
from hypothesis import given
from hypothesis import strategies as st

from schemas.access import Tier
from schemas.standards.credit_code import ALPHABET, check_character, check_credit_code, is_credit_code
from schemas.standards.division_code import NORMAL, normalise, shorter, tier_of
from schemas.standards.elements import ELEMENTS, element, find_element
from schemas.standards.luhn import check_bank_card, is_bank_card, luhn_sum
from schemas.standards.resident_id import birth_date, check_digit, check_resident_id, division_of, is_resident_id

DIGITS = "0123456789"
days = st.dates(date(1900, 1, 1), date(2099, 12, 31))
bodies = st.builds(
    lambda place, day, serial: f"{place}{day:%Y%m%d}{serial:03d}",
    st.integers(110000, 839999),
    days,
    st.integers(0, 999),
)
residents = bodies.map(lambda first: first + check_digit(first))
code_bodies = st.builds(
    lambda kind, place, rest: kind + place + rest,
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text(DIGITS, min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)
near_codes = st.one_of(
    code_bodies.map(lambda first: first + check_character(first)),
    code_bodies.flatmap(lambda first: st.sampled_from(ALPHABET).map(lambda last: first + last)),
    st.text(f"{ALPHABET}IOSVZ", min_size=17, max_size=19),
    st.text(max_size=20),
)


@pytest.mark.parametrize(
    ("code", "full"),
    [
        ("37", "370000000000"),
        ("3704", "370400000000"),
        ("370402", "370402000000"),
        ("370402001", "370402001000"),
        ("370402001013", "370402001013"),
        ("370402001013005", "370402001013005"),
        ("370400000000", "370400000000"),
        ("370402001013000", "370402001013"),
        ("441900003", "441900003000"),
        ("460001", "460001000000"),
    ],
)
def test_a_division_code_has_one_spelling(code: str, full: str) -> None:
    assert normalise(code) == full
    assert normalise(full) == full


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "found nothing"),
        ("   ", "found nothing"),
        ("３７０４", "full-width"),
        ("1.23E+11", "scientific notation"),
        ("3.70402E+11", "scientific notation"),
        ("370402.0", "decimal point"),
        ("37040200101", "found 11 digits"),
        ("3", "found 1 digits"),
        ("3704021", "found 7 digits"),
        (" 370402", "blanks"),
        ("370402　", "blanks"),
        ("37O402", "no digits"),
        ("-70402", "no digits"),
        ("00", "province 00"),
        ("370000001", "right under a province"),
        ("370402000001", "town 000"),
        ("370402001000001", "village 000"),
        ("٣٧", "no digits"),
    ],
)
def test_a_code_that_is_none_says_why(code: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        normalise(code)


@pytest.mark.parametrize(
    ("code", "tier", "up"),
    [
        ("370000000000", Tier.PROVINCE, ""),
        ("370400000000", Tier.CITY, "370000000000"),
        ("370402000000", Tier.COUNTY, "370400000000"),
        ("370402001000", Tier.TOWN, "370402000000"),
        ("370402001013", Tier.VILLAGE, "370402001000"),
        ("370402001013005", Tier.GRID, "370402001013"),
        ("441900003000", Tier.TOWN, "441900000000"),
        ("460001000000", Tier.COUNTY, "460000000000"),
    ],
)
def test_the_digits_tell_tier_and_the_code_above(code: str, tier: Tier, up: str) -> None:
    assert (tier_of(code), shorter(code)) == (tier, up)


@given(st.text(DIGITS, min_size=1, max_size=16))
def test_normalising_twice_is_normalising_once(code: str) -> None:
    try:
        full = normalise(code)
    except ValueError:
        return
    assert normalise(full) == full
    assert len(full) in (12, 15)


@given(residents)
def test_a_resident_id_with_its_check_digit_is_right(number: str) -> None:
    assert check_resident_id(number) == number
    assert birth_date(number).strftime("%Y%m%d") == number[6:14]
    assert stdnum.iso7064.mod_11_2.is_valid(number)


@given(bodies)
def test_the_check_digit_is_that_of_iso_7064(first: str) -> None:
    assert check_digit(first) == stdnum.iso7064.mod_11_2.calc_check_digit(first)


@given(residents, st.integers(0, 17), st.sampled_from(DIGITS))
def test_one_wrong_digit_is_always_found(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    assert wrong == number or not is_resident_id(wrong)


@pytest.mark.parametrize("place", ["810000", "820000", "830000", "371101", "999999"])
def test_residence_permits_and_places_no_table_knows_are_right(place: str) -> None:
    first = f"{place}19900307001"
    assert is_resident_id(first + check_digit(first))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "found 0 characters"),
        ("110105491231002", "before 1999"),
        ("11010519491231002x", "upper-case X"),
        ("11010519491231002Y", "digit or X"),
        ("110105194912310021", "check digit"),
        ("11010519490231002X", "no day"),
        ("11010519001301002X", "no day"),
        ("110105179912310020", "1800 to 2099"),
        ("01010519491231002X", "first not 0"),
        ("1101０519491231002X", "expected digits"),
    ],
)
def test_a_wrong_resident_id_says_why_without_repeating_it(number: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as told:
        check_resident_id(number)
    assert not number or number not in str(told.value)


def test_the_example_of_the_standard_is_right() -> None:
    assert is_resident_id("11010519491231002X")
    assert division_of("11010519491231002X") == "110105000000"
    assert is_resident_id("440524188001010014")


@given(near_codes)
def test_credit_codes_are_judged_as_python_stdnum_does(code: str) -> None:
    """The oracle knows digits only in the first two places, and drops blanks and dashes before it looks."""
    if code == stdnum.cn.uscc.compact(code) and code[:2].isdigit() and code.isascii():
        assert is_credit_code(code) == stdnum.cn.uscc.is_valid(code)
    else:
        assert is_credit_code(code) <= (len(code) == 18 and set(code) <= set(ALPHABET))


@given(code_bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_credit_code_is_always_found(first: str, place: int, letter: str) -> None:
    code = first + check_character(first)
    wrong = code[:place] + letter + code[place + 1 :]
    assert is_credit_code(code)
    assert wrong == code or not is_credit_code(wrong)


def test_a_village_collective_has_a_credit_code() -> None:
    first = "N2370402MF1234567"
    assert is_credit_code(first + check_character(first))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("91370400MA3C4XY12", "found 17 characters"),
        ("9137O400MA3C4XY12K", "character 'O'"),
        ("91370400ma3c4xy12k", "character 'm'"),
        ("9137X400MA3C4XY12K", "six digits"),
        ("11370400DEM000014J", "expected 'H'"),
    ],
)
def test_a_wrong_credit_code_says_why(code: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_credit_code(code)


@given(st.text(DIGITS, min_size=12, max_size=19))
def test_bank_cards_are_judged_as_python_stdnum_does(number: str) -> None:
    assert is_bank_card(number) == stdnum.luhn.is_valid(number)
    assert luhn_sum(number) % 10 == stdnum.luhn.checksum(number)


def test_a_wrong_bank_card_says_why() -> None:
    for number, said in (("6222x", "no digits"), ("62220212", "found 8 digits"), ("6222021234567890", "check digit")):
        with pytest.raises(ValueError, match=said):
            check_bank_card(number)


@pytest.mark.parametrize("word", ["身份证号", "公民身份号码", "gmsfhm", "GMSFHM", " resident_id "])
def test_a_data_element_is_found_by_whatever_a_department_calls_it(word: str) -> None:
    found = find_element(word)
    assert found is not None
    assert found.id == "resident_id"


def test_no_two_data_elements_share_a_name() -> None:
    words = [word.lower() for one in ELEMENTS for word in (one.id, one.title, *one.aliases)]
    assert len(words) == len(set(words))
    with pytest.raises(KeyError, match="resident_id"):
        element("nothing")
    assert find_element("nothing") is None


GROUPS = st.tuples(
    st.sampled_from(["00", "01", "10", "37", "99"]),
    st.sampled_from(["0000", "0001", "0010", "0100", "1000", "0402"]),
    st.sampled_from(["000", "001", "010", "100"]),
    st.sampled_from(["000", "001", "013"]),
    st.sampled_from(["", "", "", "0", "000", "007", " ", "\n", "x"]),
).map("".join)


@given(st.one_of(GROUPS, st.text(DIGITS, min_size=11, max_size=15), st.text("0１2x \n", max_size=12)))
def test_codes_that_need_no_second_look_are_those_of_twelve_digits_that_stay_as_they_are(code: str) -> None:
    try:
        stays = len(code) == 12 and normalise(code) == code
    except ValueError:
        stays = False
    assert bool(re.fullmatch(NORMAL.removesuffix("$"), code)) is stays
