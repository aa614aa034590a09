"""Nodes under attack and in bad weather: garbage, forged and stale words, broken crossings open and lose nothing."""

import base64
import itertools
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog.database import writing
from catalog.nodes import card, desk, envelope, messages, passport, register, relayed, reporting
from catalog.nodes.tables import outgoing
from catalog.organisations import Organisation, System
from cli.nodes import written
from schemas.access import Tier
from schemas.errors import BadInput, Unidentified
from schemas.node import Kind, Message
from tests.api.test_nodes import PROVINCE_CIVIL, SHANDONG, WANTED, Pair, joined, sealed
from tests.builders import NOW, TENGZHOU, make_dataset
from tests.catalog.requests_world import BEGUN, LOW_INCOME

pair_of = pytest.fixture(name="pair_on_each")(lambda shelf, tmp_path: (yield from joined(shelf, tmp_path)))
pair_lite = pytest.fixture(name="pair")(lambda sqlite_shelf, tmp_path: (yield from joined(sqlite_shelf, tmp_path)))

ORGANISATION = {
    "credit_code": PROVINCE_CIVIL,
    "name": "山东省民政厅",
    "name_en": "",
    "division": SHANDONG,
    "tier": 1,
}
DEEP = "[" * 900 + "]" * 900
NUMBERS = itertools.count(1)
OF_NO_KEY = ("\0", "\ud800", "x" * 5000)


def sent(pair: Pair, text: bytes) -> int:
    return pair.city.client.post("/api/v1/nodes/messages", content=text).status_code


def test_an_envelope_of_garbage_is_refused_in_words_on_either_database(pair_on_each: Pair) -> None:
    for keyid in OF_NO_KEY:
        told = {"payloadType": keyid, "payload": "e30=", "signatures": [{"keyid": keyid, "sig": "e30="}]}
        assert sent(pair_on_each, json.dumps(told).encode()) == 422
        text = base64.urlsafe_b64encode(json.dumps(told).encode()[:3000]).decode().rstrip("=")
        answer = pair_on_each.city.client.get("/api/v1/nodes", headers={"Authorization": f"Bearer ysn_{text}"})
        assert answer.status_code == 401
    for text in ("", "{", DEEP, "[" + "{}," * 300_000 + "{}]", "1" * 6000, "null"):
        assert sent(pair_on_each, text.encode()) == 422
    assert sent(pair_on_each, b"x" * (2 << 20)) == 413


def test_a_signed_message_of_garbage_is_refused_in_words_on_either_database(pair_on_each: Pair) -> None:
    bodies: list[dict[str, object]] = [
        {"organisation": one, "want": WANTED}
        for one in (
            None,
            3,
            ORGANISATION | {"name": {"a": 1}},
            ORGANISATION | {"name": "\0"},
            ORGANISATION | {"name": "\ud800"},
            ORGANISATION | {"division": 37},
            ORGANISATION | {"division": "x"},
            ORGANISATION | {"tier": "1"},
            ORGANISATION | {"credit_code": "'; DROP TABLE n--x"},
        )
    ]
    bodies += [{}, {"organisation": ORGANISATION}, {"organisation": ORGANISATION, "want": json.loads(DEEP)}]
    me, there = pair_on_each.province.shelf.node, pair_on_each.city.shelf.node.origin
    for number, body in enumerate(bodies):
        told = {"id": f"garbage-{number}", "from": me.origin, "to": there, "kind": "request", "at": BEGUN.isoformat()}
        signed = envelope.sealed(json.dumps(told | {"body": body}).encode(), messages.TYPE, me)
        assert sent(pair_on_each, signed) == 422, body


@pytest.mark.parametrize("identifier", ["../../escaped", "a/b/c/d/e/f", "x" * 65, "short", "空" * 9, "x" * 49])
def test_an_id_that_is_no_name_of_a_file_is_no_id(pair: Pair, identifier: str) -> None:
    body: dict[str, object] = {"organisation": ORGANISATION, "want": WANTED}
    assert sent(pair, sealed(pair, Kind.REQUEST, body, identifier)) == 422


def entry(pair: Pair, **told: object) -> dict[str, object]:
    return reporting.entry_of(pair.city.shelf.dataset(LOW_INCOME.key)) | told


def reported(pair: Pair, at: datetime, *some: dict[str, object], report: str = "r", last: bool = True) -> None:
    body: dict[str, object] = {"report": report, "part": 1, "last": last, "entries": list(some)}
    me, there = pair.city.shelf.node, pair.province.shelf.node.origin
    identifier = f"report-{next(NUMBERS):06d}"
    told = messages.spelt(Message(identifier, me.origin, there, Kind.CATALOGUE, at, body), me)
    desk.receive(pair.province.shelf, told, NOW)


