"""Two nodes on this machine, city and province: the catalogue goes up, a request comes down, a receipt is verified."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from catalog.database import connect, upgrade, writing
from catalog.ledger.book import open_ledger
from catalog.ledger.check import look_at
from catalog.nodes import card, desk, envelope, messages, passport, register, reporting
from catalog.organisations import Organisation, System
from catalog.requests import store
from catalog.shelf import Shelf
from connectors.outbox.webhook import Sender
from dags.delivery.post import Post
from dags.delivery.relay import relay_due
from schemas.access import Subject, Tier
from schemas.dataset import Grade, Sharing
from schemas.errors import BadInput, Unidentified
from schemas.node import Kind, Message, Node, Relation
from schemas.request import Action
from schemas.request_want import Request
from schemas.settings import read_settings
from schemas.targets import ANYWHERE
from tests.builders import ZAOZHUANG, make_dataset
from tests.catalog.requests_world import BEGUN, CHECKER, LOW_INCOME, REVIEWER, World, build
from tests.conftest import counting
from tests.served import serving

SHANDONG = "370000000000"
PROVINCE_CIVIL = "11370000004000003X"
MINE = {
    "divisions": ["370481000000"],
    "scope": "household",
    "modes": ["query", "bulk"],
    "items": ["amount", "household"],
}
WANTED = MINE | {
    "dataset": LOW_INCOME.key,
    "purpose": "social_assistance",
    "basis": "《社会救助暂行办法》第五十八条",
    "scenario": "省级救助核对",
    "start": "2026-09-18",
    "end": "2027-09-17",
    "retention_days": 90,
    "security": "专网内使用",
}


class Side:
    """One node: its shelf, its clock, its client, and what it sends by."""

    def __init__(self, shelf: Shelf, home: Path) -> None:
        self.shelf, self.now = shelf, BEGUN
        settings = replace(read_settings({"YISHU_HOME": str(home)}, home), lake=home / "lake")
        self.app = create_app(shelf, settings, self.clock)
        self.client = TestClient(self.app, raise_server_exceptions=True, follow_redirects=False)
        self.post = Post(shelf, lambda _: None, Sender(ANYWHERE), self.clock)

    def clock(self) -> datetime:
        return self.now

    def knows(self, other: "Side", name: str, division: str, url: str, relation: Relation) -> None:
        """Registers the other's card, as its operator would who was given it."""
        made = Node(card.read(card.written(other.shelf, name, division, url)), relation, Grade.GENERAL_3, True, BEGUN)
        with writing(self.shelf.engine) as connection:
            register.add(connection, made)

    def relay(self) -> list[str]:
        return [str(one["state"]) for one in relay_due(self.post)]


class Pair:
    """A city below a province, each serving on this machine."""

    def __init__(self, city: Side, province: Side, world: World, urls: tuple[str, str], credential: str) -> None:
        self.city, self.province, self.world = city, province, world
        self.city_url, self.province_url = urls
        self.headers = {"Authorization": f"Bearer {credential}"}

    @property
    def city_id(self) -> str:
        return self.city.shelf.node.origin.split("/")[1]

    def entries(self, **query: str) -> list[dict[str, object]]:
        answer = self.province.client.get("/api/v1/nodes/entries", params=query, headers=self.headers)
        found: list[dict[str, object]] = answer.json()["entries"]
        return found

    def passport(self) -> dict[str, str]:
        url = f"/api/v1/nodes/{self.city_id}/passport"
        made = self.province.client.post(url, headers=self.headers)
        assert made.status_code == 201, made.text
        return {"Authorization": f"Bearer {made.json()['passport']}"}

    def asked(self) -> dict[str, str]:
        (one,) = self.province.client.get("/api/v1/nodes/requests", headers=self.headers).json()["requests"]
        found: dict[str, str] = one
        return found


@pytest.fixture
def pair(sqlite_shelf: Shelf, tmp_path: Path) -> Iterator[Pair]:
    yield from joined(sqlite_shelf, tmp_path)


@pytest.fixture
def pair_on_each(shelf: Shelf, tmp_path: Path) -> Iterator[Pair]:
    """The city on each kind of database."""
    yield from joined(shelf, tmp_path)


