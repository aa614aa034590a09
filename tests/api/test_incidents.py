"""The owner answers its incidents, its superiors look on, to others there are none; every answer is on record."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.mending import desk as incident_desk
from catalog.organisations import Organisation, System
from catalog.shelf import Shelf
from schemas.access import Tier
from schemas.dataset import Grade, Sharing
from schemas.errors import BadInput
from schemas.incident import Action, Answer
from tests.api.conftest import City
from tests.builders import DAY, NOW, SHIZHONG, make_dataset
from tests.catalog.test_mending import MOBILE, broken_verdict

PROVINCE = "11370000004009999Q"
EMPTY = {"notices": [], "unread": 0, "waiting": 0, "confirmations": 0, "next": None}
SHARED = make_dataset("civil_affairs.allowance", title="临时救助", title_en="Temporary aid")
SECRET = make_dataset("civil_affairs.secret", sharing=Sharing.WITHHELD, withheld_basis="x")


@pytest.fixture
def mended(city_on_each: City) -> City:
    """The city, a province above it, and a version of a dataset in which three records broke a rule."""
    return stocked(city_on_each)


def stocked(city: City) -> City:
    """Add the province and the broken version."""
    shelf = city.shelf
    shelf.parties.add_organisation(
        Organisation(PROVINCE, "山东省民政厅", "Shandong", "370000000000", Tier.PROVINCE, True, True)
    )
    shelf.parties.add_system(System("province", PROVINCE, "province", Grade.GENERAL_4, True))
    city.credentials["province"] = shelf.parties.issue_credential("province", NOW - timedelta(days=1))
    deliver(shelf, [1, 2, 3])
    return city


def deliver(shelf: Shelf, bad: list[int], number: int = 0) -> None:
    """One delivery, `number` days after the first."""
    day = DAY + timedelta(days=number)
    verdict = broken_verdict(shelf.lake, bad, day, SHARED)
    shelf.publish(SHARED, verdict, NOW + timedelta(days=number))


def post(city: City, path: str, who: str, body: object = None):  # type: ignore[no-untyped-def]
    return city.client.post(f"/api/v1{path}", headers=city.headers(who), json=body)


def test_the_owner_finds_its_incident_with_due_date_and_term(mended: City) -> None:
    told = mended.get("/incidents", "civil").json()
    (one,) = told["incidents"]
    assert (one["rule"], one["state"], one["failed"], one["dataset"]) == (MOBILE, "open", 3, SHARED.key)
    assert (one["due"], one["due_provisional"], one["overdue"]) == ("2026-12-04", False, False)
    assert (one["mine"], one["actions"]) == (True, ["acknowledge"])
    assert told["term"]["working_days"] == 10
    assert "809" in told["term"]["source"]


def test_an_incident_goes_from_open_to_verified_and_each_move_is_in_its_history(mended: City) -> None:
    number = mended.get("/incidents", "civil").json()["incidents"][0]["id"]
    assert post(mended, f"/incidents/{number}/acknowledge", "civil").json()["state"] == "acknowledged"
    assert post(mended, f"/incidents/{number}/correct", "civil", {"said": "已核对"}).json()["actions"] == []
    deliver(mended.shelf, [2], 1)
    assert mended.get(f"/incidents/{number}", "civil").json()["reopened"] == 1
    post(mended, f"/incidents/{number}/acknowledge", "civil")
    post(mended, f"/incidents/{number}/correct", "civil")
    deliver(mended.shelf, [], 2)
    told = mended.get(f"/incidents/{number}", "civil").json()
    assert told["state"] == "verified"
    assert [(step["action"], step["state"], step["failed"]) for step in told["history"]] == [
        ("opened", "open", 3),
        ("acknowledge", "acknowledged", 3),
        ("correct", "corrected", 3),
        ("fail", "open", 1),
        ("acknowledge", "acknowledged", 1),
        ("correct", "corrected", 1),
        ("pass", "verified", 0),
    ]


def test_an_answer_is_in_the_ledger_with_who_when_and_why_but_not_its_words(mended: City) -> None:
    post(mended, "/incidents/1/acknowledge", "civil")
    body = {"reason": "record_right", "said": "经核对 样例0001 的号码无误"}
    told = post(mended, "/incidents/1/reject", "civil", body).json()
    assert (told["state"], told["reason"], told["said"]) == ("rejected", "record_right", body["said"])
    receipt = mended.get(f"/ledger/receipts/{told['history'][-1]['receipt']}", "civil").json()["body"]
    assert (receipt["event"], receipt["action"], receipt["reason"]) == ("incident", "reject", "record_right")
    assert (receipt["system"], receipt["incident"], receipt["moment"]) == ("civil", 1, NOW.isoformat())
    assert "样例0001" not in str(receipt)
    assert mended.shelf.receipts.verify() == ()


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("correct", None, 422),
        ("reject", {"reason": "record_right", "said": "x"}, 422),
        ("close", None, 400),
        ("acknowledge", {"grant": "x"}, 400),
        ("acknowledge", {"said": "x" * 501}, 400),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing(mended: City, action: str, body: object, status: int) -> None:
    receipts = len(mended.shelf.receipts.newest())
    assert post(mended, f"/incidents/1/{action}", "civil", body).status_code == status
    assert mended.get("/incidents/1", "civil").json()["state"] == "open"
    assert len(mended.shelf.receipts.newest()) == receipts


def test_a_rejection_without_a_reason_of_the_list_is_told_the_list(mended: City) -> None:
    post(mended, "/incidents/1/acknowledge", "civil")
    told = post(mended, "/incidents/1/reject", "civil", {"reason": "busy", "said": "x"})
    assert told.status_code == 422
    assert "record_right" in told.json()["detail"]


def test_a_superior_reads_and_neither_answers_nor_sees_records(mended: City) -> None:
    (one,) = mended.get("/incidents", "province").json()["incidents"]
    assert (one["mine"], one["actions"], one["failed"]) == (False, [], 3)
    for answer in (
        post(mended, "/incidents/1/acknowledge", "province"),
        mended.get("/incidents/1/keys", "province"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_THE_OWNER")
        receipt = mended.get(f"/ledger/receipts/{answer.headers['Yishu-Receipt']}", "province").json()["body"]
        assert (receipt["allowed"], receipt["incident"]) == (False, 1)
    assert mended.get("/incidents/1", "province").json()["state"] == "open"


def test_a_superior_reads_the_reason_and_not_the_words_which_may_name_a_person(mended: City) -> None:
    post(mended, "/incidents/1/acknowledge", "civil")
    post(mended, "/incidents/1/reject", "civil", {"reason": "record_right", "said": "某某本人已到场核对"})
    for who, expected in (("civil", "某某本人已到场核对"), ("province", "")):
        told = mended.get("/incidents/1", who).json()
        assert (told["reason"], told["said"], told["history"][-1]["said"]) == ("record_right", expected, expected)


def test_an_answer_to_what_another_version_has_replaced_is_refused(mended: City) -> None:
    assert post(mended, "/incidents/1/acknowledge", "civil", {"version": 1}).status_code == 200
    deliver(mended.shelf, [7], 1)
    receipts = len(mended.shelf.receipts.newest())
    late = post(mended, "/incidents/1/reject", "civil", {"reason": "record_right", "said": "无误", "version": 1})
    assert late.status_code == 422
    assert "version 2 has come since" in late.json()["detail"]
    assert len(mended.shelf.receipts.newest()) == receipts
    assert post(mended, "/incidents/1/correct", "civil", {"version": 2}).status_code == 200


def test_a_version_that_comes_while_an_answer_is_given_refuses_it(mended: City) -> None:
    subject = mended.shelf.parties.subject(mended.credentials["civil"], NOW)
    seen = incident_desk.find(mended.shelf, subject, 1)
    deliver(mended.shelf, [7], 1)
    with pytest.raises(BadInput, match="version 2 has come since"):
        incident_desk.answer(mended.shelf, subject, seen, Answer(Action.ACKNOWLEDGE, version=1), NOW)


@pytest.mark.parametrize("who", ["health", "tengzhou", "laiwu", "outsider", ""])
def test_to_others_an_incident_is_as_good_as_not_there(mended: City, who: str) -> None:
    receipts = len(mended.shelf.receipts.newest())
    for path in ("/incidents/{}", "/incidents/{}/keys"):
        there, absent = mended.get(path.format(1), who), mended.get(path.format(99), who)
        assert there.status_code == absent.status_code == 404
        assert there.json()["detail"] == absent.json()["detail"]
    there, absent = (post(mended, f"/incidents/{number}/acknowledge", who) for number in (1, 99))
    assert there.status_code == absent.status_code == 404
    assert there.json()["detail"] == absent.json()["detail"]
    assert len(mended.shelf.receipts.newest()) == receipts
    told = mended.get("/incidents", who)
    assert told.status_code == 401 if not who else told.json()["incidents"] == []


@pytest.mark.parametrize("number", ["0", "x", "1.0", "９", "9" * 30, "-1"])
def test_what_is_no_number_of_an_incident_is_unknown(mended: City, number: str) -> None:
    assert mended.get(f"/incidents/{number}", "civil").status_code == 404


def test_the_owner_sees_its_own_failing_records_and_that_is_on_record(mended: City) -> None:
    answer = mended.get("/incidents/1/keys?limit=2", "civil")
    told = answer.json()
    assert (told["failed"], told["kept"], told["next"], len(told["records"])) == (3, 3, 2, 2)
    assert told["columns"] == ["person_id", "mobile"]
    assert told["records"][0]["values"] == {"mobile": "19900001"}
    assert list(told["records"][0]["key"]) == ["person_id"]
    assert "no-store" in answer.headers["Cache-Control"]
    (last,) = mended.get("/incidents/1/keys?start=2", "civil").json()["records"]
    assert last["values"] == {"mobile": "19900003"}
    receipt = mended.get(f"/ledger/receipts/{answer.headers['Yishu-Receipt']}", "civil").json()["body"]
    assert (receipt["basis"], receipt["purpose"], receipt["incident"]) == ("owner", "own_duty", 1)
    assert set(receipt["columns"]) == {"person_id", "mobile"}


def test_a_system_of_low_clearance_gets_no_key_that_is_graded_above_it(mended: City) -> None:
    owner = SHARED.owner
    mended.shelf.parties.add_system(System("clerk", owner, "clerk", Grade.GENERAL_2, True))
    mended.credentials["clerk"] = mended.shelf.parties.issue_credential("clerk", NOW - timedelta(days=1))
    told = mended.get("/incidents/1/keys", "clerk").json()
    assert told["columns"] == ["mobile"]
    assert all(record["key"] == {} for record in told["records"])


def test_failing_records_of_a_version_that_was_held_back_are_shown_too(mended: City) -> None:
    fresh = make_dataset("civil_affairs.orphan")
    verdict = broken_verdict(mended.shelf.lake, [5], DAY, fresh)
    blocked = replace(verdict, blocked=(MOBILE,))
    with pytest.raises(Exception, match="held back"):
        mended.shelf.publish(fresh, blocked, NOW)
    (one,) = mended.get("/incidents?dataset=civil_affairs.orphan", "civil").json()["incidents"]
    told = mended.get(f"/incidents/{one['id']}/keys", "civil").json()
    assert [record["values"] for record in told["records"]] == [{"mobile": "19900005"}]


def test_the_list_is_paged_and_filtered(mended: City) -> None:
    for name in ("aid_b", "aid_c"):
        other = make_dataset(f"civil_affairs.{name}")
        mended.shelf.publish(other, broken_verdict(mended.shelf.lake, [1], DAY, other), NOW)
    first = mended.get("/incidents?limit=2", "civil").json()
    rest = mended.get(f"/incidents?limit=2&cursor={first['next']}", "civil").json()
    assert [one["dataset"].partition(".")[2] for page in (first, rest) for one in page["incidents"]] == [
        "aid_c",
        "aid_b",
        "allowance",
    ]
    assert rest["next"] is None
    assert mended.get(f"/incidents?limit=2&cursor={first['next']}", "province").status_code == 400
    post(mended, "/incidents/1/acknowledge", "civil")
    told = mended.get("/incidents?state=acknowledged", "civil").json()["incidents"]
    assert [one["id"] for one in told] == [1]
    assert mended.get("/incidents?state=closed", "civil").status_code == 400
    assert mended.get("/incidents?dataset=health.secret", "civil").json()["incidents"] == []


def test_incidents_of_a_withheld_dataset_are_its_owners_alone(mended: City) -> None:
    mended.shelf.publish(SECRET, broken_verdict(mended.shelf.lake, [1], DAY, SECRET), NOW)
    path = f"/incidents?dataset={SECRET.key}"
    assert len(mended.get(path, "civil").json()["incidents"]) == 1
    assert mended.get(path, "province").json()["incidents"] == []


def test_an_equal_department_of_the_same_division_is_no_superior(mended: City) -> None:
    county = make_dataset("civil_affairs.street", division=SHIZHONG, owner="11370402004005555F")
    mended.shelf.publish(county, broken_verdict(mended.shelf.lake, [1], DAY, county), NOW)
    seen = {who: len(mended.get("/incidents", who).json()["incidents"]) for who in ("health", "tengzhou", "province")}
    assert seen == {"health": 1, "tengzhou": 0, "province": 2}


def test_the_inbox_is_the_organisations_own_and_a_notice_is_read_once(mended: City) -> None:
    told = mended.get("/inbox", "civil").json()
    (one,) = told["notices"]
    assert (told["unread"], told["waiting"], one["about"]) == (1, 1, "incident_opened")
    assert one["body"]["incident"] == 1
    assert "联系电话" in one["subject"]
    assert mended.get("/inbox?lang=en", "civil").json()["notices"][0]["subject"].startswith("to be mended")
    for who in ("health", "province"):
        assert mended.get("/inbox", who).json() == EMPTY
        assert post(mended, f"/inbox/{one['id']}/read", who).status_code == 404
    assert mended.get("/inbox").status_code == 401
    read = post(mended, f"/inbox/{one['id']}/read", "civil").json()["read_at"]
    mended.clock.now = NOW + timedelta(hours=1)
    assert post(mended, f"/inbox/{one['id']}/read", "civil").json()["read_at"] == read
    assert mended.get("/inbox?unread=1", "civil").json()["notices"] == []


def test_the_inbox_is_paged(mended: City) -> None:
    for number in range(1, 4):
        deliver(mended.shelf, [] if number % 2 else [1], number)
    first = mended.get("/inbox?limit=1", "civil").json()
    rest = mended.get(f"/inbox?limit=1&cursor={first['next']}", "civil").json()
    assert first["notices"][0]["id"] > rest["notices"][0]["id"]
    assert rest["next"] is None


def test_of_two_officers_who_answer_at_once_one_is_told_that_it_is_done(mended: City) -> None:
    shelf = mended.shelf
    subject = shelf.parties.subject(mended.credentials["civil"], NOW)
    seen = incident_desk.find(shelf, subject, 1)

    def answer(_: int) -> str:
        try:
            return incident_desk.answer(shelf, subject, seen, Answer(Action.ACKNOWLEDGE), NOW).state.value
        except BadInput as refused:
            return type(refused).__name__

    with ThreadPoolExecutor(2) as officers:
        assert sorted(officers.map(answer, range(2))) == ["BadInput", "acknowledged"]
    assert [step.action for step in incident_desk.history(shelf, seen)] == ["opened", "acknowledge"]
