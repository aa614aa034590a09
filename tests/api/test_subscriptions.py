"""`/subscriptions`: who may have one, what is refused before anything is stored, and that others see nothing of it."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from schemas.access import GrantState, Mode
from schemas.targets import read_targets
from tests.api.conftest import City
from tests.builders import NOW, ZAOZHUANG, make_grant

KEY = "civil_affairs.low_income"
FILE = {"connection": "tengzhou_sftp", "format": "parquet"}
HOOK = {"url": "https://hooks.example.cn/yishu"}


def filed(city: City) -> str:
    """The number of a grant of Tengzhou's that allows files."""
    return city.shelf.grant(make_grant(modes=(Mode.FILE, Mode.BULK)), NOW).number


def subscribe(city: City, who: str = "tengzhou", **told: Any):  # type: ignore[no-untyped-def]
    body = {"dataset": KEY, "purpose": "social_assistance"} | told
    return city.client.post("/api/v1/subscriptions", json=body, headers=city.headers(who))


def test_a_system_with_a_grant_subscribes_lists_and_ends(city_on_each: City) -> None:
    city, grant = city_on_each, filed(city_on_each)
    made = subscribe(city, grant=grant, file=FILE | {"folder": "in/yishu"}, columns="person_id,amount")
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["dataset"], told["system"], told["grant"]) == (KEY, "tengzhou", grant)
    assert told["file"] == {
        "connection": "tengzhou_sftp", "folder": "in/yishu", "format": "parquet", "cipher": "none", "key": "",
    }  # fmt: skip
    assert "secret" not in told
    assert city.get("/subscriptions", "tengzhou").json()["subscriptions"] == [told]
    assert city.get("/subscriptions?dataset=credit.penalty", "tengzhou").json()["subscriptions"] == []
    path = f"/subscriptions/{told['id']}"
    assert city.get(path, "tengzhou").json() == told
    ended = city.client.delete(f"/api/v1{path}", headers=city.headers("tengzhou"))
    assert (ended.status_code, ended.content) == (204, b"")
    assert city.get(path, "tengzhou").status_code == 404
    assert city.client.delete(f"/api/v1{path}", headers=city.headers("tengzhou")).status_code == 404


def test_the_secret_of_a_webhook_is_told_once_and_stored_nowhere(city: City) -> None:
    one = subscribe(city, grant=city.grants["tengzhou"], webhook=HOOK).json()
    other = subscribe(city, grant=city.grants["tengzhou"], webhook=HOOK).json()
    secret = base64.b64decode(one["secret"].removeprefix("whsec_"))
    assert len(secret) == 32
    assert one["secret"] != other["secret"]
    assert "secret" not in city.get(f"/subscriptions/{one['id']}", "tengzhou").text
    with city.shelf.engine.connect() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM subscription").all())
    assert secret.hex() not in stored
    assert one["secret"] not in stored


def test_others_see_nothing_of_a_subscription(city: City) -> None:
    number = subscribe(city, grant=filed(city), file=FILE).json()["id"]
    for who in ("health", "civil", "outsider"):
        there, none = (city.get(f"/subscriptions/{one}?lang=en", who) for one in (number, 999_999))
        assert there.status_code == none.status_code == 404
        assert there.json() | {"instance": ""} == none.json() | {"instance": ""}
        assert city.get("/subscriptions", who).json() == {"subscriptions": []}
        gone = city.client.delete(f"/api/v1/subscriptions/{number}", headers=city.headers(who))
        assert gone.status_code == 404
    for path in ("/subscriptions", f"/subscriptions/{number}"):
        assert city.get(path).status_code == 401
    assert subscribe(city, who="", file=FILE).status_code == 401
    assert city.get(f"/subscriptions/{number}", "tengzhou").status_code == 200


