"""Entries in files: every kind gives back exactly what was written, mistakes have lines, hostile files end."""

import io
import zipfile
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from schemas.entry import Entry
from schemas.entry_file import KINDS, kind_of, read_entries, write_entries
from schemas.entry_form import HEADER
from schemas.entry_json import entry_json, read_entry
from schemas.errors import BadInput, SecretData
from schemas.workbook import MOST_ROWS, column, read_workbook, write_workbook
from tests.entries import ITEMS, make_entry
from tests.schemas.test_entry_json import ENTRIES


def told(raw: bytes, kind: str) -> list[Entry]:
    file = read_entries(raw, kind, f"目录.{kind}")
    assert file.mistakes == ()
    return [one.entry for one in file.entries]


@pytest.mark.parametrize("kind", KINDS)
@given(entries=some.lists(ENTRIES.map(entry_json).map(read_entry), max_size=3, unique_by=lambda one: one.title))
@settings(max_examples=25, deadline=None)
def test_what_is_written_is_read_again_exactly(kind: str, entries: list[Entry]) -> None:
    assert told(write_entries(entries, kind), kind) == entries


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text", ["=1+1", "'甲", "\t甲", "+86", "@甲", "甲\n乙", '甲"乙,丙', "_x000B_", "甲&<乙>", "00012"]
)
def test_texts_that_spreadsheets_would_take_for_something_else_come_back(kind: str, text: str) -> None:
    entry = make_entry(title=text, abstract=text, items=(replace(ITEMS[0], name=text),))
    assert told(write_entries([entry], kind), kind) == [entry]


