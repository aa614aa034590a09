"""A sheet that is read at once holds what calamine gives cell by cell; one that might not is left to calamine."""

import io
import re
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from connectors.files.sheet import Rows
from connectors.files.sheet_arrow import CELLS, ROWS, ArrowRows
from connectors.files.sheet_text import column_text
from connectors.files.workbook import Workbook, open_workbook
from connectors.files.xlsx_near import near
from connectors.files.xlsx_parts import BLOCK, LISTED, part_of
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
    return changed(content, "xl/worksheets/sheet1.xml", change)


def of_sheet(cells: str) -> bytes:
    """A workbook whose sheet is written so."""
    whole = f'<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}">{cells}</worksheet>'
    return sheet_changed(book(SOUND), lambda _: whole)


def changed(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The same workbook, one of its files written otherwise."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()) if name == part else text)
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


@settings(deadline=None)
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
    with pytest.raises(SourceChanged, match=r"a\.xlsx: sheet .* values as far away as row .* expected at most"):
        workbook.sheet("名单", first)


FAR = '<c r="XFD1048576" t="b"><v>1</v></c>'
"""A cell whose rectangle would take 512 GB."""


@pytest.mark.parametrize(
    "sheet",
    [
        f'<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2">{FAR}</row></sheetData>',
        f"<sheetData><row r='1'>{FAR.replace(chr(34), chr(39))}</row></sheetData>",
        '<sheetData><row r="1"><c t="b" r = "&#88;FD1048576"><v>1</v></c></row></sheetData>',
        '<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c t="b"><v>1</v></c></row></sheetData>',
        f'<sheetData><row r="1">{"<c><v>1</v></c>" * 16384}</row><row r="999999"><c><v>1</v></c></row></sheetData>',
        '<x:sheetData><x:row><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row></x:sheetData><!--<sheetData-->',
        f'<sheetData><!-- --><row r="1">{FAR}</row></sheetData>',
        f'<sheetData><row r="1"><c r{" " * (3 << 20)}="XFD1048576"><v>1</v></c></row></sheetData>',
        '<sheetData><row><c r="A104857600"><v>1</v></c></row></sheetData>',
        '<sheetData><row><c r="ZZ200000"><v>1</v></c></row></sheetData>',
    ],
)
def test_a_value_far_away_is_found_however_it_is_written(sheet: str) -> None:
    workbook = open_workbook(of_sheet(sheet), "a.xlsx")
    with pytest.raises(SourceChanged, match=r"a\.xlsx: sheet '名单': found values as far away as row"):
        workbook.sheet("名单", 2)
    with pytest.raises(SourceChanged, match="as far away as row"):
        workbook.sheet("名单")


@pytest.mark.parametrize(
    "sheet",
    [
        f'<sheetData><row r="1" r="2">{FAR}</row></sheetData>',
        f'<sheetData><row r="1" x="&nbsp;">{FAR}</row></sheetData>',
        f'<sheetData><row r="1"><c r="A1"><v>\x01</v></c>{FAR}</row></sheetData>',
    ],
)
def test_a_sheet_that_cannot_be_parsed_is_refused_rather_than_trusted(sheet: str) -> None:
    with pytest.raises(SourceChanged, match="its XML is broken: save the workbook anew"):
        open_workbook(of_sheet(sheet), "a.xlsx").sheet("名单", 2)


ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'


@pytest.mark.parametrize(
    "sheet",
    [
        f'<sheetData>{ONE}<row r="2" x="</sheetData>">{FAR}</row></sheetData>',
        f'<sheetPr x="</sheetData>"/><sheetData>{ONE}<row r="2">{FAR}</row></sheetData>',
        f'<sheetData>{ONE}<row r="2" x="</sheetData>"/>{"<row/>" * 200_000}<row>{FAR}</row></sheetData>',
        f'<sheetData>{ONE}<row r="2"><a/b:c r="XFD1048576"><v>2</v></a/b:c></row></sheetData>',
        f'<sheetData>{ONE}<row r="2"><a">"b:c r="XFD1048576"><v>2</v></a">"b:c></row></sheetData>',
        f'<sheetData>{ONE}<row r="2"><c r="A2" r="XFD1048576"><v>2</v></c></row></sheetData>',
        f'<sheetData>{ONE}<row r="2"><c r="A2" s="1" r = "XFD1048576"><v>2</v></c></row></sheetData>',
        f'<sheetData>{ONE}<row r="2"><a\fb:c r="XFD1048576"><v>2</v></a\fb:c></row></sheetData>',
    ],
)
def test_a_cell_that_parsers_see_and_others_do_not_is_refused(sheet: str) -> None:
    with pytest.raises(SourceChanged, match="its XML is broken: save the workbook anew"):
        open_workbook(of_sheet(sheet), "a.xlsx").sheet("名单", 2)


def test_a_cell_that_begins_where_one_block_ends_is_seen() -> None:
    begins = f'<worksheet xmlns="{MAIN}"><sheetData>{ONE}'
    cell = '<row r="2"><c '
    hidden = f'<x="{"y" * 50}" r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
    padding = " " * (BLOCK - len(begins) - len(cell) - 10)
    content = sheet_changed(book(SOUND), lambda _: f"{begins}{padding}{cell}{hidden}")
    with pytest.raises(SourceChanged, match="its XML is broken: save the workbook anew"):
        open_workbook(content, "a.xlsx").sheet("名单", 2)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_attributes_that_one_parser_takes_from_a_doctype_are_refused(part: str) -> None:
    told = '<!DOCTYPE x [<!ATTLIST c r CDATA "A1">]>'
    content = changed(book(SOUND), part, lambda text: told + re.sub(r"^<\?xml.*?\?>", "", text))
    with pytest.raises(SourceChanged, match=r"^a\.xlsx: .*found a DOCTYPE"):
        open_workbook(content, "a.xlsx").sheet("名单", 2)


@pytest.mark.parametrize("cell", [f'r="A{"9" * 5000}"', f'r="{"A" * 5000}1"'])
def test_a_reference_longer_than_any_is_far_away(cell: str) -> None:
    content = of_sheet(f"<sheetData><row><c {cell}><v>1</v></c></row></sheetData>")
    with pytest.raises(SourceChanged, match="found values as far away as row"):
        open_workbook(content, "a.xlsx").sheet("名单", 2)


def test_a_sheet_that_programs_may_take_from_different_files_is_refused() -> None:
    other = '<sheet name="名单" sheetId="9" r:id="rId9" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>'
    twice = changed(book(SOUND), "xl/workbook.xml", lambda text: text.replace("</sheets>", f"{other}</sheets>"))
    with pytest.raises(SourceChanged, match="found 2 sheets '名单'"):
        open_workbook(twice, "a.xlsx").sheet("名单", 2)


def test_shared_texts_that_cannot_be_as_many_as_they_say_are_refused_before_room_is_made() -> None:
    said = changed(
        shared(book(SOUND)),
        "xl/sharedStrings.xml",
        lambda text: text.replace("<sst ", '<sst uniqueCount="9999999999" '),
    )
    with pytest.raises(SourceChanged, match="says that it has 9999999999 texts"):
        open_workbook(said, "a.xlsx")


def understated(content: bytes, part: str, size: int, checked: int) -> bytes:
    """The workbook packed, one of its files said to be so long, with the checksum of its first bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        entry, crc = new.getinfo(part), zlib.crc32(old.read(part)[:checked])
    lying, name = bytearray(made.getvalue()), part.encode()
    for at in (entry.header_offset + 14, lying.rfind(name) - 30):
        struct.pack_into("<I", lying, at, crc)
        struct.pack_into("<I", lying, at + 8, size)
    return bytes(lying)


OF_THE_BOOK = ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"]


@pytest.mark.parametrize("part", [*OF_THE_BOOK, "xl/sharedStrings.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize(("short", "more"), [(2, 0), (2, 1), (200, 0), (200, 1)])
@pytest.mark.parametrize("first", [0, 2])
def test_a_file_that_unpacks_to_more_than_it_says_is_refused_before_a_parser_sees_it(
    part: str, short: int, more: int, first: int
) -> None:
    content = sheet_changed(
        shared(book(SOUND)), lambda sheet: sheet.replace("</worksheet>", f"{' ' * 200}</worksheet>")
    )
    with zipfile.ZipFile(io.BytesIO(content)) as honest:
        said = honest.getinfo(part).file_size - short
    why = f"{part} says that it unpacks to {said} bytes, and unpacks to more" if more else f"Bad CRC-32 for .*{part}"
    with pytest.raises(SourceChanged, match=rf"a\.xlsx: {why}"):
        open_workbook(understated(content, part, said, said + more), "a.xlsx").sheet("名单", first)


@pytest.mark.parametrize("part", OF_THE_BOOK)
def test_who_looks_for_the_file_of_a_sheet_unpacks_no_more_than_the_archive_says(part: str) -> None:
    content = shared(book(SOUND))
    with zipfile.ZipFile(io.BytesIO(content)) as honest:
        said = honest.getinfo(part).file_size
    lying = understated(changed(content, part, lambda text: text + " " * (64 << 20)), part, said, said + 1)
    with zipfile.ZipFile(io.BytesIO(lying)) as opened, measured() as peak:
        with pytest.raises(SourceChanged, match=f"{part} says that it"):
            part_of(opened, "名单")
        assert peak() < 8 << 20


@contextmanager
def measured() -> Iterator[Callable[[], int]]:
    """How many bytes of memory were taken at most since it began."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("part", OF_THE_BOOK)
def test_many_small_elements_in_the_list_of_sheets_take_no_room(part: str) -> None:
    many = changed(book(SOUND), part, lambda text: re.sub("(</[^<>]*>)$", rf"{'<a/>' * 1_000_000}\1", text.strip()))
    with zipfile.ZipFile(io.BytesIO(many)) as opened, measured() as peak:
        assert part_of(opened, "名单") == "xl/worksheets/sheet1.xml"
        assert peak() < 20 << 20


@pytest.mark.parametrize("part", OF_THE_BOOK)
def test_a_list_of_sheets_that_is_longer_than_any_is_refused(part: str) -> None:
    long = changed(book(SOUND), part, lambda text: text + " " * LISTED)
    with pytest.raises(SourceChanged, match=rf"a\.xlsx: {part} unpacks to \d+ bytes; expected at most {LISTED}"):
        open_workbook(long, "a.xlsx").sheet("名单", 2)


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])
def test_a_file_whose_packing_cannot_be_bounded_is_refused(part: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(shared(book(SOUND)))) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name), zipfile.ZIP_BZIP2 if name == part else zipfile.ZIP_DEFLATED)
    with pytest.raises(SourceChanged, match=rf"a\.xlsx: {part} is packed by method 12; expected deflate, or none"):
        open_workbook(made.getvalue(), "a.xlsx")