def joined(shelf: Shelf, tmp_path: Path) -> Iterator[Pair]:
    """Both registered at each other, and serving."""
    (tmp_path / "lake").mkdir(exist_ok=True)
    home = tmp_path / "province"
    (home / "lake").mkdir(parents=True)
    upgrade(f"sqlite:///{home / 'catalogue.db'}")
    engine = connect(f"sqlite:///{home / 'catalogue.db'}")
    ledger = open_ledger(engine, home / "ledger.db", b"v" * 32)
    above = Shelf(engine, home / "lake", b"q" * 32, b"u" * 32, ledger, randomness=counting())
    above.parties.add_organisation(Organisation(PROVINCE_CIVIL, "山东省民政厅", "", SHANDONG, Tier.PROVINCE))
    above.parties.add_system(System("province", PROVINCE_CIVIL, "省救助系统", Grade.GENERAL_4))
    credential = above.parties.issue_credential("province", BEGUN - timedelta(days=1))
    world = build(shelf)
    city, province = Side(shelf, tmp_path), Side(above, home)
    with serving(city.app) as below_url, serving(province.app) as above_url:
        city.knows(province, "山东省", SHANDONG, above_url, Relation.SUPERIOR)
        province.knows(city, "枣庄市", ZAOZHUANG, below_url, Relation.SUBORDINATE)
        yield Pair(city, province, world, (below_url, above_url), credential)
    ledger.close()
    engine.dispose()


def test_the_catalogue_goes_up_without_what_is_withheld_and_only_when_it_has_changed(pair_on_each: Pair) -> None:
    pair = pair_on_each
    assert pair.city.relay() == ["sent"]
    assert {one["key"] for one in pair.entries()} == {
        "civil_affairs.low_income", "health.resident", "market_regulation.enterprise",
    }  # fmt: skip
    assert [one["key"] for one in pair.entries(q="低保")] == [LOW_INCOME.key]
    assert pair.city.relay() == []
    pair.city.shelf.register(make_dataset("education.pupils", title="在校学生"), BEGUN)
    hidden = replace(
        make_dataset("health.resident", owner="113704000043057X1B"),
        sharing=Sharing.WITHHELD, withheld_basis="x", version="2.0.0", contract_hash="f" * 64,
    )  # fmt: skip
    pair.city.shelf.register(hidden, BEGUN)
    assert pair.city.relay() == ["sent"]
    assert {one["key"] for one in pair.entries()} == {
        "civil_affairs.low_income", "education.pupils", "market_regulation.enterprise",
    }  # fmt: skip
    public = pair.province.client.get("/api/v1/nodes/entries").json()["entries"]
    assert public == [], "conditional data are not for the public"


def test_a_request_goes_down_is_decided_there_and_its_grant_opens_rows_with_a_passport(
    pair_on_each: Pair, tmp_path: Path
) -> None:
    pair = pair_on_each
    url = f"/api/v1/nodes/{pair.city_id}/requests"
    asked = pair.province.client.post(url, json=WANTED, headers=pair.headers)
    assert (asked.status_code, asked.json()["state"]) == (202, "relayed")
    assert pair.province.relay() == ["sent"]
    number = pair.asked()["number"]
    assert number == "SQ-2026-000001"
    request = pair.world.act(CHECKER, _request(pair, number), Action.ACCEPT)
    request = pair.world.act(REVIEWER, request, Action.APPROVE)
    request = pair.world.act(REVIEWER, request, Action.PROVISION)
    assert "sent" in pair.city.relay()
    told = pair.asked()
    assert (told["state"], told["grant"]) == ("testing", request.grant)

    rows = f"{pair.city_url}/api/v1/datasets/{LOW_INCOME.key}/rows?purpose=social_assistance&format=json"
    answer = httpx.get(rows, headers=pair.passport())
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["rows"][0]) == {"amount", "household"}

    proof = httpx.get(
        f"{pair.city_url}/api/v1/ledger/receipts/{answer.headers['Yishu-Receipt']}/proof", headers=pair.passport()
    )
    file = tmp_path / "receipt.json"
    file.write_bytes(proof.content)
    with pair.province.shelf.engine.connect() as connection:
        key = register.find(connection, "枣庄市").card.ledger_key
    assert look_at(file, key).wrong == (), "verified at the province, with the key that was exchanged"
    altered = proof.json() | {"receipt": proof.json()["receipt"].replace("social_assistance", "public_service")}
    file.write_text(json.dumps(altered))
    assert look_at(file, key).wrong
    receipt = json.loads(proof.json()["receipt"])
    assert receipt["organisation"] == PROVINCE_CIVIL
    assert receipt["system"].endswith(":province")


def _request(pair: Pair, number: str) -> Request:
    with pair.city.shelf.engine.connect() as connection:
        return store.get(connection, number)


