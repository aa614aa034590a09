"""The five levels of 2023 as published: they load, and the tree's answers are those of the published parent codes."""

import csv
import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from schemas.access import Tier
from schemas.divisions import Division, DivisionTree, normalise, shipped
from schemas.standards.division_code import tier_of

DATA = Path(os.environ.get("YISHU_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data") / "divisions"
NOW = date(2026, 11, 20)
VILLAGES = "villages_shandong_gb18030.csv"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"NO REAL DATA: {DATA} is not there; set YISHU_REAL_DATA"),
]


def rows(name: str, encoding: str = "utf-8") -> Iterator[Mapping[str, str]]:
    with (DATA / name).open(encoding=encoding, newline="") as file:
        yield from csv.DictReader(file)


def level(name: str, parent: str) -> list[Division]:
    """One level with its published parent codes as links; the pseudo-county of a city without counties is the city."""
    found = []
    for row in rows(name):
        code, above = normalise(row["code"]), normalise(row[parent]) if parent else ""
        if code != above:
            found.append(Division(code, row["name"], tier_of(code), above))
    return found


@pytest.fixture(scope="module")
def published() -> DivisionTree:
    villages = [
        Division(row["统计用区划代码"], row["村级名称"], Tier.VILLAGE, normalise(row["乡级代码"]))
        for row in rows(VILLAGES, "gb18030")
    ]
    above = [*level("provinces.csv", ""), *level("cities.csv", "provinceCode"), *level("areas.csv", "cityCode")]
    return DivisionTree([*above, *level("streets.csv", "areaCode"), *villages])


def test_the_five_levels_load(published: DivisionTree) -> None:
    counts = {tier: sum(1 for e in published if e.tier is tier) for tier in Tier}
    pseudo = 3  # Dongguan, Zhongshan and Danzhou: their only county has the code of the city
    assert counts == {
        Tier.PROVINCE: 31,
        Tier.CITY: 342,
        Tier.COUNTY: 2978 - pseudo,
        Tier.TOWN: 41352 - 1,  # 金门县 350527 is listed as its own town 350527000
        Tier.VILLAGE: 62074,
        Tier.GRID: 0,
    }


def test_within_the_2023_table_alone_the_tree_says_what_the_digits_say(published: DivisionTree) -> None:
    for entry in published:
        for digits in (2, 4, 6, 9):
            root = entry.code[:digits].ljust(12, "0")
            if root != entry.code and published.known(root):
                assert published.within(entry.code, root, NOW), (entry.code, root)
        assert len(published.path(entry.code, NOW)) <= entry.tier


def test_every_county_of_2023_but_the_zones_is_in_the_table_that_we_carry_under_the_same_name() -> None:
    tree, missing = shipped(), []
    for row in rows("areas.csv"):
        if not tree.known(row["code"], date(2023, 12, 31)):
            missing.append(row["code"])
        else:
            assert tree.name(row["code"]) == row["name"]
            assert tree.parent(row["code"], NOW) in (normalise(row["cityCode"]), normalise(row["provinceCode"]))
    zones = [code for code in missing if code[4] in "67"]
    assert sorted(set(missing) - set(zones)) == ["460321", "460322", "460323", "620201", "632857"]
    assert len(zones) == 128
    assert [tree.name(row["code"]) for row in rows("cities.csv")] == [row["name"] for row in rows("cities.csv")]


def test_towns_and_villages_come_under_the_counties_that_we_carry(published: DivisionTree) -> None:
    more = [entry for entry in published if entry.tier >= Tier.TOWN and entry.code.startswith("37")]
    tree = shipped().with_divisions(more)
    assert len(tree.children("370402", NOW)) == sum(1 for e in more if e.parent == "370402000000")
    for entry in more:
        assert tree.within(entry.code, entry.code[:4], NOW), entry.code
    assert tree.within("370116001001", "370100", NOW)


def test_no_village_of_laiwu_is_lost_under_its_old_code(published: DivisionTree) -> None:
    laiwu = [e.code for e in published if e.tier is Tier.VILLAGE and e.code.startswith("370116")]
    tree = shipped()
    assert laiwu
    for code in laiwu[:200]:
        old = "371202" + code[6:]
        assert tree.within(old, "370116", NOW)
        assert not tree.within(old, "3704", NOW)
