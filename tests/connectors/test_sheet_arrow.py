"""A sheet that is read at once holds what calamine gives cell by cell; one that might not is left to calamine."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from connectors.files.sheet import Rows
from connectors.files.sheet_arrow import ArrowRows
from connectors.files.sheet_text import column_text
from connectors.files.workbook import Workbook, open_workbook
from schemas.dataset import Kind
from schemas.errors import SourceChanged
from tests.builders import make_field
from tests.connectors.conformance import landed, rejects_of, rows_of
from tests.connectors.test_xlsx import field, made

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MOMENT = datetime.combine(date(2026, 11, 20), time(8, 30, 15))
SOUND: Sequence[Sequence[Any]] = [
    ["代码", "金额", "在用", "登记"],
    ["370402199001011234", 12.5, True, MOMENT],
    ["N/A", None, False, None],
    [" 枣庄 ", -3, None, datetime.combine(date(2026, 11, 20), time())],
]
KINDS = (
    st.sampled_from(["枣庄", "N/A", "nan", "NULL", " ", "007", "a\nb", '<v>&"\' t="s"', "#N/A"]),
    st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9),
    st.booleans(),
    st.datetimes(datetime.combine(date(1890, 1, 1), time()), MOMENT).map(lambda one: one.replace(microsecond=0)),
    st.dates(date(1990, 1, 1), date(2026, 11, 20)),
)


def book(rows: Sequence[Sequence[Any]], more: Callable[[Worksheet], None] = lambda _: None) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "名单"
    for row in rows:
        sheet.append(list(row))
    more(sheet)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def sheet_changed(content: bytes, change: Callable[[str], str]) -> bytes:
    """The same workbook, the XML of its sheet written otherwise."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()) if name == "xl/worksheets/sheet1.xml" else text)
    return made.getvalue()


def at_once(workbook: Workbook, first: int = 2) -> bool:
    return isinstance(workbook.sheet("名单", first).cells, ArrowRows)


def texts(rows: Rows, first: int = 2) -> list[list[str]]:
    """All rows as texts, each as long as the sheet is wide."""
    text, found = make_field("a"), []
    for block in rows.blocks(first, None):
        assert block.first == first + len(found)
        columns = [column_text(block.cells(at), text)[0].to_pylist() for at in range(4)]
        for at in range(4):
            for row in block.cells(at).errors:
                columns[at][row] = "an error"
        found += [list(row) for row in zip(*columns, strict=True)]
    return found


@given(st.data())
def test_what_is_read_at_once_is_what_calamine_gives(data: st.DataObject) -> None:
    columns = data.draw(st.lists(st.sampled_from(KINDS), min_size=4, max_size=4))
    rows = data.draw(st.lists(st.tuples(*[of | st.none() for of in columns]), max_size=12))
    content = book([("a", "b", "c", "d"), *rows])
    workbook = open_workbook(shared(content) if data.draw(st.booleans()) else content, "a.xlsx")
    found = workbook.sheet("名单", 2)
    assert texts(found.cells) == texts(workbook.cells("名单"))
    assert found.headers((1,)) == ("a", "b", "c", "d")


def test_a_sheet_of_usual_make_is_read_at_once() -> None:
    workbook = open_workbook(book(SOUND), "a.xlsx")
    assert at_once(workbook)
    assert texts(workbook.sheet("名单", 2).cells) == [
        ["370402199001011234", "12.5", "true", "2026-11-20 08:30:15"],
        ["N/A", "", "false", ""],
        [" 枣庄 ", "-3", "", "2026-11-20"],
    ]


def shared(content: bytes) -> bytes:
    """The same workbook, its texts in a table of their own, among blank and many unused ones."""
    table = ["<si/>", "<si><t/></si>"]

    def moved(found: re.Match[str]) -> str:
        table.append(f"<si>{found[1]}</si>")
        return f't="s"><v>{len(table) - 1}</v>'

    content = sheet_changed(
        content, lambda sheet: re.sub('t="inlineStr"><is>(.*?)</is>', moved, sheet, flags=re.DOTALL)
    )
    with zipfile.ZipFile(more := io.BytesIO(content), "a") as book:
        unused = "<si><t>unused</t></si>" * 100_000
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{"".join(table)}{unused}</sst>')
    return more.getvalue()


def test_texts_that_stand_in_a_table_of_their_own_are_read_at_once_too() -> None:
    workbook = open_workbook(shared(book(SOUND)), "a.xlsx")
    assert at_once(workbook)
    assert texts(workbook.sheet("名单", 2).cells) == texts(open_workbook(book(SOUND), "b.xlsx").cells("名单"))
    assert workbook.sheet("名单", 2).headers((1,)) == ("代码", "金额", "在用", "登记")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (["370402", "=1/0", True, MOMENT], "a formula"),
        (["370402", "#N/A", True, MOMENT], "an error among numbers"),
        (["#REF!", 1, True, MOMENT], "an error among texts"),
        (["370402", "N/A", True, MOMENT], "a text that stands for nothing"),
        ([370402, 1, True, MOMENT], "a number among texts"),
        (["370402", "7", True, MOMENT], "a text among numbers"),
        (["370402", 1, 1, MOMENT], "a number among truths"),
        (["370402", 1, True, date(1900, 1, 31)], "a day before March 1900"),
        (["370402", 1, True, time(8, 30)], "a time of day"),
        (["370402", MOMENT, True, MOMENT], "a moment among numbers"),
    ],
)
def test_what_might_be_lost_on_the_way_is_left_to_calamine(row: Sequence[Any], what: str) -> None:
    workbook = open_workbook(book([*SOUND, row]), "a.xlsx")
    assert not at_once(workbook), what
    assert len(texts_of_calamine := list(workbook.sheet("名单", 2).cells.blocks(2, None))) == 1
    assert texts_of_calamine[0].rows == 4


