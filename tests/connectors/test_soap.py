"""SOAP services keep what every source keeps; answers are read as they come, and nothing is fetched from elsewhere."""

import html
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax import saxutils

import httpx
import pytest

pytest.importorskip("zeep", reason="NOT TESTED WITH SOAP: install yishu[soap]")

from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from connectors.sampling import offers, stream_of
from connectors.sampling import rows_of as rows_first
from connectors.services.soap import Soap
from connectors.services.soap_answer import Answer
from connectors.services.soap_error import error_of
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from tests.builders import make_field
from tests.connectors.conformance import (
    DAY,
    NOW,
    SECRET,
    Conformance,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)
from tests.connectors.soap_server import ENVELOPE, SoapService, enveloped, fault, soap_service

ONE: dict[str, Any] = {
    "wsdl": "/population?wsdl",
    "operation": "Query",
    "arguments": {"from": "{low}", "to": "{high}"},
    "window_format": "%Y-%m-%d",
    "records": "QueryResponse.people.person",
    "retries": 2,
}
PAGED = ONE | {
    "arguments": {"page": "{page}", "size": "{size}"},
    "page": {"kind": "number"},
    "page_size": 2,
    "total": "QueryResponse.total",
}
FIELDS = (make_field("id", key=1), make_field("n", type=FieldType(Kind.DECIMAL, 18, 2)))


@pytest.fixture
def service() -> Iterator[SoapService]:
    with soap_service() as running:
        yield running


@dataclass
class SoapBench:
    service: SoapService
    options: dict[str, Any]
    counts: bool
    knows_null = True

    def source(self) -> Source:
        return Source("soap", "api", self.options)

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        self.service.names, self.service.decimals = names, ("amount", "precise")
        nobody: list[Texts] = [] if "person_id" in names else [dict.fromkeys(names)]
        self.service.rows = [{n: row[n] for n in names} for row in rows] or nobody

    def connector(self, dataset: Dataset) -> Connector:
        return waiting(dataset, self.service, login="yishu", password=SECRET)

    def state(self) -> object:
        return list(self.service.rows)


def waiting(dataset: Dataset, service: SoapService, **told: Any) -> Soap:
    """The connector of a contract that does not sleep."""
    connector = connector_for(dataset, Connection("api", "http", host="127.0.0.1", port=service.port, **told))
    assert isinstance(connector, Soap)
    return replace(connector, wait=lambda _: None)


class TestOneAnswer(Conformance):
    @pytest.fixture
    def bench(self, service: SoapService) -> SoapBench:
        return SoapBench(service, ONE, counts=False)


class TestPages(Conformance):
    @pytest.fixture
    def bench(self, service: SoapService) -> SoapBench:
        return SoapBench(service, PAGED, counts=True)


def made(
    service: SoapService, base: dict[str, Any] = ONE, fields: Sequence[Any] = FIELDS, **options: Any
) -> tuple[Dataset, Soap]:
    dataset = dataset_of(Source("soap", "api", base | options), fields)
    return dataset, waiting(dataset, service)


def people(service: SoapService, count: int) -> None:
    service.names, service.decimals = ("id", "n"), ("n",)
    service.rows = [{"id": str(n), "n": f"{n}.50"} for n in range(count)]


def test_the_window_goes_out_as_the_operation_wants_it_to_the_host_of_the_connection(service: SoapService) -> None:
    people(service, 1)
    dataset, connector = made(service)
    assert typed(dataset, connector).num_rows == 1
    assert "2026-11-20</" in service.asked[0]
    assert "2026-11-21</" in service.asked[0]
    assert service.headers[0]["SOAPAction"] == '"urn:population/Query"'


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_pages_give_every_record_once(service: SoapService, count: int) -> None:
    people(service, count)
    dataset, connector = made(service, PAGED)
    table = typed(dataset, connector)
    assert table.column("id").to_pylist() == [str(n) for n in range(count)]
    assert table.column("n").to_pylist() == [Decimal(f"{n}.50") for n in range(count)]


def test_decimals_of_any_length_come_as_they_were_written(service: SoapService, tmp_path: Path) -> None:
    fields = (make_field("id"), make_field("n", type=FieldType(Kind.DECIMAL, 38, 18)))
    service.names, service.decimals = ("id", "n"), ("n",)
    service.rows = [
        {"id": "1", "n": "12345678901234567890.123456789012345678"},
        {"id": "2", "n": "0.1234567890123456789"},
    ]
    dataset, connector = made(service, fields=fields)
    landing = landed(dataset, connector, tmp_path)
    assert [row["n"] for row in rows_of(tmp_path, landing)] == [Decimal("12345678901234567890.123456789012345678")]
    assert "19 digits after the point" in rejects_of(tmp_path, landing)[0]["reason"]


