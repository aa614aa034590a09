"""Data elements at the door: names and aliases, checks, code tables by pages, and the fields that are them."""

import pytest
from sqlalchemy import event

from schemas.standards.code_tables import codes
from schemas.standards.elements import ELEMENTS
from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.builders import NOW, make_dataset

LOW_INCOME = "civil_affairs.low_income"


def test_every_element_is_listed_in_both_languages(city: City) -> None:
    chinese = city.get("/elements").json()["elements"]
    english = city.get("/elements?lang=en").json()["elements"]
    assert [one["id"] for one in chinese] == [one.id for one in ELEMENTS]
    assert [one["title"] for one in english] == [one.title_en for one in ELEMENTS]


@pytest.mark.parametrize(
    ("word", "found"),
    [("身份证号", ["resident_id"]), ("GMSFHM", ["resident_id"]), ("邮编", ["postcode"]), ("没有这样的", [])],
)
def test_a_word_in_an_alias_finds_the_element(city: City, word: str, found: list[str]) -> None:
    assert [one["id"] for one in city.get("/elements", params={"q": word}).json()["elements"]] == found


@pytest.mark.parametrize("one", ELEMENTS, ids=lambda one: one.id)
def test_every_element_has_an_answer_and_a_page(city: City, one) -> None:  # type: ignore[no-untyped-def]
    told = city.get(f"/elements/{one.id}").json()
    assert (told["title"], len(told["checks"])) == (one.title, len(one.promises))
    assert told["codes_found"] == (len(codes(one.table)) if one.table else 0)
    page = city.client.get(f"/elements/{one.id}?lang=en")
    assert page.status_code == 200
    assert one.title_en in page.text


def test_a_code_table_is_told_by_pages_that_add_up(city: City) -> None:
    told, start = [], 0
    while start is not None:
        answer = city.get(f"/elements/industry?limit=1000&start={start}").json()
        told += [one["code"] for one in answer["codes"]]
        start = answer["next"]
    assert told == [one.code for one in codes("industry")]


def test_codes_are_found_by_their_beginning_and_by_their_name(city: City) -> None:
    by_code = city.get("/elements/industry?q=011").json()["codes"]
    assert {one["code"] for one in by_code} >= {"011", "0111"}
    by_name = city.get("/elements/nationality", params={"q": "回族"}).json()["codes"]
    assert [one["name"] for one in by_name] == ["回族"]


def test_fields_are_told_of_datasets_that_the_caller_may_know_of_alone(city: City) -> None:
    def using(who: str) -> set[str]:
        return {one["dataset"] for one in city.get("/elements/resident_id", who).json()["used_by"]}

    assert using("") == set()
    assert using("tengzhou") == {LOW_INCOME}
    assert using("health") == {LOW_INCOME, "health.secret"}
    assert {one["dataset"] for one in city.get("/elements/division").json()["used_by"]} == {"credit.penalty"}


def test_fields_of_many_datasets_are_looked_up_at_once(city: City) -> None:
    said: list[str] = []
    event.listen(city.shelf.engine, "before_cursor_execute", lambda *told: said.append(told[2]))

    def statements() -> int:
        said.clear()
        assert city.get("/elements/division", "tengzhou").status_code == 200
        return len(said)

    for _ in range(2):  # the first ask notes the credential's use, after which facts are read once more
        statements()
    before = statements()
    for number in range(5):
        city.shelf.register(make_dataset(f"d{number}.allowance"), NOW)
    assert len(city.get("/elements/division", "tengzhou").json()["used_by"]) == 7
    assert statements() == before


def test_an_alias_leads_to_the_element_and_nothing_else_does(city: City) -> None:
    assert city.get("/elements/身份证号").json()["id"] == "resident_id"
    assert city.client.get("/elements/身份证号").headers["Location"] == "/elements/resident_id?lang=zh-CN"
    assert city.get("/elements/no_such").status_code == city.client.get("/elements/no_such").status_code == 404


def test_an_unknown_parameter_is_refused(city: City) -> None:
    assert city.get("/elements?query=x").status_code == 400
    assert city.get("/elements/industry?start=-1").status_code == 400


def test_the_page_of_codes_turns(city: City) -> None:
    first = city.client.get("/elements/industry").text
    assert "上一页" not in first
    second = city.client.get("/elements/industry?start=100").text
    assert "上一页" in second
    assert "start=200" in second


def test_the_catalogue_finds_a_dataset_by_an_alias_of_an_element(city_on_each: City) -> None:
    for word in ("身份证号", "gmsfhm", "ＧＭＳＦＨＭ"):
        (hit,) = city_on_each.get("/datasets", "tengzhou", params={"q": word}).json()["datasets"]
        assert (hit["key"], hit["matched"]) == (LOW_INCOME, ["person_id"])
    assert city_on_each.get("/datasets", params={"q": "身份证号"}).json()["datasets"] == []


def test_a_field_on_a_page_leads_to_its_element(city: City) -> None:
    sign_in(city, "civil")
    text = city.client.get(f"/datasets/{LOW_INCOME}").text
    assert '<a href="/elements/resident_id?lang=zh-CN">公民身份号码</a>' in text
