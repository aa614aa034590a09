"""Spreadsheets keep what every source keeps, and what a spreadsheet has destroyed is not passed on."""

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import SourceChanged
from tests.builders import make_field
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
from tests.connectors.xls_writer import xls

OPTIONS: dict[str, Any] = {"file": "*.xlsx", "sheet": "名单", "header_rows": [1], "first_row": 2}


def workbook(file: Path, fill: Callable[[Worksheet], None], name: str = "名单") -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = name
    fill(sheet)
    book.save(file)


@dataclass
class XlsxBench:
    folder: Path
    counts = False
    knows_null = False

    def source(self) -> Source:
        return Source("xlsx", "share", OPTIONS | {"file": "people_{yyyymmdd}.xlsx"})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        def lines(sheet: Worksheet) -> None:
            sheet.append(list(names))
            for row in rows:
                sheet.append([row[n] for n in names])

        workbook(self.folder / "people_20261120.xlsx", lines)

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, Connection("share", "fs", host=str(self.folder), password=SECRET))

    def state(self) -> object:
        return sorted((f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in self.folder.iterdir())


class TestXlsx(Conformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> XlsxBench:
        return XlsxBench(tmp_path_factory.mktemp("share"))


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **told)


def made(folder: Path, fields: Sequence[Field], **options: Any) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("xlsx", "share", OPTIONS | options), fields)
    return dataset, connector_for(dataset, Connection("share", "fs", host=str(folder)))


