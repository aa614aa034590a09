"""Text becomes the declared type exactly, or the row is rejected with a reason; no neighbour changes a verdict."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.files.aside import without_nul
from connectors.landing.fit import REJECTS, fit
from connectors.protocol import WHOLE_ROW, Batch, Misfit
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.fitting.column import fit_column
from schemas.fitting.formats import format_mistake
from schemas.journey import SHANGHAI
from tests.builders import make_dataset, make_field


def field(kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: Any) -> Field:
    return make_field("v", type=FieldType(kind, precision, scale), **told)


def of(*fields: Field) -> Dataset:
    source = Source("csv_folder", "drop", {}, null_markers=("NA",))
    return make_dataset(fields=fields, source=source, default_scope="")


def one(text: str | None, to: Field) -> Any:
    """The value of one text, or the reason as an exception."""
    column, reasons = fit_column(of(to), to, pa.array([text], pa.string()))
    if reasons:
        raise ValueError(reasons[0][1])
    return column[0].as_py()


MONEY = field(Kind.DECIMAL, 18, 2)
FITS: list[tuple[str, Field, Any]] = [
    ("-12", field(Kind.INTEGER), -12),
    ("007", field(Kind.INTEGER), 7),
    ("9223372036854775807", field(Kind.INTEGER), 2**63 - 1),
    ("1.50", MONEY, Decimal("1.50")),
    ("1.500", MONEY, Decimal("1.50")),
    ("-.5", MONEY, Decimal("-0.50")),
    ("1e3", MONEY, Decimal("1000.00")),
    ("0.1", field(Kind.DOUBLE), 0.1),
    ("是", field(Kind.BOOLEAN), True),
    ("FALSE", field(Kind.BOOLEAN), False),
    ("0", field(Kind.BOOLEAN), False),
    ("0001-01-01", field(Kind.DATE), date(1, 1, 1)),
    ("2026/1/2", field(Kind.DATE, format="%Y/%m/%d"), date(2026, 1, 2)),
    ("20260102", field(Kind.DATE, format="%Y%m%d"), date(2026, 1, 2)),
    ("2026年1月2日", field(Kind.DATE, format="%Y年%m月%d日"), date(2026, 1, 2)),
    ("202601", field(Kind.DATE, format="%Y%m"), date(2026, 1, 1)),
    ("2026-11-20T08:00:00", field(Kind.TIMESTAMP), datetime(2026, 11, 20, 8, tzinfo=SHANGHAI)),
    ("2026-11-20 08:00", field(Kind.TIMESTAMP), datetime(2026, 11, 20, 8, tzinfo=SHANGHAI)),
    ("2026-11-20", field(Kind.TIMESTAMP), datetime(2026, 11, 20, tzinfo=SHANGHAI)),
    ("2026-11-20T08:00:00Z", field(Kind.TIMESTAMP), datetime(2026, 11, 20, 8, tzinfo=UTC)),
    ("2026-11-20 08:00:00.123456+00", field(Kind.TIMESTAMP), datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)),
    ("20261120 8:05:09", field(Kind.TIMESTAMP, format="%Y%m%d %H:%M:%S"),
     datetime(2026, 11, 20, 8, 5, 9, tzinfo=SHANGHAI)),
    ("1986-06-01 00:00:00", field(Kind.TIMESTAMP), datetime(1986, 5, 31, 15, tzinfo=UTC)),
    (" 空格 ", field(), " 空格 "),
    ("NA", MONEY, None),
    ("NA", field(), None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "to", "value"), FITS, ids=lambda v: getattr(getattr(v, "type", v), "kind", v))
def test_what_fits_is_exact(text: str, to: Field, value: object) -> None:
    assert one(text, to) == value


MISFITS: list[tuple[str, Field, str]] = [
    ("", field(Kind.INTEGER), "empty is no null marker"),
    ("1.0", field(Kind.INTEGER), "decimal point"),
    ("+5", field(Kind.INTEGER), "plus sign"),
    ("0x1F", field(Kind.INTEGER), "found '0x1F'"),
    ("1_000", field(Kind.INTEGER), "found '1_000'"),
    ("1.23E+11", field(Kind.INTEGER), "scientific notation"),
    ("9223372036854775808", field(Kind.INTEGER), "beyond 64 bits"),
    (" 5", field(Kind.INTEGER), "spaces around it"),
    ("５", field(Kind.INTEGER), "full-width"),
    ("1,234.50", MONEY, "thousands separators"),
    ("1.005", MONEY, "3 digits after the point, and nothing is rounded"),
    ("12345678901234567", MONEY, "too many digits before the point"),
    ("1E+1000000", MONEY, "too many digits before the point"),
    ("-1e999999999", MONEY, "too many digits before the point"),
    ("1.5e-1000000", MONEY, "1000001 digits after the point"),
    ("0.00" + "1" * 40 + "00", MONEY, "42 digits after the point"),
    ("nan", MONEY, "not a finite number"),
    ("12元", MONEY, "at most 16 digits before the point and 2 after it"),
    ("Infinity", field(Kind.DOUBLE), "not a finite number"),
    ("NaN", field(Kind.DOUBLE), "not a finite number"),
    ("1e400", field(Kind.DOUBLE), "too large for a double"),
    ("ja", field(Kind.BOOLEAN), "one of true, false, 1, 0, t, f, 是, 否"),
    ("2026-02-30", field(Kind.DATE), "a date such as 2026-11-20"),
    ("2026-1-2", field(Kind.DATE), "a date such as 2026-11-20"),
    ("0000-01-01", field(Kind.DATE), "the year is outside 1 to 9999"),
    ("infinity", field(Kind.DATE), "not a day of the calendar"),
    ("2026/02/30", field(Kind.DATE, format="%Y/%m/%d"), "written as %Y/%m/%d"),
    ("2026-01-02", field(Kind.DATE, format="%Y/%m/%d"), "written as %Y/%m/%d"),
    ("2026112", field(Kind.DATE, format="%Y%m%d"), "written as %Y%m%d"),
    ("0000/01/01", field(Kind.DATE, format="%Y/%m/%d"), "outside 1 to 9999"),
    ("2026-11-20 08:00:00.1234567", field(Kind.TIMESTAMP), "a moment such as"),
    ("2026-11-20 24:00:00", field(Kind.TIMESTAMP), "a moment such as"),
    ("1986-05-04 02:30:00", field(Kind.TIMESTAMP), "give the offset"),
    ("1986-09-14 01:30:00", field(Kind.TIMESTAMP), "give the offset"),
    ("0001-01-01 00:00:00", field(Kind.TIMESTAMP), "a moment such as"),
    ("37040", field(element="division"), "5 digits"),
    ("１", field(element="division"), "full-width"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "to", "why"), MISFITS, ids=lambda v: getattr(getattr(v, "type", v), "kind", v))
def test_what_does_not_fit_is_told_with_its_reason(text: str, to: Field, why: str) -> None:
    with pytest.raises(ValueError, match="found") as refusal:
        one(text, to)
    assert why in str(refusal.value)
    assert repr(text) in str(refusal.value)


KINDS = [field(k, 18, 2) for k in Kind] + [field(Kind.DATE, format="%Y/%m/%d")]
TEXTS = st.one_of(
    st.text("0123456789+-.,eEx: /TZNA是", max_size=12),
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.datetimes().map(lambda d: d.isoformat() + "+08:00"),
    st.sampled_from([text for text, _, _ in FITS + MISFITS]),
    st.none(),
)


@given(st.lists(TEXTS, max_size=20), st.sampled_from(KINDS))
@example(["2026-11-20", "2026-11-20 08:00:00+08:00", "x", None], field(Kind.TIMESTAMP))
def test_a_verdict_never_depends_on_the_neighbours(texts: list[str | None], to: Field) -> None:
    dataset = of(to)
    together, reasons = fit_column(dataset, to, pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        alone, alone_reasons = fit_column(dataset, to, pa.array([text], pa.string()))
        assert together[row].equals(alone[0])
        assert reasons.get(row) == alone_reasons.get(0)


@given(st.lists(TEXTS, max_size=20))
def test_a_decimal_is_the_number_that_was_written_or_a_misfit(texts: list[str | None]) -> None:
    column, reasons = fit_column(of(MONEY), MONEY, pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        if row in reasons or text in (None, "NA"):
            assert not column[row].is_valid
        else:
            assert column[row].as_py() == Decimal(str(text))


LONG = st.builds(
    lambda sign, whole, part, power: f"{sign}{whole}{part}{power}",
    st.sampled_from(["", "-"]),
    st.text("0123456789", min_size=1, max_size=42),
    st.one_of(st.just(""), st.text("0123456789", min_size=1, max_size=42).map(lambda digits: "." + digits)),
    st.one_of(st.just(""), st.integers(-60, 60).map(lambda power: f"e{power}")),
)


@given(st.lists(LONG, max_size=20), st.sampled_from([(38, 18), (38, 0), (38, 38), (30, 10), (18, 2), (9, 6)]))
@example(["4", "8e8"], (38, 38))
@example(["432182917994493124667", "2e31", "9" * 39, "5e-41"], (38, 18))
@example(["5e-41", "0.84606350204696440131703226677110242281241"], (18, 2))
def test_a_decimal_too_long_for_arrow_s_bits_is_a_misfit_not_another_number(
    texts: list[str], digits: tuple[int, int]
) -> None:
    to = field(Kind.DECIMAL, *digits)
    column, reasons = fit_column(of(to), to, pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        assert row in reasons or column[row].as_py() == Decimal(text)


@given(st.lists(TEXTS, max_size=20))
@example(["0E38", "0E39", "1E1000000", "1E-1000000"])
def test_no_text_that_is_plainly_an_amount_is_rejected(texts: list[str | None]) -> None:
    _, reasons = fit_column(of(MONEY), MONEY, pa.array(texts, pa.string()))
    for text, _ in reasons.values():
        try:
            value = Decimal(text) if text.isascii() and text.strip() == text else None
        except InvalidOperation:
            continue
        if value is not None and value.is_finite() and "_" not in text:
            beyond = value.adjusted() > 38  # nobody writes 0E39, and 1E1000000 is out of Decimal's own reach
            assert beyond or abs(value) >= 10**16 or value != value.quantize(Decimal("0.01"))


def test_a_row_with_two_misfits_is_rejected_once_under_the_first_field() -> None:
    fields = (make_field("a", type=FieldType(Kind.INTEGER)), make_field("b", type=FieldType(Kind.DATE)))
    rows = pa.record_batch({"b": ["x", "2026-01-01", "y"], "a": ["1", "2", "z"]})
    typed, rejects = fit(of(*fields), Batch("p", 11, rows), 101)
    assert typed.select(["a", "_row", "_piece", "_place"]).to_pylist() == [
        {"a": 2, "_row": 102, "_piece": "p", "_place": 12}
    ]
    assert rejects.schema == REJECTS
    found = [(r["_row"], r["_place"], r["field"], r["value"]) for r in rejects.to_pylist()]
    assert found == [(101, 11, "b", "x"), (103, 13, "a", "z")]
    assert rejects.column("raw").to_pylist()[1] == '{"b": "y", "a": "z"}'


def test_rows_that_the_connector_did_not_trust_are_numbered_too() -> None:
    misfit = Misfit(2, WHOLE_ROW, "x", "found 1 cells, expected 2", "x")
    batch = Batch("p", 1, pa.record_batch({"v": ["a", "b"]}), pa.array([1, 3]), (misfit,))
    typed, rejects = fit(of(field()), batch)
    assert typed.column("_place").to_pylist() == [1, 3]
    assert [(r["_row"], r["_place"], r["field"]) for r in rejects.to_pylist()] == [(3, 2, "_row")]


def test_columns_that_are_typed_already_pass_and_their_infinities_do_not() -> None:
    to = field(Kind.DOUBLE)
    column, reasons = fit_column(of(to), to, pa.array([1.5, float("nan"), None, float("inf")]))
    assert column.to_pylist() == [1.5, None, None, None]
    assert set(reasons) == {1, 3}


def test_a_column_of_another_type_is_read_through_its_text() -> None:
    to = field(Kind.INTEGER)
    column, reasons = fit_column(of(to), to, pa.array([Decimal(5), None], pa.decimal128(38, 0)))
    assert (column.to_pylist(), reasons) == ([5, None], {})
    column, reasons = fit_column(of(MONEY), MONEY, pa.array([1.005, 2.5]))
    assert column.to_pylist() == [None, Decimal("2.50")]


@pytest.mark.parametrize(
    ("pattern", "mistake"), [("", False), ("%Y-%m", False), ("%y/%m/%d", True), ("%Y%Y", True), ("%d.%m.", True)]
)
def test_a_format_that_cannot_be_read_exactly_is_a_mistake(pattern: str, mistake: bool) -> None:
    assert bool(format_mistake(pattern)) is mistake


def test_a_nul_is_found_in_the_slice_that_holds_it_and_in_no_other() -> None:
    whole = pa.record_batch({"name": [None, "甲", "乙\0", "丙"]})
    sound, broken = without_nul(iter([Batch("p", 1 + at, whole.slice(at, 2)) for at in (0, 2)]))
    assert (sound.rows.num_rows, sound.misfits) == (2, ())
    assert broken.rows.column("name").to_pylist() == ["丙"]
    assert [misfit.place for misfit in broken.misfits] == [3]


def test_a_nul_in_the_last_row_is_found_and_a_batch_without_rows_passes() -> None:
    whole = pa.record_batch({"name": ["甲", "乙", "丙\0", "丁"]})
    (ended,) = without_nul(iter([Batch("p", 1, whole.slice(0, 3))]))
    assert ended.rows.column("name").to_pylist() == ["甲", "乙"]
    nothing = pa.Array.from_buffers(pa.string(), 0, [None, pa.py_buffer(b""), pa.py_buffer(b"")])
    for empty in (whole.slice(2, 0), pa.record_batch({"name": nothing})):
        (passed,) = without_nul(iter([Batch("p", 1, empty)]))
        assert (passed.rows.num_rows, passed.misfits) == (0, ())


def test_rows_that_were_put_aside_do_not_change_what_a_reject_shows_as_written() -> None:
    to = make_field("n", type=FieldType(Kind.INTEGER)), make_field("division", element="division")
    texts = pa.record_batch({"n": ["007", "008", "009"], "division": ["3704", "3704\0", "37040"]})
    typed = texts.set_column(0, "n", texts.column("n").cast(pa.int64()))
    (batch,) = without_nul(iter([Batch("p", 1, typed, written=lambda: texts)]))
    _, rejects = fit(of(*to), batch)
    first, *_ = rejects.to_pylist()
    assert (first["_place"], first["raw"]) == (3, '{"n": "009", "division": "37040"}')
