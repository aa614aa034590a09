"""A doubt about a value reaches its source, the version that mends it, and everybody who has the old one."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from catalog.clocks import clocks
from catalog.clocks.sweep import sweep
from catalog.corrections import tables
from catalog.corrections.binding import bind, catch_up
from catalog.credentials import Bearer
from catalog.lake.where import desk
from catalog.ledger import tokens
from catalog.mending import notices
from catalog.organisations import Organisation, System
from catalog.persons import Person
from schemas.access import Role, Tier
from schemas.dataset import FieldType, Grade, Kind, ScopeRole, Sharing, Source, Transform
from schemas.deadline import Event, Thing
from schemas.notice import About
from schemas.origin import How, Origin
from tests.api.conftest import City, low_income
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    NOW,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_dataset,
    make_field,
    make_grant,
    make_verdict,
    transform_of,
)

KEY = "civil_affairs.low_income"
AUTHORITY = "11370400004305003C"
MINE = low_income_row(3, TENGZHOU)
OTHER = low_income_row(30, SHIZHONG)
AID = {"purpose": "social_assistance"}
HEALTHY = {"purpose": "public_health"}


@pytest.fixture
def town(city_on_each: City) -> City:
    """The city with officials in their roles and a data administration, on each kind of database."""
    return peopled(city_on_each)


@pytest.fixture
def quick(city: City) -> City:
    """The same on SQLite, for what is not about databases."""
    return peopled(city)


def peopled(city: City) -> City:
    parties = city.shelf.parties
    parties.add_organisation(Organisation(AUTHORITY, "枣庄市数据局（演示）", "", ZAOZHUANG, Tier.CITY, authority=True))
    officials = (
        ("reviewer", CIVIL_AFFAIRS, "civil", Role.SOURCE_REVIEWER),
        ("data_office", AUTHORITY, "data_office", Role.AUTHORITY_REVIEWER),
        ("auditor", AUTHORITY, "data_office", Role.SECURITY_AUDITOR),
    )
    parties.add_system(System("data_office", AUTHORITY, "data office"))
    for name, organisation, system, role in officials:
        parties.add_person(Person(name, organisation, f"演示岗位 {name}", frozenset({role})))
        bearer = Bearer(system, name)
        city.credentials[name] = parties.issue_credential(bearer, NOW - timedelta(days=1))
    return city


def claim(city: City, who: str, row: dict[str, object], expected: str | None, **told: object):  # type: ignore[no-untyped-def]
    body = {
        "dataset": KEY,
        "key": {"person_id": row["person_id"]},
        "column": "amount",
        "expected": expected,
        "evidence": "低保金发放通知书（演示）",
        **AID,
    } | told
    return city.client.post("/api/v1/corrections", headers=city.headers(who), json=body)


def filed(city: City, who: str = "tengzhou", expected: str = "650", **told: object) -> int:
    made = claim(city, who, MINE, expected, **told)
    assert made.status_code == 201, made.text
    (one,) = made.json()["corrections"]
    number = one["id"]
    assert isinstance(number, int)
    return number


def act(city: City, number: int, action: str, who: str, **told: object):  # type: ignore[no-untyped-def]
    return city.client.post(f"/api/v1/corrections/{number}/{action}", headers=city.headers(who), json=told or None)


def state(city: City, number: int, who: str = "civil") -> str:
    return str(city.get(f"/corrections/{number}", who).json()["state"])


def deliver(city: City, changed: dict[str, object], days: int = 1) -> None:
    """The next version, with other values in the doubted row."""
    dataset = city.shelf.dataset(KEY)
    rows = [one | changed if one["person_id"] == MINE["person_id"] else one for one in low_income()]
    moment = NOW + timedelta(days=days)
    verdict = make_verdict(desk(city.shelf.lake), dataset, rows, date(2026, 11, 19) + timedelta(days=days))
    city.shelf.publish(dataset, verdict, moment)
    city.clock.now = moment
    bind(city.shelf, KEY, moment)


def told(city: City, who: str) -> list[str]:
    with city.shelf.engine.connect() as connection:
        found = notices.inbox(connection, who)
    return [one.about.value for one in reversed(found) if one.about.value.startswith("correction")]


def read(city: City, who: str, grant: str | None = None, **params: str):  # type: ignore[no-untyped-def]
    purpose = HEALTHY if who == "health" else AID
    return city.get(f"/datasets/{KEY}/rows", who, params=purpose | {"grant": city.grants[grant or who]} | params)


def test_a_correction_reaches_past_recipients_who_acknowledge(town: City) -> None:
    assert read(town, "tengzhou").status_code == 200
    assert read(town, "health").status_code == 200
    assert read(town, "laiwu").status_code == 200  # whose scope does not hold the row
    number = filed(town)
    assert state(town, number) == "located"
    assert told(town, CIVIL_AFFAIRS) == ["correction_opened"]
    assert act(town, number, "take_up", "civil").json()["state"] == "verifying"
    assert act(town, number, "correct", "reviewer", said="已核对发放台账").json()["state"] == "correcting"
    deliver(town, {"amount": 640})
    assert state(town, number) == "correcting"  # another value than the one that was promised
    deliver(town, {"amount": 650}, 2)
    shown = town.get(f"/corrections/{number}", "civil").json()
    assert (shown["state"], shown["outcome"], shown["corrected_version"]) == ("propagating", "corrected", 3)
    assert [(one["organisation"], one["acknowledged_at"]) for one in shown["told"]] == [
        (HEALTH, None),
        (TENGZHOU_CIVIL, None),
    ]
    assert told(town, HEALTH) == ["correction_told"]
    assert told(town, "11370116004000001L") == []
    delta = town.get(f"/corrections/{number}/delta", "health").json()
    assert (delta["before"]["row"]["amount"], delta["after"]["row"]["amount"]) == ("603.00", "650.00")
    assert act(town, number, "acknowledge", "health").json()["state"] == "propagating"
    assert act(town, number, "acknowledge", "health").status_code == 200
    assert act(town, number, "acknowledge", "tengzhou").json()["state"] == "closed"
    history = town.get(f"/corrections/{number}", "civil").json()["history"]
    assert [step["action"] for step in history] == [
        "filed", "take_up", "correct", "bind", "acknowledge", "acknowledge",
    ]  # fmt: skip
    assert all(step["receipt"] for step in history)
    assert town.shelf.ledger.verify() == ()


def test_each_state_has_its_clock_and_each_recipient_their_own(town: City) -> None:
    read(town, "health")
    number = filed(town)
    clock = town.get(f"/corrections/{number}", "civil").json()["clock"]
    assert (clock["event"], clock["due"], clock["responsible"]) == ("correction", "2026-12-04", CIVIL_AFFAIRS)
    assert "待核实" in clock["rules"][0]["source"]
    act(town, number, "take_up", "civil")
    act(town, number, "correct", "reviewer")
    deliver(town, {"amount": 650})
    with town.shelf.engine.connect() as connection:
        (source,) = clocks.of(connection, Thing("correction", str(number)))
        (recipient,) = clocks.of(connection, Thing("correction", f"{number}/{HEALTH}"))
    assert (source.event, source.state.value) == (Event.CORRECTION, "stopped")
    assert (recipient.event, recipient.state.value, recipient.thing.responsible) == (
        Event.ACKNOWLEDGEMENT, "running", HEALTH,
    )  # fmt: skip
    late = NOW + timedelta(days=30)
    assert sweep(town.shelf, late).breached == 1
    act(town, number, "acknowledge", "health")
    with town.shelf.engine.connect() as connection:
        (done,) = clocks.of(connection, Thing("correction", f"{number}/{HEALTH}"))
    assert done.state.value == "stopped"


def test_what_is_opened_again_before_all_have_acknowledged_frees_them_and_tells_them_anew(town: City) -> None:
    read(town, "health")
    number = filed(town)
    act(town, number, "take_up", "civil")
    act(town, number, "correct", "reviewer")
    deliver(town, {"amount": 650})
    assert act(town, number, "reopen", "tengzhou", said="仍有误").json()["state"] == "located"
    with town.shelf.engine.connect() as connection:
        (recipient,) = clocks.of(connection, Thing("correction", f"{number}/{HEALTH}"))
    assert recipient.state.value == "stopped"
    act(town, number, "take_up", "civil")
    act(town, number, "correct", "reviewer", value="670")
    deliver(town, {"amount": 670}, 2)
    assert told(town, HEALTH) == ["correction_told", "correction_told"]
    assert act(town, number, "acknowledge", "health").json()["state"] == "closed"


def test_several_claims_on_one_cell_are_one_correction_and_the_same_claim_is_one(town: City) -> None:
    number = filed(town)
    assert filed(town) == number
    assert filed(town, "health", "660", **HEALTHY) == number
    shown = town.get(f"/corrections/{number}", "civil").json()
    assert [one["by"] for one in shown["claims"]] == [TENGZHOU_CIVIL, HEALTH]
    assert [one["by"] for one in town.get(f"/corrections/{number}", "health").json()["claims"]] == [HEALTH]
    act(town, number, "take_up", "civil")
    unsure = act(town, number, "correct", "reviewer")
    assert (unsure.status_code, "say what it will be" in unsure.text) == (422, True)
    assert act(town, number, "correct", "reviewer", value="655").json()["outcome"] == "corrected"


def test_nobody_joined_with_the_row_is_told_when_nobody_read_it(town: City) -> None:
    number = filed(town)
    act(town, number, "take_up", "civil")
    act(town, number, "correct_partly", "reviewer", said="按差额更正", value="620")
    deliver(town, {"amount": 620})
    shown = town.get(f"/corrections/{number}", "tengzhou").json()
    assert (shown["state"], shown["outcome"]) == ("closed", "partly")


def test_who_verified_the_person_by_key_is_told_too(town: City) -> None:
    body = {**AID, "case": "A-1", "subject": {"person_id": MINE["person_id"]}, "columns": ["amount"]}
    asked = town.client.post(f"/api/v1/datasets/{KEY}/verify", headers=town.headers("tengzhou"), json=body)
    assert asked.json()["found"]
    number = filed(town, "health", **HEALTHY)
    act(town, number, "take_up", "civil")
    act(town, number, "correct", "reviewer")
    deliver(town, {"amount": 650})
    shown = town.get(f"/corrections/{number}", "civil").json()
    assert [one["organisation"] for one in shown["told"]] == [TENGZHOU_CIVIL]
    assert town.get(f"/corrections/{number}/delta", "tengzhou").json()["after"]["row"]["amount"] == "650.00"


def test_who_read_other_columns_is_not_told(quick: City) -> None:
    read(quick, "tengzhou", columns="person_id,name")
    number = filed(quick, "health", **HEALTHY)
    act(quick, number, "take_up", "civil")
    act(quick, number, "correct", "reviewer")
    deliver(quick, {"amount": 650})
    assert quick.get(f"/corrections/{number}", "civil").json()["state"] == "closed"


def test_upheld_waits_for_an_objection_and_lapses(town: City) -> None:
    number = filed(town)
    act(town, number, "take_up", "civil")
    assert act(town, number, "uphold", "reviewer").status_code == 422
    upheld = act(town, number, "uphold", "reviewer", said="与台账一致").json()
    assert (upheld["state"], upheld["clock"]["event"], upheld["clock"]["responsible"]) == (
        "upheld", "acknowledgement", TENGZHOU_CIVIL,
    )  # fmt: skip
    reopened = act(town, number, "reopen", "tengzhou", said="另有通知书").json()
    assert (reopened["state"], reopened["reopened"], reopened["clock"]["event"]) == ("located", 1, "correction")
    act(town, number, "take_up", "civil")
    act(town, number, "uphold", "reviewer", said="仍一致")
    assert catch_up(town.shelf, NOW + timedelta(days=1)) == 0
    assert catch_up(town.shelf, NOW + timedelta(days=30)) == 1
    assert state(town, number) == "closed"


def test_what_is_nobodys_is_assigned_by_the_data_administration(town: City) -> None:
    other = make_dataset("health.archive", title="健康档案", title_en="Health records", owner=HEALTH)
    rows = low_income()
    town.shelf.publish(other, make_verdict(desk(town.shelf.lake), other, rows), NOW)
    number = filed(town)
    shown = act(town, number, "not_ours", "reviewer", said="由卫健部门产生").json()
    assert (shown["state"], shown["clock"]["event"], shown["clock"]["responsible"]) == (
        "unassigned", "duty_assignment", AUTHORITY,
    )  # fmt: skip
    assert act(town, number, "assign", "reviewer", dataset="health.archive").json()["code"] == "NOT_YOUR_MOVE"
    assert act(town, number, "assign", "data_office", dataset="health.nothing").status_code == 422
    assigned = act(town, number, "assign", "data_office", dataset="health.archive").json()
    assert (assigned["state"], assigned["dataset"], assigned["clock"]["responsible"]) == (
        "located", "health.archive", HEALTH,
    )  # fmt: skip
    assert "correction_opened" in told(town, HEALTH)
    assert town.get(f"/corrections/{number}", "tengzhou").json()["state"] == "located"
    assert read(town, "tengzhou").headers["yishu-disputed"] == "1"  # where the claimant met it


def test_a_verdict_takes_a_person_in_the_role_and_each_side_has_its_own_moves(quick: City) -> None:
    number = filed(quick)
    act(quick, number, "take_up", "civil")
    assert act(quick, number, "correct", "civil").json()["code"] == "ROLE_MISSING"
    assert act(quick, number, "correct", "tengzhou").json()["code"] == "NOT_YOUR_MOVE"
    assert act(quick, number, "bind", "reviewer").json()["code"] == "NOT_YOUR_MOVE"
    assert act(quick, number, "acknowledge", "tengzhou").json()["code"] == "NOT_YOUR_MOVE"
    assert act(quick, number, "sing", "civil").status_code == 400
    assert act(quick, number, "uphold", "data_office", said="x").json()["code"] == "NOT_YOUR_MOVE"
    assert act(quick, number, "withdraw", "tengzhou").json()["state"] == "closed"
    assert "yishu-disputed" not in read(quick, "tengzhou").headers


def test_to_others_there_is_no_correction(quick: City) -> None:
    number = filed(quick)
    for who in ("laiwu", "outsider"):
        assert quick.get(f"/corrections/{number}", who).status_code == 404
        assert (
            quick.get(f"/corrections/{number}", who).json()["detail"]
            == quick.get("/corrections/999", who).json()["detail"]
        )
        assert quick.get("/corrections", who).json()["corrections"] == []
    assert quick.get(f"/corrections/{number}").status_code == 401
    assert [one["id"] for one in quick.get("/corrections", "auditor").json()["corrections"]] == [number]
    assert quick.get(f"/corrections/{number}/cell", "auditor").json()["code"] == "NOT_YOUR_MOVE"
    assert quick.get(f"/corrections/{number}/cell", "tengzhou").json()["code"] == "NOT_YOUR_MOVE"
    assert quick.get(f"/corrections/{number}/delta", "tengzhou").json()["code"] == "NOT_YOUR_MOVE"


def test_the_source_sees_row_value_and_evidence_and_each_look_is_on_record(quick: City) -> None:
    number = filed(quick)
    answer = quick.get(f"/corrections/{number}/cell", "civil")
    shown = answer.json()
    assert (shown["key"], shown["found"]) == ({"person_id": MINE["person_id"]}, "603")
    assert [(one["expected"], one["evidence"]) for one in shown["claims"]] == [("650", "低保金发放通知书（演示）")]
    assert quick.shelf.ledger.receipt(answer.headers["yishu-receipt"]).body["correction"] == number  # type: ignore[union-attr]


def test_nothing_that_names_a_person_lies_open_in_the_database_or_in_the_ledger(town: City) -> None:
    number = filed(town)
    act(town, number, "take_up", "civil")
    act(town, number, "correct", "reviewer", said="王某某（演示）")
    with town.shelf.engine.connect() as connection:
        every = [
            str(tuple(row)) + "".join(bytes(one).decode("utf-8", "replace") for one in row if isinstance(one, bytes))
            for table in (tables.correction, tables.claim, tables.step, tables.told)
            for row in connection.execute(select(table))
        ]
    log = json.dumps([one.body for one in town.shelf.ledger.receipts()], ensure_ascii=False)
    for text in (*every, log):
        for secret in (str(MINE["person_id"]), "通知书", "王某某", "'650'"):
            assert secret not in text


def test_a_year_after_it_was_closed_nothing_is_kept_of_whose_row_it_was(town: City) -> None:
    number = filed(town)
    act(town, number, "take_up", "civil")
    act(town, number, "uphold", "reviewer", said="一致")
    act(town, number, "accept", "tengzhou")
    catch_up(town.shelf, NOW + timedelta(days=364))
    assert town.get(f"/corrections/{number}/cell", "civil").json()["found"] == "603"
    catch_up(town.shelf, NOW + timedelta(days=366))
    with town.shelf.engine.connect() as connection:
        assert set(connection.scalars(select(tables.correction.c.sealed))) == {b""}
        assert set(connection.scalars(select(tables.claim.c.sealed))) == {b""}
    assert town.get(f"/corrections/{number}/cell", "civil").json()["key"] == {}
    again = act(town, number, "reopen", "tengzhou", said="x")
    assert (again.status_code, "claim anew" in again.json()["detail"]) == (422, True)
    assert filed(town) != number


def test_only_a_row_and_a_column_that_one_sees_can_be_doubted(quick: City) -> None:
    def said(who: str, row: dict[str, object], **told: object) -> tuple[int, str]:
        answer = claim(quick, who, row, "650", **told)
        return answer.status_code, answer.json()["detail"]

    missing = said("tengzhou", low_income_row(999, TENGZHOU))
    assert missing[0] == 404
    assert said("tengzhou", OTHER) == missing
    assert said("laiwu", MINE) == missing
    assert said("tengzhou", MINE, column="person_id")[0] == 422
    assert said("tengzhou", MINE, column="nothing")[0] == 422
    assert said("tengzhou", MINE, purpose="public_health")[0] == 403
    assert said("outsider", MINE)[0] == 404
    assert said("", MINE)[0] == 401
    assert claim(quick, "tengzhou", MINE, "viel").status_code == 422
    assert said("tengzhou", MINE, key=None)[0] == 422
    assert said("tengzhou", MINE, evidence=" ")[0] == 422
    assert quick.get("/corrections", "civil").json()["corrections"] == []


def test_the_answer_does_not_tell_whether_the_claim_is_right(quick: City) -> None:
    right, wrong = claim(quick, "tengzhou", MINE, "603").json(), claim(quick, "tengzhou", OTHER | MINE, "604").json()
    assert right["corrections"][0]["state"] == wrong["corrections"][0]["state"] == "located"


def test_a_row_can_be_named_by_a_filter_that_only_it_passes(quick: City) -> None:
    assert filed(quick, key=None, filter="amount = 603") > 0
    several = claim(quick, "tengzhou", MINE, "650", key=None, filter="amount > 603")
    assert (several.status_code, "expected one" in several.json()["detail"]) == (422, True)
    none = claim(quick, "tengzhou", MINE, "650", key=None, filter="amount = 630")  # a row of another county
    assert none.status_code == 404


def test_a_row_can_be_named_by_its_token_where_the_key_is_one(city: City) -> None:
    quick = peopled(city)
    dataset = transform_of(quick.shelf.dataset(KEY), person_id=Transform.TOKEN)
    token_version = replace(dataset, version="2.0.0", contract_hash="e" * 64)
    quick.shelf.register(token_version, NOW)
    verdict = make_verdict(desk(quick.shelf.lake), token_version, low_income(), date(2026, 11, 20))
    quick.shelf.publish(token_version, verdict, NOW)
    rows = read(quick, "tengzhou").json()["rows"]
    (mine,) = (one for one in rows if one["amount"] == "603.00")
    assert mine["person_id"] != MINE["person_id"]
    number = filed(quick, key={"person_id": mine["person_id"]})
    assert quick.get(f"/corrections/{number}/cell", "civil").json()["key"] == {"person_id": MINE["person_id"]}
    (doubt,) = read(quick, "tengzhou").json()["disputed"]
    assert doubt["key"] == {"person_id": mine["person_id"]}
    plain = claim(quick, "tengzhou", MINE, "650")
    assert plain.status_code == 404


def test_what_is_served_says_what_is_disputed_in_every_format(town: City) -> None:
    clean = read(town, "tengzhou")
    assert ("disputed" in clean.json(), "yishu-disputed" in clean.headers) == (False, False)
    number = filed(town)
    expected = [{"key": {"person_id": MINE["person_id"]}, "column": "amount", "since": NOW.isoformat()}]
    page = read(town, "tengzhou")
    assert page.headers["yishu-disputed"] == "1"
    assert page.headers["etag"] != clean.headers["etag"]
    (one,) = page.json()["disputed"]
    assert (one["key"], one["column"]) == (expected[0]["key"], "amount")
    csv = read(town, "tengzhou", format="csv", mode="bulk")
    arrow = read(town, "tengzhou", format="arrow", mode="bulk")
    parquet = read(town, "tengzhou", format="parquet", mode="query")
    assert [answer.headers["yishu-disputed"] for answer in (csv, arrow, parquet)] == ["1", "1", "1"]
    schema = pa.ipc.open_stream(arrow.content).schema
    assert json.loads((schema.metadata or {})[b"yishu.disputed"])[0]["column"] == "amount"
    footer = pq.read_metadata(io.BytesIO(parquet.content)).metadata
    assert json.loads(footer[b"yishu.disputed"])[0]["column"] == "amount"
    body = {**AID, "case": "A-1", "subject": {"person_id": MINE["person_id"]}, "columns": ["amount", "born"]}
    verified = town.client.post(f"/api/v1/datasets/{KEY}/verify", headers=town.headers("tengzhou"), json=body)
    assert (verified.json()["disputed"], verified.headers["yishu-disputed"]) == (["amount"], "1")
    listed = town.get(f"/datasets/{KEY}/disputed", "tengzhou", params=AID)
    assert [one["column"] for one in listed.json()["disputed"]] == ["amount"]
    act(town, number, "take_up", "civil")
    act(town, number, "correct", "reviewer")
    assert read(town, "tengzhou").headers["yishu-disputed"] == "1"
    deliver(town, {"amount": 650})
    assert "yishu-disputed" not in read(town, "tengzhou").headers


def test_a_dispute_shows_in_nobodys_answer_beyond_their_rows_and_columns(quick: City) -> None:
    filed(quick)
    for answer in (
        read(quick, "laiwu"),
        read(quick, "tengzhou", columns="person_id,name"),
        read(quick, "tengzhou", filter="amount > 610"),
        read(quick, "health", division=SHIZHONG),
    ):
        assert answer.status_code == 200
        assert "yishu-disputed" not in answer.headers
        assert "disputed" not in answer.json()
    for who in ("laiwu", "health"):
        told = quick.get(f"/datasets/{KEY}/disputed", who, params=(HEALTHY if who == "health" else AID))
        assert len(told.json()["disputed"]) == (1 if who == "health" else 0)
    assert quick.get(f"/datasets/{KEY}/disputed", "outsider").status_code == 404
    body = {**AID, "case": "A-1", "subject": {"person_id": low_income_row(4, TENGZHOU)["person_id"]}}
    other = quick.client.post(f"/api/v1/datasets/{KEY}/verify", headers=quick.headers("tengzhou"), json=body)
    assert ("disputed" in other.json(), "yishu-disputed" in other.headers) == (False, False)


def credential(city: City, number: object) -> str:
    secret = city.shelf.token_key
    return tokens.credential(secret, tokens.of_subject(secret, "resident_id", str(number)), NOW + timedelta(days=30))


def test_a_citizen_speaks_of_their_own_row_and_of_no_other(town: City) -> None:
    mine = credential(town, MINE["person_id"])
    path = f"/api/v1/corrections/subjects/{mine}"
    body = {"dataset": KEY, "key": {"person_id": MINE["person_id"]}, "column": "amount", "expected": "650"}
    made = town.client.post(path, json=body | {"evidence": "银行流水（演示）"})
    assert made.status_code == 201, made.text
    number = made.json()["corrections"][0]["id"]
    other = town.client.post(path, json=body | {"evidence": "x", "key": {"person_id": OTHER["person_id"]}})
    nobody = town.client.post(path, json=body | {"evidence": "x", "key": {"person_id": "370481195001010009"}})
    elsewhere = town.client.post(path, json=body | {"evidence": "x", "dataset": "health.nothing"})
    assert other.status_code == nobody.status_code == elsewhere.status_code == 404
    assert other.json()["detail"] == nobody.json()["detail"] == elsewhere.json()["detail"]
    forged = mine[:-1] + ("0" if mine[-1] != "0" else "1")
    assert town.client.post(f"/api/v1/corrections/subjects/{forged}", json=body | {"evidence": "x"}).status_code == 404
    shown = town.get(f"/corrections/{number}", "civil").json()
    assert [one["by"] for one in shown["claims"]] == ["citizen"]
    assert filed(town) == number
    stranger = credential(town, OTHER["person_id"])
    assert town.get(f"/corrections/subjects/{stranger}").json() == {"corrections": []}
    assert town.client.post(f"/api/v1/corrections/subjects/{stranger}/{number}/withdraw").status_code == 404
    others = town.client.post(f"{path}/{number}/withdraw")
    assert (others.status_code, "others doubt this value too" in others.json()["detail"]) == (422, True)
    act(town, number, "take_up", "civil")
    act(town, number, "uphold", "reviewer", said="一致")
    (seen,) = town.get(f"/corrections/subjects/{mine}").json()["corrections"]
    assert (seen["state"], seen["actions"]) == ("upheld", ["accept", "reopen"])
    assert town.client.post(f"{path}/{number}/accept").json()["state"] == "closed"


def test_a_citizen_learns_nothing_of_datasets_without_their_row(quick: City) -> None:
    path = f"/api/v1/corrections/subjects/{credential(quick, '370481195001010009')}"
    body = {"dataset": KEY, "key": {"person_id": "x"}, "column": "amount", "expected": "650", "evidence": "x"}
    tried = [
        body,
        body | {"dataset": "health.secret"},
        body | {"dataset": "health.secret", "key": {"nothing": "x"}},
        body | {"dataset": "credit.penalty", "key": {"number": "鲁罚〔2026〕1号"}},
        body | {"column": "nothing"},
        body | {"dataset": "no.such"},
    ]
    answers = [quick.client.post(path, json=one) for one in tried]
    assert {(one.status_code, one.json()["detail"]) for one in answers} == {(404, answers[0].json()["detail"])}


def test_naming_rows_that_are_not_there_is_on_record(quick: City) -> None:
    claim(quick, "tengzhou", OTHER, "650")
    (body,) = (one.body for one in quick.shelf.ledger.receipts() if one.body.get("action") == "no_row")
    assert (body["system"], str(OTHER["person_id"]) in json.dumps(body)) == ("tengzhou", False)


def test_passing_a_value_on_tells_nothing_of_whose_data_hold_the_row(quick: City) -> None:
    other = make_dataset("health.archive", title="健康档案", title_en="Health records", owner=HEALTH)
    rows = [low_income_row(77, TENGZHOU)]
    quick.shelf.publish(other, make_verdict(desk(quick.shelf.lake), other, rows), NOW)
    number = filed(quick)
    act(quick, number, "take_up", "civil")
    hidden = act(quick, number, "reroute", "reviewer", dataset="health.secret").json()["detail"]
    missing = act(quick, number, "reroute", "reviewer", dataset="health.nobody").json()["detail"]
    assert hidden.replace("secret", "") == missing.replace("nobody", "")
    passed = act(quick, number, "reroute", "reviewer", dataset="health.archive")
    assert passed.json() == {"id": number, "state": "located", "outcome": ""}  # no longer theirs to see
    shown = quick.get(f"/corrections/{number}", "health").json()
    assert (shown["state"], shown["source"]["credit_code"]) == ("located", HEALTH)
    assert quick.get(f"/corrections/{number}/cell", "health").json()["found"] is None


def test_a_contract_that_lost_the_column_or_has_another_key_breaks_no_read(quick: City) -> None:
    filed(quick)
    before = quick.shelf.dataset(KEY)
    kept = tuple(one for one in before.fields if one.name != "amount")
    fewer = replace(before, version="2.0.0", fields=kept, contract_hash="d" * 64)
    quick.shelf.register(fewer, NOW)
    assert "yishu-disputed" not in read(quick, "tengzhou").headers
    assert quick.get("/corrections/1", "civil").json()["column_title"] == "amount"
    act(quick, 1, "take_up", "civil")
    gone = act(quick, 1, "correct", "reviewer")
    assert (gone.status_code, "has this column no more" in gone.json()["detail"]) == (422, True)
    other = tuple(replace(one, key=1 if one.name == "mobile" else 0) for one in before.fields)
    quick.shelf.register(replace(before, version="3.0.0", fields=other, contract_hash="c" * 64), NOW)
    assert read(quick, "tengzhou").status_code == 200


def test_what_sources_do_is_counted(quick: City) -> None:
    number = filed(quick)
    act(quick, number, "take_up", "civil")
    quick.clock.now = NOW + timedelta(days=2)
    act(quick, number, "correct", "reviewer")
    deliver(quick, {"amount": 650}, 3)
    again = filed(quick, expected="660")
    assert quick.get(f"/corrections/{again}", "civil").json()["repeats"] == 1
    (one,) = quick.get("/corrections/counters", "civil").json()["sources"]
    assert one == {
        "owner": CIVIL_AFFAIRS, "filed": 2, "decided": 1, "median_days": 2.0, "corrected": 1.0, "repeated": 0.5,
    }  # fmt: skip
    assert quick.get("/corrections/counters", "tengzhou").json()["sources"] == []
    assert len(quick.get("/corrections/counters", "auditor").json()["sources"]) == 1


AID_KEY = "credit.aid_profile"


def derived(city: City):  # type: ignore[no-untyped-def]
    """A dataset that another department makes of it, under a key that it hands on and with a value that it computes."""
    fields = (
        make_field("citizen", title="公民身份号码", title_en="Resident id", key=1, element="resident_id",
                   grade=Grade.GENERAL_3),
        make_field("yearly", title="年保障金额", title_en="Yearly amount", type=FieldType(Kind.DECIMAL, 18, 2)),
        make_field("household", title="户籍地", title_en="Household", element="division", scope=ScopeRole.HOUSEHOLD),
    )  # fmt: skip
    dataset = make_dataset(
        AID_KEY,
        title="救助画像",
        title_en="Aid profile",
        owner=HEALTH,
        owner_name="枣庄市卫生健康委员会",
        fields=fields,
        source=Source("derived", "", {"sql": "…"}, inputs=(KEY,)),
        origins=(
            Origin("citizen", KEY, "person_id", How.DIRECT),
            Origin("yearly", KEY, "amount", How.COMPUTED),
            Origin("household", KEY, "household", How.DIRECT),
        ),
    )
    rows = [
        {"citizen": one["person_id"], "yearly": int(str(one["amount"])) * 12, "household": one["household"]}
        for one in low_income()
    ]
    city.shelf.publish(dataset, make_verdict(desk(city.shelf.lake), dataset, rows), NOW)
    grant = city.shelf.grant(make_grant(dataset=AID_KEY), NOW).number
    return city.get(f"/datasets/{AID_KEY}/rows", "tengzhou", params=AID | {"grant": grant})


def test_a_derived_value_is_traced_to_its_source_and_both_say_that_they_are_disputed(town: City) -> None:
    assert derived(town).status_code == 200
    about = {"dataset": AID_KEY, "key": {"citizen": MINE["person_id"]}, "column": "yearly"}
    number = filed(town, expected="7800", **about)
    shown = town.get(f"/corrections/{number}", "civil").json()
    assert (shown["dataset"], shown["column"], shown["source"]["credit_code"]) == (KEY, "amount", CIVIL_AFFAIRS)
    assert [(one["dataset"], one["column"]) for one in shown["claims"]] == [(AID_KEY, "yearly")]
    assert filed(town, expected="650") == number  # who met it at the source is of the same correction
    assert [one["column"] for one in read(town, "health").json()["disputed"]] == ["amount"]
    assert [one["column"] for one in derived(town).json()["disputed"]] == ["yearly"]
    act(town, number, "take_up", "civil")
    act(town, number, "correct", "reviewer", value="650")
    deliver(town, {"amount": 650})
    told = town.get(f"/corrections/{number}", "civil").json()["told"]
    assert {(one["organisation"], one["dataset"]) for one in told} == {
        (HEALTH, KEY),
        (TENGZHOU_CIVIL, AID_KEY),
    }  # Tengzhou has read nothing but what was made of it


def test_claims_and_acknowledgements_at_once_lose_nothing(town: City) -> None:
    read(town, "tengzhou")
    read(town, "health")
    with ThreadPoolExecutor(4) as pool:
        claims = [pool.submit(claim, town, "tengzhou", MINE, str(700 + n)) for n in range(2)]
        claims += [pool.submit(claim, town, "health", MINE, str(800 + n), **HEALTHY) for n in range(2)]
        made = [one.result() for one in claims]
    assert [one.status_code for one in made] == [201] * 4
    (number,) = {one.json()["corrections"][0]["id"] for one in made}
    assert len(town.get(f"/corrections/{number}", "civil").json()["claims"]) == 4
    act(town, number, "take_up", "civil")
    act(town, number, "correct", "reviewer", value="650")
    deliver(town, {"amount": 650})
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(act, town, number, "acknowledge", who) for who in ("tengzhou", "health")]
        assert [one.result().status_code for one in both] == [200, 200]
    assert state(town, number) == "closed"


def test_delta_sharing_counts_what_is_disputed(quick: City) -> None:
    tables = quick.client.get("/delta-sharing/for/social_assistance/shares", headers=quick.headers("tengzhou"))
    assert tables.status_code == 200
    filed(quick)
    shares = quick.client.get(
        f"/delta-sharing/for/social_assistance/shares/{tables.json()['items'][0]['name']}/all-tables",
        headers=quick.headers("tengzhou"),
    ).json()["items"]
    (one,) = (each for each in shares if each["name"] == "low_income")
    path = f"/delta-sharing/for/social_assistance/shares/{one['share']}/schemas/{one['schema']}/tables/low_income/query"
    answer = quick.client.post(path, headers=quick.headers("tengzhou"), json={})
    assert (answer.status_code, answer.headers["yishu-disputed"]) == (200, "1")
    laiwu = quick.client.post(path, headers=quick.headers("laiwu"), json={})
    assert "yishu-disputed" not in laiwu.headers


def test_a_row_that_moved_away_still_finds_who_read_it_where_it_was(quick: City) -> None:
    read(quick, "tengzhou")
    number = filed(quick, column="household", expected=SHIZHONG)
    act(quick, number, "take_up", "civil")
    act(quick, number, "correct", "reviewer")
    deliver(quick, {"household": SHIZHONG})
    shown = quick.get(f"/corrections/{number}", "civil").json()
    assert [one["organisation"] for one in shown["told"]] == [TENGZHOU_CIVIL]
    delta = quick.get(f"/corrections/{number}/delta", "tengzhou").json()
    assert (delta["before"]["row"]["household"], delta["after"]["row"]) == (TENGZHOU, None)


def test_who_met_a_value_in_what_is_made_of_a_hidden_dataset_is_never_told_its_name(quick: City) -> None:
    """The claimant and the recipient know the derived dataset; the source of the value is withheld."""
    city = quick
    assert derived(city).status_code == 200
    hidden = replace(
        city.shelf.dataset(KEY), sharing=Sharing.WITHHELD, withheld_basis="x", title="绝密名册", version="2.0.0"
    )
    city.shelf.register(hidden, NOW)
    number = filed(city, expected="7800", dataset=AID_KEY, key={"citizen": MINE["person_id"]}, column="yearly")
    act(city, number, "take_up", "civil")
    act(city, number, "correct", "reviewer", value="650")
    with city.shelf.engine.connect() as connection:
        heard = notices.inbox(connection, TENGZHOU_CIVIL)
        known = notices.inbox(connection, CIVIL_AFFAIRS)
        ticking = [clocks.of(connection, Thing("correction", str(number)))]
    assert [one.body["correction"] for one in heard if one.about is About.CORRECTION_MOVED] == [number] * 2
    for one in [one for one in heard if one.about.value.startswith("correction")]:
        for word in (KEY, "绝密名册", "月保障金额", "amount"):
            assert word not in f"{one.dataset} {one.subject} {one.subject_en} {one.body}"
    assert {one.dataset for one in known if one.about is About.CORRECTION_OPENED} == {KEY}
    assert not any(KEY in repr(one.thing) for some in ticking for one in some)
