"""Records that are pushed: who may, what comes in, what is refused and why, and the same answer however often."""

import io
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import TextIOWrapper
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from api.app import create_app
from catalog import tables
from catalog.database import writing
from catalog.inbox import store
from catalog.inbox.json_records import PIECE, _Text
from catalog.lake.where import at_hand
from schemas.dataset import Sharing
from schemas.push import Limits
from tests.api.conftest import OUTSIDER, City
from tests.builders import NOW, SHIZHONG
from tests.pushed import FIELDS, GOOD, KEY, as_json, complaints, packed, record

PATH = f"/api/v1/datasets/{KEY}/records"
JSON = "application/json"


@pytest.fixture
def inbox(city_on_each: City) -> City:
    """The city with an inbox of its department of civil affairs, on each kind of database."""
    city_on_each.shelf.register(complaints(), NOW)
    return city_on_each


@pytest.fixture
def small(city: City) -> City:
    """The same on SQLite."""
    city.shelf.register(complaints(), NOW)
    return city


def push(  # noqa: PLR0917  # who reads the tests below knows which is which
    city: City, body: bytes, key: str = "k1", who: str = "civil", kind: str = JSON, path: str = PATH, **headers: str
) -> httpx.Response:
    told = {"Idempotency-Key": key, "Content-Type": kind, "Accept-Language": "en", **city.headers(who), **headers}
    return city.client.post(path, content=body, headers=told)


def booked(city: City) -> list[dict[str, Any]]:
    """All rows that lie in the inbox, in the order in which they will land."""
    with city.shelf.engine.connect() as connection:
        pushes = reversed(store.newest(connection, KEY, 1000))
    parts = [one.segment for one in pushes if one.segment]
    return [row for part in parts for row in pq.read_table(at_hand(city.shelf.lake, part)).to_pylist()]


def csv_of(*records: Mapping[str, Any]) -> bytes:
    lines = [",".join(records[0])]
    lines += [
        ",".join(str(value).lower() if value is True else str(value) for value in one.values()) for one in records
    ]
    return "\n".join(lines).encode()


def arrow_of(table: pa.Table, **told: Any) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, **told) as writer:
        writer.write_table(table)
    return sink.getvalue()


def refusals(answer: httpx.Response) -> list[tuple[int, str | None, str]]:
    return [(one["row"], one["field"], one["rule"]) for one in answer.json()["refusals"]]


def pushed_receipts(city: City) -> list[Mapping[str, Any]]:
    return [one.body for one in city.shelf.receipts.newest() if one.body.get("event") == "pushed"]


# what comes in


def test_good_records_come_in_and_the_answer_says_where_to_ask(inbox: City) -> None:
    answer = push(inbox, as_json(record(1), record(2)))
    assert answer.status_code == 202
    told = answer.json()
    assert (told["accepted"], told["refused"], told["refusals"]) == (2, 0, [])
    assert answer.headers["location"] == f"{PATH}/{told['id']}"
    assert answer.headers["yishu-receipt"] == told["receipt"]
    assert [row["number"] for row in booked(inbox)] == ["TS1", "TS2"]
    state = inbox.client.get(answer.headers["location"], headers=inbox.headers("civil")).json()
    assert (state["state"], state["accepted"], state["version"]) == ("received", 2, None)


@pytest.mark.parametrize("gzip", [False, True])
def test_the_same_records_come_in_alike_in_every_format(small: City, gzip: bool) -> None:
    rows = [record(1), record(2, said=None)]
    lines = "\n".join(json.dumps(one) for one in rows).encode() + b"\n\n"
    table = pa.Table.from_pylist([{**one, "urgent": "true", "score": 5} for one in rows])
    bodies = {
        "application/json": as_json(*rows),
        "application/x-ndjson": lines,
        "text/csv; charset=UTF-8": csv_of(*({**one, "said": one["said"] or ""} for one in rows)),
        "application/vnd.apache.arrow.stream": arrow_of(table),
    }
    for kind, body in bodies.items():
        told = {"Content-Encoding": "gzip"} if gzip else {}
        answer = push(small, packed(body) if gzip else body, kind.partition(";")[0], kind=kind, **told)
        assert (answer.status_code, answer.json()["refused"]) == (202, 0), (kind, answer.text)
        assert answer.json()["accepted"] == 2
    rows = booked(small)
    assert len(rows) == 8
    assert {(row["number"], str(row["score"]), row["lb"], row["urgent"]) for row in rows} == {
        ("TS1", "5", "供热", "true"),
        ("TS2", "5", "供热", "true"),
    }


