"""Two tables of the same divisions: every difference once, with what our own history knows about its cause."""

import pytest

from schemas.division_authority import DEFAULTS, Fact, fact_of
from schemas.division_conflicts import Cause, Comparison, Difference, compare
from schemas.division_forms import listed
from schemas.divisions import shipped

HEAD = "code,name,parent\n"


def compared(here: str, there: str) -> Comparison:
    return compare(listed(HEAD + here, "here.csv"), listed(HEAD + there, "there.csv"), shipped())


def test_tables_that_agree_have_no_conflict() -> None:
    same = "370402,市中区,3704\n370481,滕州市,3704\n"
    assert compared(same, same) == Comparison(2, 2, ())


@pytest.mark.parametrize(
    ("here", "there", "difference", "cause", "related"),
    [
        ("370402,市中区,\n370176,高新区,", "370402,市中区,", Difference.MISSING_THERE, Cause.ZONE, ()),
        ("441900,东莞市,4419\n370402,甲,", "370402,甲,", Difference.MISSING_THERE, Cause.UNDIVIDED_CITY, ()),
        ("370402,甲,\n659012,白杨市,6590", "370402,甲,", Difference.MISSING_THERE, Cause.UNKNOWN, ()),
        ("370402,市中区,", "370402,市中,", Difference.RENAMED, Cause.UNKNOWN, ()),
        ("370402,市中区,3704", "370402,市中区,3701", Difference.OTHER_PARENT, Cause.UNKNOWN, ()),
    ],
)
def test_each_difference_is_told_with_its_cause(
    here: str, there: str, difference: Difference, cause: Cause, related: tuple[str, ...]
) -> None:
    (one,) = compared(here + "\n", there + "\n").conflicts
    assert (one.difference, one.cause, one.related) == (difference, cause, related)


def test_an_old_code_here_and_its_new_one_there_are_one_event_seen_from_both_sides() -> None:
    found = compared("350604,龙海区,3506\n", "350681,龙海市,3506\n")
    assert [(c.published, c.difference, c.cause, c.related) for c in found.conflicts] == [
        ("350604", Difference.MISSING_THERE, Cause.RECODED, ("350681",)),
        ("350681", Difference.MISSING_HERE, Cause.RECODED, ("350604",)),
    ]
    assert found.codes_apart == 2


def test_a_town_of_the_same_name_and_parent_under_another_code_is_a_hint() -> None:
    found = compared("110105020,首都机场街道,110105\n", "110105400,首都机场街道,110105\n")
    assert {(c.cause, c.related) for c in found.conflicts} == {
        (Cause.SAME_NAME, ("110105400",)),
        (Cause.SAME_NAME, ("110105020",)),
    }


def test_every_kind_of_fact_has_an_authority() -> None:
    assert set(DEFAULTS) == set(Fact)
    lines = "370000,山东省,\n370402,市中区,\n370176,高新区,\n370402001,街道,\n370402001013,居委会,\n"
    facts = [fact_of(one) for one in listed(HEAD + lines, "all.csv")]
    assert facts == [Fact.COUNTY, Fact.COUNTY, Fact.ZONE, Fact.TOWN, Fact.VILLAGE]
