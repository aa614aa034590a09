"""Confirmations at the counter: who may see them, what they show, and that a word is on record before it counts."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.deeds import record
from dags import steps
from dags.job import Job
from schemas.connection import Connection
from schemas.dataset import Grade, Sharing, Transform
from schemas.deed import LONGEST
from schemas.errors import HeldBack
from schemas.journey import Window
from tests.api.confirmations_world import CHANGED, GONE, KEY, OWNER, gone_template, held_back, office, people
from tests.api.conftest import City, app_over
from tests.api.test_pages import sign_in
from tests.dags.parcels import TABLE, TOWNS, Home, moment

__all__ = ["gone_template", "office"]
REASON = "两镇合并，已逐宗核对"


def post(office: City, number: int, verb: str, who: str, reason: str = REASON) -> tuple[int, dict[str, object]]:
    path = f"/api/v1/confirmations/{number}/{verb}"
    answer = office.client.post(path, headers=office.headers(who), json={"reason": reason})
    return answer.status_code, answer.json()


def run(office: City, *, anew: bool = False) -> dict[str, object]:
    """The window that was held back, once more."""
    settings = office.client.app.state.desk.settings
    job = Job(settings, office.shelf.dataset(KEY), Window.of_day(moment(2).date()), "again")
    file = settings.home.parent / "office.db"
    return steps.whole_way(job, Connection("land", "sqlite", host=str(file)), moment(3, 4), anew=anew)


def page(office: City, path: str) -> str:
    answer = office.client.get(path)
    assert answer.status_code == 200, path
    return answer.text


def form(office: City, number: int, verb: str, **told: str) -> int:
    token = re.search(r'name="token" value="([^"]+)"', page(office, f"/confirmations/{number}"))
    assert token is not None
    sent = {"token": token[1], "reason": REASON} | told
    return int(office.client.post(f"/confirmations/{number}/{verb}", data=sent).status_code)


def test_what_waits_is_told_with_counts_share_and_columns_from_what_to_what(office: City) -> None:
    listed = office.get("/confirmations?state=waiting", "land").json()
    changed, gone = listed["confirmations"]
    assert (gone["id"], gone["removed"], gone["of"], gone["share"], gone["most_share"]) == (GONE, 10, 20, 0.5, 0.2)
    assert (gone["window"], gone["version"], gone["base"]) == ("2026-11-02", 2, 1)
    assert changed["retyped"] == [
        {"column": "area", "before": "TEXT", "now": "NUMERIC(14,4)"},
        {"column": "id", "before": "TEXT", "now": "VARCHAR(20)"},
    ]
    assert [one["verbs"] for one in listed["confirmations"]] == [[], []], "a system decides nothing"
    assert office.get(f"/confirmations/{GONE}", "reviewer").json()["verbs"] == ["confirm", "refuse"]
    assert office.get("/inbox", "land").json()["confirmations"] == 2


def test_pages_of_the_list_follow_each_other(office: City) -> None:
    first = office.get("/confirmations?limit=1", "land").json()
    second = office.get(f"/confirmations?limit=1&cursor={first['next']}", "land").json()
    assert [one["confirmations"][0]["id"] for one in (first, second)] == [CHANGED, GONE]
    assert second["next"] is None


def test_a_sample_of_the_keys_is_masked_as_graded_and_each_look_is_on_record(office: City) -> None:
    answer = office.get(f"/confirmations/{GONE}/keys", "reviewer")
    told = answer.json()
    assert (told["columns"], told["masked"]) == (["id", "division"], True)
    assert told["rows"] == [{"id": "P**", "division": TOWNS[number % 4]} for number in range(10)]
    places = {one["division"]: one["rows"] for one in told["places"]}
    assert places == {TOWNS[0]: 3, TOWNS[1]: 3, TOWNS[2]: 2, TOWNS[3]: 2}
    receipt = office.shelf.receipts.of(answer.headers["Yishu-Receipt"])
    assert receipt is not None
    assert (receipt.body["person"], receipt.body["confirmation"], receipt.body["basis"]) == ("reviewer", GONE, "owner")
    assert "P00000" not in answer.text + str(receipt.body)
    assert office.get(f"/confirmations/{CHANGED}/keys", "reviewer").status_code == 404


@pytest.mark.parametrize("who", ["stranger", "civil"])
def test_to_others_there_is_no_such_confirmation(office: City, who: str) -> None:
    assert office.get("/confirmations", who).json()["confirmations"] == []
    nothing = office.get("/confirmations/99", who).json()
    for number in (GONE, CHANGED):
        told = office.get(f"/confirmations/{number}", who)
        assert (told.status_code, told.json()["detail"]) == (404, nothing["detail"])
        assert post(office, number, "confirm", who)[0] == 404
    assert office.get(f"/confirmations/{GONE}/keys", who).status_code == 404


def test_the_public_is_asked_to_sign_in_and_is_told_of_nothing(office: City) -> None:
    assert office.get("/confirmations").status_code == 401
    assert office.get(f"/confirmations/{GONE}").status_code == 404
    assert office.client.get("/confirmations").status_code == 401
    assert office.client.get(f"/confirmations/{GONE}").status_code == 404


@pytest.mark.parametrize("who", ["land", "keeper", "auditor"])
def test_who_is_no_reviewer_of_the_owner_sees_and_decides_nothing(office: City, who: str) -> None:
    before = len(record.listed(office.shelf))
    assert office.get(f"/confirmations/{GONE}", who).json()["verbs"] == []
    status, told = post(office, GONE, "confirm", who)
    assert (status, told["code"]) == (403, "ROLE_MISSING")
    assert len(record.listed(office.shelf)) == before
    assert office.get(f"/confirmations/{GONE}", who).json()["state"] == "waiting"


@pytest.mark.parametrize(("number", "verb", "reason"), [(GONE, "confirm", "  ok "), (GONE, "sign", REASON)])
def test_a_word_that_says_nothing_is_refused_and_nothing_is_on_record(
    office: City, number: int, verb: str, reason: str
) -> None:
    assert post(office, number, verb, "reviewer", reason)[0] in (400, 422)
    assert record.listed(office.shelf) == ()


def test_what_is_confirmed_by_the_api_passes_with_the_next_run_and_is_told_with_who_and_why(office: City) -> None:
    status, told = post(office, GONE, "confirm", "reviewer")
    assert (status, told["state"], told["verbs"]) == (200, "confirmed", [])
    (done,) = record.listed(office.shelf, KEY)
    assert done.deed.by.organisation == OWNER
    assert (done.deed.by.person, done.deed.by.system, done.deed.by.account) == ("reviewer", "land", "")
    assert told["said"]["reason"] == REASON  # type: ignore[index]
    assert told["receipt"] == done.receipt
    receipt = office.shelf.receipts.of(done.receipt)
    assert receipt is not None
    assert (receipt.body["event"], receipt.body["removed"]) == ("deletes_confirmed", 10)
    assert REASON not in str(receipt.body)
    assert post(office, GONE, "refuse", "reviewer")[0] == 422
    post(office, CHANGED, "refuse", "reviewer")
    assert run(office)["rows"] == 10


def test_what_is_refused_on_the_page_stays_held_back_and_may_be_confirmed_yet(office: City) -> None:
    assert sign_in(office, "reviewer") == 303
    assert form(office, GONE, "refuse", reason="源系统误删，正在恢复") == 303
    shown = page(office, f"/confirmations/{GONE}")
    assert "不予确认消失的行" in shown
    assert "源系统误删，正在恢复" in shown
    assert f'action="/confirmations/{GONE}/refuse' not in shown
    with pytest.raises(HeldBack):
        run(office)
    assert office.get(f"/confirmations/{GONE}", "land").json()["state"] == "refused", "it is not asked again"
    assert form(office, GONE, "confirm") == 303
    assert run(office)["rows"] == 10


def test_a_change_that_is_accepted_on_the_page_is_what_the_source_is_known_as(office: City) -> None:
    assert sign_in(office, "reviewer") == 303
    shown = page(office, f"/confirmations/{CHANGED}?lang=en")
    assert "NUMERIC(14,4)" in shown
    assert form(office, CHANGED, "confirm") == 303
    (done,) = record.listed(office.shelf, KEY)
    assert done.deed.facts["changes"] == ["area was TEXT, is NUMERIC(14,4)", "id was TEXT, is VARCHAR(20)"]
    assert record.holds(office.shelf, done) is True


def test_the_inbox_the_navigation_and_the_incident_lead_there(office: City) -> None:
    assert sign_in(office, "reviewer") == 303
    inbox = page(office, "/inbox")
    assert f'href="/confirmations/{GONE}?lang=zh-CN"' in inbox.split('id="incidents"')[0]
    rules = {one["rule"]: one["id"] for one in office.get("/incidents", "land").json()["incidents"]}
    assert len(rules) == 2
    incident = f"/incidents/{rules['deletes.share']}"
    assert '<span class="count">3<' in inbox, "the incident of rows that are gone is the confirmation that it is"
    assert f'href="/confirmations/{GONE}?lang=zh-CN"' in page(office, incident)
    form(office, GONE, "confirm")
    form(office, CHANGED, "confirm")
    inbox = page(office, "/inbox")
    assert 'id="confirmations"' not in inbox
    assert f"/confirmations/{GONE}" not in page(office, incident)
    assert "没有待确认的事项" in page(office, "/confirmations")
    assert "源系统中消失 10 行" in page(office, "/confirmations?state=all")


def test_forms_of_another_session_another_site_or_nobody_change_nothing(office: City) -> None:
    path = f"/confirmations/{GONE}/confirm"
    assert office.client.post(path, data={"token": "x", "reason": REASON}).status_code == 401
    sign_in(office, "reviewer")
    assert form(office, GONE, "confirm", token="x") == 400
    token = re.search(r'name="token" value="([^"]+)"', page(office, f"/confirmations/{GONE}"))
    assert token is not None
    sent = {"token": token[1], "reason": REASON}
    assert office.client.post(path, data=sent, headers={"Origin": "https://elsewhere.example"}).status_code == 400
    assert record.listed(office.shelf) == ()


def test_a_page_for_who_may_not_decide_has_no_form_and_keys_are_for_the_owner_alone(office: City) -> None:
    sign_in(office, "auditor")
    for number in (GONE, CHANGED):
        assert "只有本单位的数源部门审核员可以给出结论" in page(office, f"/confirmations/{number}")
        assert f'action="/confirmations/{number}/' not in page(office, f"/confirmations/{number}")


def test_words_are_shown_as_words(office: City) -> None:
    sign_in(office, "reviewer")
    form(office, GONE, "refuse", reason="<b>误删</b>")
    assert "&lt;b&gt;误删&lt;/b&gt;" in page(office, f"/confirmations/{GONE}")


@pytest.mark.parametrize(
    "told",
    [
        {"transform": Transform.BUCKET},
        {"transform": Transform.TOKEN},
        {"transform": Transform.DROP},
        {"transform": Transform.MASK},
        {"grade": Grade.GENERAL_3},
        {"shareable": False},
    ],
)
def test_where_rows_are_gone_is_told_only_where_the_contract_lets_places_be_seen(
    tmp_path: Path, told: dict[str, Any]
) -> None:
    home = held_back(tmp_path, {"division": told})
    made = app_over(home.shelf, home.settings, {}, people(home.shelf))
    made.clock.now = moment(3)
    answer = made.get(f"/confirmations/{GONE}/keys", "reviewer")
    assert answer.status_code == 200
    assert answer.json()["places"] == []
    assert sign_in(made, "reviewer") == 303
    assert not [town for town in TOWNS if town in answer.text + page(made, f"/confirmations/{GONE}")]


def test_an_organisation_that_is_switched_off_is_told_of_no_confirmations(office: City) -> None:
    assert sign_in(office, "reviewer") == 303
    office.shelf.parties.set_active(organisation=OWNER, active=False)
    for who in ("land", "reviewer", "auditor"):
        assert office.get("/confirmations", who).json()["confirmations"] == []
        assert office.get("/inbox", who).json()["confirmations"] == 0
    assert "源系统中消失" not in page(office, "/confirmations")


def test_keys_that_are_not_at_hand_are_said_to_be_and_nothing_is_confirmed_without_them(office: City) -> None:
    for file in (office.client.app.state.desk.settings.lake / "confirmations" / KEY).iterdir():
        file.unlink()
    answer = office.get(f"/confirmations/{GONE}/keys", "reviewer")
    assert (answer.status_code, "run again" in answer.json()["detail"]) == (404, True)
    assert sign_in(office, "reviewer") == 303
    told = page(office, f"/confirmations/{GONE}?lang=zh-CN")
    assert "不能确认没有看到的内容" in told
    assert "/confirm?" not in told
    assert "/refuse?" in told
    assert "not shown is not confirmed" in page(office, f"/confirmations/{GONE}?lang=en")
    assert post(office, GONE, "confirm", "reviewer")[0] == 422


def test_the_longest_chinese_reason_goes_through_the_form(office: City) -> None:
    assert sign_in(office, "reviewer") == 303
    assert form(office, GONE, "confirm", reason="并" * LONGEST) == 303
    assert record.listed(office.shelf)[0].deed.said == "并" * LONGEST


def test_an_owner_that_is_switched_off_is_told_no_figures_of_its_versions(tmp_path: Path) -> None:
    home = Home(tmp_path, TABLE)
    fields = tuple(replace(one, grade=Grade.GENERAL_1) for one in home.dataset.fields)
    home.dataset = replace(home.dataset, sharing=Sharing.OPEN, fields=fields)
    home.office.put(moment(1), range(20))
    home.run(1)
    made = app_over(home.shelf, home.settings, {}, people(home.shelf))
    made.clock.now = moment(3)
    for active in (True, False):
        home.shelf.parties.set_active(organisation=OWNER, active=active)
        answer = made.get(f"/datasets/{KEY}/versions?purpose=own_duty", "land")
        (version,) = answer.json()["versions"]
        assert ("merged" in version, "Yishu-Receipt" in answer.headers) == (active, active)
