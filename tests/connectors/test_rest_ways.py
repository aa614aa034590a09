"""Ways of services: how pages go on, how one says who one is, what is sent, and what an answer may not be."""

import base64
import gzip
import hashlib
import hmac
import json
import logging
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.registry import connector_for, follows, option_mistakes
from connectors.services.bounds import written
from connectors.services.paging import linked
from connectors.services.rest import Rest
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI
from schemas.record import to_json
from tests.connectors.certificate import certificate
from tests.connectors.conformance import DAY, NOW, SECRET, dataset_of, typed
from tests.connectors.paged_source import Answer, Service, ok, serving
from tests.connectors.test_rest import FIELDS, people

PATH = "/api/people"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as running:
        yield running


def made(service: Service, waits: list[float] | None = None, **told: Any) -> tuple[Dataset, Rest]:
    """Options of the contract; `login`, `password` and `extra` go to the connection."""
    held = {name: told.pop(name) for name in ("login", "password", "extra", "kind", "host") if name in told}
    options = {"path": PATH, "page": {"kind": "once"}, "records": "items", "retries": 1} | told
    dataset = dataset_of(Source("rest", "api", options), FIELDS)
    connection = Connection("api", **{"kind": "http", "host": "127.0.0.1", "port": service.port} | held)
    connector = connector_for(dataset, connection)
    assert isinstance(connector, Rest)
    return dataset, replace(connector, wait=(waits if waits is not None else []).append, now=lambda: NOW)


def ids(dataset: Dataset, connector: Rest) -> list[str]:
    return list(typed(dataset, connector).column("id").to_pylist())


def by_link(service: Service, told: str) -> Any:
    """Answers of two records each that name the next page in the Link header."""

    def answer(asked: dict[str, str]) -> Answer:
        start = int(asked.get("from", "0"))
        more = {"Link": told.format(next=start + 2)} if start + 2 < len(service.records) else {}
        status, _, content = ok({"items": service.records[start : start + 2]})
        return status, more, content

    return answer


@pytest.mark.parametrize(
    "link",
    [
        '<{PATH}?from={next}>; rel="next"',
        '<?from={next}>; rel=next; title="a, b", </api/people>; rel="first"',
        '</api/people>; rel="prev", <http://127.0.0.1:{PORT}/api/people?from={next}>; title="x"; rel="last next"',
    ],
)
def test_pages_go_on_where_the_link_header_says(service: Service, link: str) -> None:
    service.records = people(5)
    service.answer = by_link(service, link.replace("{PATH}", PATH).replace("{PORT}", str(service.port)))
    dataset, connector = made(service, page={"kind": "link"})
    assert ids(dataset, connector) == ["0", "1", "2", "3", "4"]
    assert service.paths[1:] == [f"{PATH}?from=2", f"{PATH}?from=4"]


def test_only_the_relation_next_is_followed() -> None:
    assert linked('<a>; rel="nextpage"') == ""
    assert linked('<a>; rel="prev"; title="next", <b>; rel=NEXT') == "b"
    assert linked("") == ""


@pytest.mark.parametrize("way", ["link", "next"])
@pytest.mark.parametrize("where", ["http://elsewhere.example/x?from=2", "https://127.0.0.1/x", "//127.0.0.1:9/x"])
def test_a_next_page_at_another_host_is_refused_and_not_asked(service: Service, way: str, where: str) -> None:
    body = {"items": people(1), "next": where}
    service.answer = lambda _: (200, {"Link": f'<{where}>; rel="next"'}, ok(body)[2])
    dataset, connector = made(service, page={"kind": way} | ({"next": "next"} if way == "next" else {}))
    with pytest.raises(SourceChanged, match="expected the host of the connection"):
        ids(dataset, connector)
    assert len(service.asked) == 1