def test_without_a_grant_a_passport_opens_only_what_anybody_of_that_tier_may_have(pair: Pair) -> None:
    rows = f"{pair.city_url}/api/v1/datasets/{LOW_INCOME.key}/rows?purpose=social_assistance"
    assert httpx.get(rows, headers=pair.passport()).status_code == 401, "nobody there knows the organisation yet"
    with writing(pair.city.shelf.engine) as connection:
        mine = Organisation(PROVINCE_CIVIL, "山东省民政厅", "", SHANDONG, Tier.PROVINCE)
        register.admit(connection, register.find(connection, "山东省"), mine, pair.city.shelf.tree(), BEGUN)
    assert httpx.get(rows, headers=pair.passport()).status_code == 403
    secret = f"{pair.city_url}/api/v1/datasets/health.secret/rows"
    assert httpx.get(secret, headers=pair.passport()).status_code == 404


def test_a_passport_ends_and_is_for_one_node_and_dies_with_its_node(pair: Pair) -> None:
    with writing(pair.city.shelf.engine) as connection:
        mine = Organisation(PROVINCE_CIVIL, "山东省民政厅", "", SHANDONG, Tier.PROVINCE)
        register.admit(connection, register.find(connection, "山东省"), mine, pair.city.shelf.tree(), BEGUN)
    held, access = pair.passport(), f"/api/v1/datasets/{LOW_INCOME.key}/access"
    assert pair.city.client.get(access, headers=held).status_code == 200
    assert pair.province.client.get("/api/v1/nodes", headers=held).status_code == 401, "not for its own node"
    text = held["Authorization"]
    for altered in (text[:-8], text[:40] + ("A" if text[40] != "A" else "B") + text[41:], text + "AAAA", "Bearer ysn_"):
        assert pair.city.client.get(access, headers={"Authorization": altered}).status_code == 401
    pair.city.now = BEGUN + timedelta(minutes=11)
    assert pair.city.client.get(access, headers=held).status_code == 401
    pair.city.now = BEGUN
    with writing(pair.city.shelf.engine) as connection:
        register.switch(connection, register.find(connection, "山东省").card.id, on=False)
    assert pair.city.client.get(access, headers=held).status_code == 401


def test_a_passport_is_made_for_systems_of_ones_own_node_and_lifts_no_clearance(pair: Pair) -> None:
    now, key = BEGUN, pair.province.shelf.node
    with pair.province.shelf.engine.connect() as connection:
        to = register.find(connection, "枣庄市")
    someone = pair.province.shelf.parties.subject(pair.headers["Authorization"].removeprefix("Bearer "), now)
    with pytest.raises(Unidentified):
        passport.issue(replace(someone, credential="node:abc:province"), to, key, now)
    with pytest.raises(Unidentified):
        passport.issue(Subject("", "", "", "", Tier.GRID), to, key, now)
    with writing(pair.city.shelf.engine) as connection:
        mine = Organisation(PROVINCE_CIVIL, "山东省民政厅", "", SHANDONG, Tier.PROVINCE)
        register.admit(connection, register.find(connection, "山东省"), mine, pair.city.shelf.tree(), BEGUN)
        found = passport.subject(connection, passport.issue(someone, to, key, now), to.card.id, now)
    assert (found.clearance, found.roles, found.person) == (Grade.GENERAL_3, frozenset(), "")


def test_a_node_speaks_only_for_organisations_of_its_own_division_and_for_none_of_ours(pair: Pair) -> None:
    with writing(pair.city.shelf.engine) as connection:
        node = register.find(connection, "山东省")
        tree = pair.city.shelf.tree()
        with pytest.raises(BadInput, match="does not lie within"):
            register.admit(
                connection, node, Organisation("x" * 18, "x", "", "110000000000", Tier.PROVINCE), tree, BEGUN
            )
        ours = Organisation("11370400004305679A", "枣庄市民政局", "", ZAOZHUANG, Tier.CITY)
        with pytest.raises(BadInput, match="registered here by itself"):
            register.admit(connection, node, ours, tree, BEGUN)
        register.vouch(connection, node.card.id, ours.credit_code, BEGUN)
        register.admit(connection, node, ours, tree, BEGUN)


def sealed(pair: Pair, kind: Kind, body: dict[str, object], identifier: str = "m" * 16) -> bytes:
    me = pair.province.shelf.node
    message = Message(identifier, me.origin, pair.city.shelf.node.origin, kind, BEGUN, body)
    return messages.spelt(message, me)


