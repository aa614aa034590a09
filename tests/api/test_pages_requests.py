"""The pages of requests: guided, checked before they are submitted, and a form for each act of whoever may take it."""

import re
from typing import Any

import pytest

from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.api.test_requests import KEY, WANT, act, made, officials
from tests.builders import TENGZHOU_CIVIL

FORM: dict[str, Any] = {
    "dataset": KEY,
    "purpose": "social_assistance",
    "basis": "《社会救助暂行办法》",
    "scenario": "临时救助审核",
    "item": ["person_id", "amount", "household"],
    "divisions": "370481",
    "scope": "household",
    "mode": ["query", "bulk"],
    "start": "2026-11-20",
    "end": "2027-11-19",
    "retention_days": "180",
    "security": "专网内使用",
    "case_system": "",
}


@pytest.fixture
def manned(city: City) -> City:
    return officials(city)


def token(city: City, path: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', city.client.get(path).text)
    assert found is not None
    return found[1]


def drafted(city: City, **told: Any) -> str:
    """The number of a draft that was written on the page."""
    form = FORM | {"token": token(city, f"/requests/new?dataset={KEY}")} | told
    answer = city.client.post("/requests", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].split("/")[-1].split("?")[0])


def press(city: City, number: str, action: str, **told: Any) -> int:
    """One act by the form of the page."""
    text = city.client.get(f"/requests/{number}").text
    version = re.search(rf'name="action" value="{action}"><input type="hidden" name="version" value="(\d+)"', text)
    assert version is not None, f"no form for {action}"
    form = {"token": token(city, "/requests"), "action": action, "version": version[1]} | told
    return int(city.client.post(f"/requests/{number}/act", data=form).status_code)


def test_the_form_ticks_the_fewest_items_and_offers_what_the_catalogue_states(manned: City) -> None:
    sign_in(manned, "asker")
    text = manned.client.get(f"/requests/new?dataset={KEY}").text
    ticked = set(re.findall(r'name="item" value="(\w+)" checked', text))
    assert ticked == {"person_id", "household"}
    assert 'value="370481000000"' not in text
    assert "滕州市 <code>370481000000</code>" in text
    assert set(re.findall(r'name="mode" value="(\w+)"', text)) == {"bulk", "query", "verify"}
    assert "data_return" not in text
    assert "枣庄市民政局" in text


def test_the_datasets_page_offers_a_request_to_who_has_no_grant_yet(manned: City) -> None:
    button = f'href="/requests/new?dataset={KEY}&amp;lang=zh-CN"'
    sign_in(manned, "other")
    assert button not in manned.client.get(f"/datasets/{KEY}").text, "its organisation holds a grant"
    sign_in(manned, "checker")
    assert button in manned.client.get(f"/datasets/{KEY}").text
    sign_in(manned, "civil")
    assert button not in manned.client.get(f"/datasets/{KEY}").text, "its own data"
    sign_in(manned, "checker")
    assert "/requests/new" not in manned.client.get("/datasets/credit.penalty").text, "open to anybody"


def test_a_request_goes_its_way_by_pages_alone(manned: City) -> None:
    sign_in(manned, "asker")
    number = drafted(manned, basis="")
    text = manned.client.get(f"/requests/{number}").text
    assert "还有 1 处需要补正" in text
    assert "使用依据（法律法规条款）：未填写" in text
    assert press(manned, number, "submit") == 422
    edited = FORM | {"token": token(manned, f"/requests/{number}/edit")}
    assert manned.client.post(f"/requests/{number}", data=edited).status_code == 303
    assert "填写完整" in manned.client.get(f"/requests/{number}").text
    assert press(manned, number, "submit") == 303
    text = manned.client.get(f"/requests/{number}").text
    assert "剩 10 个工作日" in text
    assert "应于 2026-12-04 前办结" in text
    sign_in(manned, "checker")
    assert '<span class="count">1<' in manned.client.get("/requests").text
    assert number in manned.client.get("/requests?waiting=1").text
    assert press(manned, number, "accept") == 303
    sign_in(manned, "reviewer")
    assert press(manned, number, "approve", **{"refuse-amount": "beyond_need"}) == 303
    assert "部分同意" in manned.client.get(f"/requests/{number}").text
    assert press(manned, number, "provision") == 303
    sign_in(manned, "tengzhou")
    text = manned.client.get(f"/requests/{number}").text
    assert "已授权，待首次读取" in text
    assert re.search(r"YS-2026-\d{6}", text)
    assert "Provide the grant" in manned.client.get(f"/requests/{number}?lang=en").text


