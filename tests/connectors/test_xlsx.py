"""Spreadsheets keep what every source keeps, and what a spreadsheet has destroyed is not passed on."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
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


def test_a_workbook_that_changed_since_the_plan_is_refused(tmp_path: Path) -> None:
    make = cells(tmp_path, [["a"], ["x"]])
    _, connector = make(field("a"))
    plan = connector.plan(DAY)
    cells(tmp_path, [["a"], ["y"]])
    with pytest.raises(SourceChanged, match="changed since the plan was made"):
        list(connector.read(plan))


def test_mistakes_of_rows_are_told() -> None:
    options = OPTIONS | {"header_rows": [3, 2], "first_row": 3, "last_row": 1, "fill_down": ["b"]}
    mistakes = option_mistakes(dataset_of(Source("xlsx", "share", options), (field("a"),)))
    names = [m.split(":")[0] for m in mistakes]
    assert names == ["options.fill_down", "options.header_rows", "options.first_row", "options.last_row"]
    fine = dataset_of(Source("xlsx", "share", OPTIONS), (field("a"),))
    assert option_mistakes(replace(fine)) == ()