def test_a_bare_list_is_a_body_and_the_order_of_names_is_free(small: City) -> None:
    body = json.dumps([dict(reversed(list(record(7).items())))]).encode()
    assert push(small, body).json()["accepted"] == 1
    assert booked(small)[0]["place"] == "370402"


def test_a_column_that_is_left_out_is_missing_and_nothing_else(small: City) -> None:
    assert push(small, as_json({"number": "TS1"})).json()["accepted"] == 1
    assert push(small, b"number\nTS2\n", "k2", kind="text/csv").json()["accepted"] == 1
    assert [{k for k, v in row.items() if v is not None} for row in booked(small)] == [{"number", "_place"}] * 2


def test_what_looks_like_a_formula_is_kept_as_it_is(small: City) -> None:
    said = '=HYPERLINK("http://x","y")'
    assert (
        push(small, f'number,said\nTS1,"{said.replace(chr(34), chr(34) * 2)}"\n'.encode(), kind="text/csv").json()[
            "accepted"
        ]
        == 1
    )
    assert booked(small)[0]["said"] == said


def test_large_bodies_come_in_slices_without_losing_a_row(small: City) -> None:
    lines = "\n".join(json.dumps(record(n, score=9 if n % 1000 == 0 else 5)) for n in range(1, 20_001)).encode()
    answer = push(small, lines, kind="application/jsonl")
    told = answer.json()
    assert (told["accepted"], told["refused"]) == (19_980, 20)
    assert [one["row"] for one in told["refusals"]] == list(range(1000, 20_001, 1000))
    rows = booked(small)
    assert [row["_place"] for row in rows] == [n for n in range(1, 20_001) if n % 1000]
    assert all(row["number"] == f"TS{row['_place']}" for row in rows)


def test_a_document_in_one_line_larger_than_any_piece_is_read_record_by_record(small: City) -> None:
    answer = push(small, as_json(*(record(n, said="长" * 300) for n in range(1, 3001))))
    assert answer.json()["accepted"] == 3000
    assert len(booked(small)) == 3000


# what is refused at once


@pytest.mark.parametrize(
    ("told", "field", "rule"),
    [
        ({"number": None}, "number", "number.required"),
        ({"number": "TS" + "1" * 30}, "number", "number.length"),
        ({"number": "X1"}, "number", "number.pattern"),
        ({"person_id": "110101199003070021"}, "person_id", "person_id.resident_id"),
        ({"place": "37040"}, "place", "place.misfit"),
        ({"score": 6}, "score", "score.range"),
        ({"score": 4.5}, "score", "score.misfit"),
        ({"score": "五"}, "score", "score.misfit"),
        ({"paid": "12.505"}, "paid", "paid.misfit"),
        ({"paid": "-1"}, "paid", "paid.range"),
        ({"paid": "1E+1000000"}, "paid", "paid.misfit"),
        ({"happened": "昨天"}, "happened", "happened.misfit"),
        ({"urgent": "也许"}, "urgent", "urgent.misfit"),
        ({"lb": "天气"}, "kind", "kind.known"),
        ({"said": 5}, "said", "said.misfit"),
        ({"said": {"a": 1}}, "said", "said.misfit"),
        ({"said": "a\u0000b"}, "said", "said.misfit"),
        ({"colour": "red"}, None, "row.shape"),
    ],
)
def test_a_row_that_breaks_types_or_standards_is_refused_with_number_field_and_rule(
    small: City, told: dict[str, Any], field: str | None, rule: str
) -> None:
    answer = push(small, as_json(record(1), {**GOOD, "number": "TS2", **told}, record(3)))
    assert answer.status_code == 202
    assert (answer.json()["accepted"], answer.json()["refused"]) == (2, 1)
    assert (2, field, rule) in refusals(answer)
    assert all(one["expected"] for one in answer.json()["refusals"])
    assert [row["number"] for row in booked(small)] == ["TS1", "TS3"]


