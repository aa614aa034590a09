"""An answer of status 200 that says that something is wrong is no end of the data."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from connectors.registry import connector_for, option_mistakes
from connectors.sampling import offers
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.errors import SourceChanged, SourceFault, SourceUnreachable
from tests.builders import make_field
from tests.connectors.conformance import DAY, SECRET, dataset_of, typed
from tests.connectors.folder_bench import Made, made
from tests.connectors.paged_source import Service, ok, serving
from tests.connectors.soap_server import SoapService, enveloped, soap_service
from tests.connectors.test_rest import waiting
from tests.connectors.test_soap import FIELDS, ONE, PAGED, people
from tests.connectors.test_soap import waiting as soap_waiting

CODE: dict[str, Any] = {"success": {"path": "code", "values": ["0", "200"]}}
BUSY: dict[str, Any] = {"success": {"path": "code", "values": ["0"], "busy": ["429"], "message": "msg"}}
MANY = {"code": 429, "msg": "访问过于频繁", "data": {"rows": []}}
DENIED = {"code": 401, "msg": f"token {SECRET} 失效", "data": None}


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as running:
        yield running


def rest(service: Service, *answers: Any, **options: Any) -> tuple[Dataset, Any, list[float]]:
    """The connector of a service that gives these answers, the first to the first page and the last to all others."""
    told = list(answers)
    service.answer = lambda _: ok(told.pop(0) if len(told) > 1 else told[0])
    told_options = {"path": "/api/firms", "records": "data.rows", "page": {"kind": "number"}, "retries": 2} | options
    dataset = dataset_of(Source("rest", "api", told_options), [make_field("a")])
    waits: list[float] = []
    return dataset, waiting(dataset, service, waits, login="yishu", password=SECRET), waits


def page(*names: str, code: Any = 0) -> dict[str, Any]:
    return {"code": code, "msg": "ok", "data": {"rows": [{"a": name} for name in names]}}


def refusal(of: tuple[Dataset, Any, list[float]], kind: type[SourceFault]) -> str:
    with pytest.raises(kind) as refused:
        typed(of[0], of[1])
    assert type(refused.value) is kind
    assert SECRET not in str(refused.value)
    return str(refused.value)


def test_an_answer_that_says_no_is_refused_in_the_service_s_own_words(service: Service) -> None:
    said = refusal(rest(service, page("甲"), page("乙", code="200"), MANY, **CODE), SourceChanged)
    assert "/api/firms: found '429' at code, it says: '访问过于频繁'; expected '0', '200' at code" in said
    assert "found '401' at code, it says: 'token *** 失效'" in refusal(rest(service, DENIED, **CODE), SourceChanged)
    assert "found nothing at code" in refusal(rest(service, {"data": {"rows": []}}, **CODE), SourceChanged)
    assert "'true'" in refusal(rest(service, {"ok": False}, success={"path": "ok", "values": ["true"]}), SourceChanged)


def test_a_service_that_says_that_it_is_busy_is_asked_again(service: Service) -> None:
    dataset, connector, waits = rest(service, page("甲"), MANY, page("乙"), MANY, page(), **BUSY)
    assert typed(dataset, connector).column("a").to_pylist() == ["甲", "乙"]
    assert waits == [0.5, 0.5]
    said = refusal(rest(service, page("甲"), MANY, **BUSY), SourceUnreachable)
    assert "found '429' at code, it says: '访问过于频繁' after 3 tries" in said


def test_without_a_declared_code_an_end_that_says_something_else_than_the_first_page_is_refused(
    service: Service,
) -> None:
    said = refusal(rest(service, page("甲"), page("乙"), MANY), SourceChanged)
    assert "without records says code '429', '访问过于频繁', the first one had code '0'" in said
    assert "declare options.success" in said
    within = [{"data": {"rows": rows, "success": rows != []}} for rows in ([{"a": "甲"}], [])]
    assert "data.success 'false'" in refusal(rest(service, *within), SourceChanged)
    dataset, connector, _ = rest(service, page("甲"), page("乙", code=7), page())
    assert typed(dataset, connector).num_rows == 2, "codes of pages with records are not looked at"


@pytest.mark.parametrize(
    "error", [{"code": 500, "msg": f"库表不存在 {SECRET}"}, f"库表不存在 {SECRET}", [f"库表不存在 {SECRET}"]]
)
def test_an_error_beside_no_records_is_no_end_whether_or_not_a_code_was_there(service: Service, error: Any) -> None:
    for name in ("error", "Exception"):
        last = {name: error, "data": {"rows": []}}
        for first in (page("甲"), {"data": {"rows": [{"a": "甲"}]}}):
            said = refusal(rest(service, first, last), SourceChanged)
            assert f"an answer without records says {name} " in said
            assert "库表不存在" in said
        assert "库表不存在" in refusal(rest(service, last), SourceChanged), "also in place of the first page"
    for well in (None, "", [], {}, 0, "0", False, "OK"):
        empty = {"error": well, "data": {"rows": []}}
        for answers in ((empty,), ({"error": well, "data": {"rows": [{"a": "甲"}]}}, empty)):
            dataset, connector, _ = rest(service, *answers)
            assert typed(dataset, connector).num_rows == len(answers) - 1


@pytest.mark.parametrize(
    "empty",
    [
        {"errcode": "0", "errmsg": "操作成功"},
        {"code": 200, "error": "无"},
        {"code": 0, "error": {"code": 0, "message": ""}},
        {"errmsg": "没有更多数据"},
        {"code": 0, "error": {"code": "", "message": ""}},
        {"code": 1, "errors": [None]},
        {"success": True, "code": 20000, "errors": {"x": None, "y": [{}]}},
        {"code": 0, "error": {"code": "", "message": "无"}},
    ],
)
def test_words_beside_a_code_that_says_well_and_messages_are_no_errors(service: Service, empty: dict[str, Any]) -> None:
    last = empty | {"data": {"rows": []}}
    first = empty | {"data": {"rows": [{"a": "甲"}]}}
    if "errmsg" in empty:
        first["errmsg"] = "查询成功,1条"
    for answers in ((last,), (first, last)):
        dataset, connector, _ = rest(service, *answers)
        assert typed(dataset, connector).num_rows == len(answers) - 1


@pytest.mark.parametrize(
    "answer",
    [
        {"success": 0, "error": "库表不存在"},
        {"success": False, "error": "库表不存在"},
        {"success": True, "code": 500, "error": "库表不存在"},
        {"code": 1, "error": "库表不存在"},
        {"status": 0, "error": "库表不存在"},
        {"status": 1, "errors": ["库表不存在"]},
        {"code": 200, "error": {"code": 504, "message": "库表不存在"}},
        {"code": 200, "data": {"rows": [], "error": "库表不存在"}},
        {"code": 200, "data": {"rows": [], "code": 500, "error": "库表不存在"}},
    ],
)
def test_an_error_is_one_unless_the_codes_beside_it_surely_say_that_all_is_well(
    service: Service, answer: dict[str, Any]
) -> None:
    last = {"data": {"rows": []}} | answer
    first = {name: code for name, code in last.items() if not name.startswith("error")} | {"data": page("甲")["data"]}
    for answers in ((last,), (first, last)):
        said = refusal(rest(service, *answers), SourceChanged)
        assert "an answer without records says " in said
        assert "库表不存在" in said


def test_words_that_only_an_answer_without_records_and_without_a_code_has_may_be_an_error(service: Service) -> None:
    last = {"errmsg": "系统繁忙", "data": {"rows": []}}
    first = {"errmsg": "", "data": {"rows": [{"a": "甲"}]}}
    said = refusal(rest(service, first, last), SourceChanged)
    assert "an answer without records says '系统繁忙', the first one had no such code" in said
    dataset, connector, _ = rest(service, first, last | {"errmsg": "OK"})
    assert typed(dataset, connector).num_rows == 1
    for well in (first | {"errmsg": "查询成功"}, first | {"code": 0}):
        dataset, connector, _ = rest(service, well, last | {"code": well.get("code")})
        assert typed(dataset, connector).num_rows == 1


@pytest.mark.parametrize("nothing", [{"rows": None}, None, [], {}, "", {"rows": ""}])
def test_nothing_in_place_of_the_records_is_an_end_where_the_answer_says_that_all_is_well(
    service: Service, nothing: Any
) -> None:
    last = {"code": 0, "data": nothing}
    for options in (CODE, {}):
        dataset, connector, _ = rest(service, page("甲"), last, **options)
        assert typed(dataset, connector).column("a").to_pylist() == ["甲"]
    dataset, connector, _ = rest(service, last, **CODE)
    assert typed(dataset, connector).num_rows == 0
    refusal(rest(service, last), SourceChanged)
    refusal(rest(service, page("甲"), last | {"code": 500}), SourceChanged)
    refusal(rest(service, {"data": {"rows": [{"a": "甲"}]}}, {"data": {"rows": None}}), SourceChanged)


def test_what_the_service_says_stands_in_every_refusal_of_an_answer_without_records(service: Service) -> None:
    said = refusal(rest(service, DENIED), SourceChanged)
    assert "found null" in said
    assert "it says: code '401', 'token *** 失效'" in said
    with pytest.raises(SourceChanged, match=r"no list of objects.*it says: code '401', 'token \*\*\* 失效'"):
        offers(Connection("api", "http", "127.0.0.1", service.port, password=SECRET), "/api/firms")


def test_a_check_warns_of_a_code_that_nobody_declared(service: Service) -> None:
    (problem,) = rest(service, page("甲", code="0"))[1].check()
    assert (problem.code, problem.warning) == ("UNHEARD_CODE", True)
    assert problem.said == "/api/firms: the answer says how it went, and nobody listens: code '0', 'ok'"
    assert "options.success (path: code," in problem.advice
    assert rest(service, page("甲"), **CODE)[1].check() == ()
    assert rest(service, {"data": {"rows": [{"a": "甲"}]}})[1].check() == ()


def test_a_draft_proposes_the_code_beside_the_records(service: Service) -> None:
    rest(service, page("甲", code="200"))
    (offer,) = offers(Connection("api", "http", "127.0.0.1", service.port), "/api/firms")
    proposal = offer.proposals["success"]
    assert (proposal.value, proposal.certain) == ({"path": "code", "values": ["200"]}, True)
    assert option_mistakes(dataset_of(Source("rest", "api", CODE | rest_options()), [make_field("a")])) == ()
    rest(service, {"data": {"rows": [{"a": "甲"}]}})
    (offer,) = offers(Connection("api", "http", "127.0.0.1", service.port), "/api/firms")
    assert "success" not in offer.proposals


@pytest.mark.parametrize("code", ["370402", "2024年第一季度", False, ""])
def test_a_draft_is_not_certain_of_a_code_that_may_be_a_value_like_another(service: Service, code: Any) -> None:
    rest(service, page("甲", code=code))
    (offer,) = offers(Connection("api", "http", "127.0.0.1", service.port), "/api/firms")
    assert not offer.proposals["success"].certain


def test_a_check_shows_no_secret_that_the_service_repeats(service: Service) -> None:
    secret = "钥 7+/391="
    sent = b64encode(f"yishu:{secret}".encode()).decode()
    dataset, _, _ = rest(service, page("甲") | {"msg": f"Basic {sent} of {quote(secret, safe='')}"})
    connection = Connection("api", "http", "127.0.0.1", service.port, "yishu", secret)
    (problem,) = connector_for(dataset, connection).check()
    assert problem.code == "UNHEARD_CODE"
    assert sent not in problem.said
    assert quote(secret, safe="") not in problem.said


def rest_options() -> dict[str, Any]:
    return {"path": "/api/firms", "page": {"kind": "once"}}


@pytest.mark.parametrize("code", ['"code": 500, "msg": "库表不存在", ', ""])
def test_a_json_document_that_says_no_is_refused_wherever_it_says_it(tmp_path: Path, code: str) -> None:
    def document(text: str, **options: Any) -> Made:
        return made(tmp_path, "json", text.encode(), [make_field("a")], **({"records": "data.rows"} | options))

    says = "found '500' at code, it says: '库表不存在'; expected '0'" if code else "found nothing at code"
    for text in (
        f'{{{code}"data": {{"rows": []}}}}',
        f'{{{code}"data": null}}',
        f'{{"data": {{"n": 1, "rows": [{{"a": "甲"}}]}}, {code}"z": {{"code": 0, "code": [0]}}}}',
    ):
        assert says in document(text, success={"path": "code", "values": ["0"]}).refused()
    for text in ('{"code": 0, "data": null}', '{"data": {"rows": null}, "code": 0}'):
        connector = document(text, success={"path": "code", "values": ["0"]}).connector
        assert list(connector.read(connector.plan(DAY))) == []
        assert "found no list at data.rows" in document(text).refused()
    inner = {"path": "data.state.ok", "values": ["true"], "message": "data.why"}
    text = '{"data": {"state": 1, "state": {"x": {}, "ok": %s}, "rows": [{"a": "甲"}], "why": "权限不足"}}'
    assert [row["a"] for row in document(text % "true", success=inner).landed()[0]] == ["甲"]
    assert "found 'false' at data.state.ok, it says: '权限不足'" in document(text % "false", success=inner).refused()
    assert "found '{\"ok\": true}'" in document(text % '{"ok": true}', success=inner).refused()
    (tmp_path / "drop" / "b.json").write_text('{"code": 0, "data": {"rows": [{"a": "甲"}]}}', encoding="utf-8")
    (offer,) = offers(Connection("drop", "fs", str(tmp_path / "drop")), "b.json")
    assert offer.proposals["success"].value == {"path": "code", "values": ["0"]}


ROWS = "<rows><row><a>甲</a></row></rows>"
WELL: dict[str, Any] = {"path": "/r/head/code", "values": ["0"], "busy": ["429"], "message": "/r/head/msg"}
XML: dict[str, tuple[str, str, dict[str, Any]]] = {
    "before the records": (f"<r><head><code>%s</code><msg>%s</msg></head>{ROWS}</r>", "/r/head/code", WELL),
    "without records": ("<r><head><code>%s</code><msg>%s</msg></head><rows/></r>", "/r/head/code", WELL),
    "behind many": (f"<r>{ROWS * 3000}<head><code>\n%s </code><msg>%s</msg></head></r>", "/r/head/code", WELL),
    "as attributes": (
        f'<r status="%s" msg="%s">{ROWS}</r>',
        "/r/@status",
        WELL | {"path": "/r/@status", "message": "/r/@msg"},
    ),
    "in a namespace": (
        '<r xmlns:h="urn:h"><h:head><h:code>%s</h:code><h:msg>%s</h:msg></h:head><rows/></r>',
        "/r/g:head/g:code",
        WELL | {"path": "/r/g:head/g:code", "message": "/r/g:head/g:msg"},
    ),
    "once well, once not": (
        f"<r><head><code>0</code></head>{ROWS}<head><code>%s</code><msg>%s</msg></head><head><code>0</code></head></r>",
        "/r/head/code",
        WELL,
    ),
}


@pytest.mark.parametrize("what", XML)
def test_an_xml_file_that_says_no_is_refused_wherever_it_says_it(tmp_path: Path, what: str) -> None:
    text, path, success = XML[what]

    def document(code: str, **options: Any) -> Made:
        content = (text % (code, "库表不存在")).encode()
        told = {"records": "/r/rows/row", "namespaces": {"g": "urn:h"}, "success": success} | options
        return made(tmp_path, "xml", content, [make_field("a")], **told)

    count = text.count("<row>")
    assert [row["a"] for row in document("0").landed()[0]] == ["甲"] * count
    said = document("500").refused()
    assert f"a.dat: found '500' at {path}, it says: '库表不存在'; expected '0' at {path}" in said
    connector = document("429").connector
    with pytest.raises(SourceUnreachable, match=f"busy: found '429' at {path}"):
        list(connector.read(connector.plan(DAY)))
    assert "found nothing at /r/none" in document("0", success=success | {"path": "/r/none"}).refused()


@pytest.mark.parametrize(
    "path", ["/r/code/", "/r/*/code", "/r//code", "/r/@", "/r/@*", "/r/@a/b", "/r/../code", "/r/code ", "/r/a[1]"]
)
def test_paths_of_xml_that_no_element_has_are_mistakes(path: str) -> None:
    told = {"pattern": "*.xml", "records": "/r/row", "success": {"path": path, "values": ["0"]}}
    (mistake,) = option_mistakes(dataset_of(Source("xml", "drop", told), [make_field("a")]))
    assert mistake.startswith(f"options.success.path: found {path!r}, expected a path below /r")


def test_paths_of_xml_that_are_none_from_the_root_are_mistakes() -> None:
    told = {"pattern": "*.xml", "records": "/r/row", "success": {"path": "code", "values": ["0"], "message": "/x/msg"}}
    mistakes = option_mistakes(dataset_of(Source("xml", "drop", told), [make_field("a")]))
    assert mistakes == (
        "options.success.path: found 'code', expected a path below /r, such as /r/code or /r/@code",
        "options.success.message: found '/x/msg', expected a path below /r, such as /r/code or /r/@code",
    )


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("<r><code>0</code><msg>ok</msg><rows>%s</rows></r>", "/r/code", "/r/msg"),
        ('<r status="200"><rows>%s</rows></r>', "/r/@status", ""),
        (
            '<r><rows xmlns:h="urn:h" h:code="7"><h:Code>OK</h:Code><msg>a</msg>%s</rows></r>',
            "/r/rows/h:Code",
            "/r/rows/msg",
        ),
        ("<r><firm><code>0</code></firm><rows>%s</rows></r>", "", ""),
        ("<r><rows><code>1</code><code>0</code>%s</rows></r>", "", ""),
        ("<r><code/><rows>%s</rows></r>", "", ""),
        ('<r status=""><rows>%s</rows></r>', "", ""),
    ],
)
def test_a_draft_of_xml_proposes_the_code_around_the_records(
    tmp_path: Path, text: str, path: str, message: str
) -> None:
    (tmp_path / "a.xml").write_text(text % ("<row><a>甲</a><status>2</status></row>" * 3), encoding="utf-8")
    found = offers(Connection("drop", "fs", str(tmp_path)), "a.xml")
    offer = next(one for one in found if one.proposals["records"].value == "/r/rows/row")
    if not path:
        assert "success" not in offer.proposals
        return
    told = offer.proposals["success"]
    assert isinstance(told.value, dict)
    assert (told.value["path"], told.value.get("message", ""), told.certain) == (path, message, True)
    options = offer.options | {name: one.value for name, one in offer.proposals.items()}
    dataset = dataset_of(Source("xml", "drop", {"pattern": "a.xml"} | options), [make_field("a")])
    assert option_mistakes(dataset) == ()


def test_a_soap_answer_without_a_fault_may_say_no_too() -> None:
    def said(code: str, rows: str = "") -> bytes:
        head = f"<p:head><p:code>{code}</p:code><p:msg>{SECRET}: 稍后再试</p:msg></p:head>"
        return enveloped(
            f'<p:QueryResponse xmlns:p="urn:population">{head}<p:people>{rows}</p:people></p:QueryResponse>'
        )

    some = "".join(f"<p:person><p:id>{n}</p:id><p:n>1.00</p:n></p:person>" for n in range(2))
    told = {"success": {"path": "QueryResponse.head.code", "values": ["0"], "busy": ["9"]}, "total": ""}
    with soap_service() as service:
        people(service, 0)
        for base in (ONE, PAGED):
            service.answer = lambda _: (200, said("7", some))
            words = refusal(soap(service, base | told), SourceChanged)
            assert "Query: found '7' at QueryResponse.head.code, it says: '***: 稍后再试'; expected '0'" in words
            service.answer = lambda _: (200, said("9"))
            assert "busy: found '9'" in refusal(soap(service, base | told), SourceUnreachable)
        pages = [said("0", some), said("0")]
        service.answer = lambda _: (200, pages.pop(0))
        assert typed(*soap(service, PAGED | told)[:2]).num_rows == 2
        pages = [bare(said("0", some)), bare(said("7"))]
        words = refusal(soap(service, PAGED | {"total": ""}), SourceChanged)
        assert (
            "without records says QueryResponse.code '7', '***: 稍后再试', the first one had QueryResponse.code '0'"
            in words
        )


def bare(answer: bytes) -> bytes:
    return answer.replace(b"<p:head>", b"").replace(b"</p:head>", b"")


def soap(service: SoapService, options: dict[str, Any]) -> tuple[Dataset, Any, list[float]]:
    dataset = dataset_of(Source("soap", "api", options), FIELDS)
    return dataset, soap_waiting(dataset, service, login="yishu", password=SECRET), []


def test_an_end_that_says_nothing_of_how_it_went_is_an_end_and_one_may_declare_that(service: Service) -> None:
    silent: dict[str, Any] = {"data": {"rows": []}}
    dataset, connector, _ = rest(service, page("甲") | {"status": "正常"}, silent)
    assert typed(dataset, connector).num_rows == 1
    refusal(rest(service, page("甲"), silent | {"error": "库表不存在"}), SourceChanged)
    declared = {"success": {"path": "code", "values": ["0", ""]}}
    dataset, connector, _ = rest(service, page("甲"), silent, **declared)
    assert typed(dataset, connector).num_rows == 1


def test_soap_records_of_another_name_are_no_empty_answer() -> None:
    some = "".join(f"<p:Person><p:id>{n}</p:id></p:Person>" for n in range(2))
    answer = enveloped(f'<p:QueryResponse xmlns:p="urn:population"><p:people>{some}</p:people></p:QueryResponse>')
    with soap_service() as service:
        people(service, 0)
        service.answer = lambda _: (200, answer)
        for base in (ONE, PAGED):
            assert "found 'Person', expected 'person'" in refusal(soap(service, base | {"total": ""}), SourceChanged)


NO_ERROR: dict[str, Any] = {"success": {"path": "error", "values": ["", "0"], "message": "error.msg"}}
ERRORS: dict[str, Any] = {
    "an object": {"code": 500, "msg": f'{SECRET}: "库"'},
    "a list of objects": [{"code": 500, "msg": SECRET}],
    "an object of nothing": {"msg": None},
    "a list of nothing": [None],
}


@pytest.mark.parametrize("what", ERRORS)
def test_an_error_that_is_an_object_or_a_list_is_never_nothing(service: Service, tmp_path: Path, what: str) -> None:
    answer = {"error": ERRORS[what], "data": None}
    said = refusal(rest(service, answer, **NO_ERROR), SourceChanged)
    assert re.search(r"/api/firms: found '[\[{].*[\]}]' at error.*; expected '', '0' at error", said)
    text = json.dumps(answer).encode()
    document = made(tmp_path, "json", text, [make_field("a")], records="data", **NO_ERROR).refused()
    assert re.search(r"found '[\[{].*[\]}]' at error.*; expected '', '0' at error", document)
    if what == "an object":
        assert """found '{"code": "500", "msg": "***: """ in said
        assert f"it says: '{SECRET}: \"库\"'" in document


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_what_php_makes_of_nothing_is_nothing_at_the_path_of_success(
    service: Service, tmp_path: Path, nothing: Any
) -> None:
    answer = {"error": nothing, "data": None}
    dataset, connector, _ = rest(service, answer, **NO_ERROR)
    assert typed(dataset, connector).num_rows == 0
    document = made(tmp_path, "json", json.dumps(answer).encode(), [make_field("a")], records="data", **NO_ERROR)
    assert list(document.connector.read(document.connector.plan(DAY))) == []


