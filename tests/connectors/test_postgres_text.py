"""Columns that are read straight in their types are what text and `fit` give, whatever PostgreSQL prints."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.landing.fit import fit
from connectors.protocol import Batch
from connectors.sql.postgres_copy import Block
from connectors.sql.postgres_text import Reading, reading
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import SourceChanged
from tests.builders import make_dataset, make_field


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **told)


FIELDS = (
    field("number", Kind.INTEGER),
    field("amount", Kind.DECIMAL, 18, 2),
    field("precise", Kind.DECIMAL, 38, 18),
    field("rate", Kind.DOUBLE),
    field("urban", Kind.BOOLEAN),
    field("born", Kind.DATE),
    field("local", Kind.TIMESTAMP),
    field("moment", Kind.TIMESTAMP),
    field("text"),
    field("division", element="division"),
    field("counted", Kind.INTEGER),
)
TYPES = {
    "number": "bigint",
    "amount": "numeric",
    "precise": "numeric(38,18)",
    "rate": "double precision",
    "urban": "boolean",
    "born": "date",
    "local": "timestamp without time zone",
    "moment": "timestamp(3) with time zone",
    "text": "text",
    "division": "character varying(15)",
    "counted": "text",
}
SHANGHAI_SUMMER = ("1986-05-04 02:30:00", "1986-09-14 01:30:00", "1991-09-15 00:30:00", "1992-01-01 00:00:00")
CLOCK = st.datetimes().map(str)
VALUES = {
    "number": st.integers(-(2**63), 2**63 - 1).map(str),
    "amount": st.one_of(
        st.decimals(places=3, allow_nan=False, allow_infinity=False, min_value=-(10**19), max_value=10**19).map(str),
        st.sampled_from(["NaN", "Infinity", "-Infinity", "0", "-0.01", "1.500", "9" * 16 + ".99", "9" * 17, "9" * 39]),
    ),
    "precise": st.sampled_from(["1." + "1" * 18, "9" * 20 + "." + "9" * 18, "-" + "0." + "0" * 17 + "1", "NaN", "7"]),
    "rate": st.one_of(st.floats().map(repr), st.sampled_from(["NaN", "Infinity", "-Infinity", "1e+20", "0.1"])),
    "urban": st.sampled_from(["t", "f"]),
    "born": st.one_of(
        st.dates().map(str), st.sampled_from(["infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "0001-01-01"])
    ),
    "local": st.one_of(CLOCK, st.sampled_from(["infinity", "0001-01-01 00:00:00", *SHANGHAI_SUMMER])),
    "moment": st.one_of(
        CLOCK.map(lambda at: at + "+00"),
        st.sampled_from(["infinity", "9999-12-31 23:59:59.999999+00", "0044-03-15 00:00:00+00 BC"]),
    ),
    "text": st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
        st.sampled_from(
            ["", "\\N", "\\", "\\n", "a\tb\r\n\f\v\bc", '"', '"a""b"', "𠮷䶮", "\ufeff甲", "\\.", "NA", " x "]
        ),
    ),
    "division": st.sampled_from(["370402", "370402001013", "37040", "", "３７", "370402001013007"]),
    "counted": st.sampled_from(["1", " 1", "0x1F", "1 ", "+1", "1e3", "", "NA", "\\N", "9223372036854775808"]),
}
ROWS = st.lists(st.fixed_dictionaries({n: st.one_of(st.none(), v) for n, v in VALUES.items()}), min_size=1, max_size=6)
ESCAPED = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def of(*fields: Field, markers: tuple[str, ...] = ("NA",)) -> Dataset:
    return make_dataset(fields=fields, source=Source("sql_table", "db", {}, null_markers=markers), default_scope="")


def block(rows: Sequence[Sequence[str | None]]) -> Block:
    """As COPY writes them: documented under "Text Format" of PostgreSQL's COPY."""
    cells = [["\\N" if v is None else "".join(ESCAPED.get(c, c) for c in v) for v in row] for row in rows]
    return Block("".join("\t".join(row) + "\n" for row in cells).encode(), len(rows))


def straight(dataset: Dataset, types: dict[str, str], *blocks: Block) -> list[Batch]:
    return list(reading(dataset, "t", types).batches(iter(blocks)))


@settings(deadline=None)
@given(ROWS)
@example([dict.fromkeys(VALUES)])
def test_straight_or_through_text_rows_and_rejects_are_the_same(rows: list[dict[str, str | None]]) -> None:
    dataset = of(*FIELDS)
    values = [[row[f.name] for f in FIELDS] for row in rows]
    texts = pa.record_batch({f.name: pa.array([row[i] for row in values], pa.string()) for i, f in enumerate(FIELDS)})
    for count in range(1, len(rows) + 1):
        (batch,) = straight(dataset, TYPES, block(values[:count]))
        slow = fit(dataset, Batch("t", 1, texts.slice(0, count)))
        for found, expected in zip(fit(dataset, batch), slow, strict=True):
            found.validate(full=True)
            assert found.equals(expected)


