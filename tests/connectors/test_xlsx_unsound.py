"""A formula that nobody has worked out is no blank cell, and no heading either."""

import re
from pathlib import Path

import pytest

from connectors.files.cells import ERROR, UNWORKED
from connectors.files.workbook import open_workbook
from connectors.files.xlsx_parts import BLOCK
from connectors.files.xlsx_unsound import unsound_cells
from schemas.dataset import Kind
from schemas.errors import SourceChanged
from tests.connectors.conformance import DAY, landed, rejects_of, rows_of
from tests.connectors.test_sheet_arrow import MAIN, changed, of_sheet, texts
from tests.connectors.test_xlsx import cells, field, made


def unsound(data: str, asked: str = 'calcId="1"') -> dict[str, str]:
    """Place -> what is wrong, of a sheet with these cells, in a workbook that asks so for its formulas."""
    content = of_sheet(f"<sheetData>{data}</sheetData><x:extra><x:c><x:f>1</x:f></x:c></x:extra>")
    content = changed(content, "xl/workbook.xml", lambda text: re.sub("<calcPr.*?/>", f"<calcPr {asked}/>", text))
    found = unsound_cells(content, "名单")
    return {f"{chr(65 + column)}{row + 1}": why for (row, column), why in found.items()}


def test_a_formula_without_its_value_rejects_its_row_also_in_the_last_row_and_column(tmp_path: Path) -> None:
    rows = [["a", "b", "c"], ["x", 1, "=B2"], ["=A2", 2, ""], ["y", "=SUM(B2:B3)", ""], ["", "", "=1"]]
    make = cells(tmp_path, rows)
    dataset, connector = make(field("a"), field("b", Kind.INTEGER), field("c"))
    landing = landed(dataset, connector, tmp_path / "lake")
    assert rows_of(tmp_path / "lake", landing) == []
    found = [(r["_place"], r["field"], r["reason"]) for r in rejects_of(tmp_path / "lake", landing)]
    assert found == [(2, "c", UNWORKED), (3, "a", UNWORKED), (4, "b", UNWORKED), (5, "c", UNWORKED)]
    assert "open and save the workbook in the spreadsheet program" in UNWORKED


def test_a_sheet_of_nothing_but_such_formulas_has_rows(tmp_path: Path) -> None:
    dataset, connector = cells(tmp_path, [["a"], ["=1"], ["=2"]])(field("a"))
    landing = landed(dataset, connector, tmp_path / "lake")
    assert [r["_place"] for r in rejects_of(tmp_path / "lake", landing)] == [2, 3]


@pytest.mark.parametrize("value", [1, "=1"])
def test_a_heading_that_is_such_a_formula_is_refused(tmp_path: Path, value: object) -> None:
    _, connector = cells(tmp_path, [["a", '="b"'], ["x", value]])(field("a"))
    with pytest.raises(SourceChanged, match=r"a\.xlsx: header in row 1, column 2: the cell holds a formula whose"):
        connector.plan(DAY)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><f>SUM(B1:B9)</f></c>',
        '<c r="A1"><f>SUM(B1:B9)</f><v></v></c>',
        '<c r="A1" s="3"><f>B1&lt;C1</f><v/></c>',
        '<c r="A1"><f t="shared" ref="A1:A9" si="0">B1</f><v/></c>',
        '<c r="A1"><f t="shared" si="0"/></c>',
        '<c r="A1"><f t="array" ref="A1">B1</f><v></v></c>',
        '<c r="A1" t="str"><f>B1</f></c>',
        "<c s='1' r='A1'>\n <f>B1</f>\n <v />\n</c>",
        '<x:c r="A1"><x:f>B1</x:f><x:v/></x:c>',
        '<c r="A1"><f><![CDATA[B1<7]]></f></c>',
        '<c r="A1"><f>B1<!-- <7 --></f><v></v></c>',
    ],
)
def test_such_a_formula_is_seen_however_it_is_written(cell: str) -> None:
    assert unsound(f'<row r="1">{cell}<c r="B1"><v>1</v></c></row>') == {"A1": UNWORKED}
    assert unsound(f'<row r="1"><c r="B1"><v>1</v></c></row><row>{cell}</row>') == {"A1": UNWORKED}


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><f>B1</f><v>0</v></c>',
        '<c r="A1" t="str"><f>B1</f><v></v></c>',
        '<c r="A1" t="str"><f>B1</f><v/></c>',
        '<c r="A1"><f t="shared" si="0"/><v>7</v></c>',
        '<c r="A1"><f t="array" ref="A1:A9">B1</f><v>7</v></c>',
        '<c r="A1"><f><![CDATA[B1*7]]></f><v>7</v></c>',
        '<c r="A1"/>',
        '<c r="A1" t="n" cm="e"><v>1</v></c>',
        '<c r="A1" t="inlineStr"><is><t>&lt;f&gt;</t></is></c>',
    ],
)
def test_a_formula_with_its_value_is_sound_and_so_is_one_that_is_an_empty_text(cell: str) -> None:
    assert unsound(f'<row r="1">{cell}<c r="B1"/></row>') == {}


