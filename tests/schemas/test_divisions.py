"""The tree of divisions through time: hand-made worlds, properties, and what the package carries."""

import re
from datetime import date
from pathlib import Path

import pytest
import stdnum.cn
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.access import Tier
from schemas.divisions import Change, Division, DivisionTree, Lineage, normalise, shipped
from schemas.standards.division_code import shorter, tier_of

NOW = date(2026, 11, 20)
TREE = shipped()
CODES = sorted({entry.code for entry in TREE})
CURRENT = [entry for entry in TREE if entry.in_force(NOW)]


def division(code: str, start: int | None = None, end: int | None = None, name: str = "") -> Division:
    full = normalise(code)
    days = [None if year is None else date(year, 1, 1) for year in (start, end)]
    return Division(full, name or code, tier_of(full), shorter(full), *days)


def became(old: str, new: str, year: int, kind: Change) -> Lineage:
    return Lineage(normalise(old), normalise(new), date(year, 1, 1), kind)


# --- worlds made by hand -------------------------------------------------------------------------------------------


def test_a_chain_of_renames_is_followed_to_its_end() -> None:
    tree = DivisionTree(
        [
            *map(division, ("37", "3701", "3702", "3703")),
            *(division("370101", None, 1990), division("370201", 1990, 2000), division("370301", 2000)),
        ],
        [became("370101", "370201", 1990, Change.RENAME), became("370201", "370301", 2000, Change.RENAME)],
    )
    assert tree.within("370101", "3703", NOW)
    assert tree.within("370101", "370301", NOW)
    assert tree.within("370301", "370101", NOW), "a place that only changed its code is the same under both"
    assert not tree.within("370101", "3702", NOW)
    assert tree.within("370101", "3702", date(1995, 1, 1))
    assert tree.within("370101", "3701", date(1985, 1, 1))


def test_a_split_place_lies_only_where_all_its_parts_lie() -> None:
    tree = DivisionTree(
        [
            *map(division, ("37", "3701", "3702")),
            *(division("370109", None, 2000), division("370101", 2000), division("370201", 2000)),
        ],
        [became("370109", "370101", 2000, Change.SPLIT), became("370109", "370201", 2000, Change.SPLIT)],
    )
    assert tree.within("370109", "37", NOW)
    assert not tree.within("370109", "3701", NOW)
    assert not tree.within("370109", "370101", NOW)
    assert tree.within("370109", "3701", date(1999, 12, 31))


def test_a_merged_place_lies_in_its_heir_and_its_name_opens_nothing_more() -> None:
    tree = DivisionTree(
        [division("11"), division("1101"), division("110101"), division("110103", None, 2010)],
        [became("110103", "110101", 2010, Change.MERGE)],
    )
    assert tree.within("110103", "110101", NOW)
    assert not tree.within("110101", "110103", NOW), "崇文区's name must not open the whole of 东城区"


def test_a_place_that_gave_a_part_away_stays_where_it_is() -> None:
    tree = DivisionTree(
        [division("37"), division("3701"), division("370101"), division("3702"), division("370201")],
        [became("370101", "370201", 2000, Change.TRANSFER)],
    )
    assert tree.within("370101", "3701", NOW)
    assert not tree.within("370101", "3702", NOW)


def test_a_code_given_to_another_place_means_that_place_from_then_on() -> None:
    tree = DivisionTree(
        [
            *map(division, ("41", "4190", "4112", "4108")),
            *(division("411281", 1990, name="义马市"), division("410881", None, 1996, "济源市")),
            *(division("419001", None, 1990, "义马市"), division("419001", 1996, name="济源市")),
        ],
        [became("419001", "411281", 1990, Change.RENAME), became("410881", "419001", 1996, Change.RENAME)],
    )
    assert tree.name("419001") == "济源市"
    assert tree.name("419001", date(1988, 1, 1)) == "义马市"
    assert tree.within("410881", "419001", NOW)
    assert not tree.within("419001", "4112", NOW)
    assert tree.within("419001", "4112", date(1993, 1, 1)), "between the two it is still the retired 义马市"
    assert not tree.within("411281", "419001", NOW)


def test_a_circle_in_the_lineage_ends() -> None:
    tree = DivisionTree(
        [division("37"), division("370101", None, 2000), division("370102", None, 2000)],
        [became("370101", "370102", 2000, Change.RENAME), became("370102", "370101", 2000, Change.RENAME)],
    )
    assert tree.within("370101", "370101", NOW)
    assert not tree.within("370101", "11", NOW)


def test_a_rename_that_ends_at_a_code_given_away_again_leads_to_no_stranger() -> None:
    tree = DivisionTree(
        [
            *map(division, ("37", "41", "3701", "4101", "410101")),
            *(division("370101", None, 1990), division("370102", 1990, 1995), division("370102", 1997)),
        ],
        [became("370101", "370102", 1990, Change.RENAME), became("370102", "410101", 1995, Change.MERGE)],
    )
    assert tree.within("370101", "370101", NOW)
    assert tree.within("370101", "410101", NOW)
    assert not tree.within("370101", "370102", NOW)
    assert not tree.within("370102", "370101", NOW)


