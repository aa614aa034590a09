"""Divisions at the door: by name and code as of a day, one by one, those below, and as pages that open link by link."""

import pytest

from catalog.territory import desk
from schemas.division import Custody
from schemas.division_forms import listed
from schemas.division_year import YearTable, plan
from tests.api.conftest import City
from tests.builders import NOW


def names(city: City, query: str) -> list[str]:
    return [one["name"] for one in city.get(f"/divisions?{query}").json()["divisions"]]


def test_a_name_finds_what_stood_on_that_day(city: City) -> None:
    assert names(city, "q=莱芜") == ["莱芜区"]
    assert names(city, "q=莱芜&at=2018-12-30") == ["莱芜市"]
    assert names(city, "q=370481") == ["滕州市"]
    assert names(city, "q=滕州&within=3701") == []
    assert len(names(city, "")) == 34


def test_a_division_is_told_with_its_past(city: City) -> None:
    told = city.get("/divisions/371202?at=2018-12-30").json()
    assert (told["name"], told["in_force"], told["path"]) == ("莱城区", True, ["山东省", "莱芜市", "莱城区"])
    became = [(one["code"][:6], one["name"], one["kind"]) for one in told["became"]]
    assert became == [("371203", "钢城区", "transfer"), ("370116", "莱芜区", "rename")]
    today = city.get("/divisions/371202").json()
    assert (today["in_force"], today["valid_to"]) == (False, "2018-12-31")
    assert city.get("/divisions/370116").json()["came_from"][0]["code"] == "371202000000"


def test_what_stands_out_is_said_in_both_languages(city: City) -> None:
    assert city.get("/divisions/441900").json()["shape"] == "undivided_city"
    assert "省直辖" in city.get("/divisions/429004").json()["shape_said"]
    assert "right under its province" in city.get("/divisions/429004?lang=en").json()["shape_said"]


def test_children_come_by_pages_that_add_up(city: City) -> None:
    whole = city.get("/divisions/370000/children").json()
    found, start = [], 0
    while start is not None:
        told = city.get(f"/divisions/370000/children?start={start}&limit=5").json()
        found += told["divisions"]
        start = told["next"]
    assert found == whole["divisions"]
    assert len(found) == whole["found"] == 17
    assert [one["name"] for one in found if one["shape"] == "holder"] == ["省直辖县级行政区划"]


@pytest.mark.parametrize("path", ["999999", "37040", "x", "370499", "%00", "3" * 400])
def test_what_is_no_division_is_unknown(city: City, path: str) -> None:
    answer = city.get(f"/divisions/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN")


@pytest.mark.parametrize("query", ["at=yesterday", "tier=9", "within=x", "limit=0", "limit=501", "start=-1"])
def test_a_wrong_parameter_is_refused(city: City, query: str) -> None:
    answer = city.get(f"/divisions?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")


def test_who_is_right_and_which_years_were_imported_is_public(city: City) -> None:
    told = city.get("/divisions/authorities").json()
    assert {one["fact"]: one["source"] for one in told["authorities"]}["county"] == "mca"
    assert told["years"] == []


def zoned(city: City) -> None:
    text = "code,name\n370176,济南高新技术产业开发区\n"
    places = listed(text, "zones.csv", zones=True)
    found = plan(city.shelf.tree(), YearTable(places, 2024))
    desk.apply(city.shelf, found, desk.year_of(found, "nbs", text.encode(), 1, NOW))
    desk.set_custody(city.shelf, [Custody("370176000000", "370112000000", "文号甲")])


def test_a_zone_says_on_whose_land_it_lies(city: City) -> None:
    zoned(city)
    told = city.get("/divisions/370176").json()
    assert (told["shape"], told["path"]) == ("zone", ["山东省", "济南市", "济南高新技术产业开发区"])
    assert [(one["name"], one["source"]) for one in told["on_land_of"]] == [("历城区", "文号甲")]
    assert city.get("/divisions/370112").json()["zones_on_its_land"][0]["code"] == "370176000000"
    assert "历城区" in city.client.get("/divisions/370176").text


def test_the_pages_open_the_tree_link_by_link(city: City) -> None:
    first = city.client.get("/divisions")
    assert 'href="/divisions/370000000000?lang=zh-CN"' in first.text
    assert 'href="/divisions/370400000000' in city.client.get("/divisions/370000000000").text
    town = city.client.get("/divisions/370400000000?at=2018-12-30&lang=en")
    assert 'href="/divisions/370481000000?at=2018-12-30&amp;lang=en"' in town.text
    assert "滕州市" in city.client.get("/divisions?q=滕州").text
    assert city.client.get("/divisions/999999").status_code == 404
    assert city.client.get("/divisions?at=x").status_code == 400
    assert "该日已撤销" in city.client.get("/divisions/371202").text


def test_a_long_list_has_pages(city: City) -> None:
    page = city.client.get("/divisions?q=县").text
    assert "start=100" in page
    assert page.count('href="/divisions/') <= 101
