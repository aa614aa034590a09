"""A yearly table against the tree: what it changes, what is asked about it, and that nothing is guessed."""

from datetime import date

import pytest

from schemas.access import Tier
from schemas.division import Change, Division, Lineage
from schemas.division_forms import listed
from schemas.division_year import Fate, YearPlan, YearTable, plan
from schemas.divisions import DivisionTree, shipped
from schemas.errors import BadInput, ContractBroken

COUNTY = "370481000000"
TOWNS = "code,name\n370481001,荆河街道\n370481101,东沙河镇\n370481102,洪绪镇\n370481103,南沙河镇\n"


def table(text: str, year: int = 2025, whole: str = "", *, zones: bool = False) -> YearTable:
    return YearTable(listed(text, "towns.csv", zones=zones), year, whole)


@pytest.fixture
def tree() -> DivisionTree:
    return after(shipped(), plan(shipped(), table(TOWNS, 2024)))


def after(tree: DivisionTree, found: YearPlan) -> DivisionTree:
    return tree.with_divisions(found.entries, found.lineage)


def without(name: str, *more: str) -> str:
    return "".join(f"{line}\n" for line in TOWNS.splitlines() if name not in line) + "".join(f"{m}\n" for m in more)


def test_the_first_table_of_a_level_holds_since_ever(tree: DivisionTree) -> None:
    assert tree.children(COUNTY, date(2025, 6, 1)) == tree.children(COUNTY, date(1990, 1, 1))
    assert len(tree.children(COUNTY)) == 4


def test_the_same_table_again_changes_nothing(tree: DivisionTree) -> None:
    for year in (2024, 2025):
        found = plan(tree, table(TOWNS, year))
        assert (found.entries, found.questions, found.left) == ((), (), ())


def test_a_new_name_holds_from_the_day_of_the_table_and_the_old_until_then(tree: DivisionTree) -> None:
    found = plan(tree, table(TOWNS.replace("东沙河镇", "东沙河街道")))
    assert [(old.name, new.name) for old, new in found.renamed] == [("东沙河镇", "东沙河街道")]
    grown = after(tree, found)
    assert grown.name("370481101", date(2025, 12, 30)) == "东沙河镇"
    assert grown.name("370481101", date(2025, 12, 31)) == "东沙河街道"
    assert not plan(grown, table(TOWNS.replace("东沙河镇", "东沙河街道"))).entries


def test_what_became_of_a_code_that_vanished_is_asked_and_not_guessed(tree: DivisionTree) -> None:
    found = plan(tree, table(without("洪绪镇", "370481002,洪绪街道")))
    assert [one.name for one in found.questions] == ["洪绪镇"], "although a place of nearly this name came"
    assert [one.name for one in found.added] == ["洪绪街道"]
    assert found.ended == ()


def test_a_code_that_became_another_is_the_same_place_under_both(tree: DivisionTree) -> None:
    told = Fate("370481102000", "370481002000", "rename")
    found = plan(tree, table(without("洪绪镇", "370481002,洪绪街道")), [told])
    assert (found.questions, [one.name for one in found.ended]) == ((), ["洪绪镇"])
    grown = after(tree, found)
    assert grown.within("370481102", "370481002", date(2026, 1, 1))
    assert not grown.known("370481102", date(2026, 1, 1))
    assert not plan(grown, table(without("洪绪镇", "370481002,洪绪街道"))).entries


def test_a_code_may_end_without_a_successor_when_that_is_said(tree: DivisionTree) -> None:
    found = plan(tree, table(without("洪绪镇")), [Fate("370481102000", "", "ended")])
    assert (found.lineage, [one.valid_to for one in found.entries]) == ((), [date(2025, 12, 31)])


def test_a_place_with_another_parent_is_moved(tree: DivisionTree) -> None:
    moved = "code,name,parent\n370481001,荆河街道,370402\n"
    found = plan(tree, table(moved))
    assert [(old.parent[:6], new.parent[:6]) for old, new in found.moved] == [("370481", "370402")]
    grown = after(tree, found)
    assert grown.within("370481001", "370402", date(2026, 1, 1))
    assert not grown.within("370481001", "370402", date(2025, 1, 1))


