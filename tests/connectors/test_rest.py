"""Services keep what every source keeps; a busy one is asked again, and no digit of a number is lost."""

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from connectors.services.rest import Rest
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from tests.builders import make_field
from tests.connectors import folder_bench
from tests.connectors.conformance import (
    DAY,
    SECRET,
    Conformance,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)
from tests.connectors.paged_source import Service, ok, serving

BY_NUMBER: dict[str, Any] = {
    "path": "/api/people",
    "records": "data.items",
    "page": {"kind": "number", "parameter": "page", "size_parameter": "size"},
    "page_size": 2,
    "retries": 3,
}


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as running:
        yield running


@dataclass
class RestBench:
    service: Service
    counts = True
    knows_null = True

    def source(self) -> Source:
        return Source("rest", "api", BY_NUMBER | {"total": "data.total"})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        numbers = ("amount", "precise")
        told = [{n: f"#{row[n]}" if n in numbers and row[n] else row[n] for n in names} for row in rows]
        self.service.records = told or ([dict.fromkeys(names)] if "person_id" not in names else [])

    def connector(self, dataset: Dataset) -> Connector:
        return waiting(dataset, self.service, [], login="yishu", password=SECRET)

    def state(self) -> object:
        return list(self.service.records)


def waiting(dataset: Dataset, service: Service, waits: list[float], **told: Any) -> Rest:
    """The connector of a contract that notes its waits instead of sleeping."""
    connection = Connection("api", "http", host="127.0.0.1", port=service.port, **told)
    made = connector_for(dataset, connection)
    assert isinstance(made, Rest)
    return replace(made, wait=waits.append)


class TestRest(Conformance):
    @pytest.fixture
    def bench(self, service: Service) -> RestBench:
        return RestBench(service)


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **told)


FIELDS = (field("id"), field("n", Kind.DECIMAL, 18, 2))


def made(
    service: Service, waits: list[float] | None = None, fields: Sequence[Field] = FIELDS, **options: Any
) -> tuple[Dataset, Rest]:
    dataset = dataset_of(Source("rest", "api", BY_NUMBER | options), fields)
    return dataset, waiting(dataset, service, [] if waits is None else waits)


def people(count: int) -> list[dict[str, str]]:
    return [{"id": f"{n}", "n": f"#{n}.50"} for n in range(count)]


PAGINGS: dict[str, dict[str, Any]] = {
    "by_number": {"records": "data.items", "page": {"kind": "number", "size_parameter": "size"}},
    "by_offset": {"records": "", "page": {"kind": "offset"}},
    "by_cursor": {"records": "items", "page": {"kind": "cursor", "next": "next"}},
}


@pytest.mark.parametrize("count", [0, 1, 6, 7])
@pytest.mark.parametrize("way", PAGINGS)
def test_every_way_of_paging_gives_every_record_once(service: Service, way: str, count: int) -> None:
    service.records = people(count)
    service.answer = getattr(service, way)
    dataset, connector = made(service, **PAGINGS[way], page_size=3)
    table = typed(dataset, connector)
    assert table.column("id").to_pylist() == [f"{n}" for n in range(count)]
    assert table.column("n").to_pylist() == [Decimal(f"{n}.50") for n in range(count)]


def test_a_service_that_gives_smaller_pages_than_asked_loses_nothing(service: Service) -> None:
    service.records = people(5)
    service.answer = lambda asked: service.by_offset(asked | {"limit": "2"})
    dataset, connector = made(service, **PAGINGS["by_offset"], page_size=1000)
    assert typed(dataset, connector).num_rows == 5


def test_piece_and_place_tell_which_page_a_row_came_from(service: Service) -> None:
    service.records = people(3)
    dataset, connector = made(service)
    table = typed(dataset, connector)
    assert table.column("_piece").to_pylist()[2] == "/api/people?size=2&page=2"
    assert table.column("_place").to_pylist() == [1, 2, 1]