def test_a_code_that_no_table_knows_hangs_under_its_nearest_known_ancestor() -> None:
    assert not TREE.known("370402001013")
    assert TREE.within("370402001013", "370402", NOW)
    assert TREE.within("370402001013005", "370402001013", NOW)
    assert TREE.within("371202001001", "370116", NOW), "a village of 莱城区 lies in 莱芜区 today"
    assert not TREE.within("371202001001", "370117", NOW)
    assert TREE.tier("370402001013005") is Tier.GRID
    assert TREE.parent("370402001013", NOW) == "370402001000"
    assert TREE.name("370402001013") == ""


def test_parents_are_links_and_not_prefixes() -> None:
    town = Division("370402001000", "中心街街道", Tier.TOWN, "370403000000")
    tree = TREE.with_divisions([town])
    assert tree.within("370402001000", "370403", NOW)
    assert not tree.within("370402001000", "370402", NOW)
    assert tree.within("370402001013", "370403", NOW)


def test_two_entries_of_one_code_at_one_time_are_refused() -> None:
    with pytest.raises(ValueError, match="at the same time"):
        DivisionTree([division("37", None, 2000), division("37", 1999)])


def test_an_undated_newcomer_restates_a_name_and_keeps_the_history() -> None:
    tree = TREE.with_divisions(
        [division("419001", name="济源产城融合示范区"), division("370402001", name="中心街街道")]
    )
    assert tree.name("419001") == "济源产城融合示范区"
    assert tree.name("419001", date(1988, 1, 1)) == "义马市"
    assert tree.known("370402001")
    assert "370402001000" in tree.children("370402", NOW)
    assert not TREE.known("370402001"), "the old tree stays as it was"


def test_a_code_that_is_none_is_an_error_and_no_answer() -> None:
    for ask in (TREE.known, TREE.name, TREE.tier, TREE.parent, TREE.children):
        with pytest.raises(ValueError, match="division code"):
            ask("３７０４")
    with pytest.raises(ValueError, match="division code"):
        TREE.within("370402", "3704x", NOW)


# --- what the package carries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "root", "expected"),
    [
        ("371202", "370116", True),
        ("371202", "370100", True),
        ("371202", "370000", True),
        ("371202", "370400", False),
        ("371202", "370117", False),
        ("371203", "370117", True),
        ("371200", "370100", False),
        ("371200", "370000", True),
        ("370116", "371200", False),
        ("370402", "370400000000", True),
        ("3704", "37", True),
        ("37", "3704", False),
        ("110103", "110101", True),
        ("441900003001", "4419", True),
        ("429004", "42", True),
        ("659001", "65", True),
        ("460001", "46", True),
    ],
)
def test_literal_answers_for_today(code: str, root: str, *, expected: bool) -> None:
    assert TREE.within(code, root, NOW) is expected


def test_counties_right_under_a_province_hang_under_a_holder() -> None:
    assert TREE.path("419001", NOW) == ("410000000000", "419000000000", "419001000000")
    assert TREE.name("419000") == "省直辖县级行政区划"
    assert TREE.name("659000") == "自治区直辖县级行政区划"
    assert TREE.path("110101", NOW) == ("110000000000", "110100000000", "110101000000")


def test_a_city_without_counties_has_its_towns_as_children() -> None:
    tree = TREE.with_divisions([division("441900003", name="东城街道"), division("460400100", name="那大镇")])
    assert tree.children("441900", NOW) == ("441900003000",)
    assert tree.path("441900003", NOW) == ("440000000000", "441900000000", "441900003000")
    assert tree.within("460400100", "460400", NOW)


def test_zaozhuang_has_its_six_counties() -> None:
    assert [TREE.name(code) for code in TREE.children("3704", NOW)] == [
        *("市中区", "薛城区", "峄城区", "台儿庄区", "山亭区", "滕州市"),
    ]


def test_laiwu_was_a_city_till_the_end_of_2018() -> None:
    assert TREE.known("371200", date(2018, 12, 30))
    assert not TREE.known("371200", date(2018, 12, 31))
    assert TREE.known("371200")
    assert TREE.within("371202", "371200", date(2018, 12, 30))
    assert TREE.meet("371202", "3701", NOW) == "371202000000"
    assert TREE.meet("371202", "370116", NOW) == "370116000000"


def test_every_current_county_lies_in_its_city_and_province() -> None:
    assert len([e for e in CURRENT if e.tier is Tier.PROVINCE]) == 34
    for entry in CURRENT:
        assert TREE.within(entry.code, entry.code[:2], NOW)
        if entry.tier is Tier.COUNTY:
            assert entry.code in TREE.children(entry.parent, NOW)
            assert TREE.within(entry.code, entry.parent, NOW)