def test_the_address_of_the_next_page_may_stand_in_the_body_and_never_comes_twice(service: Service) -> None:
    service.records = people(3)

    def answer(asked: dict[str, str]) -> Answer:
        start = int(asked.get("from", "0"))
        more = f"{PATH}?from={start + 1}" if start < 2 else None
        return ok({"items": service.records[start : start + 1], "meta": {"next": more}})

    service.answer = answer
    dataset, connector = made(service, page={"kind": "next", "next": "meta.next"})
    assert ids(dataset, connector) == ["0", "1", "2"]
    service.answer = lambda _: ok({"items": people(1), "meta": {"next": f"{PATH}?key={SECRET}"}})
    with pytest.raises(SourceChanged, match="the address of the next page came twice") as refusal:
        ids(dataset, connector)
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_pages_go_on_after_the_last_value(service: Service, count: int) -> None:
    service.records = people(count)

    def answer(asked: dict[str, str]) -> Answer:
        start = int(asked.get("after", "-1")) + 1
        return ok({"items": service.records[start : start + int(asked["limit"])]})

    service.answer = answer
    dataset, connector = made(service, page={"kind": "keyset", "field": "id"}, page_size=2)
    assert ids(dataset, connector) == [str(n) for n in range(count)]
    service.answer = lambda _: ok({"items": people(2)})
    with pytest.raises(SourceChanged, match="the last record's value of id came twice"):
        ids(dataset, connector)


def test_a_value_that_reads_like_a_word_of_the_template_goes_out_as_it_is(service: Service) -> None:
    pages = [{"items": [{"id": "{low}{size}", "n": 1}]}, {"items": []}]
    service.answer = lambda _: ok(pages.pop(0))
    body = {"q": "after {last}, {size} of {low} {none} {{size}}"}
    dataset, connector = made(service, page={"kind": "keyset", "field": "id"}, page_size=2, body=body)
    assert ids(dataset, connector) == ["{low}{size}"]
    low = DAY.low.isoformat()
    asked = [json.loads(body)["q"] for body in service.bodies]
    assert asked == [f"after , 2 of {low} {{none}} {{2}}", f"after {{low}}{{size}}, 2 of {low} {{none}} {{2}}"]


def test_a_check_lists_no_names_without_end(service: Service) -> None:
    service.answer = lambda _: ok({"items": [people(1)[0] | {f"a{n}": 1 for n in range(30)}]})
    (problem,) = made(service)[1].check()
    assert problem.code == "EXTRA_COLUMNS"
    assert problem.said.endswith("'a19' and 10 more")


@pytest.mark.parametrize("page", [{"kind": "keyset", "field": "id"}, {"kind": "cursor", "next": "next"}])
def test_neither_values_of_records_nor_tokens_stand_in_the_piece_of_the_next_page(
    service: Service, page: dict[str, str]
) -> None:
    secret = "110101199003070011"
    pages = [
        {"items": [{"id": secret, "n": 1}], "next": secret},
        {"items": [{"id": "2", "n": 1}], "next": None},
        {"items": [], "next": None},
    ]
    service.answer = lambda _: ok(pages.pop(0))
    dataset, connector = made(service, page=page)
    assert typed(dataset, connector).column("_piece").to_pylist() == [f"{PATH} page 1", f"{PATH} page 2"]
    service.answer = lambda _: ok({"items": [{"id": secret, "n": 1}], "next": secret})
    with pytest.raises(SourceChanged, match="came twice") as refused:
        ids(dataset, connector)
    assert secret not in str(refused.value)


def test_a_body_is_posted_as_the_contract_writes_it(service: Service) -> None:
    service.records = people(3)

    def answer(_: dict[str, str]) -> Answer:
        asked = json.loads(service.bodies[-1])
        start = asked["page"]["no"] * asked["page"]["size"]
        return ok({"items": service.records[start : start + asked["page"]["size"]]})

    service.answer = answer
    body = {"page": {"no": "{page}", "size": "{size}"}, "span": ["{low}", "{high}"], "text": "第{page}页", "flag": True}
    dataset, connector = made(
        service,
        page={"kind": "number", "start": 0},
        page_size=2,
        body=body,
        params={"v": "2"},
        window_params={"low": "from", "high": "to", "format": "epoch_seconds"},
    )
    assert ids(dataset, connector) == ["0", "1", "2"]
    low = str(int(DAY.low.timestamp()))
    first = json.loads(service.bodies[0])
    assert first == {
        "page": {"no": 0, "size": 2},
        "span": [low, str(int(DAY.high.timestamp()))],
        "text": "第0页",
        "flag": True,
    }
    assert service.asked[0] == {"v": "2"}
    assert follows(dataset)
    assert connector.check() == ()