def test_what_the_rule_would_refuse_cannot_be_subscribed_to_and_is_on_record(city: City) -> None:
    before = len(city.shelf.receipts.newest())
    no_file = subscribe(city, file=FILE)
    assert (no_file.status_code, no_file.json()["code"]) == (403, "MODE_NOT_GRANTED")
    other_purpose = subscribe(city, purpose="statistics", webhook=HOOK)
    assert (other_purpose.status_code, other_purpose.json()["gate"]) == (403, "G4")
    assert no_file.headers["Yishu-Receipt"]
    assert len(city.shelf.receipts.newest()) == before + 2
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.SUSPENDED)
    assert subscribe(city, webhook=HOOK).status_code == 403


def test_a_hidden_dataset_and_none_at_all_answer_the_same(city: City) -> None:
    for who in ("tengzhou", "outsider"):
        hidden, none = (
            subscribe(city, who, dataset=key, webhook=HOOK) for key in ("health.secret", "health.nothing_here")
        )
        assert (hidden.status_code, hidden.json()) == (404, none.json())


def test_anybody_registered_may_have_open_data_delivered(city: City) -> None:
    made = subscribe(city, "outsider", dataset="credit.penalty", purpose="open_use", webhook=HOOK)
    assert made.status_code == 201, made.text


def test_the_grant_of_the_day_is_kept_so_that_another_widens_nothing(city: City) -> None:
    number = subscribe(city, webhook=HOOK).json()["grant"]
    assert number == city.grants["tengzhou"]
    city.shelf.grant(make_grant(divisions=(ZAOZHUANG,), modes=(Mode.BULK,)), NOW)
    assert city.get("/subscriptions", "tengzhou").json()["subscriptions"][0]["grant"] == number


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, 422),
        ({"file": FILE, "webhook": HOOK}, 422),
        ({"file": FILE | {"folder": "../etc"}}, 422),
        ({"file": FILE | {"folder": "/etc"}}, 422),
        ({"file": FILE | {"folder": "a/.ssh"}}, 422),
        ({"file": FILE | {"connection": "a b"}}, 400),
        ({"file": FILE | {"password": "x"}}, 400),
        ({"file": FILE | {"cipher": "sm4-gcm"}}, 422),
        ({"file": FILE | {"key": "k"}}, 422),
        ({"file": FILE | {"format": "json"}}, 400),
        ({"webhook": {"url": "ftp://hooks.example.cn"}}, 422),
        ({"webhook": {"url": "http://user:word@hooks.example.cn/"}}, 422),
        ({"webhook": {"url": "http://127.0.0.1:8000/"}}, 422),
        ({"webhook": {"url": "http://[::ffff:127.0.0.1]/"}}, 422),
        ({"webhook": {"url": "http://169.254.169.254/latest/"}}, 422),
        ({"webhook": {"url": "file:///etc/passwd"}}, 422),
        ({"webhook": {"url": "http://hooks.example.cn/", "mode": "verify"}}, 422),
        ({"webhook": HOOK, "columns": "nobody"}, 400),
        ({"webhook": HOOK, "organisation": "11370400004305679A"}, 400),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_stored(city: City, told: dict[str, Any], status: int) -> None:
    assert subscribe(city, **told).status_code == status
    assert city.get("/subscriptions", "tengzhou").json() == {"subscriptions": []}


def test_where_a_setting_allows_it_a_webhook_may_go_to_this_machine(city: City) -> None:
    desk = city.client.app.state.desk
    settings = replace(desk.settings, targets=read_targets("127.0.0.0/8"))
    client = TestClient(create_app(city.shelf, settings, city.clock))
    body = {"dataset": KEY, "purpose": "social_assistance", "webhook": {"url": "http://127.0.0.1:9/"}}
    assert client.post("/api/v1/subscriptions", json=body, headers=city.headers("tengzhou")).status_code == 201
    body["webhook"] = {"url": "http://10.0.0.1/"}
    assert client.post("/api/v1/subscriptions", json=body, headers=city.headers("tengzhou")).status_code == 422


def test_there_is_an_end_to_the_subscriptions_of_a_system(city: City) -> None:
    answers = [subscribe(city, webhook=HOOK).status_code for _ in range(21)]
    assert answers == [201] * 20 + [422]