def test_every_retired_code_still_lies_somewhere_in_force() -> None:
    for code in CODES:
        if not TREE.known(code, NOW):
            assert any(TREE.within(code, e.code, NOW) for e in CURRENT if e.tier is Tier.PROVINCE), code


def test_a_second_source_knows_hardly_a_code_that_the_table_lacks() -> None:
    """python-stdnum's table of counties, made from an encyclopedia; holders and codes before 1983 left aside."""
    text = (Path(stdnum.cn.__file__).parent / "loc.dat").read_text(encoding="utf-8")
    province, codes = "", []
    for line in text.splitlines():
        province = line[:2] if line[:2].isdigit() else province
        county = re.match(r' +(\d{4}) county="(.*)"', line)
        if county and not re.search(r"市辖区|市区|\[-198[0-3]\]", county[2]):
            codes.append(province + county[1])
    missing = [code for code in codes if not TREE.known(code)]
    assert len(codes) > 5900
    assert len(missing) < 0.006 * len(codes), missing


# --- properties ----------------------------------------------------------------------------------------------------

related = st.sampled_from(CODES).flatmap(
    lambda code: st.lists(
        st.one_of(
            st.sampled_from(TREE.path(code)),
            st.sampled_from([c for c in CODES if c[:4] == code[:4]]),
            st.sampled_from([one.new for one in TREE.lineage if one.old == code] or [code]),
            st.just(code[:6] + "001001" if code[4:6] != "00" else code),
        ),
        min_size=3,
        max_size=3,
    )
)
moments = st.one_of(st.just(NOW), st.dates(date(1975, 1, 1), date(2027, 1, 1)), st.none())


@given(related, moments)
def test_within_is_reflexive_and_transitive(codes: list[str], at: date | None) -> None:
    a, b, c = codes
    assert TREE.within(a, a, at)
    if TREE.within(a, b, at) and TREE.within(b, c, at):
        assert TREE.within(a, c, at)


@given(related, moments)
def test_meet_is_the_same_both_ways_and_lies_within_both(codes: list[str], at: date | None) -> None:
    a, b, _ = codes
    met = TREE.meet(a, b, at)
    assert met == TREE.meet(b, a, at)
    assert (met is None) == (not TREE.within(a, b, at) and not TREE.within(b, a, at))
    if met is not None:
        assert TREE.within(met, a, at)
        assert TREE.within(met, b, at)


@given(related, moments)
def test_every_spelling_of_a_code_gets_the_same_answer(codes: list[str], at: date | None) -> None:
    a, b, _ = codes
    short = b[:2] if b.endswith("0" * 10) else b[:4] if b.endswith("0" * 8) else b
    assert TREE.within(a, b, at) == TREE.within(a, short, at) == TREE.within(normalise(a), short, at)


@st.composite
def worlds(draw: st.DrawFn) -> DivisionTree:
    """Small worlds in which counties of two cities and two provinces come and go, with any lineage among them."""
    places = [f"{city}0{n}" for city in ("3701", "3702", "4101") for n in (1, 2)]
    entries = [division(code) for code in ("37", "41", "3701", "3702", "4101")]
    ends = {place: draw(st.none() | st.integers(1990, 1995)) for place in places}
    entries += [division(place, None, end) for place, end in ends.items()]
    entries += [division(p, end + 2) for p, end in ends.items() if end and draw(st.booleans())]
    lineage = [
        became(place, heir, end, draw(st.sampled_from(list(Change))))
        for place, end in ends.items()
        if end
        for heir in draw(st.lists(st.sampled_from(places), max_size=3, unique=True))
    ]
    return DivisionTree(entries, lineage)


@settings(max_examples=100)
@given(worlds(), st.integers(1988, 1999), st.data())
def test_in_any_world_within_is_an_order_up_to_renames(tree: DivisionTree, year: int, data: st.DataObject) -> None:
    at = date(year, 6, 1)
    codes = sorted({entry.code for entry in tree} | {"370101001000"})
    a, b, c = (data.draw(st.sampled_from(codes)) for _ in range(3))
    assert tree.within(a, a, at)
    if tree.within(a, b, at) and tree.within(b, c, at):
        assert tree.within(a, c, at)
    assert tree.meet(a, b, at) == tree.meet(b, a, at)


@settings(max_examples=100)
@given(worlds(), st.integers(1988, 1999))
def test_in_any_world_a_place_in_force_lies_within_its_parents_and_nothing_else(tree: DivisionTree, year: int) -> None:
    at = date(year, 6, 1)
    alive = [entry.code for entry in tree if entry.in_force(at)]
    for code in alive:
        assert {root for root in alive if tree.within(code, root, at)} == set(tree.path(code, at))
