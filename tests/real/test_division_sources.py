"""Two published sources of the same counties, and the yearly import of the second over the tree that we carry."""

import os
from collections import Counter
from pathlib import Path

import pytest

from schemas.access import Tier
from schemas.division_conflicts import Cause, Difference, compare
from schemas.division_forms import Listed, listed
from schemas.division_search import Shape, shape_of
from schemas.division_year import Fate, YearTable, plan
from schemas.divisions import DivisionTree, shipped

DATA = Path(os.environ.get("YISHU_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data") / "divisions"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"NO REAL DATA: {DATA} is not there; set YISHU_REAL_DATA"),
]


def table(name: str, *, zones: bool = False) -> tuple[Listed, ...]:
    return listed((DATA / name).read_text(encoding="utf-8"), name, zones=zones)


def test_the_two_sources_differ_in_172_county_codes_of_which_7_are_not_explained() -> None:
    found = compare(table("areas.csv"), table("pcc_area.csv"), shipped())
    assert (found.here, found.there, found.codes_apart, len(found.conflicts)) == (2978, 2846, 172, 172)
    assert Counter((one.difference, one.cause) for one in found.conflicts) == {
        (Difference.MISSING_THERE, Cause.ZONE): 124,
        (Difference.MISSING_THERE, Cause.RECODED): 18,
        (Difference.MISSING_THERE, Cause.UNDIVIDED_CITY): 3,
        (Difference.MISSING_THERE, Cause.UNKNOWN): 7,
        (Difference.MISSING_HERE, Cause.RECODED): 20,
    }
    unknown = [one.published for one in found.conflicts if one.cause is Cause.UNKNOWN]
    assert unknown == ["232761", "232762", "232763", "232764", "620201", "632857", "659012"]
    undivided = [one.published for one in found.conflicts if one.cause is Cause.UNDIVIDED_CITY]
    assert undivided == ["441900", "442000", "460400"]


def test_of_the_towns_1516_differ() -> None:
    found = compare(table("streets.csv"), table("pcc_town.csv"), shipped())
    counts = {one: found.count(one) for one in Difference}
    assert counts == {
        Difference.MISSING_THERE: 645,
        Difference.MISSING_HERE: 571,
        Difference.RENAMED: 300,
        Difference.OTHER_PARENT: 0,
    }


def grown() -> DivisionTree:
    """The tree that we carry with the counties and towns of 2023 as the statistics publish them."""
    tree = shipped()
    for name in ("areas.csv", "streets.csv"):
        year = YearTable(table(name, zones=name == "areas.csv"), 2023)
        ended = [Fate(one.code, "", "ended") for one in plan(tree, year).questions]
        found = plan(tree, year, ended)
        tree = tree.with_divisions(found.entries, found.lineage)
    return tree


def test_of_the_counties_of_2023_over_our_own_table_nothing_is_renamed_and_two_are_asked_for() -> None:
    found = plan(shipped(), YearTable(table("areas.csv", zones=True), 2023))
    assert (len(found.renamed), len(found.moved)) == (0, 0)
    assert Counter(one.kind for one in found.added) == {"zone": 124, "division": 9}
    asked = [one.code[:6] + one.name for one in found.questions]
    assert asked == ["460302西沙区", "460303南沙区"], "the statistics list the islands under 460321 to 460323"


def test_the_whole_year_imports_and_the_same_again_changes_nothing() -> None:
    tree = grown()
    assert sum(1 for one in tree if one.tier is Tier.TOWN) == 41352 - 1
    for name in ("areas.csv", "streets.csv"):
        again = plan(tree, YearTable(table(name, zones=name == "areas.csv"), 2023))
        assert (again.entries, again.questions) == ((), ())


def test_what_stands_out_in_2023_is_what_is_known() -> None:
    tree = grown()
    day = YearTable((), 2023).day
    shapes = Counter(shape_of(tree, one, day) for one in tree if one.in_force(day) and one.tier <= Tier.COUNTY)
    assert shapes[Shape.ZONE] == 124
    assert shapes[Shape.DIRECT_COUNTY] == 32
    assert shapes[Shape.UNDIVIDED_CITY] == 3
