"""JSON that is put together as text: it says just what JSON of Python's objects would."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rows.json_text import ROWS, json_chunks, json_rows, json_text

TEXTS = ["", "张三", 'says "no"', "back\\slash", "tab\tline\nend", "\x00\x1f\x7f", "\u2028", "😀", "null", None]
COLUMNS = {
    "text": pa.string(),
    'na"me': pa.string(),
    "number": pa.int64(),
    "money": pa.decimal128(18, 2),
    "long": pa.decimal128(38, 8),
    "share": pa.float64(),
    "yes": pa.bool_(),
    "day": pa.date32(),
    "moment": pa.timestamp("us", "UTC"),
}
ROW = st.fixed_dictionaries(
    {
        "text": st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"])),
        'na"me': st.none() | st.text("ab", max_size=3),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "money": st.none() | st.decimals(-(10**12), 10**12, places=2),
        "long": st.none() | st.decimals(-(10**6), 10**6, places=8),
        "share": st.none() | st.floats(),
        "yes": st.none() | st.booleans(),
        "day": st.none() | st.dates(),
        "moment": st.none() | st.datetimes(timezones=st.just(UTC)),
    }
)


def batch(rows: list[dict[str, object]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, pa.schema(list(COLUMNS.items())))


@given(st.lists(ROW, min_size=1, max_size=5), st.integers(0, 4))
def test_the_text_says_what_the_objects_say(rows: list[dict[str, object]], start: int) -> None:
    some = batch(rows).slice(min(start, len(rows) - 1))
    expected = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in json_rows([some]))
    assert json_text(some).decode() == expected


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_must_be_escaped_is(text: str | None) -> None:
    told = json.loads(b"[" + json_text(pa.record_batch({"text": ["plain", text]})) + b"]")
    assert [row["text"] for row in told] == ["plain", text]


def test_pieces_make_one_object_whatever_lies_between_the_rows() -> None:
    rows = pa.record_batch({"number": range(ROWS + 1)})
    nothing = rows.slice(0, 0)
    pieces = list(json_chunks({"a": 1}, [nothing, rows, nothing]))
    assert json.loads(b"".join(pieces)) == {"a": 1, "rows": [{"number": n} for n in range(ROWS + 1)]}
    assert json.loads(b"".join(json_chunks({}, [nothing]))) == {"rows": []}


def test_values_stand_there_as_promised() -> None:
    row = {"money": Decimal("1.10"), "day": date(2020, 2, 29), "moment": datetime(1988, 7, 1, tzinfo=UTC), "share": 1.5}
    told = json.loads(json_text(batch([row])))
    assert (told["money"], told["day"], told["share"], told["text"]) == ("1.10", "2020-02-29", 1.5, None)
    assert told["moment"] == "1988-07-01T08:00:00.000000+08:00"


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_told_by_local_time(moment: datetime) -> None:
    told = json_rows([pa.record_batch({"at": pa.array([moment, None], pa.timestamp("us", "UTC"))})])
    local = moment.replace(tzinfo=None) + timedelta(hours=8) if moment.year < 9999 else None
    assert told[1]["at"] is None
    assert local is None or told[0]["at"] == local.isoformat(timespec="microseconds") + "+08:00"
