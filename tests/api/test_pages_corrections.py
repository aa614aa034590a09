"""The pages of corrections: filed from a dataset's page, verified and acknowledged by forms of one's own session."""

import re

import pytest

from tests.api.conftest import City
from tests.api.test_corrections import KEY, MINE, deliver, filed, peopled, read
from tests.api.test_pages import sign_in


@pytest.fixture
def town(city: City) -> City:
    return peopled(city)


def token(city: City, path: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', city.client.get(path).text)
    assert found is not None
    return found[1]


def answer(city: City, action: str, number: int = 1, **told: str) -> int:
    form = {"token": token(city, f"/corrections/{number}"), "action": action} | told
    return int(city.client.post(f"/corrections/{number}/answer", data=form).status_code)


def test_an_officer_questions_a_value_from_the_page_of_its_dataset(town: City) -> None:
    sign_in(town, "tengzhou")
    page = town.client.get(f"/datasets/{KEY}").text
    assert f"/corrections/new?dataset={KEY}" in page
    path = f"/corrections/new?dataset={KEY}&purpose=social_assistance"
    text = town.client.get(path).text
    assert ("月保障金额" in text, 'name="key_person_id"' in text) == (True, True)
    (action,) = re.findall(r'action="(/corrections\?[^"]+)"', text)
    form = {"token": token(town, path), "key_person_id": str(MINE["person_id"]), "column": "amount", "expected": "650"}
    made = town.client.post(action.replace("&amp;", "&"), data=form | {"evidence": "<b>通知书</b>"})
    assert (made.status_code, made.headers["location"].split("?")[0]) == (303, "/corrections/1")
    shown = town.client.get("/corrections/1").text
    assert "已定位，待数源部门受理" in shown
    assert "2026-12-04" in shown
    assert "待核实" in shown
    assert str(MINE["person_id"]) not in shown
    assert "Question a value" in town.client.get(f"/datasets/{KEY}?lang=en").text


def test_what_a_visitor_may_not_have_they_cannot_question(town: City) -> None:
    sign_in(town, "tengzhou")
    assert "不能提出疑义" in town.client.get(f"/corrections/new?dataset={KEY}&purpose=statistics").text
    assert town.client.get("/corrections/new?dataset=health.secret").status_code == 404
    forged = town.client.post(f"/corrections?dataset={KEY}", data={"token": "x"})
    assert forged.status_code == 400


def test_the_source_looks_decides_and_recipients_acknowledge(town: City) -> None:
    read(town, "health")
    filed(town)
    sign_in(town, "reviewer")
    assert "疑义 1" in town.client.get("/corrections").text
    assert answer(town, "take_up") == 303
    cell = town.client.get("/corrections/1/cell")
    assert str(MINE["person_id"]) in cell.text
    assert "低保金发放通知书（演示）" in cell.text
    assert cell.headers["yishu-receipt"]
    assert answer(town, "correct", said="已核对") == 303
    deliver(town, {"amount": 650})
    sign_in(town, "reviewer")
    told = town.client.get("/corrections/1").text
    assert "枣庄市卫生健康委员会" in told
    assert "待确认" in told
    sign_in(town, "health")
    assert "/corrections/1?" in town.client.get("/inbox").text
    assert town.client.get("/corrections/1/cell").status_code == 403
    assert answer(town, "acknowledge") == 303
    assert "已办结" in town.client.get("/corrections/1").text
    assert "没有疑义" in town.client.get("/corrections").text
    assert "疑义 1" in town.client.get("/corrections?state=all").text


def test_a_form_of_another_session_and_a_stranger_change_nothing(town: City) -> None:
    filed(town)
    sign_in(town, "reviewer")
    forged = town.client.post("/corrections/1/answer", data={"token": "x", "action": "take_up"})
    assert forged.status_code == 400
    sign_in(town, "laiwu")
    assert town.client.get("/corrections/1").status_code == 404
    town.client.cookies.clear()
    assert town.client.get("/corrections").status_code in (303, 401)
    assert town.client.get("/corrections/1").status_code in (303, 401)