def test_a_sheet_that_does_not_begin_in_its_first_cell_is_left_to_calamine() -> None:
    def shifted(sheet: Worksheet) -> None:
        sheet.move_range("A1:D4", rows=0, cols=1)

    assert not at_once(open_workbook(book(SOUND, shifted), "a.xlsx"))


def test_data_that_begin_below_the_last_row_are_left_to_calamine() -> None:
    workbook = open_workbook(book(SOUND), "a.xlsx")
    assert not at_once(workbook, 9)
    assert list(workbook.sheet("名单", 9).cells.blocks(9, None)) == []


def test_a_number_beyond_all_numbers_is_rejected_under_its_row(tmp_path: Path) -> None:
    content = sheet_changed(book([["a"], [1.5], [12345]]), lambda sheet: sheet.replace("12345", "1e400"))
    (tmp_path / "a.xlsx").write_bytes(content)
    dataset, connector = made(tmp_path, (field("a", Kind.DOUBLE),))
    landing = landed(dataset, connector, tmp_path / "lake")
    assert [row["a"] for row in rows_of(tmp_path / "lake", landing)] == [1.5]
    assert [row["_place"] for row in rejects_of(tmp_path / "lake", landing)] == [3]


@pytest.mark.parametrize(
    "change",
    [
        lambda sheet: re.sub(r'<c r="(\w+)" t="inlineStr">', r'<c t="inlineStr" r="\1">', sheet),
        lambda sheet: sheet.replace("<v>", "<v >"),
        lambda sheet: re.sub(r'<row r="[0-9]+"', "<row", sheet),
        lambda sheet: sheet.replace("<sheetData>", '<!-- t="s"><v> --><sheetData>').replace('t="s"', "t='s'"),
    ],
)
def test_xml_that_is_written_otherwise_gives_the_same_rows(change: Callable[[str], str]) -> None:
    usual, unusual = book(SOUND), sheet_changed(book(SOUND), change)
    assert usual != unusual
    workbook = open_workbook(unusual, "a.xlsx")
    assert texts(workbook.sheet("名单", 2).cells) == texts(open_workbook(usual, "b.xlsx").cells("名单"))


def test_headers_of_several_rows_and_merged_ones_are_those_of_calamine() -> None:
    def merged(sheet: Worksheet) -> None:
        sheet.insert_rows(1)
        sheet["A1"] = "登记信息"
        sheet.merge_cells("A1:B1")

    workbook = open_workbook(book(SOUND, merged), "a.xlsx")
    assert at_once(workbook, 3)
    slow, quick = workbook.sheet("名单"), workbook.sheet("名单", 3)
    assert quick.headers((1, 2)) == slow.headers((1, 2)) == ("登记信息/代码", "登记信息/金额", "在用", "登记")
    assert texts(quick.cells, 3) == texts(slow.cells, 3)


@pytest.mark.parametrize("far", ["XFD1048576", "ZZ200000"])
@pytest.mark.parametrize("first", [0, 2])
def test_a_stray_cell_far_away_is_refused_before_it_takes_all_memory(far: str, first: int) -> None:
    def stray(sheet: Worksheet) -> None:
        sheet[far] = "x"

    workbook = open_workbook(book(SOUND, stray), "a.xlsx")
    with pytest.raises(SourceChanged, match=f"cells as far away as {far}, .* delete the rows and columns"):
        workbook.sheet("名单", first)


@pytest.mark.parametrize(
    "written",
    ["<c r='XFD1048576' t='b'><v>1</v></c>", '<c t="b" r = "&#88;FD1048576"><v>1</v></c>', '<c r="B104857600"/>'],
)
def test_a_cell_far_away_is_found_however_it_is_written(written: str) -> None:
    content = sheet_changed(
        book(SOUND), lambda sheet: sheet.replace("</row></sheetData>", f"{written}</row></sheetData>")
    )
    with pytest.raises(SourceChanged, match="cells as far away as"):
        open_workbook(content, "a.xlsx").sheet("名单", 2)


def test_a_wide_sheet_is_no_far_one() -> None:
    rows = [[f"column {n}" for n in range(800)], ["x"] * 800]
    workbook = open_workbook(book(rows), "a.xlsx")
    assert at_once(workbook)
    assert workbook.sheet("名单", 2).headers((1,))[-1] == "column 799"


def test_blank_rows_between_count_and_those_at_the_end_do_not() -> None:
    rows = [*SOUND, [None] * 4, ["1", 2, True, MOMENT], ["", None, None, None]]
    workbook = open_workbook(book(rows), "a.xlsx")
    assert at_once(workbook)
    assert [row[0] for row in texts(workbook.sheet("名单", 2).cells)] == [
        "370402199001011234",
        "N/A",
        " 枣庄 ",
        "",
        "1",
    ]