def test_blank_cells_far_away_take_no_room_and_are_no_reason_to_refuse() -> None:
    def styled(sheet: Worksheet) -> None:
        sheet["XFD10"].number_format = sheet["A100000"].number_format = "0.00"

    workbook = open_workbook(book(SOUND, styled), "a.xlsx")
    assert len(texts(workbook.sheet("名单", 2).cells)) == 3


@pytest.mark.parametrize(("columns", "quick"), [(75, True), (702, True), (800, False)])
def test_a_wide_sheet_is_no_far_one(columns: int, quick: bool) -> None:
    rows = [[f"column {n}" for n in range(1, columns + 1)], ["x"] * columns]
    workbook = open_workbook(book(rows), "a.xlsx")
    assert at_once(workbook) is quick
    assert workbook.sheet("名单", 2).headers((1,))[-1] == f"column {columns}"


@pytest.mark.parametrize("serials", [(45000, 20231115), (20231115, 20231116), (2958466, 45000)])
def test_a_number_that_is_no_day_comes_as_calamine_gives_it(serials: Sequence[int]) -> None:
    def days(sheet: Worksheet) -> None:
        for row, serial in enumerate(serials, 2):
            sheet.cell(row, 1, serial).number_format = "yyyy-mm-dd"

    workbook = open_workbook(book([["登记"]], days), "a.xlsx")
    found = [row[0] for row in texts(workbook.sheet("名单", 2).cells)]
    assert found == [row[0] for row in texts(workbook.cells("名单"))]
    assert str(serials[0]) in found or "2023-03-15" in found


