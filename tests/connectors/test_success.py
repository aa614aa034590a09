"""An answer of status 200 that says that something is wrong is no end of the data."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.registry import option_mistakes
from connectors.sampling import offers
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.errors import SourceChanged, SourceFault, SourceUnreachable
from tests.builders import make_field
from tests.connectors.conformance import SECRET, dataset_of, typed
from tests.connectors.paged_source import Service, ok, serving
from tests.connectors.test_rest import waiting

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


def refusal(made: tuple[Dataset, Any, list[float]], kind: type[SourceFault]) -> str:
    with pytest.raises(kind) as refused:
        typed(made[0], made[1])
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


@pytest.mark.parametrize("last", [{"code": 0, "data": {"rows": None}}, {"code": 0, "data": None}])
def test_null_in_place_of_the_records_is_an_end_where_the_answer_says_that_all_is_well(
    service: Service, last: Any
) -> None:
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


def test_a_draft_proposes_the_code_beside_the_records(service: Service) -> None:
    rest(service, page("甲", code="200"))
    (offer,) = offers(Connection("api", "http", "127.0.0.1", service.port), "/api/firms")
    proposal = offer.proposals["success"]
    assert (proposal.value, proposal.certain) == ({"path": "code", "values": ["200"]}, True)
    assert option_mistakes(dataset_of(Source("rest", "api", CODE | rest_options()), [make_field("a")])) == ()
    rest(service, {"data": {"rows": [{"a": "甲"}]}})
    (offer,) = offers(Connection("api", "http", "127.0.0.1", service.port), "/api/firms")
    assert "success" not in offer.proposals


def rest_options() -> dict[str, Any]:
    return {"path": "/api/firms", "page": {"kind": "once"}}