def test_a_request_is_returned_with_its_list_and_refused_with_a_reason(manned: City) -> None:
    number = made(manned)
    sign_in(manned, "checker")
    told = {"field-0": "basis", "code-0": "not_proven", "found-0": "<b>附文件</b>", "field-3": "", "code-3": "missing"}
    assert press(manned, number, "return", **told) == 303
    sign_in(manned, "asker")
    text = manned.client.get(f"/requests/{number}").text
    assert "缺少证明材料 · &lt;b&gt;附文件&lt;/b&gt;" in text
    assert "暂停计时" in text
    assert press(manned, number, "submit") == 303
    act(manned, "checker", number, "accept")
    sign_in(manned, "reviewer")
    assert press(manned, number, "refuse", reason="beyond_need", said="非必需") == 303
    sign_in(manned, "asker")
    assert "超出履职最小必要" in manned.client.get(f"/requests/{number}").text
    assert press(manned, number, "object", said="必须核对金额") == 303
    assert "争议协商" in manned.client.get(f"/requests/{number}").text


def test_a_demand_is_asked_for_in_words(manned: City) -> None:
    sign_in(manned, "asker")
    number = drafted(manned, dataset="", item=[], demand="残疾人两项补贴发放名册", names="补贴金额\n发放日期")
    assert press(manned, number, "submit") == 303
    act(manned, "checker", number, "accept")
    sign_in(manned, "checker")
    assert press(manned, number, "assign", organisation=TENGZHOU_CIVIL) == 422
    assert press(manned, number, "match", dataset=KEY, items="amount household") == 303
    assert "提供部门审核" in manned.client.get(f"/requests/{number}").text


def test_forms_of_other_sessions_and_sites_change_nothing(manned: City) -> None:
    number = made(manned)
    sign_in(manned, "checker")
    form = {"token": "x", "action": "accept", "version": "2"}
    assert manned.client.post(f"/requests/{number}/act", data=form).status_code == 400
    good = form | {"token": token(manned, "/requests")}
    headers = {"sec-fetch-site": "cross-site"}
    assert manned.client.post(f"/requests/{number}/act", data=good, headers=headers).status_code == 400
    for wrong in ({"action": "fly"}, {"version": "x"}, {"action": "approve", "transform-amount": "burn"}):
        assert manned.client.post(f"/requests/{number}/act", data=good | wrong).status_code == 400
    assert manned.get(f"/requests/{number}", "checker").json()["state"] == "formal_check"


def test_what_no_form_of_ours_sends_is_a_bad_ask(manned: City) -> None:
    sign_in(manned, "asker")
    mine = {"token": token(manned, "/requests")}
    for wrong in ({"scope": "moon"}, {"mode": "magic"}, {"start": "tomorrow"}, {"retention_days": "-1"}):
        assert manned.client.post("/requests", data=FORM | mine | wrong).status_code == 400, wrong
    many = mine | {f"x{n}": "1" for n in range(3000)}
    assert manned.client.post("/requests", data=many).status_code == 400
    assert manned.client.post("/requests", data=FORM | mine | {"basis": "x" * 300_000}).status_code == 400


def test_pages_of_requests_are_for_those_on_its_sides(manned: City) -> None:
    number = made(manned)
    for path in ("/requests", "/requests/new", f"/requests/{number}", f"/requests/{number}/edit"):
        manned.client.cookies.clear()
        assert manned.client.get(path).status_code == 401, path
    sign_in(manned, "laiwu")
    hidden, missing = manned.client.get(f"/requests/{number}"), manned.client.get("/requests/SQ-2026-999999")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert number not in manned.client.get("/requests").text
    assert manned.client.get("/requests/new?dataset=health.secret").status_code == 404
    sign_in(manned, "auditor")
    text = manned.client.get(f"/requests/{number}").text
    assert 'id="acts"' not in text
    assert 'id="history"' in text


def test_a_draft_of_before_is_edited_by_its_own_side_alone(manned: City) -> None:
    number = manned.client.post("/api/v1/requests", json=WANT, headers=manned.headers("asker")).json()["number"]
    sign_in(manned, "checker")
    assert manned.client.get(f"/requests/{number}/edit").status_code == 404
    sign_in(manned, "asker")
    text = manned.client.get(f"/requests/{number}/edit").text
    assert 'name="item" value="amount" checked' in text
    assert "《社会救助暂行办法》第五十八条" in text


def test_the_ledger_shows_an_act_to_who_took_it_and_all_to_an_auditor(manned: City) -> None:
    number = made(manned)
    receipt = manned.get(f"/requests/{number}", "asker").json()["history"][0]["receipt"]
    sign_in(manned, "asker")
    assert "<code>request</code>" in manned.client.get("/ledger").text
    assert receipt in manned.client.get(f"/ledger/{receipt}").text
    assert "全部（安全审计）" not in manned.client.get("/ledger?side=all").text
    sign_in(manned, "auditor")
    text = manned.client.get("/ledger?side=all").text
    assert "全部（安全审计）" in text
    assert receipt in text
    assert manned.client.get(f"/ledger/{receipt}").status_code == 200