@pytest.mark.parametrize("serial", [-1, 0, 0.5, 1, 1.5, 366, 45000.25])
@pytest.mark.parametrize("form", ["hh:mm", "yyyy-mm-dd hh:mm"])
def test_days_that_count_from_1904_are_those_of_calamine(serial: float, form: str) -> None:
    def times(sheet: Worksheet) -> None:
        sheet.cell(2, 1, serial).number_format = form

    since_1904 = changed(
        book([["时刻"]], times),
        "xl/workbook.xml",
        lambda text: text.replace("<workbookPr/>", '<workbookPr date1904="1"/>'),
    )
    workbook = open_workbook(since_1904, "a.xlsx")
    assert texts(workbook.sheet("名单", 2).cells) == texts(workbook.cells("名单"))


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="1">{a1}</row><row r="3">{a3}<c r="B3" t="e"><v>#N/A</v></c></row><row r="2">{a2}</row>',
        '<row r="1">{a1}</row><row r="2"><c r="B2" t="e"><v>#N/A</v></c><x:c r="C2"><x:v>5</x:v></x:c></row>',
        '<row r="1">{a1}</row><row r="2"><c r="B2" t="e"><v >#N/A</v></c>{a2}</row>',
        '<row r="1">{a1}</row><row r="2"><c r="B2" t="e"><v>#N/A</v></c><c r="C2"><!-- --><v>5</v></c></row>',
    ],
)
def test_an_error_of_the_spreadsheet_is_seen_in_whatever_order_and_make(sheet: str) -> None:
    cells = {f"a{n}": f'<c r="A{n}" t="inlineStr"><is><t>文{n}</t></is></c>' for n in (1, 2, 3)}
    workbook = open_workbook(of_sheet(f"<sheetData>{sheet.format(**cells)}</sheetData>"), "a.xlsx")
    found = texts(workbook.sheet("名单", 2).cells)
    assert found == texts(workbook.cells("名单"))
    assert "an error" in [row[1] for row in found]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_another_encoding_than_utf_8_is_left_to_calamine(part: str) -> None:
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    content = changed(shared(book(SOUND)), part, lambda text: head + re.sub(r"^<\?xml.*?\?>", "", text))
    workbook = open_workbook(content, "a.xlsx")
    assert not at_once(workbook)
    assert "枣庄" in texts(workbook.sheet("名单", 2).cells)[2][0]


