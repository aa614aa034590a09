"""A quotation mark that stands where none may is told, and no row goes into the text of a cell for it."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.files.content import BLOCK, Content
from connectors.files.csv_folder import CsvFolderOptions
from connectors.files.csv_quotes import out_of_place, unpaired
from schemas.errors import SourceChanged
from tests.connectors.conformance import DAY, typed
from tests.connectors.test_csv_folder import made

ENCODINGS = ("utf-8", "gb18030", "utf-16", "utf-16-le")
OPTIONS = CsvFolderOptions(pattern="*.csv", encoding="utf-8")


def refused(place: Path, text: str, encoding: str) -> str:
    """What the refusal of a file says."""
    (place / "a.csv").write_bytes(text.encode(encoding))
    _, connector = made(place, encoding=encoding)
    with pytest.raises(SourceChanged) as refusal:
        list(connector.read(connector.plan(DAY)))
    return str(refusal.value)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_two_stray_marks_swallow_no_rows_between_them(tmp_path: Path, encoding: str) -> None:
    rows = "".join(f"{i},{chr(34) if i in (10, 50) else ''}枣庄\n" for i in range(100))
    said = refused(tmp_path, "代码,名称\n" + rows, encoding)
    assert "a.csv: the row that begins in line 12: " in said
    assert "without its pair? Expected one within a quoted cell to be doubled: ask for the file anew" in said


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("cell", ['"东方红"商店', '"x"y', '""x', '"甲" ', '"甲""乙"丙'])
def test_text_behind_a_closing_mark_is_not_put_into_the_cell(tmp_path: Path, encoding: str, cell: str) -> None:
    assert "the row that begins in line 3: " in refused(tmp_path, f"代码,名称\n1,甲\n2,{cell}\n", encoding)


@pytest.mark.parametrize("encoding", ["big5", "windows-1252"])
def test_encodings_without_a_byte_order_mark_have_their_marks_looked_at(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_text('1,"a"\n2,"x"y\n', encoding)
    options = OPTIONS.model_copy(update={"encoding": encoding})
    said = unpaired(Content(tmp_path / "a.csv", "a.csv", "a.csv"), options)
    assert said.startswith("a.csv: the row that begins in line 2: ")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_cells_of_several_lines_with_delimiters_and_doubled_marks_are_cells(tmp_path: Path, encoding: str) -> None:
    cell = 'a,""\n10,"x",y\n'
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("代码", "名称"), ("1", cell), ("", ""), ("2", '5" 管'), ("3", '"'), ("4", '""')])
    (tmp_path / "a.csv").write_bytes((text.getvalue() + '5,5" 管\n').encode(encoding))
    dataset, connector = made(tmp_path, encoding=encoding)
    found = typed(dataset, connector).column("name").to_pylist()
    assert found == [cell, "", '5" 管', '"', '""', '5" 管']


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("short", [True, False])
def test_a_long_cell_is_no_mark_without_its_pair(tmp_path: Path, encoding: str, short: bool) -> None:
    long = "长" * 150_000
    rows = f'1,"{long}"\n2,5" 管\n' + (f'3,"{long}"\n' if short else "")
    headers = "代码,名称,备注" if short else "代码,名称"
    (tmp_path / "a.csv").write_bytes(f"{headers}\n{rows}".encode(encoding))
    dataset, connector = made(tmp_path, encoding=encoding, short_rows=short)
    csv.field_size_limit(usual := 131_072)
    assert typed(dataset, connector).column("name").to_pylist() == [long, '5" 管'] + [long] * short
    assert csv.field_size_limit() == usual, "other readers of this process go on as they were"


def test_a_long_header_is_a_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'代码,名称,"{"长" * 150_000}"\n1,甲,\n')
    dataset, connector = made(tmp_path)
    assert typed(dataset, connector).column("name").to_pylist() == ["甲"]


@settings(deadline=None, max_examples=300)
@example([b'"a', b'"', b'"b"\n'])
@example([b'a,"b"', b"c"])
@example([b'"', b'"', b'"', b'"'])
@given(st.lists(st.text(',"\nab').map(str.encode)))
def test_marks_in_their_places_are_pairs_however_the_bytes_are_parted(blocks: list[bytes]) -> None:
    text = b"".join(blocks)
    found = out_of_place(blocks, OPTIONS)
    assert found == out_of_place([text], OPTIONS)
    if not found:
        list(csv.reader(io.StringIO(text.decode(), newline=""), strict=True))


@settings(deadline=None)
@given(st.lists(st.lists(st.text(',"\r\na'), min_size=1)), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_no_file_of_a_program_is_looked_at_twice(rows: list[list[str]], quoting: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows(rows)
    assert not out_of_place([text.getvalue().encode()], OPTIONS)


def test_a_mark_behind_a_character_that_ends_like_a_delimiter_opens_nothing(tmp_path: Path) -> None:
    letter = b"\x81\x7c".decode("gb18030")
    (tmp_path / "a.csv").write_bytes(f'{letter}"x|1\n2|"|3\n4|"x|y"|5\n'.encode("gb18030"))
    options = OPTIONS.model_copy(update={"encoding": "gb18030", "delimiter": "|"})
    said = unpaired(Content(tmp_path / "a.csv", "a.csv", "a.csv"), options)
    assert said.startswith("a.csv: the row that begins in line 2: ")


def test_a_mark_at_the_edge_of_a_block_has_its_neighbours(tmp_path: Path) -> None:
    for edge in (BLOCK - 1, BLOCK, BLOCK + 1):
        sound, broken = ("a" * (edge - 4) + f'\n1,"{cell},2\n' for cell in ('b"', '"b'))
        for text, wrong in ((sound, ""), (broken, "line 2")):
            (tmp_path / "a.csv").write_text(text)
            said = unpaired(Content(tmp_path / "a.csv", "a.csv", "a.csv"), OPTIONS)
            assert bool(said) == bool(wrong)
            assert wrong in said


def test_bytes_that_are_no_text_in_a_column_that_is_not_read_do_not_matter(tmp_path: Path) -> None:
    rows = "代码,名称,备注\n" + "1,甲,\n" * 5000
    (tmp_path / "a.csv").write_bytes(rows.encode("gb18030") + b'2,b,\xff\n3,5" x,\n')
    dataset, connector = made(tmp_path, encoding="gb18030")
    assert typed(dataset, connector).column("name").to_pylist()[-2:] == ["b", '5" x']