def test_a_large_answer_is_read_as_it_comes(service: SoapService) -> None:
    people(service, 25_000)
    _, connector = made(service)
    batches = list(connector.read(connector.plan(DAY)))
    assert [batch.rows.num_rows for batch in batches] == [10_000, 10_000, 5_000]
    assert batches[2].places[0].as_py() == 20_001  # type: ignore[index]
    _, small = made(service, most_bytes=1000)
    with pytest.raises(SourceChanged, match="larger than 1000 bytes"):
        list(small.read(small.plan(DAY)))


def test_a_fault_of_ours_is_told_at_once_and_one_of_theirs_is_asked_again(service: SoapService) -> None:
    people(service, 1)
    dataset, connector = made(service)
    service.faults = [(500, fault("Client", "参数 from 无效"))]
    with pytest.raises(SourceChanged, match="the service says: s:Client: 参数 from 无效"):
        typed(dataset, connector)
    assert len(service.asked) == 1
    service.faults = [(500, fault("Server", "数据库忙"))] * 2
    assert typed(dataset, connector).num_rows == 1
    service.faults = [(500, fault("Server", f"数据库忙 {SECRET}"))] * 3
    secret = replace(connector, connection=replace(connector.connection, login="yishu", password=SECRET))
    with pytest.raises(SourceUnreachable, match=r"status 500 after 3 tries; it says: s:Server: 数据库忙 \*\*\*"):
        typed(dataset, secret)
    twelve = "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>no</s:Text></s:Reason></s:Fault>"
    service.faults = [(200, enveloped(twelve, "http://www.w3.org/2003/05/soap-envelope"))]
    with pytest.raises(SourceChanged, match="the service says: s:Sender: no"):
        typed(dataset, connector)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><h1>502 Bad Gateway</h1>" + b" " * (8 << 20), "found more than 1048576 bytes of text/xml"),
        (fault("Server", "x" * (2 << 20)), "found more than 1048576 bytes of text/xml"),
        (
            b"<html><h1>502 Bad Gateway</h1></html>",
            "found 37 bytes of text/xml, expected a SOAP fault: '502 Bad Gateway'",
        ),
        (b"", "found 0 bytes of text/xml, expected a SOAP fault"),
    ],
)
def test_of_an_error_that_is_no_fault_its_beginning_is_told(service: SoapService, content: bytes, said: str) -> None:
    people(service, 1)
    dataset, connector = made(service, retries=0)
    for status, refused in ((503, SourceUnreachable), (404, SourceChanged)):
        service.faults = [(status, content)]
        tracemalloc.start()
        with pytest.raises(refused, match=f"status {status}.*; it says: {re.escape(said)}"):
            typed(dataset, connector)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20, "an error is not held as a whole"
        tracemalloc.stop()


@pytest.mark.parametrize("password", ["p&ss<1", "pa\\ss", "o'k\"x", "geheim" * 20])
def test_no_page_of_an_error_shows_the_password_however_it_writes_it(password: str) -> None:
    for written in (password, saxutils.escape(password), html.escape(password)):
        page = f"<html>{'bad ' * 48}<b>{written}</b></html>".encode()
        said = error_of(httpx.Response(500, content=page), Answer(("a",), "Query"), password).said
        assert said.endswith("bad ***'")


@pytest.mark.parametrize("charset", ["x-none", "base64", "punycode"])
def test_a_charset_that_is_none_of_texts_is_read_as_utf_8(charset: str) -> None:
    page = httpx.Response(500, content="忙".encode(), headers={"content-type": f"text/html; charset={charset}"})
    assert error_of(page, Answer(("a",), "Query"), "").said.endswith("'忙'")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>login</html>", "found 'html', expected a SOAP envelope"),
        (b"not xml", "no whole XML"),
        (enveloped("<x/>"), "no 'QueryResponse' in the body, found 'x'"),
        (enveloped("<x/>")[:-9], "no whole XML"),
        (f'<e:Envelope xmlns:e="{ENVELOPE}"/>'.encode(), "has no Body"),
        (enveloped("<x/>", before='<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'), "found a DOCTYPE"),
    ],
)
def test_what_is_no_soap_is_refused(service: SoapService, content: bytes, said: str) -> None:
    people(service, 1)
    dataset, connector = made(service)
    service.answer = lambda _: (200, content)
    with pytest.raises(SourceChanged, match=said):
        typed(dataset, connector)


