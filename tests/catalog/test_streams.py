"""Batches as bytes: what each format keeps, and where a stream stops."""

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from catalog.rows.json_text import json_chunks, json_rows
from catalog.rows.standing import EVERY, watched
from catalog.rows.streams import (
    CSV_ROWS,
    GROUP,
    arrow_chunks,
    csv_chunks,
    parquet_chunks,
    parquet_file,
)
from schemas.access import Basis, ColumnView, Decision, Gate, RowScope
from schemas.dataset import Transform
from schemas.errors import Refused
from tests.builders import make_ask

BATCH = pa.record_batch(
    {
        "text": ["=1+1", None, "", "＝1", "-x"],
        "number": [-1, 2, 3, None, 5],
        "money": pa.array(
            [Decimal("1.10"), None, Decimal("0.00000001"), Decimal(-1), Decimal(0)], pa.decimal128(38, 8)
        ),
        "moment": pa.array([datetime(1988, 7, 1, tzinfo=UTC)] + [None] * 4, pa.timestamp("us", "UTC")),
        "share": [1.5, float("nan"), None, float("inf"), 2.0],
        "day": pa.array([date(2020, 2, 29)] + [None] * 4, pa.date32()),
    }
)


def decided(*, allowed: bool, code: str = "OK") -> Decision:
    return Decision(make_ask(), allowed, None, "", 1, (), None, (), code, "" if allowed else "G6", "", "")


def test_csv_guards_texts_and_leaves_numbers_alone() -> None:
    text = b"".join(csv_chunks(BATCH.schema, [BATCH], bom=False)).decode()
    lines = text.split("\n")
    assert lines[1].startswith('"\'=1+1",-1,')
    assert lines[4].startswith('"\'＝1",')
    assert lines[5].startswith('"\'-x",')
    assert "1988-07-01T08:00:00.000000+08:00" in lines[1]


def test_the_first_rows_of_csv_wait_for_few_others_and_the_last_for_many() -> None:
    batch = pa.record_batch({"number": range(3 * CSV_ROWS)})
    pieces = list(csv_chunks(batch.schema, [batch.slice(0, 0), batch.slice(0, 10), batch], bom=False))
    lines = [piece.count(b"\n") for piece in pieces]
    assert lines == [1, 0, 10, 2_048, 4_096, 8_192, CSV_ROWS, CSV_ROWS, CSV_ROWS - 14_336]
    told = b"".join(pieces).split()
    assert told[1:] == [str(number).encode() for number in [*range(10), *range(3 * CSV_ROWS)]]


@pytest.mark.parametrize("codec", [None, "lz4", "zstd"])
def test_an_arrow_stream_is_whole_up_to_its_last_piece_whatever_is_written_after_it(codec: str | None) -> None:
    batch = pa.record_batch({"text": [f"{number} 样" for number in range(200_000)], "number": range(200_000)})
    batches = [batch, batch.slice(0, 0), batch.slice(7, 11)]
    pieces = list(arrow_chunks(batch.schema, batches, codec))
    came = b"".join(pieces)
    with pa.ipc.open_stream(came) as stream:
        assert [one.num_rows for one in stream] == [200_000, 11]
    with pa.ipc.open_stream(came) as stream:
        assert stream.read_all().equals(pa.Table.from_batches(batches))
    assert pieces.count(b"") == 2, "one before the first rows; and who watches gets a turn with the batch without a row"
    assert codec or max(map(len, pieces)) < batch.nbytes
    with pytest.raises((pa.ArrowInvalid, OSError)), pa.ipc.open_stream(came[:-9]) as stream:
        stream.read_all()


def test_csv_keeps_missing_and_empty_apart() -> None:
    text = b"".join(csv_chunks(BATCH.schema, [BATCH], bom=False))
    options = pacsv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
    assert pacsv.read_csv(io.BytesIO(text), convert_options=options)["text"].to_pylist()[1:3] == [None, ""]


def test_json_never_writes_a_decimal_as_a_number_nor_with_an_exponent() -> None:
    rows = json_rows([BATCH])
    assert [row["money"] for row in rows] == ["1.10000000", None, "0.00000001", "-1.00000000", "0.00000000"]
    assert [row["share"] for row in rows] == [1.5, "nan", None, "inf", 2.0]
    assert rows[0]["day"] == "2020-02-29"


def test_parquet_gathers_small_batches_and_carries_no_foreign_metadata() -> None:
    schema = BATCH.schema.with_metadata({"secret": "column"})
    file, size = parquet_file(schema, [BATCH] * 100)
    read = pq.ParquetFile(file)
    assert (read.metadata.num_rows, read.metadata.num_row_groups) == (500, 1)
    assert read.schema_arrow.metadata is None
    file.seek(0, 2)
    assert (file.tell(), GROUP) == (size, 122_880)