def test_moments_go_out_in_the_form_that_the_service_reads() -> None:
    moment = datetime(2026, 11, 20, 8, 0, 0, 123_000, tzinfo=SHANGHAI)
    assert written(moment, "") == "2026-11-20T08:00:00.123000+08:00"
    assert written(moment, "%Y%m%d%H%M%S") == "20261120080000"
    assert (written(moment, "epoch_seconds"), written(moment, "epoch_milliseconds")) == ("1795132800", "1795132800123")


TOKEN = {"token": SECRET}


@pytest.mark.parametrize(
    ("auth", "held", "header", "sent"),
    [
        ({"kind": "none"}, {"login": "yishu", "password": SECRET}, "Authorization", None),
        ({"kind": "basic"}, {"login": "yishu", "password": SECRET}, "Authorization", "Basic "),
        ({"kind": "bearer"}, {"password": SECRET}, "Authorization", f"Bearer {SECRET}"),
        ({"kind": "header", "name": "X-Key", "prefix": "APPCODE "}, {"extra": TOKEN}, "X-Key", f"APPCODE {SECRET}"),
    ],
)
def test_who_asks_is_told_as_the_contract_says(
    service: Service, auth: dict[str, str], held: dict[str, Any], header: str, sent: str | None
) -> None:
    service.answer = lambda _: ok({"items": people(1)})
    dataset, connector = made(service, auth=auth, **held)
    assert ids(dataset, connector) == ["0"]
    found = service.headers[0].get(header)
    assert found == sent or (sent is not None and found is not None and found.startswith(sent))


def test_a_token_in_the_address_stands_in_no_message_plan_or_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.records = people(5)
    service.answer = by_link(service, "</api/people?key=theirs&from={next}>; rel=next")
    dataset, connector = made(service, page={"kind": "link"}, auth={"kind": "query", "name": "key"}, extra=TOKEN)
    with caplog.at_level(logging.DEBUG):
        table = typed(dataset, connector)
        assert [asked["key"] for asked in service.asked] == [SECRET] * 3
        service.faults = [(404, {}, b"")]
        with pytest.raises(SourceChanged) as refusal:
            ids(dataset, connector)
    shown = [str(refusal.value), repr(connector), to_json(connector.plan(DAY)).decode(), str(table.column("_piece"))]
    assert SECRET not in "".join(shown)
    assert SECRET not in "".join(r.getMessage() for r in caplog.records if r.name.startswith(("httpx", "connectors")))


class Giver:
    """A service that gives tokens that hold for some asks."""

    def __init__(self, service: Service, holds: int, lasts: float = 3600) -> None:
        self.given, self.left = 0, 0
        self.service, self.holds, self.lasts = service, holds, lasts

    def __call__(self, asked: dict[str, str]) -> Answer:
        if self.service.paths[-1] == "/oauth/token":
            self.given, self.left = self.given + 1, self.holds
            return ok({"access_token": f"token-{self.given}", "expires_in": self.lasts})
        if self.left == 0 or self.service.headers[-1].get("Authorization") != f"Bearer token-{self.given}":
            return 401, {}, b""
        self.left -= 1
        return self.service.by_number(asked)


@pytest.mark.parametrize("style", ["basic", "body"])
def test_a_token_is_asked_for_and_again_when_it_no_longer_holds(service: Service, style: str) -> None:
    service.records = people(7)
    giver = Giver(service, holds=2)
    service.answer = giver
    auth = {"kind": "oauth2", "path": "/oauth/token", "scope": "read", "style": style}
    page = {"kind": "number", "size_parameter": "size"}
    held = {"login": "yishu", "password": SECRET}
    dataset, connector = made(service, auth=auth, page=page, records="data.items", page_size=2, **held)
    assert ids(dataset, connector) == [str(n) for n in range(7)]
    assert giver.given == 3
    form = parse_qs(service.bodies[0].decode())
    assert (form["grant_type"], form["scope"]) == (["client_credentials"], ["read"])
    assert ("client_secret" in form) == (style == "body")
    assert service.headers[0].get("Authorization", "").startswith("Basic ") == (style == "basic")