def test_a_wsdl_that_imports_from_elsewhere_is_refused(service: SoapService) -> None:
    people(service, 1)
    _, connector = made(service)
    for elsewhere in (
        "http://elsewhere.example/types.xsd",
        f"http://127.0.0.1:{service.port + 1}/t",
        "file:///etc/passwd",
    ):
        service.schema = elsewhere
        (problem,) = connector.check()
        assert "expected what lies with it" in problem.said, elsewhere


def test_a_wsdl_may_lie_beside_the_contract(
    service: SoapService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(service, 3)
    folder = tmp_path / "contracts" / "health"
    folder.mkdir(parents=True)
    service.schema = "types.xsd"
    (folder / "population.wsdl").write_text(service.wsdl(), encoding="utf-8")
    (folder / "types.xsd").write_text(service.types(), encoding="utf-8")
    monkeypatch.setenv("YISHU_CONTRACTS", str(tmp_path / "contracts"))
    source = Source("soap", "api", {**ONE, "wsdl": "", "wsdl_file": "population.wsdl"})
    dataset = replace(dataset_of(source, FIELDS), contract_file="health/people.odcs.yaml")
    assert typed(dataset, waiting(dataset, service)).num_rows == 3
    service.schema = "../../../etc/passwd"
    (folder / "population.wsdl").write_text(service.wsdl(), encoding="utf-8")
    (problem,) = waiting(dataset, service).check()
    assert "expected what lies with it" in problem.said
    gone = replace(dataset, source=replace(source, options={**source.options, "wsdl_file": "other.wsdl"}))
    with pytest.raises(NotReady, match=r"no file 'other\.wsdl' beside the contract"):
        waiting(gone, service)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"operation": "Delete"}, "no operation 'Delete'; found Query"),
        ({"arguments": {"colour": "red"}}, "options.arguments do not fit Query: .*colour"),
        (
            {"records": "QueryResponse.nobody.person"},
            "no 'nobody' of options.records in the WSDL; found 'total', 'people'",
        ),
        ({"records": "Other.people"}, "no 'Other' in an answer of Query, its WSDL names 'QueryResponse'"),
        ({"wsdl": "/nothing"}, "found status 404, expected the WSDL"),
    ],
)
def test_options_are_held_against_the_wsdl(service: SoapService, options: dict[str, Any], said: str) -> None:
    people(service, 1)
    _, connector = made(service, **options)
    (problem,) = connector.check()
    assert re.search(said, problem.said), problem.said


@pytest.mark.parametrize("security", ["text", "digest"])
def test_ws_security_sends_the_connection_s_login_in_the_envelope(service: SoapService, security: str) -> None:
    people(service, 1)
    dataset, _ = made(service, security=security)
    connector = waiting(dataset, service, login="yishu", password=SECRET)
    assert typed(dataset, connector).num_rows == 1
    asked = service.asked[0]
    assert "UsernameToken" in asked
    assert (SECRET in asked) == (security == "text")
    assert "Authorization" not in service.headers[0]


def test_soap_twelve_and_attributes_and_repeated_elements(service: SoapService, tmp_path: Path) -> None:
    people(service, 1)
    service.soap = "soap12"
    fields = (make_field("id", source_name="@id"), make_field("n"), make_field("unit", source_name="n@unit"))
    dataset, connector = made(service, fields=fields)
    person = '<p:person id="1"><p:n unit="t">5</p:n></p:person>'
    twice = '<p:person id="2"><p:n unit="t">5</p:n><p:n>6</p:n></p:person>'
    body = f'<p:QueryResponse xmlns:p="urn:population"><p:people>{person}{twice}</p:people></p:QueryResponse>'
    service.answer = lambda _: (200, enveloped(body, "http://www.w3.org/2003/05/soap-envelope"))
    landing = landed(dataset, connector, tmp_path)
    (row,) = rows_of(tmp_path, landing)
    assert (row["id"], row["n"], row["unit"]) == ("1", "5", "t")
    assert rejects_of(tmp_path, landing)[0]["reason"] == "found an array, expected one value"
    assert "application/soap+xml" in service.headers[0]["Content-Type"]