def test_an_entry_cannot_pretend_to_be_another_nodes_nor_bring_what_has_no_place(pair: Pair) -> None:
    reported(pair, BEGUN, entry(pair, node="yishu/0123456789ab/node/1", secret={"a": float("1e5")}))
    (one,) = pair.entries()
    assert one["node"] == pair.city.shelf.node.origin
    assert "secret" not in one
    for wrong in ({"key": "x" * 129}, {"key": ""}, {"title": {"a": 1}}, {"fields": [{"title": 3}]}, {"fields": 3},
                  {"sharing": "withheld"}, {"modes": [1]}):  # fmt: skip
        with pytest.raises(BadInput):
            reported(pair, BEGUN, entry(pair, **wrong))
    assert len(pair.entries()) == 1


def test_what_was_reported_before_comes_too_late_and_takes_nothing_away(pair_on_each: Pair) -> None:
    pair, later = pair_on_each, BEGUN + timedelta(hours=1)
    reported(pair, later, entry(pair, title="新"), entry(pair, key="civil_affairs.other"), report="new")
    reported(pair, BEGUN, entry(pair, title="旧"), entry(pair, key="civil_affairs.gone"), report="old", last=False)
    assert {one["title"] for one in pair.entries() if one["key"] == LOW_INCOME.key} == {"新"}
    reported(pair, BEGUN, report="old")
    assert {one["key"] for one in pair.entries()} >= {LOW_INCOME.key, "civil_affairs.other"}
    reported(pair, later, report="new")
    assert {one["key"] for one in pair.entries()} == {LOW_INCOME.key, "civil_affairs.other"}


def test_who_may_not_know_of_entries_does_not_learn_how_many_there_are(pair: Pair) -> None:
    pair.city.relay()
    shelf, outsider = pair.province.shelf, "91370400MA3EXAMPL1"
    shelf.parties.add_organisation(Organisation(outsider, "某公司", "", SHANDONG, Tier.CITY, government=False))
    shelf.parties.add_system(System("company", outsider, "x"))
    headers = {"Authorization": f"Bearer {shelf.parties.issue_credential('company', BEGUN)}"}
    told = pair.province.client.get("/api/v1/nodes", headers=headers).json()["nodes"]
    assert [one["entries"] for one in told] == [0]


def test_a_node_makes_nobody_known_where_we_provide_data_nor_above_its_division(pair: Pair) -> None:
    """Else it would invent an office of a county and be given back all that was collected there."""
    invented = Organisation("11370481004000009X", "滕州市某局", "", TENGZHOU, Tier.COUNTY)
    lifted = Organisation("11370100004000009X", "济南市某局", "", "370100000000", Tier.PROVINCE)
    tree = pair.city.shelf.tree()
    with writing(pair.city.shelf.engine) as connection:
        node = register.find(connection, "山东省")
        with pytest.raises(BadInput, match="provides data"):
            register.admit(connection, node, invented, tree, BEGUN)
        with pytest.raises(BadInput, match="found tier 1"):
            register.admit(connection, node, lifted, tree, BEGUN)
        register.admit(connection, node, replace(lifted, tier=Tier.CITY), tree, BEGUN)
    with pytest.raises(Unidentified):
        pair.city.shelf.parties.subject(_passport(pair, organisation=invented.credit_code), BEGUN)


def _passport(pair: Pair, **told: object) -> str:
    me, moment = pair.province.shelf.node, int(BEGUN.timestamp())
    facts = {"node": me.origin, "for": pair.city.shelf.node.origin, "system": "province", "clearance": "general-4",
             "organisation": PROVINCE_CIVIL, "begins": moment, "ends": moment + 600}  # fmt: skip
    facts = {name: value for name, value in (facts | told).items() if value is not None}
    text = envelope.sealed(json.dumps(facts).encode(), passport.TYPE, me)
    return passport.PREFIX + base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize(
    "told",
    [
        {"node": None},
        {"for": None},
        {"ends": 10**30},
        {"begins": -(10**30)},
        {"begins": "x"},
        {"ends": int(BEGUN.timestamp()) + 86_400},
        {"clearance": "secret"},
        {"clearance": {}},
        {"system": ""},
        {"organisation": "\0" * 18},
    ],
)
def test_a_signed_passport_that_says_nonsense_is_not_valid(pair: Pair, told: dict[str, object]) -> None:
    with writing(pair.city.shelf.engine) as connection:
        mine = Organisation(PROVINCE_CIVIL, "山东省民政厅", "", SHANDONG, Tier.PROVINCE)
        register.admit(connection, register.find(connection, "山东省"), mine, pair.city.shelf.tree(), BEGUN)
    assert pair.city.shelf.parties.subject(_passport(pair), BEGUN).organisation == PROVINCE_CIVIL
    with pytest.raises(Unidentified):
        pair.city.shelf.parties.subject(_passport(pair, **told), BEGUN)