def test_fewer_records_than_the_service_itself_names_are_refused(service: Service) -> None:
    service.records = people(5)

    def short(asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        items = service.records[:2] if asked["page"] == "1" else []
        return ok({"data": {"items": items, "total": 5}})

    service.answer = short
    page = {"kind": "number", "size_parameter": "size", "total": "data.total"}
    dataset, connector = made(service, page=page)
    with pytest.raises(SourceChanged, match="found 2 records, expected the 5"):
        typed(dataset, connector)


def test_a_service_that_ignores_the_page_number_does_not_run_forever(service: Service) -> None:
    service.records = people(2)
    service.answer = lambda asked: service.by_number(asked | {"page": "1"})
    dataset, connector = made(service)
    with pytest.raises(SourceChanged, match="the same page came twice"):
        typed(dataset, connector)


def test_a_page_token_that_comes_twice_is_refused(service: Service) -> None:
    service.answer = lambda asked: ok(
        {"items": people(1), "next": {"": "a", "a": "b"}.get(asked.get("cursor", ""), "a")}
    )
    dataset, connector = made(service, **PAGINGS["by_cursor"])
    with pytest.raises(SourceChanged, match="the token of the next page came twice"):
        typed(dataset, connector)


def test_busy_answers_are_asked_again_with_doubling_waits_and_none_is_lost(service: Service) -> None:
    service.records = people(5)
    service.faults = [(429, {}, b""), (503, {}, b""), (500, {}, b"")]
    waits: list[float] = []
    dataset, connector = made(service, waits)
    assert typed(dataset, connector).num_rows == 5
    assert waits == [0.5, 1.0, 2.0]


def test_retry_after_is_honoured_in_seconds_and_as_a_date(service: Service) -> None:
    service.records = people(1)
    dates = {"Date": "Fri, 20 Nov 2026 10:00:00 GMT", "Retry-After": "Fri, 20 Nov 2026 10:00:42 GMT"}
    service.faults = [(429, {"Retry-After": "7"}, b""), (503, dates, b""), (503, {"Retry-After": "soon"}, b"")]
    waits: list[float] = []
    dataset, connector = made(service, waits)
    assert typed(dataset, connector).num_rows == 1
    assert waits == [7.0, 42.0, 2.0], "what cannot be read is as if it were not there"


def test_a_date_without_its_zone_is_one_of_utc(service: Service) -> None:
    service.records = people(1)
    told = {"Date": "Fri, 20 Nov 2026 10:00:00 GMT", "Retry-After": "Fri, 20 Nov 2026 10:00:09"}
    service.faults = [(503, told, b"")]
    waits: list[float] = []
    dataset, connector = made(service, waits)
    assert typed(dataset, connector).num_rows == 1
    assert waits == [9.0]


def test_a_service_that_wants_us_back_tomorrow_is_left_alone(service: Service) -> None:
    service.faults = [(503, {"Retry-After": "86400"}, b"")]
    waits: list[float] = []
    dataset, connector = made(service, waits)
    with pytest.raises(SourceUnreachable, match="wants us back in 86400 s") as refusal:
        typed(dataset, connector)
    assert refusal.value.again
    assert waits == []


def test_after_the_last_try_it_is_unreachable(service: Service) -> None:
    service.faults = [(503, {}, b"")] * 10
    waits: list[float] = []
    dataset, connector = made(service, waits)
    with pytest.raises(SourceUnreachable, match="status 503 after 4 tries"):
        typed(dataset, connector)
    assert len(waits) == 3


def test_a_service_that_is_not_there_is_unreachable(service: Service) -> None:
    dataset, connector = made(service)
    gone = replace(connector, connection=Connection("api", "http", host="127.0.0.1", port=9))
    with pytest.raises(SourceUnreachable, match="ConnectError"):
        typed(dataset, gone)


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "login and rights"), (404, "path and parameters"), (302, "redirects are not followed")]
)
def test_other_statuses_are_told_at_once(service: Service, status: int, advice: str) -> None:
    service.faults = [(status, {"Location": "http://127.0.0.1:9/"}, b"")]
    dataset, connector = made(service)
    with pytest.raises(SourceChanged, match=f"found status {status}, expected 200; .*{advice}"):
        typed(dataset, connector)
    assert len(service.asked) == 1