def test_plain_values_do_come_straight() -> None:
    """Else the property above would compare text with text."""
    row = [
        "1",
        "2.50",
        "1.5",
        "0.1",
        "t",
        "2026-11-20",
        "2026-11-20 08:00:00",
        "2026-11-20 00:00:00+00",
        "a\\",
        "3704",
        "1",
    ]
    (batch,) = straight(of(*FIELDS), TYPES, block([row, [None] * len(row)]))
    texts = {f.name for f in batch.rows.schema if pa.types.is_string(f.type)}
    assert texts == {"text", "division", "counted"}
    assert batch.written is not None
    assert batch.written().to_pylist()[0] == dict(zip(TYPES, row, strict=True))


def test_a_value_that_refuses_its_type_sends_its_own_block_through_text_and_no_other() -> None:
    to = of(field("born", Kind.DATE))
    good, bad = block([["2026-11-20"]]), block([["2026-11-20"], ["infinity"]])
    batches = straight(to, {"born": "date"}, good, bad, good)
    assert [pa.types.is_date32(b.rows.column(0).type) for b in batches] == [True, False, True]
    assert [b.first for b in batches] == [1, 2, 4]


@pytest.mark.parametrize(("marker", "came"), [("0", True), ("1.50", True), ("NaN", False), ("无", False)])
def test_a_null_marker_that_could_be_a_value_is_seen_before_it_becomes_one(marker: str, came: bool) -> None:
    to = of(field("amount", Kind.DECIMAL, 18, 2), markers=(marker,))
    (batch,) = straight(to, {"amount": "numeric(18,2)"}, block([["7"]]))
    assert pa.types.is_string(batch.rows.column(0).type) is came
    (batch,) = straight(to, {"amount": "numeric(18,2)"}, block([["7"], [marker]]))
    if marker != "无":  # no number of PostgreSQL is written so
        typed, rejects = fit(to, batch)
        assert (typed.column("amount").null_count, rejects.num_rows) == (1, 0)


def test_a_format_or_another_type_at_the_source_is_read_as_text() -> None:
    assert reading(of(field("d", Kind.DATE, format="%Y%m%d")), "t", {"d": "date"}).types["d"] == pa.string()
    assert reading(of(field("d", Kind.DATE)), "t", {"d": "timestamp without time zone"}).types["d"] == pa.string()
    assert reading(of(field("d", Kind.DECIMAL, 18, 2)), "t", {"d": "money"}).types["d"] == pa.string()
    assert reading(of(field("d", Kind.DECIMAL, 18, 2)), "t", {}).types["d"] == pa.string()


def test_rejects_show_the_row_as_it_was_written_not_as_it_was_typed() -> None:
    to = of(field("at", Kind.TIMESTAMP), field("division", element="division"))
    types = {"at": "timestamp with time zone", "division": "text"}
    (batch,) = straight(to, types, block([["2026-11-20 00:00:00.5+00", "37040"]]))
    assert batch.written
    assert fit(to, batch)[1].column("raw").to_pylist() == ['{"at": "2026-11-20 00:00:00.5+00", "division": "37040"}']


def test_bytes_that_are_no_text_are_refused_with_column_and_value() -> None:
    to = of(field("id", Kind.INTEGER), field("name"))
    how: Reading = reading(to, "t", {"id": "bigint", "name": "text"})
    with pytest.raises(SourceChanged, match=r"t: name: found the bytes ce ca, expected text in UTF-8"):
        list(how.batches(iter([Block(b"1\tok\n2\t\xce\xca\n", 2)])))


def test_a_block_of_other_rows_than_were_counted_is_refused() -> None:
    with pytest.raises(SourceChanged, match="a block of 3 rows, of which 2 can be read"):
        straight(of(field("v")), {"v": "text"}, Block(b"1\n2\n", 3))


def test_a_column_of_empty_texts_is_as_many_rows() -> None:
    (batch,) = straight(of(field("v")), {"v": "text"}, block([[""], [None], [""], ["\ufeff"]]))
    assert batch.rows.column("v").to_pylist() == ["", None, "", "\ufeff"]
    (batch,) = straight(of(field("v")), {"v": "text"}, block([["\ufeff甲"], ["乙"]]))
    assert batch.rows.column("v").to_pylist() == ["\ufeff甲", "乙"]