def _away(pair: Pair, url: str = "http://127.0.0.1:1") -> str:
    with writing(pair.city.shelf.engine) as connection:
        there = register.find(connection, "山东省")
        register.add(connection, replace(there, card=replace(there.card, url=url)))
    return there.card.id


def waiting(pair: Pair) -> int:
    with pair.city.shelf.engine.connect() as connection:
        return len(connection.execute(select(outgoing.c.id).where(outgoing.c.state == "waiting")).all())


def test_a_node_that_was_away_for_weeks_is_told_when_it_is_back_and_the_last_word_only(pair_on_each: Pair) -> None:
    pair = pair_on_each
    _away(pair)
    for day in range(40):
        pair.city.now = BEGUN + timedelta(days=day)
        assert pair.city.relay() == ["waiting"]
    pair.city.shelf.register(make_dataset("education.pupils", title="在校学生"), BEGUN)
    assert pair.city.relay() == ["waiting"]
    assert pair.city.relay() == [], "in its pause"
    assert waiting(pair) == 1, "the report before is overtaken"
    _away(pair, pair.province_url)
    pair.city.now += timedelta(days=2)
    assert pair.city.relay() == ["sent"]
    assert "education.pupils" in {one["key"] for one in pair.entries()}
    with pair.city.shelf.engine.connect() as connection:
        assert set(connection.scalars(select(outgoing.c.body))) == {""}, "what was sent is not kept"


def test_a_node_without_network_finds_everything_in_the_folder_however_often_the_clock_ran(
    pair: Pair, tmp_path: Path
) -> None:
    _away(pair, "")
    for hour in range(60):
        pair.city.now = BEGUN + timedelta(hours=hour)
        assert pair.city.relay() == []
    place = tmp_path / "carried"
    place.mkdir()
    names = written(pair.city.shelf, "山东省", place)
    for name in names:
        desk.receive(pair.province.shelf, (place / name).read_bytes(), NOW)
    assert len(pair.entries()) == 3


def test_a_request_that_is_refused_for_good_says_so_and_one_that_waits_says_why(pair: Pair) -> None:
    url = f"/api/v1/nodes/{pair.city_id}/requests"
    pair.province.client.post(url, json=WANTED | {"dataset": "health.never"}, headers=pair.headers)
    with writing(pair.province.shelf.engine) as connection:
        there = register.find(connection, "枣庄市")
        register.add(connection, replace(there, card=replace(there.card, url="http://127.0.0.1:1")))
    assert pair.province.relay() == ["waiting"]
    assert (pair.asked()["state"], "127.0.0.1" in pair.asked()["said"]) == ("relayed", True)
    with writing(pair.province.shelf.engine) as connection:
        register.add(connection, there)
    pair.province.now += timedelta(days=1)
    assert pair.province.relay() == ["failed"]
    assert pair.asked()["state"] == "not_taken"


def test_what_a_node_said_of_an_earlier_version_of_a_request_comes_too_late(pair: Pair) -> None:
    url = f"/api/v1/nodes/{pair.city_id}/requests"
    identifier = pair.province.client.post(url, json=WANTED, headers=pair.headers).json()["id"]
    there, shelf = pair.city.shelf.node.origin, pair.province.shelf
    for version, state in ((3, "active"), (2, "testing"), (3, "active")):
        relayed.learn(shelf, there, identifier, {"state": state, "number": "SQ-1", "version": version}, NOW)
    assert pair.asked()["state"] == "active"
    relayed.learn(shelf, "yishu/0123456789ab/node/1", identifier, {"state": "closed", "version": 9}, NOW)
    assert pair.asked()["state"] == "active"


def test_one_node_that_answers_nonsense_keeps_no_other_waiting(pair: Pair) -> None:
    signed = envelope.sealed(b"[1]", messages.ANSWER, pair.province.shelf.node)
    with pair.city.shelf.engine.connect() as connection:
        node = register.find(connection, "山东省")
    with pytest.raises(BadInput):
        messages.answered(signed, "m" * 16, node, pair.city.shelf.node)


def test_a_name_that_is_another_nodes_id_hides_nobody(pair: Pair) -> None:
    other = pair.province.shelf
    text = card.read(card.written(other, "x", SHANDONG, ""))
    with writing(pair.city.shelf.engine) as connection:
        there = register.find(connection, "山东省")
        assert register.find(connection, there.card.id) == there
        register.add(connection, replace(there, card=replace(text, name=there.card.id)))
        assert register.find(connection, there.card.id.split("/")[1]).card.id == there.card.id