def test_a_formula_that_fills_a_range_refuses_the_sheet() -> None:
    data = '<row r="1"><c r="A1"><f t="array" ref="A1:A3">B1:B3</f><v></v></c></row>'
    book = open_workbook(of_sheet(f"<sheetData>{data}</sheetData>"), "a.xlsx")
    with pytest.raises(SourceChanged, match=r"a\.xlsx: sheet '名单': the cells A1:A3 hold a formula whose value was"):
        book.cells("名单")
    with pytest.raises(SourceChanged, match="a cell without a reference holds a formula whose value was never"):
        unsound("<row><c><f>B1</f></c></row>")


@pytest.mark.parametrize("p", ["", "x:"])
@pytest.mark.parametrize("filler", ["<{p}c r='B1'/>", "<{p}c r='B1'><{p}v>1</{p}v></{p}c>"])
def test_cells_at_the_edge_of_a_block_are_seen(p: str, filler: str) -> None:
    some = filler.format(p=p)
    formula = f'<{p}c r="A1" t="n"><{p}f>B1</{p}f></{p}c>'
    start = len(f'<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}"><sheetData>')
    before = some * ((BLOCK - start - 200) // len(some))
    for into in range(0, len(formula) + 1, 2):
        pad = " " * (BLOCK - into - start - len(before))
        assert unsound(pad + before + formula + some * 9) == {"A1": UNWORKED}


@pytest.mark.parametrize(
    ("cell", "sound"),
    [
        ('<c r="A1"><f>B1</f><v>0</v></c>', False),
        ('<c r="A1" s="1" t="n"><f>B1</f><v>0.0</v></c>', False),
        ('<c r="A1"><f t="shared" si="0"/><v>-0</v></c>', False),
        ('<c r="A1" t="str"><f>B1</f><v></v></c>', False),
        ('<c r="A1"><f>B1</f><v>0.5</v></c>', True),
        ('<c r="A1"><f>B1</f><v>10</v></c>', True),
        ('<c r="A1" t="b"><f>B1</f><v>0</v></c>', True),
        ('<c r="A1" t="str"><f>B1</f><v>0</v></c>', True),
        ('<c r="A1"><v>0</v></c>', True),
    ],
)
def test_what_stands_in_a_values_place_until_the_workbook_is_reckoned_is_no_value(cell: str, sound: bool) -> None:
    row = f'<row r="1">{cell}<c r="B1"><v>0</v></c></row>'
    for asked in ('fullCalcOnLoad="1"', 'calcId="124519" fullCalcOnLoad="true"'):
        assert unsound(row, asked) == ({} if sound else {"A1": UNWORKED})
    for asked in ('fullCalcOnLoad="0"', 'fullCalcOnLoad="false"', 'iterate="1"'):
        assert unsound(row, asked) == {}


def test_zeros_of_a_program_that_cannot_reckon_reject_their_rows(tmp_path: Path) -> None:
    data = "".join(f'<row r="{n}"><c r="A{n}"><f>1+{n}</f><v>{v}</v></c></row>' for n, v in ((2, 0), (3, 4)))
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    (tmp_path / "a.xlsx").write_bytes(of_sheet(f"<sheetData>{head}{data}</sheetData>"))
    dataset, connector = made(tmp_path, (field("a", Kind.INTEGER),))
    landing = landed(dataset, connector, tmp_path / "lake")
    assert [row["a"] for row in rows_of(tmp_path / "lake", landing)] == [4]
    assert [(r["_place"], r["reason"]) for r in rejects_of(tmp_path / "lake", landing)] == [(2, UNWORKED)]


@pytest.mark.parametrize(
    "cell",
    [
        '<c t="e" r="A1"><v>#N/A</v></c>',
        "<c r='A1' t='e'><v>#N/A</v></c>",
        '<c s="1"\n t = "e"\n r = "A1" ><v>#N/A</v></c>',
        '<x:c r="A1" t="e"><x:v>#N/A</x:v></x:c>',
        '<c r="a1" t="e"><f>B1*7</f><v>#N/A</v></c>',
    ],
)
def test_an_error_is_seen_however_it_is_written(cell: str) -> None:
    assert unsound(f'<row r="1">{cell}<c r="B1"><v>1</v></c></row>') == {"A1": ERROR}
    book = open_workbook(of_sheet(f'<sheetData><row r="1">{cell}<c r="B1"><v>1</v></c></row></sheetData>'), "a.xlsx")
    assert texts(book.sheet("名单", 1).cells, 1) == [["an error", "1", "", ""]]


def test_an_error_in_a_cell_that_does_not_say_where_it_is_refuses_the_sheet() -> None:
    with pytest.raises(SourceChanged, match="sheet '名单': a cell without a reference holds an error of the spreads"):
        unsound('<row r="1"><c r="A1"><v>1</v></c><c t="e"><v>#N/A</v></c></row>')


def test_errors_and_formulas_stand_beside_values() -> None:
    data = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1</f></c></row><row r="3"><c r="A3" t="e"><v>#N/A</v></c></row>'
    )
    assert unsound(data) == {"B1": UNWORKED, "A3": ERROR}
    book = open_workbook(of_sheet(f"<sheetData>{data}</sheetData>"), "a.xlsx")
    assert [row[:2] for row in texts(book.cells("名单"), 1)] == [["1", "an error"], ["", ""], ["an error", ""]]