def test_of_a_sensitive_field_only_the_length_of_a_wrong_value_is_told(small: City) -> None:
    wrong = "110101199003070021"
    answer = push(small, as_json(record(1, person_id=wrong, said="s\u0000")))
    assert wrong not in answer.text
    assert "18 characters" in answer.text
    assert wrong not in json.dumps([dict(one) for one in pushed_receipts(small)])


def test_a_value_is_told_back_no_longer_than_it_must(small: City) -> None:
    answer = push(small, as_json(record(1, happened="x" * 5000)))
    assert answer.status_code == 422
    assert len(answer.text) < 2000


def test_a_number_where_a_text_is_declared_is_refused_since_its_digits_may_be_lost(small: City) -> None:
    body = as_json(record(1)).replace(b'"11010119900307002X"', b"110101199003070021")
    assert (1, "person_id", "person_id.misfit") in refusals(push(small, body))


def test_long_numbers_keep_every_digit(small: City) -> None:
    body = as_json(record(1)).replace(b'"12.50"', b"1234567890123456.78")
    assert push(small, body).json()["accepted"] == 1
    assert booked(small)[0]["paid"] == "1234567890123456.78"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", "123456789012345678901"])
def test_numbers_that_no_type_holds_are_refused(small: City, value: str) -> None:
    body = as_json(record(1)).replace(b'"score": 5', f'"score": {value}'.encode())
    assert (1, "score", "score.misfit") in refusals(push(small, body))


def test_a_name_that_stands_twice_in_a_record_is_refused(small: City) -> None:
    body = as_json(record(1), record(2)).replace(b'"number": "TS1"', b'"number": "TS1", "number": "TS9"')
    answer = push(small, body)
    assert refusals(answer) == [(1, None, "row.shape")]
    assert [row["number"] for row in booked(small)] == ["TS2"]


def test_half_characters_are_refused_and_break_nothing(small: City) -> None:
    body = (
        b'[{"number": "TS1", "said": "\\ud800"}, {"number": "TS2", "\\udfff": 1}, '
        b'{"number": "TS3", "said": "\\ud83d\\ude00"}]'
    )
    answer = push(small, body)
    assert refusals(answer) == [(1, "said", "said.misfit"), (2, None, "row.shape")]
    assert booked(small)[0]["said"] == "\U0001f600"