def test_what_is_no_json_or_no_list_of_records_is_refused(service: Service) -> None:
    dataset, connector = made(service)
    service.answer = lambda _: (200, {}, "<html>维护中</html>".encode())
    with pytest.raises(SourceChanged, match="no JSON"):
        typed(dataset, connector)
    service.answer = lambda _: (200, {}, b'{"data": {"items": [{"id": 1, "id": 2}]}}')
    with pytest.raises(SourceChanged, match="the name 'id' stands twice in one object"):
        typed(dataset, connector)
    service.answer = lambda _: ok({"data": {"rows": []}})
    with pytest.raises(SourceChanged, match=r"no 'items' of the path 'data\.items'; found 'rows'"):
        typed(dataset, connector)
    service.answer = lambda _: ok({"data": {"items": {"id": 1}}})
    with pytest.raises(SourceChanged, match=r"no list of objects at data\.items"):
        typed(dataset, connector)


def test_numbers_keep_every_digit_and_truths_and_null_are_told_apart(service: Service) -> None:
    names = ("big", "exact", "truth", "nothing")
    service.records = [
        {"big": "#370402199001011234", "exact": "#0.10000000000000000001", "truth": True, "nothing": None}
    ]
    dataset, connector = made(service, fields=[field(n) for n in names])
    (row,) = typed(dataset, connector).select(list(names)).to_pylist()
    assert row == {"big": "370402199001011234", "exact": "0.10000000000000000001", "truth": "true", "nothing": None}


def test_a_name_missing_in_some_records_rejects_them_unless_the_contract_lets_it(
    service: Service, tmp_path: Path
) -> None:
    service.records = [{"id": "1", "n": "#1"}, {"id": "2"}, {"id": "3", "n": {"value": 3}}]
    dataset, connector = made(service, page_size=10)
    landing = landed(dataset, connector, tmp_path)
    assert [r["id"] for r in rows_of(tmp_path, landing)] == ["1"]
    found = {r["_place"]: r["reason"] for r in rejects_of(tmp_path, landing)}
    assert found == {2: "the record has no 'n'", 3: "found an object, expected one value"}
    dataset, connector = made(service, page_size=10, optional=["n"])
    assert typed(dataset, connector).column("n").to_pylist() == [Decimal(1), None]


def test_fields_take_the_same_paths_as_those_of_json_files(service: Service, tmp_path: Path) -> None:
    names = {"a": "x.a", "phone": "phones.0", "pm": r"air.PM2\.5", "plain": "PM2.5"}
    full = {"x": {"a": "1"}, "phones": ["2", "3"], "air": {"PM2.5": "4"}, "PM2.5": "5"}
    service.records = [
        full,
        full | {"x": None, "air": None},
        full | {"x": {}},
        full | {"phones": []},
        full | {"x": "1"},
    ]
    fields = [field(name, source_name=source) for name, source in names.items()]
    dataset, connector = made(service, fields=fields, page_size=10)
    assert connector.check() == ()
    rest = landed(dataset, connector, tmp_path)
    found = [tuple(row[name] for name in names) for row in rows_of(tmp_path, rest)]
    assert found == [("1", "2", "4", "5"), (None, "2", None, "5")]
    refused = [(row["_place"], row["reason"]) for row in rejects_of(tmp_path, rest)]
    assert refused == [
        (3, "the record has no 'x.a'"),
        (4, "the record has no 'phones.0'"),
        (5, "the record has no 'x.a'"),
    ]
    lines = "\n".join(map(json.dumps, service.records)).encode()
    (tmp_path / "files").mkdir()
    rows, wrong = folder_bench.made(tmp_path / "files", "json_lines", lines, fields).landed()
    assert [tuple(row[name] for name in names) for row in rows] == found
    assert [(place, reason) for place, _, reason in wrong] == refused