def cells(folder: Path, rows: Sequence[Sequence[Any]], **options: Any) -> Callable[..., tuple[Dataset, Connector]]:
    """A workbook of these rows, and the maker of its connector."""

    def lines(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(list(row))

    workbook(folder / "a.xlsx", lines)
    return lambda *fields: made(folder, fields, **options)


def test_merged_headers_are_joined_and_rows_count_as_the_sheet_counts_them(tmp_path: Path) -> None:
    def sheet(page: Worksheet) -> None:
        page["B2"] = "市场主体登记信息"
        page.merge_cells("B2:E2")
        page["B4"], page["B5"] = "主体", "名称"
        page["C5"] = "代码"
        page.merge_cells("B4:C4")
        page["D4"] = "注册日期"
        page.merge_cells("D4:D5")
        page["E4"], page["E5"] = "主体", "区划"
        page["B6"], page["C6"], page["D6"], page["E6"] = "甲厂", "007", date(2026, 11, 20), 370402
        page["B7"], page["C7"], page["D7"], page["E7"] = "乙厂", 370402199001011234, date(2026, 11, 20), 370402

    workbook(tmp_path / "a.xlsx", sheet)
    fields = (
        field("name", source_name="主体/名称"),
        field("code", source_name="主体/代码"),
        field("on", Kind.DATE, source_name="注册日期"),
        field("division", source_name="主体/区划", element="division"),
    )
    dataset, connector = made(tmp_path, fields, header_rows=[4, 5], first_row=6)
    landing = landed(dataset, connector, tmp_path / "lake")
    (row,) = rows_of(tmp_path / "lake", landing)
    assert (row["name"], row["code"], row["on"], row["division"]) == ("甲厂", "007", date(2026, 11, 20), "370402000000")
    assert row["_place"] == 6
    (reject,) = rejects_of(tmp_path / "lake", landing)
    assert (reject["_place"], reject["field"]) == (7, "code")
    assert "a spreadsheet has destroyed it" in reject["reason"]


def test_numbers_dates_and_truths_come_as_they_were_typed(tmp_path: Path) -> None:
    moment = datetime.combine(date(2026, 11, 20), time(8, 30))
    make = cells(tmp_path, [["a"], [12], [1234.56], [-0.00001], [True], [date(2026, 1, 2)], [moment], [" x "], ["00"]])
    dataset, connector = make(field("a"))
    found = typed(dataset, connector).column("a").to_pylist()
    assert found == ["12", "1234.56", "-0.00001", "true", "2026-01-02", "2026-11-20 08:30:00", " x ", "00"]


def test_real_dates_and_typed_ones_meet_under_one_format(tmp_path: Path) -> None:
    make = cells(tmp_path, [["d"], [date(2026, 1, 2)], ["2026/1/3"], [datetime.combine(date(2026, 1, 4), time(5))]])
    dataset, connector = make(field("d", Kind.DATE, format="%Y/%m/%d"))
    assert typed(dataset, connector).column("d").to_pylist()[:2] == [date(2026, 1, 2), date(2026, 1, 3)]


def test_a_number_of_more_than_fifteen_digits_is_trusted_by_no_exact_type(tmp_path: Path) -> None:
    make = cells(tmp_path, [["a", "b"], [10**15, 1.5], [999999999999999, 2.5], [1, 1234567890123456.0]])
    dataset, connector = make(field("a", Kind.INTEGER), field("b", Kind.DECIMAL, 18, 2))
    landing = landed(dataset, connector, tmp_path / "lake")
    kept = [(r["a"], r["b"]) for r in rows_of(tmp_path / "lake", landing)]
    assert kept == [(999999999999999, Decimal("2.50"))]
    assert landing.rejected == {"a.misfit": 1, "b.misfit": 1}


def test_an_error_of_the_spreadsheet_is_no_blank_cell(tmp_path: Path) -> None:
    make = cells(tmp_path, [["a", "b"], ["x", 1], ["#N/A", 2], ["", 3]])
    dataset, connector = make(field("a"), field("b"))
    landing = landed(dataset, connector, tmp_path / "lake")
    assert [(r["a"], r["b"]) for r in rows_of(tmp_path / "lake", landing)] == [("x", "1"), ("", "3")]
    (reject,) = rejects_of(tmp_path / "lake", landing)
    assert (reject["_place"], reject["field"]) == (3, "a")
    assert "#N/A" in reject["reason"]


def test_blank_cells_are_filled_down_where_declared_and_a_rejected_row_still_hands_down(tmp_path: Path) -> None:
    rows = [["省", "码"], ["山东", "1"], ["", "2"], ["江苏", 370402199001011234], ["", "4"], ["#REF!", "5"], ["", "6"]]
    make = cells(tmp_path, rows, fill_down=["province"])
    dataset, connector = make(field("province", source_name="省"), field("code", source_name="码"))
    landing = landed(dataset, connector, tmp_path / "lake")
    kept = [(r["code"], r["province"]) for r in rows_of(tmp_path / "lake", landing)]
    assert kept == [("1", "山东"), ("2", "山东"), ("4", "江苏")]
    assert [(r["_place"], r["field"]) for r in rejects_of(tmp_path / "lake", landing)] == [
        (4, "code"),
        (6, "province"),
        (7, "province"),
    ]


def test_blank_rows_at_the_end_are_no_rows_and_those_between_are(tmp_path: Path) -> None:
    def sheet(page: Worksheet) -> None:
        page.append(["a"])
        page["A2"], page["A4"] = "x", "y"
        page["A9"].number_format = "0.00"
        page["A9"] = ""

    workbook(tmp_path / "a.xlsx", sheet)
    dataset, connector = made(tmp_path, (field("a"),))
    assert typed(dataset, connector).column("_place").to_pylist() == [2, 3, 4]
    dataset, connector = made(tmp_path, (field("a"),), last_row=3)
    assert typed(dataset, connector).column("a").to_pylist() == ["x"]


def test_another_sheet_is_refused_with_the_sheets_there_are(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", lambda page: page.append(["a"]), name="Sheet1")
    _, connector = made(tmp_path, (field("a"),))
    with pytest.raises(SourceChanged, match="no sheet '名单'; found 'Sheet1'"):
        connector.plan(DAY)


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 half an upload")
    _, connector = made(tmp_path, (field("a"),))
    with pytest.raises(SourceChanged, match="expected an XLSX workbook"):
        connector.plan(DAY)


@pytest.mark.parametrize("after", [["y"], ["x", "y"], []])
def test_a_workbook_that_changed_since_the_plan_is_refused(tmp_path: Path, after: Sequence[str]) -> None:
    make = cells(tmp_path, [["a"], ["x"]])
    _, connector = make(field("a"))
    plan = connector.plan(DAY)
    cells(tmp_path, [["a"], *([text] for text in after)])
    with pytest.raises(SourceChanged, match="changed since the plan was made"):
        list(connector.read(plan))


def test_mistakes_of_rows_are_told() -> None:
    options = OPTIONS | {"header_rows": [3, 2], "first_row": 3, "last_row": 1, "fill_down": ["b"]}
    mistakes = option_mistakes(dataset_of(Source("xlsx", "share", options), (field("a"),)))
    names = [m.split(":")[0] for m in mistakes]
    assert names == ["options.fill_down", "options.header_rows", "options.first_row", "options.last_row"]
    fine = dataset_of(Source("xlsx", "share", OPTIONS), (field("a"),))
    assert option_mistakes(replace(fine)) == ()


OLD = [
    ["名称", "代码", "金额", "是否"],
    ["甲厂", "370402199001011234", 1234.56, True],
    ["乙厂", 370402199001011234, 7.0, False],
    ["丙厂", "#N/A", 1.0, True],
    ["丁厂", "4", "=#DIV/0!", True],
    ["䶮厂", "5", None, False],
    [None, None, "#REF!", None],
]


@pytest.mark.parametrize("filler", [0, 9000], ids=["small", "large"])
def test_xls_of_old_is_read_with_its_errors_and_its_destroyed_numbers(tmp_path: Path, filler: int) -> None:
    (tmp_path / "a.xls").write_bytes(xls({"说明": [["x"]], "名单": OLD}, filler))
    fields = (
        field("name", source_name="名称"),
        field("code", source_name="代码"),
        replace(field("amount", Kind.DECIMAL, 18, 2, source_name="金额"), null_markers=("",)),
        field("flag", Kind.BOOLEAN, source_name="是否"),
    )
    dataset, connector = made(tmp_path, fields, file="*.xls")
    landing = landed(dataset, connector, tmp_path / "lake")
    kept = [(r["name"], r["code"], r["amount"], r["flag"]) for r in rows_of(tmp_path / "lake", landing)]
    assert kept == [("甲厂", "370402199001011234", Decimal("1234.56"), True), ("䶮厂", "5", None, False)]
    rejects = rejects_of(tmp_path / "lake", landing)
    assert [(r["_place"], r["field"]) for r in rejects] == [(3, "code"), (4, "code"), (5, "amount"), (7, "amount")]
    assert "a spreadsheet has destroyed it" in rejects[0]["reason"]
    assert all("#N/A" in r["reason"] for r in rejects[1:])


@pytest.mark.parametrize("cut", [100, 600, 1100, 3000])
def test_xls_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    (tmp_path / "a.xls").write_bytes(xls({"名单": OLD}, 9000)[:cut])
    _, connector = made(tmp_path, (field("name", source_name="名称"),), file="*.xls")
    with pytest.raises(SourceChanged, match=r"a\.xls"):
        list(connector.read(connector.plan(DAY)))


def test_several_sheets_are_pieces_of_their_own_and_name_themselves(tmp_path: Path) -> None:
    book = {"2022年": [["t", ""], ["a", "b"], ["1", "x"]], "2021年": [["a", "b"], ["2", "y"]], "说明": [["?"]]}
    (tmp_path / "a.xls").write_bytes(xls(book))
    sheets = [{"name": "2022*", "header_rows": [2], "first_row": 3}, {"name": "20??年"}]
    options = {"file": "*.xls", "sheet": "", "sheets": sheets, "sheet_field": "year"}
    dataset, connector = made(tmp_path, (field("a"), field("year"), field("b")), **options)
    plan = connector.plan(DAY)
    assert [(p["name"], p["part"]) for p in plan.pieces] == [("a.xls", "2022年"), ("a.xls", "2021年")]
    rows = typed(dataset, connector).select(["a", "year", "b", "_piece", "_place"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("1", "2022年", "x", "a.xls/2022年", 3),
        ("2", "2021年", "y", "a.xls/2021年", 2),
    ]
    assert [s.name for s in connector.discover()] == ["a.xls/2022年", "a.xls/2021年"]
    _, connector = made(tmp_path, (field("a"),), **(options | {"sheets": [{"name": "19*"}], "sheet_field": ""}))
    with pytest.raises(SourceChanged, match=r"no sheet fits 19\*; found '2022年', '2021年', '说明'"):
        connector.plan(DAY)


def test_one_sheet_and_several_exclude_each_other() -> None:
    for told in ({"sheet": ""}, {"sheets": [{"name": "*"}]}):
        mistakes = option_mistakes(dataset_of(Source("xlsx", "share", OPTIONS | told), (field("a"),)))
        assert [m.split(":")[0] for m in mistakes] == ["options.sheet"]
    odd = OPTIONS | {"sheet": "", "sheets": [{"name": "*", "header_rows": [5]}], "sheet_field": "b"}
    mistakes = option_mistakes(dataset_of(Source("xlsx", "share", odd), (field("a"),)))
    assert [m.split(":")[0] for m in mistakes] == ["options.sheet_field", "options.sheets.0.first_row"]


@pytest.mark.parametrize("told", [{"header_rows": []}, {"first_row": None}, {"first_row": 0}])
def test_where_the_rows_of_some_sheets_stand_is_said_or_left_out(told: dict[str, Any]) -> None:
    odd = OPTIONS | {"sheet": "", "sheets": [{"name": "*"} | told]}
    (mistake,) = option_mistakes(dataset_of(Source("xlsx", "share", odd), (field("a"),)))
    assert mistake.startswith(f"options.sheets.0.{next(iter(told))}: ")


def test_a_workbook_that_unpacks_to_far_more_than_it_is_and_one_with_a_password_are_refused(tmp_path: Path) -> None:
    cells(tmp_path, [["a"], ["x"]])
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet2.xml", b"0" * (70 << 20))
    _, connector = made(tmp_path, (field("a"),))
    with pytest.raises(SourceChanged, match="expected at most 200 times the size"):
        connector.plan(DAY)
    (tmp_path / "a.xlsx").write_bytes(xls({"EncryptedPackage": [["x"]]}).replace(*_renamed("Workbook", "Xorkbook")))
    with pytest.raises(SourceChanged, match="expected an XLSX workbook, or XLS, without a password"):
        connector.plan(DAY)


def _renamed(old: str, new: str) -> tuple[bytes, bytes]:
    return old.encode("utf-16-le"), new.encode("utf-16-le")


def test_numbers_of_every_size_are_the_texts_that_mean_them(tmp_path: Path) -> None:
    numbers = [0.1, 1e-7, 123456789.125, 13800138000, -12.5, 1e14, 5e-324, 64.89745499999999]
    dataset, connector = cells(tmp_path, [["a"], *[[n] for n in numbers], ["x"], [True]])(field("a"))
    found = typed(dataset, connector).column("a").to_pylist()
    assert [float(text) for text in found[:-2]] == numbers
    assert not any("e" in text.lower() for text in found[:-2])
    assert found[3] == "13800138000"
    assert found[-2:] == ["x", "true"]


def test_what_comes_typed_is_what_text_would_have_given_and_rejects_show_it_as_written(tmp_path: Path) -> None:
    rows = [
        ["n", "x", "on", "at", "flag"],
        [12, 0.5, date(2026, 11, 20), datetime.combine(date(2026, 11, 20), time(8)), True],
        [-7, 1e300, date(1990, 1, 1), datetime.combine(date(1990, 1, 1), time()), False],
        ["#N/A", 1, date(1990, 1, 1), datetime.combine(date(1990, 1, 1), time()), False],
    ]
    fields = (
        field("n", Kind.INTEGER), field("x", Kind.DOUBLE), field("on", Kind.DATE),
        field("at", Kind.TIMESTAMP), field("flag", Kind.BOOLEAN),
    )  # fmt: skip
    found = []
    for number, markers in enumerate([(), ("没有",)]):  # a marker makes all of it go through text
        marked = [replace(f, null_markers=markers) for f in fields]
        dataset, connector = cells(tmp_path, rows)(*marked)
        landing = landed(dataset, connector, tmp_path / str(number))
        (reject,) = rejects_of(tmp_path / str(number), landing)
        found.append((rows_of(tmp_path / str(number), landing), reject))
    assert found[0] == found[1]
    assert [row["n"] for row in found[0][0]] == [12, -7]
    assert '"on": "1990-01-01", "at": "1990-01-01", "flag": "false"' in found[0][1]["raw"]


def test_a_day_that_the_clock_passed_twice_is_told_as_text(tmp_path: Path) -> None:
    twice = datetime.combine(date(1989, 9, 17), time(1, 30))
    make = cells(tmp_path, [["a", "b"], [twice, "1"], [datetime.combine(date(2026, 1, 2), time(3)), "2"]])
    dataset, connector = make(field("a", Kind.TIMESTAMP), field("b"))
    landing = landed(dataset, connector, tmp_path / "lake")
    (reject,) = rejects_of(tmp_path / "lake", landing)
    assert (reject["_place"], reject["field"], reject["value"]) == (2, "a", "1989-09-17 01:30:00")
    assert [row["b"] for row in rows_of(tmp_path / "lake", landing)] == ["2"]


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(hours=30), "30:00:00"),
        (timedelta(days=100, minutes=5, seconds=7), "2400:05:07"),
        (timedelta(hours=2, minutes=5), "2:05:00"),
        (timedelta(hours=24), "24:00:00"),
        (timedelta(hours=-30), "-30:00:00"),
        (timedelta(hours=25, milliseconds=250), "25:00:00.250000"),
        (time(8, 30), "08:30:00"),
    ],
)
def test_what_took_longer_than_a_day_is_told_in_hours(tmp_path: Path, length: time | timedelta, text: str) -> None:
    dataset, connector = cells(tmp_path, [["a"], [length]])(field("a"))
    assert typed(dataset, connector).column("a").to_pylist() == [text]