def test_a_token_that_has_run_out_is_renewed_before_it_is_refused(service: Service) -> None:
    service.records = people(5)
    giver = Giver(service, holds=100, lasts=0)
    service.answer = giver
    page = {"kind": "number", "size_parameter": "size"}
    auth = {"kind": "oauth2", "path": "/oauth/token"}
    held = {"login": "yishu", "password": SECRET}
    dataset, connector = made(service, auth=auth, page=page, records="data.items", page_size=2, **held)
    assert len(ids(dataset, connector)) == 5
    assert giver.given == 4
    assert not [path for path in service.paths if "401" in path]


def test_a_login_that_gets_no_token_is_told_without_it(service: Service) -> None:
    auth = {"kind": "oauth2", "path": "/oauth/token"}
    dataset, connector = made(service, auth=auth, login="yishu", password=SECRET)
    for answer, said in (
        ((401, {}, SECRET.encode()), "asking for a token: found status 401, expected 200; look at login"),
        ((200, {}, b"{}"), "no access_token"),
        ((200, {}, b"<html>"), "no access_token"),
    ):
        service.answer = lambda _, answer=answer: answer  # type: ignore[misc] # one for each turn
        with pytest.raises(SourceChanged, match=said) as refusal:
            ids(dataset, connector)
        assert SECRET not in str(refusal.value)
    service.answer = lambda _: (200, {}, b" " * (1 << 20) + b'{"access_token": "x"}')
    with pytest.raises(SourceChanged, match=r"a token: the answer is larger than 1048576 bytes; is auth\.path"):
        ids(dataset, connector)
    service.answer = lambda _: (503, {}, b"")
    with pytest.raises(SourceUnreachable, match="asking for a token: found status 503"):
        ids(dataset, connector)


def test_each_ask_is_signed_after_the_recipe(service: Service) -> None:
    service.answer = lambda _: ok({"items": people(1)})
    auth = {
        "kind": "signed",
        "algorithm": "hmac-sha256",
        "text": "{method}\n{path}\n{sorted_query}\n{timestamp}\n{nonce}\n{body_sha256}",
        "encoding": "base64",
        "timestamp": "epoch_milliseconds",
        "headers": {"X-App": "{login}", "X-Time": "{timestamp}", "X-Nonce": "{nonce}", "X-Sign": "v1={signature}"},
    }
    held = {"login": "yishu", "password": SECRET}
    dataset, connector = made(service, auth=auth, params={"b": "2", "a": "1"}, body={"x": 1}, **held)
    assert ids(dataset, connector) == ["0"]
    sent = {name.lower(): value for name, value in service.headers[0].items()}
    body = hashlib.sha256(service.bodies[0]).hexdigest()
    text = f"POST\n{PATH}\na=1&b=2\n{sent['x-time']}\n{sent['x-nonce']}\n{body}"
    made_here = base64.b64encode(hmac.digest(SECRET.encode(), text.encode(), "sha256")).decode()
    assert sent["x-sign"] == f"v1={made_here}"
    assert (sent["x-app"], sent["x-time"]) == ("yishu", str(int(NOW.timestamp() * 1000)))


def test_a_plain_digest_in_the_address_is_a_recipe_too_and_must_hold_the_secret(service: Service) -> None:
    service.answer = lambda _: ok({"items": people(1)})
    auth = {
        "kind": "signed",
        "algorithm": "md5",
        "text": "{login}{timestamp}{secret}",
        "encoding": "HEX",
        "timestamp": "%Y%m%d%H%M%S",
        "params": {"appid": "{login}", "ts": "{timestamp}", "sign": "{signature}"},
    }
    dataset, connector = made(service, auth=auth, login="yishu", password=SECRET)
    ids(dataset, connector)
    asked = service.asked[0]
    expected = hashlib.md5(f"yishu{asked['ts']}{SECRET}".encode(), usedforsecurity=False).hexdigest().upper()
    assert (asked["appid"], asked["ts"], asked["sign"]) == ("yishu", f"{NOW:%Y%m%d%H%M%S}", expected)
    options = {"path": PATH, "page": {"kind": "once"}, "auth": auth | {"text": "{login}{timestamp}"}}
    (mistake,) = option_mistakes(dataset_of(Source("rest", "api", options), FIELDS))
    assert "found no {secret}, which md5 needs" in mistake