def test_what_stands_beside_the_records_is_kept(service: SoapService, tmp_path: Path) -> None:
    people(service, 1)
    service.decimals = ()
    dataset, connector = made(service, records="QueryResponse.total", total="QueryResponse.count")
    dataset = replace(dataset, fields=(make_field("id", source_name="."),))
    total, count = "<p:total>7</p:total>", "<p:count>2</p:count>"
    body = f'<p:QueryResponse xmlns:p="urn:population">{count}{total}{total}</p:QueryResponse>'
    service.answer = lambda _: (200, enveloped(body))
    landing = landed(dataset, replace(connector, dataset=dataset), tmp_path)
    assert ([row["id"] for row in rows_of(tmp_path, landing)], landing.source_rows) == (["7", "7"], 2)


def test_the_wsdl_is_named_once() -> None:
    for options in (ONE | {"wsdl_file": "a.wsdl"}, {n: v for n, v in ONE.items() if n != "wsdl"}):
        (mistake,) = option_mistakes(dataset_of(Source("soap", "api", options), FIELDS))
        assert "found both or neither" in mistake


def test_the_operations_of_a_wsdl_are_offered_and_none_is_asked(service: SoapService) -> None:
    service.names, service.decimals = ("id", "amount"), ("amount",)
    connection = Connection("api", "http", host="127.0.0.1", port=service.port)
    (offer,) = offers(connection, "/population?wsdl")
    assert (offer.name, offer.kind, offer.form) == ("/population?wsdl#Query", "soap", "operation")
    assert offer.options == {"wsdl": "/population?wsdl", "operation": "Query"}
    records, arguments, page = (offer.proposals[name] for name in ("records", "arguments", "page"))
    assert (records.value, records.certain) == ("QueryResponse.people.person", True)
    told = {"from": "{low}", "to": "{high}", "page": "{page}", "size": "{size}"}
    assert (arguments.value, arguments.certain) == (told, False)
    assert (page.value, page.certain) == ({"kind": "number"}, False)
    stream = stream_of(offer, connection)
    assert [(column.name, column.type) for column in stream.columns] == [("id", "string"), ("amount", "decimal")]
    assert list(rows_first(offer, connection, stream, NOW)) == []
    assert service.asked == []
    assert offers(connection, "/population?wsdl#Delete") == ()
    assert offers(connection, "") == ()


def test_of_several_elements_that_may_repeat_none_is_taken_for_the_records(service: SoapService) -> None:
    service.names = ("id",)
    more = '<x:element name="hint" type="x:string" maxOccurs="5"/><x:element name="total" type="x:long"/>'
    service.types = lambda: SoapService.types(service).replace(  # type: ignore[method-assign] # another schema
        '<x:element name="total" type="x:int"/>', more
    )
    (offer,) = offers(Connection("api", "http", host="127.0.0.1", port=service.port), "/population?wsdl#Query")
    records = offer.proposals["records"]
    assert (records.value, records.certain) == ("QueryResponse.hint", False)
    assert "QueryResponse.hint, QueryResponse.people.person" in records.why


def test_types_that_hold_themselves_or_very_many_others_have_an_end(service: SoapService) -> None:
    def wide(name: str, of: str) -> str:
        held = "".join(f'<x:element name="c{n}" type="{of}" minOccurs="0"/>' for n in range(30))
        return f'<x:complexType name="{name}"><x:sequence>{held}</x:sequence></x:complexType>'

    made = [wide("Node", "t:Node"), *(wide(f"W{n}", f"t:W{n + 1}") for n in range(5)), wide("W5", "x:string")]
    told = SoapService.types(service).replace(
        '<x:complexType name="Person">', f'{"".join(made)}<x:complexType name="P">'
    )
    told = told.replace("t:Person", "t:P").replace('"page" type="x:int"', '"node" type="t:Node"')
    service.types = lambda: told.replace('"size" type="x:int"', '"wide" type="t:W0"')  # type: ignore[method-assign]
    (offer,) = offers(Connection("api", "http", host="127.0.0.1", port=service.port), "/population?wsdl")
    arguments = offer.proposals["arguments"].value
    assert arguments["node"] == {f"c{n}": "TODO Node" for n in range(30)}  # type: ignore[index,call-overload]
    assert 900 < str(arguments).count("TODO") <= 1000