def test_a_spreadsheet_program_reads_the_form_as_text_and_without_formulas() -> None:
    raw = write_entries([make_entry(title="=HYPERLINK(1)"), make_entry(code="006005/000124")], "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).active
    assert sheet is not None
    rows = list(sheet.iter_rows())
    assert tuple(cell.value for cell in rows[0]) == HEADER
    assert (rows[1][1].value, rows[1][1].data_type) == ("=HYPERLINK(1)", "s")
    assert rows[5][0].value == "006005/000124"
    assert write_entries([make_entry()], "xlsx") == write_entries([make_entry()], "xlsx")


def by_openpyxl(rows: list[list[object]], merged: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for one in merged:
        sheet.merge_cells(one)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_form_with_a_title_merged_cells_numbers_and_days_is_read() -> None:
    head = ["信息资源名称", "行政区划代码", "发布日期", "共享类型", "信息项名称", "数据类型", "数据长度"]
    rows: list[list[object]] = [
        ["枣庄市政务信息资源目录"],
        list(head),
        ["低保对象", 370400, date(2026, 11, 20), "有条件共享", "姓名", "字符型", 50],
        [None, None, None, None, "金额", "N", 18.0],
        ["低收入家庭", 370481, "2026/11/19", "无条件共享", "姓名", "字符型C", "50"],
    ]
    file = read_entries(by_openpyxl(rows, ("A1:G1", "A3:A4", "B3:B4")), "xlsx", "目录.xlsx")
    assert file.mistakes == ()
    first, second = [one.entry for one in file.entries]
    assert (first.title, first.division, str(first.published_on)) == ("低保对象", "370400", "2026-11-20")
    assert [(one.name, one.type, one.length) for one in first.items] == [("姓名", "C", 50), ("金额", "N", 18)]
    assert (second.division, str(second.published_on), [one.line for one in file.entries]) == (
        "370481",
        "2026-11-19",
        [3, 5],
    )


def test_lines_that_a_spreadsheet_has_filled_down_are_one_entry() -> None:
    rows = [["信息资源名称", "信息项名称"], ["甲", "一"], ["甲", "二"], ["乙", "一"], ["甲", "三"]]
    file = read_entries(by_openpyxl(rows), "xlsx", "x.xlsx")  # type: ignore[arg-type]
    assert [(one.line, one.entry.title, len(one.entry.items)) for one in file.entries] == [
        (2, "甲", 2),
        (4, "乙", 1),
        (5, "甲", 1),
    ]


CSV = "信息资源名称,共享类型,更新周期,信息资源格式,信息项名称,数据类型,数据长度\n"


@pytest.mark.parametrize(
    ("line", "heading", "expected"),
    [
        ("甲,也许,,,,,", "共享类型", "有条件共享"),
        ("甲,,有空时,,,,", "更新周期", "每月"),
        ("甲,,,,姓名,文字,", "数据类型", "字符型C"),
        ("甲,,,,姓名,C,18位", "数据长度", "不写单位"),
        (",有条件共享,,,,,", "信息资源名称", "信息资源名称"),
        ("甲,,,接口,,,", "条目", "words that fit"),
    ],
)
def test_each_mistake_is_told_with_its_line_and_what_to_write(line: str, heading: str, expected: str) -> None:
    file = read_entries((CSV + "好,有条件共享,每月,csv,姓名,C,18\n" + line + "\n").encode(), "csv", "目录.csv")
    assert [(one.line, one.where) for one in file.mistakes] == [(3, heading)]
    assert expected in file.mistakes[0].expected
    assert [one.entry.title for one in file.entries] == ["好"]


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    text = CSV + "甲,也许,有空时,,,,\n乙,,,,姓名,文字,18位\n"
    assert [one.line for one in read_entries(text.encode("gb18030"), "csv", "目录.csv").mistakes] == [2, 2, 3, 3]


def test_headings_that_nobody_knows_are_told() -> None:
    file = read_entries("信息资源名称,备注,信息资源名称\n甲,x,乙\n".encode(), "csv", "目录.csv")
    assert [one.found for one in file.mistakes] == ["备注", "信息资源名称"]
    assert read_entries(b"a,b\n1,2\n", "csv", "x.csv").mistakes[0].where == "表头"


@pytest.mark.parametrize("mark", ["是", "涉密", "Y", "机密"])
def test_one_secret_line_refuses_the_file_without_a_word_of_it(mark: str) -> None:
    text = f"信息资源名称,是否涉密\n甲,否\n某清单,{mark}\n"
    with pytest.raises(SecretData) as refused:
        read_entries(text.encode(), "csv", "目录.csv")
    assert ":3:" in str(refused.value)
    assert "某清单" not in str(refused.value)
    with pytest.raises(SecretData, match=":2:"):
        read_entries(b'{"title": "a"}\n{"title": "b", "secret": true}\n', "jsonl", "x.jsonl")


def test_json_lines_tell_their_mistakes_by_line() -> None:
    raw = b'{"title": "a"}\n\n{"title": }\n{"title": "b", "sharing": "x"}\n{"code": "1"}\n' + b"[" * 100_000
    file = read_entries(raw, "jsonl", "x.jsonl")
    assert [one.line for one in file.mistakes] == [3, 4, 6, 5]
    assert [one.entry.title for one in file.entries] == ["a"]


def workbook(sheet: str, **more: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, text in more.items():
            parts.writestr(f"xl/{name}.xml", text)
    return out.getvalue()


SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def test_a_cell_far_away_costs_nothing() -> None:
    far = f'<worksheet {SPACE}><sheetData><row r="1"><c r="XFD1"/><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
    assert read_workbook(workbook(far)) == [["1"]]
    with pytest.raises(BadInput, match="at most 200 columns"):
        read_workbook(workbook(far.replace('<c r="XFD1"/>', '<c r="XFD1"><v>1</v></c>')))
    with pytest.raises(BadInput, match=f"at most {MOST_ROWS:,}"):
        read_workbook(workbook(far.replace('<row r="1">', '<row r="1048576">')))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"PK\x03\x04",
        b"no workbook",
        workbook("<worksheet"),
        workbook(f'<!DOCTYPE a [<!ENTITY b "c">]><worksheet {SPACE}/>'),
        workbook(f"<worksheet {SPACE}>" + " " * (65 << 20) + "</worksheet>"),
        workbook(f'<worksheet {SPACE}><sheetData><row r="2"/><row r="1"/></sheetData></worksheet>'),
    ],
    ids=["empty", "cut", "text", "broken", "entities", "bomb", "backwards"],
)
def test_what_is_no_workbook_or_a_trap_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        read_workbook(raw)


def test_rich_shared_and_escaped_texts_are_read() -> None:
    shared = f"<sst {SPACE}><si><r><t>甲</t></r><r><t>乙</t></r><rPh><t>jia</t></rPh></si><si><t>_x0041_</t></si></sst>"
    cells = "".join(f'<c r="{at}1" t="s"><v>{number}</v></c>' for at, number in (("A", 0), ("B", 1), ("C", 9)))
    cells += '<c r="D1" t="str"><v>丙</v></c>'
    sheet = f'<worksheet {SPACE}><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    assert read_workbook(workbook(sheet, sharedStrings=shared)) == [["甲乙", "A", "", "丙"]]


def test_letters_of_columns_count_as_spreadsheets_do() -> None:
    assert [column(n) for n in (1, 26, 27, 52, 702, 703)] == ["A", "Z", "AA", "AZ", "ZZ", "AAA"]
    assert read_workbook(write_workbook([["", "甲"], [], ["乙"]], "一")) == [["", "甲"], [], ["乙"]]


def test_the_kind_is_the_ending_of_the_name() -> None:
    assert kind_of("目录.XLSX") == "xlsx"
    with pytest.raises(BadInput, match="expected one of xlsx, csv, jsonl"):
        kind_of("目录.xls")