def test_what_stands_below_the_cells_is_no_reason_to_parse_them() -> None:
    rules = '</sheetData><dataValidations count="1"><dataValidation operator="greaterThan"/></dataValidations>'
    extra = '<extLst><ext><x14:cfRule c="1"/><x14:cols/></ext></extLst></worksheet>'
    content = sheet_changed(
        book(SOUND), lambda sheet: sheet.replace("</sheetData>", rules).replace("</worksheet>", extra)
    )
    assert near(content, "名单")


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


def test_blocks_of_a_long_sheet_go_on_where_the_last_one_ended() -> None:
    numbers = pa.arange(0, 2 * ROWS + 5).cast(pa.float64())
    short = open_workbook(book(SOUND), "a.xlsx").sheet("名单", 2).cells
    assert isinstance(short, ArrowRows)
    blocks = list(replace(short, rows=len(numbers), columns={0: numbers}).blocks(2, None))
    assert [(block.first, block.rows) for block in blocks] == [(2, ROWS), (2 + ROWS, ROWS), (2 + 2 * ROWS, 5)]
    held = [block.cells(0).kinds["numbers"] for block in blocks]
    assert pa.chunked_array(held).combine_chunks().equals(numbers)


@pytest.mark.parametrize("columns", [17, 16_384])
def test_blocks_of_a_wide_sheet_hold_no_more_cells(columns: int) -> None:
    numbers = pa.arange(0, 100 if columns > ROWS // 8 else ROWS + 7).cast(pa.float64())
    short = open_workbook(book(SOUND), "a.xlsx").sheet("名单", 2).cells
    assert isinstance(short, ArrowRows)
    wide = replace(short, rows=len(numbers), columns=dict.fromkeys(range(columns), numbers))
    blocks = list(wide.blocks(2, None))
    assert len(blocks) > 1
    assert all(block.rows * columns <= CELLS for block in blocks)
    assert blocks[1].first == 2 + blocks[0].rows
    assert sum(block.rows for block in blocks) == len(numbers)