def test_parquet_leaves_while_it_is_made_and_ends_with_its_footer() -> None:
    nothing = BATCH.slice(0, 0)
    pieces = list(parquet_chunks(BATCH.schema.with_metadata({"secret": "column"}), [nothing, BATCH, nothing] * 50))
    assert pieces[0] == b"PAR1"  # before any row is there
    assert b"secret" not in b"".join(pieces)
    assert pq.read_table(io.BytesIO(b"".join(pieces))).num_rows == 250
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(io.BytesIO(b"".join(pieces[:-1])))
    assert pq.read_table(io.BytesIO(b"".join(parquet_chunks(BATCH.schema, [])))).num_rows == 0


def test_a_batch_without_a_row_gives_whoever_watches_a_turn_and_nothing_else() -> None:
    nothing = BATCH.slice(0, 0)
    for made in (
        lambda rows: arrow_chunks(BATCH.schema, rows, None),
        lambda rows: csv_chunks(BATCH.schema, rows, bom=False),
        lambda rows: json_chunks({}, rows),
        lambda rows: parquet_chunks(BATCH.schema, rows),
    ):
        plain, watched_over = list(made([BATCH])), list(made([nothing, BATCH, nothing]))
        assert len(watched_over) == len(plain) + 2
        assert b"".join(watched_over) == b"".join(plain)


def test_no_rows_are_an_answer_too() -> None:
    assert pa.ipc.open_stream(b"".join(arrow_chunks(BATCH.schema, [], None))).read_all().num_rows == 0
    assert pq.read_table(parquet_file(BATCH.schema, [])[0]).num_rows == 0
    assert b"".join(csv_chunks(BATCH.schema, [], bom=True)).startswith("\ufeff".encode())


def test_a_permission_that_ends_cuts_the_stream() -> None:
    times = iter([0.0, 1.0, EVERY + 1, EVERY + 1, 2 * EVERY + 2])
    answers = iter([decided(allowed=True), decided(allowed=False, code="GRANT_NOT_IN_FORCE")])

    def batches() -> Iterator[pa.RecordBatch]:
        yield from [BATCH] * 3

    stream = watched(batches(), decided(allowed=True), lambda: next(answers), lambda: next(times))
    assert [next(stream).num_rows, next(stream).num_rows] == [5, 5]
    with pytest.raises(Refused, match="GRANT_NOT_IN_FORCE"):
        next(stream)


def test_a_quota_that_this_read_used_up_does_not_cut_it() -> None:
    times = iter([0.0, EVERY, EVERY])
    spent = decided(allowed=False, code="QUOTA_SPENT")
    stream = watched([BATCH], decided(allowed=True), lambda: spent, lambda: next(times))
    assert [batch.num_rows for batch in stream] == [5]


OPENED = replace(
    decided(allowed=True),
    basis=Basis.GRANT,
    grant="YS-2026-000001",
    columns=(ColumnView("id", Transform.CLEAR), ColumnView("name", Transform.MASK)),
    rows=RowScope("division", ("370481000000",), date(2026, 9, 1)),
)


@pytest.mark.parametrize(
    ("now", "goes_on"),
    [
        (OPENED, True),
        (replace(OPENED, rows=replace(OPENED.rows, at=date(2026, 9, 2), consents=3)), True),
        (replace(OPENED, columns=(ColumnView("id", Transform.CLEAR), ColumnView("name", Transform.CLEAR))), True),
        (replace(OPENED, columns=(ColumnView("id", Transform.CLEAR), ColumnView("name", Transform.DROP))), False),
        (replace(OPENED, columns=(ColumnView("id", Transform.MASK), ColumnView("name", Transform.MASK))), False),
        (replace(OPENED, grant="YS-2026-000002"), False),
        (replace(OPENED, basis=Basis.OPEN), False),
        (replace(OPENED, rows=replace(OPENED.rows, divisions=("370402000000",))), False),
    ],
)
def test_a_permission_that_became_another_or_narrower_cuts_the_stream(now: Decision, *, goes_on: bool) -> None:
    stream = watched([BATCH, BATCH], OPENED, lambda: now, itertools.count(0, EVERY).__next__)
    if goes_on:
        assert len(list(stream)) == 2
        return
    with pytest.raises(Refused) as told:
        list(stream)
    assert told.value.code == "PERMISSION_NARROWED"


def test_a_quota_that_is_spent_hides_no_other_end() -> None:
    gates = (Gate("G6", False, "QUOTA_SPENT", "", ""), Gate("G7", False, "GRADE_TOO_HIGH", "", ""))
    now = replace(decided(allowed=False, code="QUOTA_SPENT"), gates=gates)
    with pytest.raises(Refused, match="QUOTA_SPENT"):
        list(watched([BATCH], OPENED, lambda: now, itertools.count(0, EVERY).__next__))
