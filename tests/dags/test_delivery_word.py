"""Signed webhooks to a real HTTP server: verified as the specification says, again until taken, never inwards."""

import base64
import hashlib
import hmac
import json
import logging
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

import pytest

from connectors.outbox.webhook import Sender, Word, own, signed
from dags.delivery.due import deliver_due
from dags.delivery.post import Post
from schemas.access import GrantState
from schemas.errors import BadInput, RecipientUnreachable
from schemas.targets import ANYWHERE, read_targets
from tests.api.conftest import City, built, city, low_income
from tests.builders import DAY, NOW, TENGZHOU_CIVIL, make_verdict

__all__ = ["built", "city"]
KEY = "civil_affairs.low_income"
HERE = read_targets("127.0.0.0/8")
EXAMPLE = Word("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
EXAMPLE_SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


class Receiver:
    """What was posted, and the status of the next answers."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.url = ""


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(receiver.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks?of=yishu"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(60)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def subscribed(city: City, url: str) -> dict[str, Any]:
    """Over the API, from an application that lets webhooks go to this machine."""
    desk = city.client.app.state.desk
    city.client.app.state.desk = replace(desk, settings=replace(desk.settings, targets=HERE))
    body = {"dataset": KEY, "purpose": "social_assistance", "webhook": {"url": url}}
    made = city.client.post("/api/v1/subscriptions", json=body, headers=city.headers("tengzhou"))
    assert made.status_code == 201, made.text
    told: dict[str, Any] = made.json()
    return told


def post(city: City) -> Post:
    return Post(city.shelf, {}.get, Sender(HERE), city.clock)


def publish_again(city: City) -> None:
    dataset = city.shelf.dataset(KEY)
    verdict = make_verdict(city.shelf.lake, dataset, low_income()[:30], DAY + timedelta(days=1))
    city.shelf.publish(dataset, verdict, city.clock())


def verified(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As a receiver does it, from the text of the specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mine = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{mine}" in headers["webhook-signature"].split(" ")


def test_a_signature_is_the_one_of_the_specifications_example() -> None:
    moment = NOW.fromtimestamp(1614265330, NOW.tzinfo)
    assert signed(EXAMPLE, EXAMPLE_SECRET, moment) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_new_version_is_told_once_signed_and_without_data(city: City, receiver: Receiver) -> None:
    made = subscribed(city, receiver.url)
    assert deliver_due(post(city)) == []  # of the version that was there they know
    publish_again(city)
    (done,) = deliver_due(post(city))
    assert (done["state"], done["version"]) == ("delivered", 2)
    assert deliver_due(post(city)) == []
    ((path, headers, body),) = receiver.got
    assert path == "/hooks?of=yishu"
    assert headers["host"] == receiver.url.split("/")[2]
    assert verified(headers, body, made["secret"])
    assert not verified(headers, body + b" ", made["secret"])
    told = json.loads(body)
    assert told["type"] == "dataset.version.published"
    assert told["data"] == {
        "subscription": made["id"],
        "dataset": KEY,
        "version": 2,
        "window": (DAY + timedelta(days=1)).isoformat(),
        "purpose": "social_assistance",
        "grant": city.grants["tengzhou"],
    }


@pytest.mark.parametrize("status", [302, 400, 500])
def test_what_is_not_taken_is_sent_again_with_the_same_id_and_no_redirect_is_followed(
    city: City, receiver: Receiver, status: int
) -> None:
    made = subscribed(city, receiver.url)
    publish_again(city)
    receiver.status = status
    (done,) = deliver_due(post(city))
    assert (done["state"], f"status {status}" in done["said"]) == ("waiting", True)
    city.clock.now += timedelta(minutes=5)
    receiver.status = 200
    (done,) = deliver_due(post(city))
    assert (done["state"], done["tries"]) == ("delivered", 2)
    (_, first, _), (_, second, body) = receiver.got
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert verified(second, body, made["secret"])


def test_a_receiver_that_is_gone_ends_its_subscription(city: City, receiver: Receiver) -> None:
    made = subscribed(city, receiver.url)
    publish_again(city)
    receiver.status = 410
    deliver_due(post(city))
    assert city.get(f"/subscriptions/{made['id']}", "tengzhou").status_code == 404


def test_who_may_not_fetch_it_any_more_is_not_told(city: City, receiver: Receiver) -> None:
    subscribed(city, receiver.url)
    publish_again(city)
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    (done,) = deliver_due(post(city))
    assert (done["state"], done["said"]) == ("refused", "GRANT_NOT_IN_FORCE")
    assert receiver.got == []
    inbox = city.get("/inbox", "tengzhou").json()["notices"]
    assert [one["about"] for one in inbox] == ["delivery_refused"]
    assert city.shelf.grants_for(KEY, TENGZHOU_CIVIL)[0].organisation == TENGZHOU_CIVIL


def test_a_name_that_leads_inwards_is_not_followed_whatever_else_it_leads_to(receiver: Receiver) -> None:
    port = receiver.url.split("/")[2].partition(":")[2]
    url = f"http://hooks.example.cn:{port}/"
    for found in (["127.0.0.1"], ["59.110.1.1", "127.0.0.1"], ["169.254.169.254"], ["::1"]):
        inwards = Sender(ANYWHERE, lambda *_, found=found: [ip_address(one) for one in found])
        with pytest.raises(BadInput, match="may not go to"):
            inwards.send(url, EXAMPLE, {})
    assert receiver.got == []


def test_this_machine_is_not_a_target_by_any_of_its_addresses() -> None:
    assert own(ip_address("127.0.0.1"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("198.51.100.7", 9))  # sends nothing; chooses the address that would be sent from
        except OSError:
            pytest.skip("no network but the loop")
        mine = way.getsockname()[0]
    with pytest.raises(BadInput, match="may not go to"):
        Sender(ANYWHERE).send(f"http://{mine}:1/", EXAMPLE, {})
    assert not own(ip_address("198.51.100.7"))


def test_a_name_is_looked_up_once_and_that_very_address_is_connected_to(receiver: Receiver) -> None:
    port = receiver.url.split("/")[2].partition(":")[2]
    asked: list[str] = []

    def rebinding(host: str, _: int) -> list[Any]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    assert Sender(HERE, rebinding).send(f"http://hooks.example.cn:{port}/a", EXAMPLE, {})
    assert asked == ["hooks.example.cn"]
    assert receiver.got[0][1]["host"] == f"hooks.example.cn:{port}"


def test_a_listed_name_may_lead_anywhere(receiver: Receiver) -> None:
    port = receiver.url.split("/")[2].partition(":")[2]
    sender = Sender(read_targets("hooks.example.cn"), lambda *_: [ip_address("127.0.0.1")])
    assert sender.send(f"http://hooks.example.cn:{port}/", EXAMPLE, {})
    with pytest.raises(BadInput):
        sender.send(f"http://other.example.cn:{port}/", EXAMPLE, {})


def test_a_receiver_that_is_away_is_unreachable() -> None:
    with pytest.raises(RecipientUnreachable, match="webhook 127"):
        Sender(HERE).send("http://127.0.0.1:1/", EXAMPLE, {})

    def unknown(*_: Any) -> list[Any]:
        raise OSError("no such name")

    with pytest.raises(RecipientUnreachable, match="not known"):
        Sender(HERE, unknown).send("http://nowhere.example.cn/", EXAMPLE, {})


def test_a_receiver_that_never_ends_its_answer_is_left() -> None:
    left = threading.Event()

    class Trickling(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                while not left.wait(0.05):
                    self.request.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickling) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/hooks?key=of-the-receiver"
        with pytest.raises(RecipientUnreachable, match="Timeout"):
            Sender(HERE, patience=1.0).send(url, EXAMPLE, {})
        left.set()
        server.shutdown()


def test_an_address_with_a_secret_in_it_stands_in_no_log(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert Sender(HERE).send(receiver.url, EXAMPLE, {})
    assert "of=yishu" not in caplog.text
