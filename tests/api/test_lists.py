"""The lists of sharing: made from the catalogue, under the rights of who reads them, with digests on the ledger."""

import hashlib
import json
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from catalog.credentials import Bearer
from catalog.database import writing
from catalog.lists import desk as list_desk
from catalog.lists import editions
from catalog.lists.desk import Look
from catalog.lists.facts import Assessed, Facts
from catalog.lists.lines import open_state
from catalog.lists.sight import sight_of
from catalog.lists.tables import edition, rating
from catalog.organisations import Organisation, System
from catalog.persons import Person
from catalog.shelf import Shelf
from schemas.access import Role, Tier
from schemas.dataset import Grade, Opening, Sharing
from schemas.lists import COLUMNS, NAMES, ListName, OpenState
from schemas.request import Action
from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.builders import CIVIL_AFFAIRS, NOW, TENGZHOU_CIVIL, ZAOZHUANG, make_dataset, make_field
from tests.catalog import requests_world

BUREAU = "11370400MB2857430X"
KEY = "civil_affairs.low_income"


@pytest.fixture
def governed(city_on_each: City) -> City:
    """With the data administration's reviewer and auditor, a keeper of civil affairs, a requester of Tengzhou."""
    city, parties = city_on_each, city_on_each.shelf.parties
    bureau = Organisation(BUREAU, "枣庄市大数据局", "Big Data Bureau", ZAOZHUANG, Tier.CITY, authority=True)
    parties.add_organisation(bureau)
    parties.add_system(System("bureau", BUREAU, "bureau", Grade.GENERAL_4, True))
    posts = (
        ("reviewer", "bureau", BUREAU, Role.AUTHORITY_REVIEWER),
        ("auditor", "bureau", BUREAU, Role.SECURITY_AUDITOR),
        ("keeper", "civil", CIVIL_AFFAIRS, Role.CATALOGUE_KEEPER),
        ("clerk", "tengzhou", TENGZHOU_CIVIL, Role.REQUESTER),
    )
    for post, system, organisation, role in posts:
        parties.add_person(Person(post, organisation, f"{post}（演示岗位）", frozenset({role})))
        city.credentials[post] = parties.issue_credential(Bearer(system, post), NOW - timedelta(days=1))
    city.credentials["bureau"] = parties.issue_credential("bureau", NOW - timedelta(days=1))
    return city


def listed(city: City, name: str, who: str = "", **query: str) -> list[dict[str, str]]:
    answer = city.get(f"/lists/{name}", who, params=query)
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, str]] = answer.json()["lines"]
    return lines


def keys(city: City, name: str, who: str = "") -> set[str]:
    return {one["key"] for one in listed(city, name, who)}


def test_the_supply_list_shows_each_what_the_catalogue_shows_him(governed: City) -> None:
    assert keys(governed, "supply") == {"credit.penalty"}
    assert keys(governed, "supply", "outsider") == {"credit.penalty"}
    assert keys(governed, "supply", "tengzhou") == {"credit.penalty", KEY}
    line = next(one for one in listed(governed, "supply", "tengzhou") if one["key"] == KEY)
    assert (line["version"], line["grants"], line["updated"]) == ("1", "3", "2026-11-19")


def test_what_is_withheld_is_listed_to_its_provider_and_the_data_administration_alone(governed: City) -> None:
    assert keys(governed, "withheld", "health") == {"health.secret"}
    assert keys(governed, "withheld", "reviewer") == {"health.secret"}
    assert keys(governed, "withheld", "auditor") == {"health.secret"}
    for who in ("", "outsider", "tengzhou", "civil", "bureau", "keeper", "laiwu"):
        assert keys(governed, "withheld", who) == set(), who
    for name in ListName:
        if name is not ListName.WITHHELD:
            assert "health.secret" not in keys(governed, name, "tengzhou"), name