@pytest.mark.parametrize(
    ("fate", "said"),
    [
        (Fate("370481101000", "370481103000", "merge"), "has not vanished"),
        (Fate("370481102000", "370481999000", "rename"), "expected a code that is in force"),
        (Fate("370481102000", "370481102000", "rename"), "expected a code that is in force"),
        (Fate("370481101000", "", "ended"), "needs a code that vanished"),
    ],
)
def test_a_fate_that_cannot_be_is_refused(tree: DivisionTree, fate: Fate, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        plan(tree, table(without("洪绪镇")), [fate])


def test_two_fates_of_one_code_are_a_split_or_a_mistake(tree: DivisionTree) -> None:
    parts = ("370481101000", "370481103000")
    both = plan(tree, table(without("洪绪镇")), [Fate("370481102000", new, "split") for new in parts])
    assert both.lineage == tuple(Lineage("370481102000", n, date(2025, 12, 31), Change.SPLIT) for n in parts)
    with pytest.raises(BadInput, match="expected one fate"):
        plan(tree, table(without("洪绪镇")), [Fate("370481102000", new, "merge") for new in parts])


def test_an_older_table_than_what_is_known_is_refused(tree: DivisionTree) -> None:
    grown = after(tree, plan(tree, table(without("没有", "370481104,大坞镇"))))
    with pytest.raises(BadInput, match="expected years in their order"):
        plan(grown, table("code,name\n370481104,大坞镇\n", 2023))


def test_a_place_below_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="expected the tier above imported first"):
        plan(shipped(), table("code,name\n370499001,无县街道\n"))


def test_a_table_speaks_only_of_the_parents_that_it_names_unless_it_says_that_it_is_whole(tree: DivisionTree) -> None:
    other = "code,name\n370402001,中心街街道\n"
    assert plan(tree, table(other)).questions == ()
    whole = plan(tree, table(other, whole="370400000000"))
    assert [one.code[:9] for one in whole.questions] == ["370481001", "370481101", "370481102", "370481103"]


def test_a_table_without_zones_says_nothing_about_zones() -> None:
    counties = "".join(f"{code[:6]},{shipped().name(code)}\n" for code in shipped().children("370100"))
    zoned = after(
        shipped(), plan(shipped(), table(f"code,name\n{counties}370176,济南高新技术产业开发区\n", zones=True))
    )
    entry = zoned.entry("370176")
    assert entry is not None
    assert entry.kind == "zone"
    assert plan(zoned, table(f"code,name\n{counties}")).questions == ()
    gone = plan(zoned, table(f"code,name\n{counties}370171,另一开发区\n", zones=True))
    assert [one.code[:6] for one in gone.questions] == ["370176"]


def test_what_still_stands_below_a_place_that_ended_is_told(tree: DivisionTree) -> None:
    counties = [code for code in tree.children("370400") if code != COUNTY]
    text = "code,name\n" + "".join(f"{code[:6]},{tree.name(code)}\n" for code in counties)
    found = plan(tree, table(text), [Fate(COUNTY, counties[0], "merge")])
    assert [one.name for one in found.ended] == ["滕州市"]
    assert len(found.left) == 4


def test_every_mistake_of_a_table_is_told_with_its_line() -> None:
    with pytest.raises(ContractBroken) as broken:
        listed("code,name\n1.2E+5,甲\n370481001,\n370481002,乙\n370481002,丙\n", "towns.csv")
    assert [m.line for m in broken.value.mistakes] == [2, 3, 5]
    with pytest.raises(BadInput, match="expected code, name"):
        listed("id,title\n1,甲\n", "towns.csv")
    with pytest.raises(BadInput, match="no line below the header"):
        listed("code,name\n", "towns.csv")


@pytest.mark.parametrize(
    ("text", "code", "parent"),
    [
        ("code,name,cityCode,provinceCode\n110101,东城区,1101,11\n", "110101000000", "110100000000"),
        ("code,name,province,city,area\n429004,仙桃市,42,90,04\n", "429004000000", "429000000000"),
        ("code,name,province,city,area,town\n110101,东华门街道,11,01,01,001000\n", "110101001000", "110101000000"),
        ("统计用区划代码,村级名称,乡级代码\n370402001013,铁西居委会,370402001\n", "370402001013", "370402001000"),
        ("\ufeffcode,name,areaCode\n441900003,东城街道,441900\n", "441900003000", "441900000000"),
    ],
)
def test_tables_of_several_publishers_are_read(text: str, code: str, parent: str) -> None:
    (one,) = listed(text, "table.csv")
    assert (one.code, one.parent) == (code, parent)


def test_the_line_that_repeats_a_city_as_its_own_county_is_no_place_of_its_own() -> None:
    text = "code,name,cityCode,provinceCode\n441900,东莞市,4419,44\n"
    assert plan(shipped(), table(text)).entries == ()
    assert shipped().entry("441900") == Division(
        "441900000000", "东莞市", Tier.CITY, "440000000000", date(1988, 12, 31)
    )