def test_all_or_nothing_takes_none_where_one_is_refused(small: City) -> None:
    path = f"{PATH}?all_or_nothing=true"
    answer = push(small, as_json(record(1), record(2, score=9)), path=path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    told = answer.json()
    assert (told["code"], told["accepted"], told["refused"]) == ("NOTHING_ACCEPTED", 0, 1)
    assert booked(small) == []
    again = push(small, as_json(record(1), record(2, score=9)), path=path)
    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (422, told, "true")
    assert push(small, as_json(record(1), record(2)), "k2", path=path).json()["accepted"] == 2
    state = small.client.get(told["status"], headers=small.headers("civil")).json()
    assert (state["state"], state["refused_by_rule"]) == ("refused", {"score.range": 1})


def test_the_list_of_refusals_is_bounded_and_their_number_is_told(small: City) -> None:
    answer = push(small, as_json(*(record(n, score=9, paid="-1") for n in range(1, 301))))
    told = answer.json()
    assert (told["refused"], told["faults"], len(told["refusals"])) == (300, 600, 100)


# bodies that cannot be read


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, b""),
        (JSON, b"[]"),
        (JSON, b"{}"),
        (JSON, b'{"rows": []}'),
        (JSON, b'{"records": [{"number": "TS1"}'),
        (JSON, b'[{"number": "TS1"}] more'),
        (JSON, b'[{"number": "TS1"} {"number": "TS2"}]'),
        (JSON, b"[" * 100_000),
        (JSON, b'[{"number": ' + b"[" * 100_000),
        (JSON, b'[{"number": "TS1\xff"}]'),
        (JSON, b'"records"'),
        ("text/csv", b""),
        ("text/csv", b"number,colour\nTS1,red\n"),
        ("text/csv", b"number,number\nTS1,TS2\n"),
        ("text/csv", b'number,said\nTS1,"never closed\n'),
        ("text/csv", b"number,said\nTS1,\xd6\xd0\xb9\xfa\n"),
        ("text/csv", b"number,said\nTS1," + b"x" * 200_000),
        ("text/csv", b"," * 3_000_000),
        ("text/csv", b"number,said\n" + b"," * 3_000_000),
        ("text/csv", b"number,said\n" + b'"\n",' * 1_000_000),
        ("application/vnd.apache.arrow.stream", b"no stream at all"),
        ("application/vnd.apache.arrow.stream", b"\xff\xff\xff\xff\x10\x00\x00\x00" + b"\x00" * 16),
        ("application/x-ndjson", b"x" * (1 << 20) + b"y"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole_and_leaves_nothing(small: City, kind: str, body: bytes) -> None:
    answer = push(small, body, kind=kind)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "BAD_INPUT"
    assert booked(small) == []
    assert pushed_receipts(small) == []
    assert push(small, as_json(record(1))).status_code == 202, "the key is not used up"


@pytest.mark.parametrize(
    ("wrong", "at"),
    [(b"{'number': 1}", 2), (b'{"number" "TS1"}', 11), (b'{"number": tru}', 12), (b'{"number": "a\tb"}', 14)],
)
def test_where_a_long_document_is_no_json_is_told_to_the_character(small: City, wrong: bytes, at: int) -> None:
    good = b'{"number": "TS1"},'
    before = b"[" + good * 5000
    answer = push(small, before + wrong + b"," + good * 200_000 + b"{}]")
    assert answer.status_code == 422
    assert f"no JSON at character {len(before) + at}" in answer.json()["detail"]


def test_words_that_end_at_any_place_of_a_piece_are_read_whole(small: City) -> None:
    record_ = '{"number": "TS1", "score": -Infinity, "urgent": true, "said": "\\ud83d\\ude00供热"}'
    for blanks in range(PIECE - len(record_) - 2, PIECE + 1, 3):
        text = _Text(TextIOWrapper(io.BytesIO((" " * blanks + record_ + " ").encode()), "utf-8"))
        assert text.value() == {"number": "TS1", "score": "-Infinity", "urgent": True, "said": "😀供热"}


def test_a_line_that_is_no_json_is_refused_alone(small: City) -> None:
    body = b'{"number": "TS1"}\nnot json\n\xff\xfe\n[]\n' + b"[" * 50_000 + b'\n{"number": "TS6"}'
    answer = push(small, body, kind="application/x-ndjson")
    assert refusals(answer) == [(n, None, "row.shape") for n in (2, 3, 4, 5)]
    assert [row["_place"] for row in booked(small)] == [1, 6]


def test_a_row_with_other_cells_than_the_header_is_refused_alone(small: City) -> None:
    answer = push(small, b"number,said\nTS1,a\nTS2\nTS3,a,b\nTS4,d\n", kind="text/csv")
    assert refusals(answer) == [(2, None, "row.shape"), (3, None, "row.shape")]


@pytest.mark.parametrize(
    ("name", "column", "said"),
    [
        ("paid", pa.array([1.5]), "'paid' is double, expected decimal128(18, 2) or string"),
        ("score", pa.array([1.0]), "'score' is double, expected int64 or string"),
        ("happened", pa.array([0], pa.timestamp("us")), "'happened' is timestamp[us], expected timestamp[us, tz=UTC]"),
        ("said", pa.array(["a"]).dictionary_encode(), "'said' is dictionary"),
        ("said", pa.array([b"a"]), "'said' is binary"),
        ("said", pa.nulls(1), "'said' is null"),
        ("colour", pa.array(["red"]), "'colour' is no field"),
        ("score", pa.array([1], pa.uint64()), "'score' is uint64"),
    ],
)
def test_arrow_columns_of_other_types_are_refused_with_found_and_expected(
    small: City, name: str, column: pa.Array, said: str
) -> None:
    table = pa.table({"number": ["TS1"], name: column})
    answer = push(small, arrow_of(table), kind="application/vnd.apache.arrow.stream")
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_arrow_columns_of_declared_and_of_narrower_types_come_in_exactly(small: City) -> None:
    table = pa.table(
        {
            "number": pa.array(["TS1", "TS2"], pa.large_string()),
            "score": pa.array([5, 9], pa.int8()),
            "paid": pa.array(["1.5", "2.0"]).cast(pa.decimal128(5, 1)),
            "happened": pa.array([NOW, NOW], pa.timestamp("ms", "Asia/Shanghai")),
        }
    )
    answer = push(small, arrow_of(table), kind="application/vnd.apache.arrow.stream")
    assert refusals(answer) == [(2, "score", "score.range")]
    (row,) = booked(small)
    assert (row["score"], str(row["paid"]), row["happened"]) == (5, "1.50", NOW)


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_compressed_arrow_buffers_are_refused_before_they_are_unpacked(small: City, compression: str) -> None:
    table = pa.table({"number": ["TS1"], "said": ["x" * 10_000_000]})
    options = pa.ipc.IpcWriteOptions(compression=compression)
    body = arrow_of(table, options=options)
    assert len(body) < 1_000_000
    answer = push(small, body, kind="application/vnd.apache.arrow.stream")
    assert (answer.status_code, "compressed" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize("text", [pa.string(), pa.string_view()])
def test_an_arrow_stream_cut_anywhere_or_with_any_byte_flipped_is_no_fault_of_ours(
    small: City, text: pa.DataType
) -> None:
    said = pa.array(["a text that no view can hold", None], text)
    body = arrow_of(pa.table({"number": pa.array(["TS1", "TS2"], text), "said": said, "score": [1, 2]}))
    city = limited(small, Limits(per_second=0))
    for at in range(0, len(body), 19):
        for n, spoilt in enumerate((body[:at], body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :])):
            answer = push(city, spoilt, f"{at}-{n}", kind="application/vnd.apache.arrow.stream")
            assert answer.status_code in (202, 422), (at, answer.text)


# too much


def test_a_body_of_refused_rows_alone_is_given_up_before_long(small: City) -> None:
    body = b"score\n" + b"".join(b"x%d\n" % n for n in range(25_000))
    answer = push(small, body, kind="text/csv")
    assert answer.status_code == 422
    assert "more than 20000 rows are refused" in answer.json()["detail"]
    assert "score.misfit" in answer.json()["detail"]


def test_an_arrow_schema_of_a_hundred_thousand_columns_is_refused_at_once(small: City) -> None:
    schema = pa.schema([pa.field("number", pa.string())] * 100_000)
    answer = push(small, arrow_of(schema.empty_table()), kind="application/vnd.apache.arrow.stream")
    assert (answer.status_code, "found 100000" in answer.json()["detail"]) == (422, True)


def limited(city: City, limits: Limits) -> City:
    settings = replace(city.client.app.state.desk.settings, pushes=limits)
    return replace(city, client=TestClient(create_app(city.shelf, settings, city.clock)))


def test_a_body_beyond_the_limit_is_413_packed_or_not(small: City) -> None:
    city = limited(small, Limits(largest=10_000))
    body = as_json(*(record(n, said="x" * 100) for n in range(100)))
    for told in ({}, {"Content-Encoding": "gzip"}):
        answer = push(city, packed(body) if told else body, **told)
        assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")
    assert booked(city) == []


def test_a_bomb_is_stopped_at_the_limit(small: City) -> None:
    city = limited(small, Limits(largest=5 << 20))
    bomb = packed(b" " * (200 << 20))
    assert len(bomb) < 1 << 20
    answer = push(city, bomb, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


@pytest.mark.parametrize("body", [b"no gzip", packed(as_json(record(1)))[:-5], packed(as_json(record(1))) + b"tail"])
def test_what_is_no_whole_gzip_is_refused(small: City, body: bytes) -> None:
    assert push(small, body, **{"Content-Encoding": "gzip"}).status_code == 422
    assert booked(small) == []


@pytest.mark.parametrize("kind", ["text/csv", "application/x-ndjson"])
def test_blank_lines_count_towards_the_limit_of_rows(small: City, kind: str) -> None:
    body = packed(b"number,said\n" + b"\n" * 1_000_001)
    assert len(body) < 2_000
    answer = push(small, body, kind=kind, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


def test_too_many_pushes_of_one_credential_are_429_with_when_to_come_again(small: City) -> None:
    city = limited(small, Limits(per_second=1))
    answers = [push(city, as_json(record(n)), f"k{n}") for n in range(1, 8)]
    assert [one.status_code for one in answers] == [202] * 5 + [429] * 2
    assert answers[-1].headers["retry-after"] == "1"
    city.clock.now = NOW + timedelta(seconds=2)
    assert push(city, as_json(record(6)), "k6").status_code == 202


def test_processes_over_one_database_count_pushes_each_for_itself_and_know_each_others_keys(small: City) -> None:
    one, other = (limited(small, Limits(per_second=1)) for _ in range(2))
    for process in (one, other):
        answers = [push(process, as_json(record(n)), f"k{n}") for n in range(1, 7)]
        assert [answer.status_code for answer in answers] == [202] * 5 + [429]
        assert ["idempotency-replayed" in answer.headers for answer in answers[:5]] == [process is other] * 5
    assert len(booked(small)) == 5


def test_uploads_at_the_same_time_are_bounded(small: City) -> None:
    taken = small.client.app.state.desk.pushes
    held = [taken.take(f"another {n}") for n in range(taken.slots)]
    answer = push(small, as_json(record(1)))
    assert (answer.status_code, "retry-after" in answer.headers) == (429, True)
    for give_back in held:
        give_back()
    assert push(small, as_json(record(1))).status_code == 202


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/xml", "application/json; charset=gbk", "multipart/form-data"]
)
def test_another_content_type_is_415_and_lists_those_that_are_read(small: City, kind: str) -> None:
    answer = push(small, as_json(record(1)), kind=kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "WRONG_MEDIA_TYPE")
    assert push(small, b"", **{"Content-Encoding": "br"}).status_code == 415


# the same push again


def test_the_same_key_with_the_same_body_gives_the_first_answer_and_takes_nothing_twice(inbox: City) -> None:
    first = push(inbox, as_json(record(1), record(2, score=9)))
    again = push(inbox, as_json(record(1), record(2, score=9)))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(booked(inbox)) == 1
    assert len(pushed_receipts(inbox)) == 1


def test_the_same_body_packed_otherwise_is_the_same_push(small: City) -> None:
    first = push(small, as_json(record(1)))
    again = push(small, packed(as_json(record(1))), **{"Content-Encoding": "gzip"})
    assert again.content == first.content


def test_the_same_key_with_another_body_or_other_parameters_is_409(inbox: City) -> None:
    push(inbox, as_json(record(1)))
    for answer in (
        push(inbox, as_json(record(2))),
        push(inbox, as_json(record(1)), path=f"{PATH}?all_or_nothing=true"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_KEY_TAKEN")
    assert len(booked(inbox)) == 1


def test_keys_of_different_systems_and_datasets_have_nothing_to_do_with_each_other(small: City) -> None:
    assert push(small, as_json(record(1))).status_code == 202
    assert push(small, as_json(record(2)), who="tengzhou").status_code == 202
    small.shelf.register(replace(complaints(), key="civil_affairs.other", contract_hash="x"), NOW)
    other = PATH.replace("complaint", "other")
    assert push(small, as_json(record(3)), path=other).status_code == 202


@pytest.mark.parametrize("key", ["", " ", "a b", "键", "x" * 201])
def test_a_push_without_a_proper_key_is_400(small: City, key: str) -> None:
    headers = {**small.headers("civil"), "Content-Type": JSON, "Idempotency-Key": key.encode()}
    answer = small.client.post(PATH, content=as_json(record(1)), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")
    assert small.client.post(PATH, content=b"", headers=small.headers("civil")).status_code == 400


def test_retries_at_the_same_time_are_one_push(inbox: City) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: push(inbox, as_json(*(record(n) for n in range(1, 200)))), range(6)))
    good = [one for one in answers if one.status_code == 202]
    assert good, [one.text for one in answers]
    assert len({one.content for one in good}) == 1
    assert {one.status_code for one in answers} <= {202, 429}
    assert len(booked(inbox)) == 199


# who may


def test_whom_the_contract_names_neither_as_owner_nor_as_sender_is_refused_on_record(inbox: City) -> None:
    answer = push(inbox, as_json(record(1)), who="health")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    told = answer.json()
    assert (told["code"], told["gate"], bool(told["next"])) == ("PUSH_DENIED", "push", True)
    (receipt,) = pushed_receipts(inbox)
    assert (receipt["allowed"], receipt["code"], receipt["organisation"]) == (
        False,
        "PUSH_DENIED",
        told and receipt["organisation"],
    )
    assert told["instance"].endswith(answer.headers["yishu-receipt"])
    assert booked(inbox) == []


def test_the_owner_and_whom_the_contract_names_push(inbox: City) -> None:
    assert push(inbox, as_json(record(1)), who="civil").status_code == 202
    assert push(inbox, as_json(record(2)), who="tengzhou").status_code == 202


def test_a_dataset_that_is_collected_takes_no_push(small: City) -> None:
    answer = push(small, as_json(record(1)), path="/api/v1/datasets/civil_affairs.low_income/records")
    assert (answer.status_code, answer.json()["code"]) == (403, "NO_INBOX")


def test_a_dataset_that_one_may_not_know_of_answers_as_one_that_is_not_there(small: City) -> None:
    hidden_one = replace(complaints(sharing=Sharing.WITHHELD, withheld_basis="x"), key="civil_affairs.hidden")
    small.shelf.register(hidden_one, NOW)
    hidden = push(small, as_json(record(1)), who="health", path="/api/v1/datasets/civil_affairs.hidden/records")
    none = push(small, as_json(record(1)), who="health", path="/api/v1/datasets/civil_affairs.nothing/records")
    assert (hidden.status_code, none.status_code) == (404, 404)
    assert {k: v for k, v in hidden.json().items() if k != "instance"} == {
        k: v for k, v in none.json().items() if k != "instance"
    }
    told = [(one["allowed"], one["code"]) for one in pushed_receipts(small)]
    assert told == [(False, "UNKNOWN")] * 2


def test_whom_the_contract_names_pushes_into_what_the_catalogue_hides_from_it(small: City) -> None:
    hidden = complaints(sharing=Sharing.WITHHELD, withheld_basis="x", options={"senders": [OUTSIDER]})
    small.shelf.register(replace(hidden, key="civil_affairs.hidden"), NOW)
    assert small.get("/datasets/civil_affairs.hidden", "outsider").status_code == 404
    answer = push(small, as_json(record(1)), who="outsider", path=PATH.replace("complaint", "hidden"))
    assert answer.status_code == 202
    assert small.client.get(answer.headers["location"], headers=small.headers("outsider")).json()["state"] == "received"
    assert push(small, as_json(record(1)), who="health", path=PATH.replace("complaint", "hidden")).status_code == 404


def test_the_public_is_asked_for_a_credential_and_sends_no_byte_in(small: City) -> None:
    assert push(small, as_json(record(1)), who="").status_code in (401, 404)
    assert booked(small) == []


def test_a_retired_dataset_takes_no_push(small: City) -> None:
    with writing(small.shelf.engine) as connection:
        connection.execute(update(tables.dataset).where(tables.dataset.c.key == KEY).values(state="retired"))
    answer = push(small, as_json(record(1)))
    assert (answer.status_code, answer.json()["code"]) == (403, "DATASET_RETIRED")


def test_only_sender_and_owner_may_ask_what_became_of_a_push(inbox: City) -> None:
    place = push(inbox, as_json(record(1)), who="tengzhou").headers["location"]
    answers = {
        who: inbox.client.get(place, headers=inbox.headers(who)) for who in ("tengzhou", "civil", "health", "laiwu")
    }
    assert {who: one.status_code for who, one in answers.items()} == {
        "tengzhou": 200, "civil": 200, "health": 404, "laiwu": 404,
    }  # fmt: skip
    nothing = inbox.client.get(f"{PATH}/{'0' * 32}", headers=inbox.headers("health"))
    assert {**nothing.json(), "instance": ""} == {**answers["health"].json(), "instance": ""}


def test_a_system_that_was_put_out_of_use_neither_pushes_nor_asks(inbox: City) -> None:
    place = push(inbox, as_json(record(1), record(2, score=9)), who="tengzhou").headers["location"]
    with writing(inbox.shelf.engine) as connection:
        connection.execute(update(tables.system).where(tables.system.c.id == "tengzhou").values(active=False))
    inbox.clock.now = NOW + timedelta(hours=1)
    assert push(inbox, as_json(record(3)), "k2", who="tengzhou").json()["code"] == "SUBJECT_CREDENTIAL_INACTIVE"
    for path in (place, f"{place}/refusals"):
        assert inbox.client.get(path, headers=inbox.headers("tengzhou")).status_code == 404
        assert inbox.client.get(path, headers=inbox.headers("civil")).status_code == 200


# the record


def test_a_receipt_says_who_and_how_many_and_neither_value_nor_key_nor_body(small: City) -> None:
    push(small, as_json(record(1), record(2, score=9)), "order-2026-77")
    (receipt,) = pushed_receipts(small)
    assert (receipt["rows"], receipt["refused"], receipt["rules"]) == (1, 1, {"score.range": 1})
    assert (receipt["dataset"], receipt["system"]) == (KEY, "civil")
    text = json.dumps(dict(receipt), ensure_ascii=False)
    assert not [word for word in ("order-2026-77", "暖气", GOOD["person_id"], "TS1") if word in text]
    assert len(receipt["digest"]) == 64


def test_openapi_tells_of_the_key_the_formats_and_the_answers(small: City) -> None:
    told = small.client.get("/openapi.json").json()["paths"]["/api/v1/datasets/{key}/records"]["post"]
    assert {one["name"] for one in told["parameters"]} >= {"key", "all_or_nothing", "case", "Idempotency-Key"}
    assert set(told["requestBody"]["content"]) >= {
        "application/json",
        "text/csv",
        "application/vnd.apache.arrow.stream",
    }
    assert "202" in told["responses"]
    paths = small.client.get("/openapi.json").json()["paths"]
    told = paths["/api/v1/datasets/{key}/records/{id}/refusals"]["get"]
    assert {one["name"] for one in told["parameters"]} == {"key", "id", "limit", "cursor", "lang"}


# write-back


def written_back(city: City) -> City:
    """The inbox keeps the receipt of the verify that a result goes back to in its field `said`."""
    city.shelf.register(complaints(options={"case": "said"}), NOW)
    return city


def verified(city: City, who: str) -> str:
    body = {"purpose": "social_assistance", "case": "办-1", "subject": {"person_id": "37048119500101000X"}}
    answer = city.client.post("/api/v1/datasets/civil_affairs.low_income/verify", json=body, headers=city.headers(who))
    assert answer.status_code == 200, answer.text
    return answer.headers["yishu-receipt"]


def test_a_result_goes_back_with_the_receipt_of_the_verify_that_it_came_from(small: City) -> None:
    city = written_back(small)
    case = verified(city, "tengzhou")
    answer = push(city, as_json({"number": "TS1"}), who="tengzhou", path=f"{PATH}?case={case}")
    assert answer.status_code == 202, answer.text
    assert booked(city)[0]["said"] == case
    assert [one["reference"] for one in pushed_receipts(city)] == [case]
    assert city.client.get(answer.headers["location"], headers=city.headers("civil")).json()["case"] == case


def test_a_reference_that_is_no_answered_verify_of_ones_own_is_refused(small: City) -> None:
    city = written_back(small)
    case, read = (
        verified(city, "tengzhou"),
        city.get("/datasets/civil_affairs.low_income/rows?purpose=social_assistance", "tengzhou"),
    )
    for wrong in ("f" * 32, "x", read.headers["yishu-receipt"]):
        answer = push(city, as_json({"number": "TS1"}), wrong, who="tengzhou", path=f"{PATH}?case={wrong}")
        assert (answer.status_code, "no answered verify" in answer.json()["detail"]) == (422, True)
    assert push(city, as_json({"number": "TS1"}), who="civil", path=f"{PATH}?case={case}").status_code == 422
    own = push(city, as_json({"number": "TS1", "said": "made up"}), "k9", who="tengzhou", path=f"{PATH}?case={case}")
    assert refusals(own) == [(1, "said", "said.misfit")]


def test_every_field_of_the_inbox_is_one_that_tests_spoil() -> None:
    assert {field.name for field in FIELDS} == {*GOOD} - {"lb"} | {"kind"}
    assert SHIZHONG.startswith(GOOD["place"])