def test_a_reviewer_elsewhere_sees_nothing_of_this_city(governed: City) -> None:
    code = "11370100MB2857431Y"
    parties = governed.shelf.parties
    parties.add_organisation(Organisation(code, "济南市大数据局", "", "370100000000", Tier.CITY, authority=True))
    parties.add_system(System("jinan", code, "jinan", Grade.GENERAL_4, True))
    parties.add_person(Person("elsewhere", code, "审核岗", frozenset({Role.AUTHORITY_REVIEWER})))
    governed.credentials["elsewhere"] = parties.issue_credential(Bearer("jinan", "elsewhere"), NOW - timedelta(days=1))
    assert keys(governed, "withheld", "elsewhere") == set()


def test_an_item_that_is_not_shared_is_a_line_with_its_basis(governed: City) -> None:
    fields = (*make_dataset().fields, make_field("note", title="备注", shareable=False, withheld_basis="某条例第九条"))
    governed.shelf.register(make_dataset("civil_affairs.notes", fields=fields), NOW)
    (line,) = listed(governed, "withheld", "tengzhou")
    assert (line["item"], line["basis"]) == ("备注", "某条例第九条")


def test_open_by_default_what_has_no_basis_is_overdue_until_it_is_assessed(governed: City) -> None:
    state = {one["key"]: one["state"] for one in listed(governed, "open", "keeper")}
    assert state == {"credit.penalty": "open", KEY: "due"}
    told = {"outcome": "closed", "basis": "某法第五条", "next": "2027-11-01"}
    answer = governed.client.post(f"/api/v1/datasets/{KEY}/assessment", json=told, headers=governed.headers("keeper"))
    assert answer.status_code == 201, answer.text
    receipt = governed.shelf.receipts.of(answer.json()["receipt"])
    assert receipt is not None
    assert (receipt.body["event"], receipt.body["basis"], receipt.body["person"]) == (
        "assessed",
        "某法第五条",
        "keeper",
    )
    line = next(one for one in listed(governed, "open", "keeper") if one["key"] == KEY)
    assert (line["state"], line["basis"], line["next"]) == ("closed", "某法第五条", "2027-11-01")
    governed.clock.now = NOW + timedelta(days=347)
    governed.credentials["keeper"] = governed.shelf.parties.issue_credential(
        Bearer("civil", "keeper"), governed.clock.now
    )
    assert next(one["state"] for one in listed(governed, "open", "keeper") if one["key"] == KEY) == "late"


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"outcome": "closed", "basis": " ", "next": "2027-01-01"}, 422),
        ({"outcome": "closed", "basis": "x", "next": "2026-11-20"}, 422),
        ({"outcome": "closed", "basis": "x", "next": "2027-11-22"}, 422),
        ({"outcome": "open", "basis": "", "next": "2027-01-01"}, 422),
        ({"outcome": "ajar", "basis": "x", "next": "2027-01-01"}, 422),
    ],
)
def test_an_assessment_without_its_reason_or_with_an_impossible_day_is_refused(
    governed: City, told: dict[str, str], status: int
) -> None:
    url = f"/api/v1/datasets/{KEY}/assessment"
    answer = governed.client.post(url, json=told, headers=governed.headers("keeper"))
    assert answer.status_code in (400, status), answer.text
    assert next(one["state"] for one in listed(governed, "open", "keeper") if one["key"] == KEY) == "due"


def test_only_the_providers_keeper_assesses_and_only_a_recipients_person_rates(governed: City) -> None:
    told = {"outcome": "closed", "basis": "x", "next": "2027-01-01"}
    for who, status in (("civil", 403), ("clerk", 403), ("reviewer", 403), ("auditor", 403), ("", 404)):
        url = f"/api/v1/datasets/{KEY}/assessment"
        assert governed.client.post(url, json=told, headers=governed.headers(who)).status_code == status, who
    for who, status in (("tengzhou", 403), ("keeper", 403), ("reviewer", 403), ("clerk", 201)):
        url = f"/api/v1/datasets/{KEY}/rating"
        assert governed.client.post(url, json={"score": 4}, headers=governed.headers(who)).status_code == status, who