def test_the_window_goes_out_as_the_contract_names_it(service: Service) -> None:
    service.records = people(1)
    dataset, connector = made(service, window_params={"low": "from", "high": "to", "format": "%Y-%m-%d"})
    typed(dataset, connector)
    assert (service.asked[0]["from"], service.asked[0]["to"]) == ("2026-11-20", "2026-11-21")
    assert connector.plan(DAY).pieces[0]["parameters"] == {"from": "2026-11-20", "to": "2026-11-21"}


def test_the_connection_says_how_to_log_in(service: Service) -> None:
    service.records = people(1)
    dataset, _ = made(service)
    sent = []
    for told in (
        {"login": "yishu", "password": SECRET},
        {"extra": {"token": SECRET}},
        {"extra": {"token": SECRET, "header": "X-Api-Key"}},
    ):
        connector = waiting(dataset, service, [], **told)
        assert SECRET not in repr(connector)
        typed(dataset, connector)
        sent.append(service.headers[-1])
    assert sent[0]["Authorization"] == "Basic " + base64.b64encode(f"yishu:{SECRET}".encode()).decode()
    assert sent[1]["Authorization"] == f"Bearer {SECRET}"
    assert sent[2]["X-Api-Key"] == SECRET


def test_a_kind_of_paging_that_is_not_known_is_refused_with_the_kinds_there_are() -> None:
    options = BY_NUMBER | {"page": {"kind": "scroll"}}
    (mistake,) = option_mistakes(dataset_of(Source("rest", "api", options), FIELDS))
    assert re.search("'number', 'offset', 'cursor'", mistake)


def test_a_contract_without_a_connection_is_not_ready() -> None:
    with pytest.raises(NotReady, match="no connection 'api'"):
        connector_for(dataset_of(Source("rest", "api", BY_NUMBER), FIELDS), None)


def test_a_service_whose_pages_never_end_is_given_up(service: Service) -> None:
    service.answer = lambda asked: ok({"data": {"items": [{"id": asked["page"], "n": "1.00"}]}})
    _, connector = made(service, most_pages=3)
    with pytest.raises(SourceChanged, match="3 pages and still no end"):
        list(connector.read(connector.plan(DAY)))
    assert len(service.asked) == 3


def test_half_a_character_makes_its_record_a_misfit(service: Service, tmp_path: Path) -> None:
    first = (200, {}, b'{"data": {"items": [{"id": "\\ud842", "n": 1}, {"id": "2", "n": 2}]}}')
    service.answer = lambda asked: first if asked["page"] == "1" else ok({"data": {"items": []}})
    dataset, connector = made(service)
    landing = landed(dataset, connector, tmp_path)
    assert (landing.read, landing.rejected) == (2, {"id.misfit": 1})
    assert "half a character" in rejects_of(tmp_path, landing)[0]["reason"]


def test_what_is_written_in_place_of_a_number_makes_its_record_a_misfit(service: Service, tmp_path: Path) -> None:
    first = (200, {}, b'{"data": {"items": [{"id": NaN, "n": 1, "x": NaN}, {"id": "NaN", "n": 2}]}}')
    service.answer = lambda asked: first if asked["page"] == "1" else ok({"data": {"items": []}})
    dataset, connector = made(service)
    landing = landed(dataset, connector, tmp_path)
    assert (landing.read, landing.rejected) == (2, {"id.misfit": 1})
    assert "found NaN, which is no JSON" in rejects_of(tmp_path, landing)[0]["reason"]


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"data": ' + b"[" * 150 + b"]" * 150 + b"}"])
def test_json_that_nests_without_end_is_told(service: Service, content: bytes) -> None:
    service.answer = lambda _: (200, {}, content)
    _, connector = made(service)
    with pytest.raises(SourceChanged, match="no JSON that can be read"):
        list(connector.read(connector.plan(DAY)))