def test_formulas_below_the_data_in_a_column_that_nobody_reads_make_no_rows(tmp_path: Path) -> None:
    make = cells(tmp_path, [["a", "b"], ["x", "=A2"], ["", "=A3"], ["", "=A4"]])
    dataset, connector = make(field("a"))
    landing = landed(dataset, connector, tmp_path / "lake")
    assert [row["a"] for row in rows_of(tmp_path / "lake", landing)] == ["x"]


@pytest.mark.parametrize(
    "hiding",
    [
        "<!-- </sheetData> -->",
        "<?x </sheetData>?>",
        '<row r="1"><c r="B1" t="inlineStr"><is><t><![CDATA[</sheetData>]]></t></is></c></row>',
        f"<!-- {' ' * BLOCK} --><!-- </sheetData> -->",
    ],
)
def test_an_end_of_the_cells_that_is_none_hides_no_error_below_it(hiding: str) -> None:
    below = '<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3"><f>1</f></c></row>'
    assert unsound(f"{hiding}{below}") == {"A3": ERROR, "B3": UNWORKED}


@pytest.mark.parametrize("value", ["<v><![CDATA[7]]></v>", '<v xml:space="preserve">7<!-- --></v>', "<v>7<?x y?>8</v>"])
@pytest.mark.parametrize("before", range(8))
def test_a_value_of_which_a_part_alone_would_be_read_is_refused(value: str, before: int) -> None:
    begun = f'<c r="A1"><f>1</f>{value[: value.index(chr(62)) + 1]}'
    padding = " " * (BLOCK - len(f'<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}"><sheetData><row>{begun}') - 4 + before)
    with pytest.raises(SourceChanged, match="found CDATA or a comment in a value, expected text: save it anew"):
        unsound(f'<row>{padding}<c r="A1"><f>1</f>{value}</c></row>')


@pytest.mark.parametrize("begins", ["<?", "<!--", "<![CDATA["])
def test_a_long_aside_full_of_beginnings_is_passed_over_at_once(begins: str) -> None:
    ends = {"<?": "?>", "<!--": "-->", "<![CDATA[": "]]>"}[begins]
    within = "<?" if begins == "<!--" else begins
    aside = f"<row><c><is><t>{begins}x {within * (3 * BLOCK // len(within))}{ends}</t></is></c></row>"
    assert unsound(f'{aside}<row><c r="A3" t="e"><v>#N/A</v></c></row>') == {"A3": ERROR}


def test_a_comment_beside_an_empty_value_stands_in_none() -> None:
    assert unsound('<c r="A1" t="e"><v /><!-- <v>1 --><?x?></c><c r="B1"><v>1</v></c>') == {"A1": ERROR}