def test_ratings_are_told_as_satisfaction_and_said_again_the_new_word_stands(governed: City) -> None:
    url = f"/api/v1/datasets/{KEY}/rating"
    for score in (2, 5):
        assert governed.client.post(url, json={"score": score}, headers=governed.headers("clerk")).status_code == 201
    assert governed.client.post(url, json={"score": 6}, headers=governed.headers("clerk")).status_code in (400, 422)
    rows = governed.get("/evaluation", "keeper").json()["providers"]
    mine = next(one for one in rows if one["provider"] == "枣庄市民政局")
    assert (mine["satisfaction"], mine["ratings"], mine["recipients"], mine["in_time"]) == ("", "1", "3", "1.000")
    for number, score in enumerate((3, 4)):
        code = f"1137048100431234{number}C"
        row = {"dataset": KEY, "organisation": code, "score": score, "said": "", "at": NOW, "receipt": "x"}
        governed.shelf.parties.add_organisation(Organisation(code, "某单位（演示）", "", ZAOZHUANG, Tier.CITY))
        with writing(governed.shelf.engine) as connection:
            connection.execute(insert(rating).values(row))
    again = governed.get("/evaluation", "keeper").json()["providers"]
    told = next(one for one in again if one["provider"] == "枣庄市民政局")
    assert (told["satisfaction"], told["ratings"]) == ("4.000", "3"), "below three none is told"


def test_evaluation_counts_only_what_its_reader_may_know_of_and_opens_in_a_spreadsheet(governed: City) -> None:
    providers = {one["provider"] for one in governed.get("/evaluation", "outsider").json()["providers"]}
    assert providers == {"山东省信用中心"}
    assert governed.get("/evaluation").status_code == 401
    text = governed.get("/evaluation", "keeper", params={"format": "csv"}).content
    assert text.startswith("\ufeff".encode() + '"提供单位"'.encode())
    assert "枣庄市民政局".encode() in text


def test_an_edition_is_kept_once_for_the_same_lines_and_its_digest_stands_on_the_ledger(governed: City) -> None:
    first = editions.keep(governed.shelf, ListName.SUPPLY, NOW)
    assert editions.keep(governed.shelf, ListName.SUPPLY, NOW + timedelta(days=1)).id == first.id
    receipt = governed.shelf.receipts.of(first.receipt)
    assert receipt is not None
    assert (receipt.body["sha256"], receipt.body["lines"]) == (first.sha256, 2)
    with governed.shelf.engine.connect() as connection:
        text = zlib.decompress(connection.scalar(select(edition.c.body).where(edition.c.id == first.id)) or b"")
    assert hashlib.sha256(text).hexdigest() == first.sha256
    assert {json.loads(line)["key"] for line in text.splitlines()} == {"credit.penalty", KEY}


def test_what_changed_since_an_edition_is_told_of_visible_lines_alone(governed: City) -> None:
    kept = editions.keep(governed.shelf, ListName.SUPPLY, NOW)
    governed.shelf.register(make_dataset("civil_affairs.more", title="新增"), NOW)
    governed.shelf.register(make_dataset(version="1.1.0", description="x", sharing_condition="仅限社会救助"), NOW)
    told = governed.get("/lists/supply", "tengzhou", params={"since": str(kept.id)}).json()
    assert [one["key"] for one in told["added"]] == ["civil_affairs.more"]
    assert [(one["before"]["condition"], one["after"]["condition"]) for one in told["altered"]] == [
        ("", "仅限社会救助")
    ]
    assert governed.get("/lists/supply", "outsider", params={"since": str(kept.id)}).json() == {
        "since": kept.id, "added": [], "removed": [], "altered": [],
    }  # fmt: skip
    assert governed.get("/lists/duty", "tengzhou", params={"since": str(kept.id)}).status_code == 404


def test_a_page_ends_with_a_whole_dataset_and_the_cursor_goes_on_behind_it(governed: City) -> None:
    first = governed.get("/lists/supply", "tengzhou", params={"limit": "1"}).json()
    second = governed.get("/lists/supply", "tengzhou", params={"limit": "1", "cursor": first["next"]}).json()
    assert [one["key"] for page in (first, second) for one in page["lines"]] == [KEY, "credit.penalty"]
    stolen = governed.get("/lists/supply", "health", params={"limit": "1", "cursor": first["next"]})
    assert stolen.status_code == 400


