"""The inbox and the page of an incident: an officer answers by forms of their own session and by no others."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.dataset import Severity
from tests.api.conftest import City
from tests.api.test_incidents import SHARED, deliver, stocked
from tests.api.test_pages import sign_in
from tests.builders import DAY, NOW
from tests.catalog.test_mending import broken_verdict


@pytest.fixture
def mended(city: City) -> City:
    return stocked(city)


def token(city: City, path: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', city.client.get(path).text)
    assert found is not None
    return found[1]


def answer(city: City, action: str, **told: str) -> int:
    form = {"token": token(city, "/incidents/1"), "action": action} | told
    return int(city.client.post("/incidents/1/answer", data=form).status_code)


def test_the_inbox_lists_incidents_and_notices_and_the_navigation_counts_them(mended: City) -> None:
    sign_in(mended, "civil")
    text = mended.client.get("/inbox").text
    assert "联系电话：格式" in text
    assert '<span class="count">1<' in text, "the incident and the notice of it are one matter"
    assert "待处理" in text
    assert "2026-12-04" in text
    assert "to be mended" in mended.client.get("/inbox?lang=en").text


def test_an_officer_acknowledges_rejects_and_takes_it_back_with_every_step_in_the_history(mended: City) -> None:
    sign_in(mended, "civil")
    assert answer(mended, "acknowledge") == 303
    assert answer(mended, "reject", reason="record_right", said="<b>经核对无误</b>") == 303
    text = mended.client.get("/incidents/1").text
    assert "&lt;b&gt;经核对无误&lt;/b&gt;" in text
    assert "数据属实" in text
    assert answer(mended, "acknowledge") == 303
    assert answer(mended, "correct", said="") == 303
    assert "等待下一版本核验" in mended.client.get("/incidents/1").text
    deliver(mended.shelf, [], 1)
    assert "已由后续版本核验通过" in mended.client.get("/incidents/1").text
    assert "联系电话：格式" not in mended.client.get("/inbox").text.split('id="notices"')[0]
    assert "联系电话：格式" in mended.client.get("/inbox?state=all").text.split('id="notices"')[0]


def test_what_is_not_possible_now_is_a_page_that_says_so(mended: City) -> None:
    sign_in(mended, "civil")
    form = {"token": token(mended, "/incidents/1"), "action": "correct"}
    refused = mended.client.post("/incidents/1/answer", data=form)
    assert refused.status_code == 422
    assert "possible now: acknowledge" in refused.text


def test_a_form_of_a_page_that_a_new_version_has_overtaken_changes_nothing(mended: City) -> None:
    sign_in(mended, "civil")
    page = mended.client.get("/incidents/1").text
    assert '<input type="hidden" name="version" value="1">' in page
    form = {"token": token(mended, "/incidents/1"), "action": "acknowledge", "version": "1"}
    deliver(mended.shelf, [7], 1)
    refused = mended.client.post("/incidents/1/answer", data=form)
    assert refused.status_code == 422
    assert "version 2 has come since" in refused.text
    assert mended.client.post("/incidents/1/answer", data=form | {"version": "2"}).status_code == 303


def test_every_incident_is_reached_from_the_inbox_page_by_page(mended: City) -> None:
    verdict = broken_verdict(mended.shelf.lake, [], DAY + timedelta(days=1), SHARED)
    broken = replace(verdict.findings[0], success=False, failed=1, severity=Severity.WARNING)
    rules = tuple(replace(broken, rule=f"mobile.rule{number:02}") for number in range(23))
    mended.shelf.publish(SHARED, replace(verdict, findings=rules), NOW)
    sign_in(mended, "civil")
    found, path = [], "/inbox?state=all"
    while path:
        text = mended.client.get(path).text
        found += re.findall(r'href="/incidents/(\d+)\?', text.split('id="notices"')[0])
        more = re.search(r'href="(/inbox\?[^"#]*upto=[^"#]+)#incidents"', text)
        path = more[1].replace("&amp;", "&") if more else ""
    assert found == [str(number) for number in range(24, 0, -1)]
    assert mended.client.get("/inbox?upto=x").status_code == 404


@pytest.mark.parametrize(
    ("sent", "headers"),
    [("", {}), ("forged", {}), (None, {"Sec-Fetch-Site": "cross-site"}), (None, {"Origin": "https://elsewhere"})],
)
def test_a_form_of_another_session_or_site_changes_nothing(
    mended: City, sent: str | None, headers: dict[str, str]
) -> None:
    sign_in(mended, "civil")
    form = {"token": token(mended, "/incidents/1") if sent is None else sent, "action": "acknowledge"}
    assert mended.client.post("/incidents/1/answer", data=form, headers=headers).status_code == 400
    assert mended.client.post("/inbox/1/read", data=form, headers=headers).status_code == 400
    told = mended.get("/incidents/1", "civil").json()
    assert (told["state"], mended.get("/inbox", "civil").json()["unread"]) == ("open", 1)


def test_the_failing_records_are_shown_with_their_receipt(mended: City) -> None:
    sign_in(mended, "civil")
    shown = mended.client.get("/incidents/1/records")
    assert "19900001" in shown.text
    assert shown.headers["Yishu-Receipt"] in shown.text
    assert "no-store" in shown.headers["Cache-Control"]


def test_a_superior_finds_it_below_without_forms_or_records(mended: City) -> None:
    sign_in(mended, "province")
    assert "联系电话：格式" not in mended.client.get("/inbox").text
    assert "联系电话：格式" in mended.client.get("/inbox?whose=below").text
    text = mended.client.get("/incidents/1").text
    assert "由数源部门答复" in text
    assert "/records" not in text
    assert mended.client.get("/incidents/1/records").status_code == 403


@pytest.mark.parametrize("who", ["health", "tengzhou", "outsider", ""])
def test_to_others_the_page_is_not_there(mended: City, who: str) -> None:
    if who:
        sign_in(mended, who)
    for tail in ("", "/records"):
        there, absent = (mended.client.get(f"/incidents/{number}{tail}") for number in (1, 99))
        assert there.status_code == absent.status_code == 404
        assert there.text.replace("/incidents/1", "/incidents/99") == absent.text
    assert mended.client.get("/inbox").status_code == (200 if who else 401)


def test_a_notice_is_marked_as_read(mended: City) -> None:
    sign_in(mended, "civil")
    form = {"token": token(mended, "/inbox")}
    assert mended.client.post("/inbox/1/read", data=form).status_code == 303
    assert mended.client.post("/inbox/99/read", data=form).status_code == 404
    text = mended.client.get("/inbox").text
    assert "标为已读" not in text
    assert '<span class="count">1<' in text


def test_old_notices_are_on_the_next_page(mended: City) -> None:
    for number in range(1, 45):
        deliver(mended.shelf, [] if number % 2 else [1], number)
    mended.clock.now = NOW + timedelta(days=1)
    sign_in(mended, "civil")
    first = mended.client.get("/inbox").text
    older = re.search(r'href="(/inbox\?before=[^"]+)"', first)
    assert older is not None
    assert "待更正" in mended.client.get(older[1].replace("&amp;", "&")).text
    assert mended.client.get("/inbox?before=x").status_code == 404
