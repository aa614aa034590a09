"""Organisation codes: GB 11714 against a second writing of the standard, and against real credit codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.standards.organisation_code import (
    ALPHABET,
    check_organisation_code,
    is_organisation_code,
    organisation_check,
)

firsts = st.text(ALPHABET, min_size=8, max_size=8)


def told_by_the_standard(first: str) -> str:
    """C9 = 11 - MOD(sum of Ci x Wi, 11), said as GB 11714 says it: 10 is X, 11 is 0."""
    weights = [3, 7, 9, 10, 5, 8, 4, 2]
    values = [ord(c) - ord("0") if c.isdigit() else ord(c) - ord("A") + 10 for c in first]
    return {10: "X", 11: "0"}.get(c9 := 11 - sum(v * w for v, w in zip(values, weights, strict=True)) % 11, str(c9))


@given(firsts)
def test_the_check_character_is_the_standards(first: str) -> None:
    assert organisation_check(first) == told_by_the_standard(first)
    assert check_organisation_code(first + organisation_check(first)) == first + organisation_check(first)


@given(firsts, st.integers(0, 8), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found(first: str, place: int, digit: str) -> None:
    """Among digits; letters that differ by 11 or 22 weigh the same, which the standard lives with."""
    first = "".join(character if character.isdigit() else "7" for character in first)
    code = first + organisation_check(first)
    wrong = code[:place] + digit + code[place + 1 :]
    assert wrong == code or not is_organisation_code(wrong)


@given(st.text(max_size=12))
def test_any_text_is_judged_without_a_fall(text: str) -> None:
    shaped = len(text) == 9 and set(text) <= set(ALPHABET)
    assert is_organisation_code(text) == (shaped and told_by_the_standard(text[:8]) == text[8])


@pytest.mark.parametrize("code", ["D2143569X", "600037341", "799655058", "71526726X"])
def test_the_example_of_the_standard_and_places_9_to_17_of_credit_codes_are_right(code: str) -> None:
    assert is_organisation_code(code)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "found 0 characters"),
        ("D2143569-X", "found a hyphen"),
        ("D21435690", "expected 'X'"),
        ("d2143569X", "character 'd'"),
        ("D2143569x", "expected 'X'"),
        ("Ｄ2143569X", "character 'Ｄ'"),
        ("D2143569", "found 8 characters"),
    ],
)
def test_a_wrong_one_says_why(code: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_organisation_code(code)