def test_no_list_is_there_by_another_name(governed: City) -> None:
    assert governed.get("/lists/secrets", "tengzhou").status_code == 404


def test_every_list_has_its_names_and_columns_in_both_languages() -> None:
    assert set(NAMES) == set(COLUMNS) == set(ListName)
    assert all(all(both) for columns in COLUMNS.values() for both in columns.values())


@pytest.mark.parametrize(
    ("told", "assessed", "expected"),
    [
        ({"sharing": Sharing.OPEN}, None, OpenState.OPEN),
        ({}, None, OpenState.DUE),
        ({"opening": Opening.CLOSED}, None, OpenState.DUE),
        ({"opening": Opening.CLOSED, "opening_condition": "某法"}, None, OpenState.CLOSED),
        ({"opening": Opening.CONDITIONAL, "opening_condition": "x"}, None, OpenState.PROMISED),
        ({}, Assessed(NOW, "closed", "某法", NOW.date()), OpenState.CLOSED),
        ({}, Assessed(NOW, "closed", "某法", NOW.date() - timedelta(days=1)), OpenState.LATE),
        ({}, Assessed(NOW, "open", "", NOW.date()), OpenState.PROMISED),
    ],
)
def test_the_state_of_openness(told: dict[str, object], assessed: Assessed | None, expected: OpenState) -> None:
    dataset = make_dataset(**told)
    known = {dataset.key: assessed} if assessed else {}
    assert open_state(dataset, Facts({}, {}, {}, known, NOW)) is expected


def test_pages_of_the_lists_are_whole_without_javascript(governed: City) -> None:
    editions.keep(governed.shelf, ListName.OPEN, NOW)
    sign_in(governed, "keeper")
    assert "供给清单" in governed.client.get("/lists").text
    for name in ListName:
        assert governed.client.get(f"/lists/{name}").status_code == 200, name
    text = governed.client.get("/lists/open").text
    assert "逾期未评估" in text
    assert "与 2026-11-20 09:30 版对比" in text
    assert "没有变化" in governed.client.get("/lists/open?since=1").text
    assert "Supply" in governed.client.get("/lists?lang=en").text
    assert governed.client.get("/evaluation").status_code == 200
    assert governed.client.get("/lists/open.csv").headers["content-type"] == "text/csv; charset=utf-8"


def test_the_demand_list_is_for_the_parties_of_each_request_and_for_auditors(shelf: Shelf, tmp_path: Path) -> None:
    world = requests_world.build(shelf)
    request = world.reviewed()
    world.draft()
    tree = shelf.tree()
    with shelf.engine.connect() as connection:
        looks = {who: Look(shelf, sight_of(connection, who, tree), world.now) for who in WHO}
    lines = {who: list(list_desk.seen(look, ListName.DEMAND)) for who, look in looks.items()}
    mine = lines[requests_world.ASKER]
    assert [one.key for one in mine] == [request.number], "a draft is nobody's business"
    assert mine[0].values["title"] == "城乡低保对象"
    assert (mine[0].values["state"], mine[0].values["path"]) == ("provider_review", "authorise")
    assert mine[0].values["due"] == "2026-10-09"
    for who, expected in zip(WHO, ([1], [1], [1], [], []), strict=True):
        assert [len(lines[who])] == (expected or [0]), who.organisation
    kept = editions.keep(shelf, ListName.DEMAND, world.now)
    with shelf.engine.connect() as connection:
        whole = editions.lines_of(connection, ListName.DEMAND, kept.id)
    assert [one.key for one in list_desk.shown(looks[requests_world.STRANGER], ListName.DEMAND, whole)] == []
    assert [one.key for one in list_desk.shown(looks[requests_world.AUDITOR], ListName.DEMAND, whole)] == [
        request.number
    ]
    world.act(requests_world.REVIEWER, request, Action.APPROVE)
    assert (
        list_desk.page(looks[requests_world.REVIEWER], ListName.DEMAND, "", 10).lines[0].values["state"]
        == "provisioning"
    )


WHO = (
    requests_world.ASKER,
    requests_world.REVIEWER,
    requests_world.AUDITOR,
    requests_world.STRANGER,
    requests_world.OTHER,
)