@pytest.mark.parametrize("kind", ["basic", "bearer", "oauth2"])
def test_a_connection_without_the_secret_is_not_ready(service: Service, kind: str) -> None:
    dataset, connector = made(service, auth={"kind": kind})
    with pytest.raises(NotReady, match=f"auth {kind} needs"):
        ids(dataset, connector)


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7"}, [7.0]),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "9"}, [9.0]),
        (
            {
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "1795168842",
                "Date": "Fri, 20 Nov 2026 10:00:00 GMT",
            },
            [42.0],
        ),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "7"}, []),
    ],
)
def test_a_service_that_has_no_asks_left_is_given_its_rest(
    service: Service, headers: dict[str, str], waited: list[float]
) -> None:
    answers = [(200, headers, ok({"items": people(1)})[2]), ok({"items": []})]
    service.answer = lambda _: answers.pop(0)
    waits: list[float] = []
    dataset, connector = made(service, waits, page={"kind": "number"})
    assert ids(dataset, connector) == ["0"]
    assert waits == waited
    answers = [(200, {"RateLimit-Remaining": "0", "RateLimit-Reset": "86400"}, ok({"items": people(1)})[2])]
    with pytest.raises(SourceUnreachable, match="lets us ask no more for 86400 s"):
        ids(dataset, connector)


def test_an_answer_has_a_bound_also_when_it_is_packed(service: Service) -> None:
    content = ok({"items": people(20_000)})[2]
    packed = gzip.compress(content)
    service.answer = lambda _: (200, {"Content-Encoding": "gzip"}, packed)
    dataset, connector = made(service)
    assert len(ids(dataset, connector)) == 20_000
    dataset, connector = made(service, most_bytes=len(content) - 1)
    assert len(packed) < len(content) // 4
    with pytest.raises(SourceChanged, match=r"larger than .* bytes; raise options\.most_bytes"):
        ids(dataset, connector)
    service.answer = lambda _: (200, {"Content-Encoding": "gzip"}, b"not packed at all")
    with pytest.raises(SourceChanged, match="cannot be unpacked"):
        ids(dataset, connector)


def test_what_calls_itself_something_else_than_json_is_named(service: Service) -> None:
    service.answer = lambda _: (200, {"Content-Type": "text/html; charset=gbk"}, b"<html>login</html>")
    dataset, connector = made(service)
    with pytest.raises(SourceChanged, match=r"no JSON that can be read \(it calls itself text/html\)"):
        ids(dataset, connector)


def test_a_certificate_of_an_own_authority_is_checked(tmp_path: Path) -> None:
    file = certificate(tmp_path / "server.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    with serving(tls) as service:
        service.answer = lambda _: ok({"items": people(1)})
        dataset, connector = made(service, kind="https", host="localhost", extra={"ca": str(file)})
        assert ids(dataset, connector) == ["0"]
        dataset, connector = made(service, kind="https", host="localhost")
        with pytest.raises(NotReady, match=r"its certificate is not one to trust: .*certificate verify failed"):
            ids(dataset, connector)
        dataset, connector = made(service, kind="https", host="localhost", extra={"ca": str(tmp_path / "gone.pem")})
        with pytest.raises(NotReady, match="ca, certificate or key cannot be used"):
            ids(dataset, connector)


def test_a_body_and_addresses_of_next_pages_do_not_go_together() -> None:
    options = {"path": PATH, "page": {"kind": "link"}, "body": {"x": 1}}
    (mistake,) = option_mistakes(dataset_of(Source("rest", "api", options), FIELDS))
    assert "options.body: found one with pages that name their addresses" in mistake