@pytest.mark.parametrize("error", ["库表不存在", ["库表不存在"], 500])
def test_an_error_in_place_of_the_object_that_leads_to_the_code_is_no_success(
    service: Service, tmp_path: Path, error: Any
) -> None:
    told: dict[str, Any] = {"success": {"path": "error.code", "values": ["", "500"]}}
    answer = {"error": error, "data": None}
    assert "at error.code" in refusal(rest(service, answer, **told), SourceChanged)
    document = made(tmp_path, "json", json.dumps(answer).encode(), [make_field("a")], records="data", **told)
    assert "at error.code" in document.refused()


def test_an_element_with_children_is_never_nothing(tmp_path: Path) -> None:
    told = {"records": "/r/rows/row", "success": {"path": "/r/error", "values": [""]}}
    for error in ("<code>500</code><msg>库表不存在</msg>", '<code v="500"/>'):
        text = f"<r><error>{error}</error><rows/></r>"
        said = made(tmp_path, "xml", text.encode(), [make_field("a")], **told).refused()
        assert 'found \'{"code": ' in said
        assert "at /r/error; expected '' at /r/error" in said
    connector = made(tmp_path, "xml", b"<r><error> </error><rows/></r>", [make_field("a")], **told).connector
    assert list(connector.read(connector.plan(DAY))) == []
    answer = enveloped(
        '<p:QueryResponse xmlns:p="urn:population"><p:error><p:code>500</p:code></p:error></p:QueryResponse>'
    )
    success = {"success": {"path": "QueryResponse.error", "values": [""]}, "total": ""}
    with soap_service() as service:
        people(service, 0)
        service.answer = lambda _: (200, answer)
        for base in (ONE, PAGED):
            assert """found '{"code": "500"}'""" in refusal(soap(service, base | success), SourceChanged)


def test_a_secret_as_json_writes_it_is_struck_out(service: Service) -> None:
    secret = 'a"钥\\'
    dataset, _, waits = rest(service, {"error": {"msg": f"no {secret}"}, "data": None}, **NO_ERROR)
    with pytest.raises(SourceChanged) as refused:
        typed(dataset, waiting(dataset, service, waits, login="yishu", password=secret))
    assert """found '{"msg": "no ***"}'""" in str(refused.value)
