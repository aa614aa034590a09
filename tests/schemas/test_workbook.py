"""Workbooks of strangers: whatever is in them, they are read within bounds or refused in words."""

import io
import tracemalloc
import zipfile

import pytest

from schemas.entry_file import read_entries
from schemas.errors import BadInput
from schemas.workbook import MOST_PARTS, read_workbook, write_workbook

SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def book(inside: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", f"<worksheet {SPACE}>{inside}</worksheet>")
    return out.getvalue()


def cell(inside: str, kind: str = "n") -> bytes:
    return book(f'<sheetData><row r="1"><c r="A1" t="{kind}">{inside}</c></row></sheetData>')


@pytest.mark.parametrize("inside", ["<c/>", "<x/>", "<c><v>1</v></c>"])
def test_a_row_of_millions_of_cells_is_refused_before_it_fills_the_memory(inside: str) -> None:
    raw = book(f'<sheetData><row r="1">{inside * 400_000}</row></sheetData>')
    assert len(raw) < 20_000
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match=f"{MOST_PARTS:,} parts"):
            read_workbook(raw)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_what_stands_beside_the_rows_is_forgotten_as_it_is_read() -> None:
    raw = book("<x/>" * 50_000 + '<sheetData><row r="1"><c r="A1"><v>7</v></c></row></sheetData>' + "<x/>" * 50_000)
    tracemalloc.start()
    try:
        assert read_workbook(raw) == [["7"]]
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_many_rows_together_may_have_more_cells_than_one() -> None:
    rows = [[f"{row}", "甲"] for row in range(MOST_PARTS // 2)]
    assert read_workbook(write_workbook(rows, "目录")) == rows


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (cell("<v>1e400</v>"), "1e400"),
        (cell("<v>nan</v>"), "nan"),
        (cell("<v>²</v>", "s"), ""),
        (cell("<is><t>_xD800_甲</t></is>", "inlineStr"), "_xD800_甲"),
    ],
)
def test_a_cell_that_is_no_number_or_half_a_character_is_read_as_it_stands(raw: bytes, found: str) -> None:
    assert read_workbook(raw) == [[found]]


@pytest.mark.parametrize("row", ["x", "²", "-1", "0", "9" * 30])
def test_a_row_of_no_number_is_refused_in_words(row: str) -> None:
    with pytest.raises(BadInput, match="expected rows in their order"):
        read_workbook(book(f'<sheetData><row r="{row}"/></sheetData>'))


def test_a_broken_archive_is_refused_in_words() -> None:
    whole = bytearray(cell("<v>1</v>" + " 甲乙丙丁" * 50))
    for place in range(60, 90):
        whole[place] ^= 0xFF
    with pytest.raises(BadInput, match="no XLSX workbook"):
        read_workbook(bytes(whole))


def test_text_that_no_reader_takes_is_told_and_never_breaks_the_reading() -> None:
    with pytest.raises(BadInput, match="no CSV that can be read"):
        read_entries(b'"' + b"a" * 200_000 + b'"', "csv", "f.csv")
    read = read_entries(b'{"title": ' + b"9" * 5000 + b"}", "jsonl", "f.jsonl")
    assert [(one.line, one.where) for one in read.mistakes] == [(1, "line")]