def test_the_same_message_again_is_answered_as_the_first_time_and_done_once(pair: Pair) -> None:
    body: dict[str, object] = {
        "organisation": {
            "credit_code": PROVINCE_CIVIL, "name": "山东省民政厅", "name_en": "", "division": SHANDONG, "tier": 1,
        },
        "system": "province",
        "want": WANTED | {"demand": "", "case_system": ""},
    }  # fmt: skip
    text = sealed(pair, Kind.REQUEST, body)
    first = pair.city.client.post("/api/v1/nodes/messages", content=text)
    assert first.status_code == 200, first.text
    assert pair.city.client.post("/api/v1/nodes/messages", content=text).content == first.content
    again = sealed(pair, Kind.REQUEST, body, "n" * 16)
    assert pair.city.client.post("/api/v1/nodes/messages", content=again).status_code == 200
    answers = [json.loads(envelope.unopened(one.content)) for one in (first,)]
    assert answers[0]["number"] == "SQ-2026-000001"


@pytest.mark.parametrize("wrong", ["nobody", "altered", "elsewhere", "no envelope", "other type", "not below"])
def test_what_is_not_signed_by_a_registered_node_for_this_one_does_nothing(pair: Pair, wrong: str) -> None:
    text = sealed(pair, Kind.CATALOGUE, {"report": "r", "part": 0, "parts": 1, "entries": []})
    if wrong == "nobody":
        with writing(pair.city.shelf.engine) as connection:
            register.switch(connection, register.find(connection, "山东省").card.id, on=False)
    told = json.loads(text)
    if wrong == "altered":
        payload = envelope.unopened(text).replace(b'"r"', b'"s"')
        told["payload"] = json.loads(envelope.sealed(payload, messages.TYPE, pair.city.shelf.node))["payload"]
    if wrong == "elsewhere":
        me = pair.province.shelf.node
        told = json.loads(messages.spelt(Message("m" * 16, me.origin, me.origin, Kind.CATALOGUE, BEGUN, {}), me))
    if wrong == "other type":
        told["payloadType"] = passport.TYPE
    body = b"[1]" if wrong == "no envelope" else json.dumps(told).encode()
    answer = pair.city.client.post("/api/v1/nodes/messages", content=body)
    assert answer.status_code == (401 if wrong == "nobody" else 422), answer.text
    with pair.city.shelf.engine.connect() as connection:
        assert reporting.numbers(connection) == {}


def test_a_node_that_is_away_is_told_later_in_order_and_by_file_where_there_is_no_network(pair: Pair) -> None:
    with writing(pair.city.shelf.engine) as connection:
        there = register.find(connection, "山东省")
        register.add(connection, replace(there, card=replace(there.card, url="http://127.0.0.1:1")))
    assert pair.city.relay() == ["waiting"]
    assert pair.city.relay() == [], "not before its pause is over"
    pair.city.now += timedelta(minutes=6)
    with writing(pair.city.shelf.engine) as connection:
        (one,) = messages.take(connection, pair.city.now, there.card.id)
    desk.receive(pair.province.shelf, one.envelope, pair.province.now)
    desk.receive(pair.province.shelf, one.envelope, pair.province.now)
    assert len(pair.entries()) == 3


def test_a_card_that_was_altered_or_is_of_another_kind_of_key_is_refused(pair: Pair) -> None:
    text = card.written(pair.city.shelf, "枣庄市", ZAOZHUANG, "http://127.0.0.1:1/")
    assert card.read(text).url == "http://127.0.0.1:1"
    payload = envelope.unopened(text)
    other = envelope.sealed(payload, card.TYPE, pair.province.shelf.node)
    for bad in (b"{}", b"x", other, text.replace(b'"payloadType":"application', b'"payloadType":"text')):
        with pytest.raises(BadInput):
            card.read(bad)
    found = card.read(text)
    wrong = replace(found, key=pair.city.shelf.ledger.key.public_text)
    with writing(pair.city.shelf.engine) as connection, pytest.raises(BadInput):
        register.add(connection, Node(wrong, Relation.SUPERIOR, Grade.GENERAL_3, True, BEGUN))


def test_the_page_shows_nodes_entries_and_requests(pair: Pair) -> None:
    pair.city.relay()
    found = pair.province.client.get("/api/v1/nodes", headers=pair.headers).json()
    assert [(one["name"], one["entries"]) for one in found["nodes"]] == [("枣庄市", 3)]
    assert pair.province.client.get("/api/v1/nodes").status_code == 401
