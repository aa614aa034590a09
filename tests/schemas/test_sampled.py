"""A sample suggests types, markers and checks only where enough of it agrees; codes stay text."""

from schemas.dataset import Kind
from schemas.sampled import all_apart, digits, enumeration, form, likely_type, markers, never_missing, sampled

MANY = 60


def test_codes_stay_text_whether_they_begin_with_zeros_or_have_one_length() -> None:
    assert likely_type(sampled(["007", "12", *["5"] * MANY])) is None
    assert likely_type(sampled(["370402001013"] * MANY)) is None


def test_numbers_days_and_moments_are_told_with_their_form() -> None:
    whole = likely_type(sampled([str(n) for n in range(MANY)]))
    assert whole is not None
    assert whole.kind is Kind.INTEGER
    money = likely_type(sampled([f"{n}.50" for n in range(MANY)]))
    assert money is not None
    assert (money.kind, money.digits) == (Kind.DECIMAL, (2, 2))
    day = likely_type(sampled([f"2026/1/{1 + n % 28}" for n in range(MANY)]))
    assert day is not None
    assert (day.kind, day.format) == (Kind.DATE, "%Y/%m/%d")


def test_one_value_that_does_not_fit_is_enough_to_say_nothing() -> None:
    assert likely_type(sampled([*map(str, range(MANY)), "约 12"])) is None


def test_few_rows_suggest_nothing() -> None:
    few = sampled([str(n) for n in range(20)])
    assert likely_type(few) is None
    assert not never_missing(few)
    assert not all_apart(few)
    assert enumeration(few) == ()
    assert form(few) == ""


def test_words_for_missing_are_counted_and_are_no_type() -> None:
    seen = sampled([*map(str, range(MANY)), "无", "无", None, ""])
    assert markers(seen) == {"无": 2}
    assert seen.missing == 2
    found = likely_type(seen)
    assert found is not None
    assert found.kind is Kind.INTEGER
    assert not never_missing(seen)


def test_an_enumeration_repeats_and_a_list_of_names_does_not() -> None:
    assert enumeration(sampled(["存续", "注销", "吊销"] * 20)) == ("吊销", "存续", "注销")
    assert enumeration(sampled([f"名称{n}" for n in range(MANY)])) == ()
    assert enumeration(sampled(["存续"] * MANY + ["停业"])) == ()


def test_a_form_is_one_length_of_digits_or_letters() -> None:
    assert form(sampled([f"ZD{n:04d}" for n in range(MANY)])) == "^[A-Z0-9]{6}$"
    assert form(sampled([f"{n:012d}" for n in range(MANY)])) == "^[0-9]{12}$"
    assert form(sampled(["甲乙丙丁"] * MANY)) == ""


def test_digits_are_counted_on_both_sides_of_the_point() -> None:
    assert digits(["1234.5", "-1.234567", "7"]) == (4, 6)
