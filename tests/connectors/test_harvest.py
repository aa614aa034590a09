"""Foreign catalogues are read whole or not at all, from hosts that were named; nothing that they name is fetched."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.harvest.dcat import parsed
from connectors.harvest.fetch import LARGEST, Document
from connectors.harvest.read import read
from schemas.errors import BadInput, SourceChanged, SourceFault, SourceUnreachable
from schemas.foreign import ForeignCatalogue, Speaks

TURTLE = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
<https://data.example/ds/{n}> a dcat:Dataset ; dct:title "公交站点{n}"@zh, "Bus stops {n}"@en ;
  dct:description "第一行\\n第二行"@zh ; dct:publisher <https://data.example/org> ; dcat:keyword "交通", "公交" ;
  dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
  dct:license <https://creativecommons.org/licenses/by/4.0/> ; dct:modified "2026-11-01" ;
  dcat:distribution [ dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ] .
<https://data.example/org> a foaf:Agent ; foaf:name "某市交通局" .
{next}
"""


class Site(ThreadingHTTPServer):
    """A site whose answers a function makes: path -> status, media type, body."""

    def __init__(self, answer: Callable[[str], tuple[int, str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.answer = answer
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        self.server.asked.append(self.path)
        status, media, body = self.server.answer(self.path)
        self.send_response(status)
        self.send_header("Location" if 300 <= status < 400 else "Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def site(answer: Callable[[str], tuple[int, str, bytes]]) -> Iterator[Site]:
    server = Site(answer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def turtle(n: int, following: str = "") -> bytes:
    told = f"<p{n}> hydra:next <{following}> ." if following else ""
    return TURTLE.format(n=n, next=told).encode()


def test_pages_of_turtle_are_followed_to_the_end_and_every_word_arrives() -> None:
    def answer(path: str) -> tuple[int, str, bytes]:
        n = int(path.rpartition("=")[2]) if "=" in path else 1
        return 200, "text/turtle; charset=utf-8", turtle(n, f"/catalog.ttl?page={n + 1}" if n < 3 else "")

    with site(answer) as found:
        entries = read(ForeignCatalogue("bus", Speaks.DCAT, f"{found.url}/catalog.ttl"))
    assert [one.title for one in entries] == ["公交站点1", "公交站点2", "公交站点3"]
    first = entries[0]
    assert (first.id, first.title_en, first.publisher) == ("https://data.example/ds/1", "Bus stops 1", "某市交通局")
    assert (first.access, first.formats, first.keywords) == ("PUBLIC", ("csv",), ("交通", "公交"))
    assert first.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert (first.page, first.description) == ("https://data.example/ds/1", "第一行 第二行")


def test_the_three_forms_tell_the_same() -> None:
    catalogue = ForeignCatalogue("x", Speaks.DCAT, "http://127.0.0.1/catalog")
    graph = parsed(catalogue, Document("http://127.0.0.1/c.ttl", "text/turtle", turtle(1)))
    seen = set()
    for form, media in (("json-ld", "application/ld+json"), ("xml", "application/rdf+xml"), ("turtle", "text/turtle")):
        body = graph.serialize(format=form).encode()
        with site(lambda _, media=media, body=body: (200, media, body)) as found:  # type: ignore[misc]
            seen.add(read(ForeignCatalogue("x", Speaks.DCAT, found.url + "/catalog")))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/ld+json", b'{"@context": "http://elsewhere.example/context.jsonld", "@id": "x"}'),
        ("application/ld+json", b'{"@context": [{}, "context.jsonld"], "@id": "x"}'),
        ("application/ld+json", b'{"@context": {"@import": "http://elsewhere.example/c"}, "@id": "x"}'),
        ("application/ld+json", b'{"@graph": [{"a": {"@context": "file:///etc/passwd"}}]}'),
        ("application/ld+json", b"[" * 100_000),
        ("application/rdf+xml", b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>'),
        ("text/turtle", b"<a> <b>"),
        ("text/turtle", b"\xff\xfe"),
        ("text/html", b"<html>moved</html>"),
        ("text/turtle", b""),
    ],
)
def test_a_document_that_is_none_or_would_fetch_more_is_refused(media: str, body: bytes) -> None:
    with site(lambda _: (200, media, body)) as found:
        with pytest.raises(SourceChanged, match="odd"):
            read(ForeignCatalogue("odd", Speaks.DCAT, found.url + "/catalog"))
        assert len(found.asked) == 1


@pytest.mark.parametrize("way", ["redirect", "next page"])
def test_no_host_is_asked_that_was_not_named(way: str) -> None:
    def answer(path: str) -> tuple[int, str, bytes]:
        del path
        if way == "redirect":
            return 302, "http://localhost:9/secret", b""
        return 200, "text/turtle", turtle(1, "http://localhost:9/secret")

    with site(answer) as found:
        with pytest.raises(BadInput, match="localhost"):
            read(ForeignCatalogue("x", Speaks.DCAT, found.url + "/catalog"))
        with pytest.raises(SourceUnreachable):  # named, it is asked, and nobody answers at that port
            read(ForeignCatalogue("x", Speaks.DCAT, found.url + "/catalog", ("localhost",)))


def test_a_circle_of_pages_ends_and_one_of_redirects_is_refused() -> None:
    with site(lambda _: (200, "text/turtle", turtle(1, "/catalog"))) as found:
        assert len(read(ForeignCatalogue("x", Speaks.DCAT, found.url + "/catalog"))) == 1
    with site(lambda _: (302, "/catalog", b"")) as found, pytest.raises(SourceChanged, match="redirects"):
        read(ForeignCatalogue("x", Speaks.DCAT, found.url + "/catalog"))


def test_a_document_without_end_is_left() -> None:
    long = turtle(1) + b"#" * (LARGEST + 1)
    with site(lambda _: (200, "text/turtle", long)) as found, pytest.raises(SourceChanged, match="more than"):
        read(ForeignCatalogue("x", Speaks.DCAT, found.url + "/catalog"))


def packages(path: str, of: int = 230) -> tuple[int, str, bytes]:
    start = int(path.rpartition("start=")[2].partition("&")[0])
    results: list[Any] = [
        {
            "id": f"id-{n}",
            "name": f"set-{n}",
            "title": f"数据{n}",
            "notes": "说明",
            "organization": {"title": "某局"},
            "license_title": "CC-BY",
            "tags": [{"name": "交通"}, "odd"],
            "resources": [{"format": "CSV"}, {"format": None}, 7],
            "url": "javascript:alert(1)",
        }
        for n in range(start, min(start + 100, of))
    ]
    return 200, "application/json", json.dumps({"success": True, "result": {"results": [*results, None]}}).encode()


def test_a_ckan_portal_is_read_page_by_page() -> None:
    def answer(path: str) -> tuple[int, str, bytes]:
        status, media, body = packages(path)
        told = json.loads(body)
        told["result"]["results"] = [one for one in told["result"]["results"] if one]
        return status, media, json.dumps(told).encode()

    with site(answer) as found:
        entries = read(ForeignCatalogue("portal", Speaks.CKAN, found.url))
        assert len(found.asked) == 4
    assert len(entries) == 230
    one = entries[0]
    assert (one.id, one.title, one.publisher, one.licence) == ("id-0", "数据0", "某局", "CC-BY")
    assert (one.formats, one.keywords) == (("csv",), ("交通",))
    assert one.page == f"{found.url}/dataset/set-0", "an address that is no page of the web is not kept"


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"success": false}', b'{"success": true, "result": {"results": {}}}', b"x", b"[" * 99_999]
)
def test_what_is_no_answer_of_ckan_is_refused(body: bytes) -> None:
    with site(lambda _: (200, "application/json", body)) as found, pytest.raises(SourceChanged, match="portal"):
        read(ForeignCatalogue("portal", Speaks.CKAN, found.url))


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_half_a_catalogue_is_no_catalogue(status: int) -> None:
    def answer(path: str) -> tuple[int, str, bytes]:
        return (200, "text/turtle", turtle(1, "/catalog?page=2")) if "page" not in path else (status, "text/plain", b"")

    with site(answer) as found, pytest.raises(SourceFault):
        read(ForeignCatalogue("x", Speaks.DCAT, found.url + "/catalog"))
