"""Files of other people, of every format and as messy as they come, land as declared or are refused in words."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.landing.landing import make_plan
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Field, FieldType, Kind, Source
from schemas.errors import SourceChanged
from tests.builders import make_dataset, make_field
from tests.connectors.conformance import DAY
from tests.real.test_connectors import DATA, field, pytestmark, real

__all__ = ["pytestmark"]

NUMBER = FieldType(Kind.DECIMAL, 12, 2)
TEMPERATURES = (field("day", "date", Kind.DATE), field("temperature", kind=Kind.INTEGER), field("place"))


def number(name: str, source: str) -> Field:
    return make_field(name, source_name=source, type=NUMBER, null_markers=("",))


def refused(tmp_path: Path, where: str, kind: str, *fields: Field, **options: Any) -> str:
    """Why a file is not read."""
    dataset = make_dataset("real.data", fields=fields, source=Source(kind, "real", options), default_scope="")
    connector = connector_for(dataset, Connection("real", "fs", host=str(DATA / where)))
    with pytest.raises(SourceChanged) as wrong:
        list(connector.read(make_plan(dataset, connector, DAY, tmp_path)))
    return str(wrong.value)


SIMPLE: dict[str, tuple[str, dict[str, Any]]] = {
    "simple.csv": ("csv_folder", {"pattern": "simple.csv", "encoding": "utf-8"}),
    "simple.zip": ("csv_folder", {"pattern": "simple.zip", "encoding": "utf-8", "zip": {"member": "*.csv"}}),
    "simple.xls": ("xlsx", {"file": "simple.xls", "sheet": "simple.csv", "first_row": 2}),
    "simple.xlsx": ("xlsx", {"file": "simple.xlsx", "sheet": "simple.csv", "first_row": 2}),
}


@pytest.mark.parametrize("file", SIMPLE)
def test_the_same_temperatures_come_out_of_csv_zip_xls_and_xlsx(tmp_path: Path, file: str) -> None:
    kind, options = SIMPLE[file]
    found = real(tmp_path, "messy", kind, TEMPERATURES, (), **options)
    rows = found.table.select(["day", "temperature", "place"]).to_pylist()
    assert found.landing.rejected == {}
    assert [tuple(row.values()) for row in rows] == [
        (date(2011, 1, 1), 1, "Galway"), (date(2011, 1, 2), -1, "Galway"), (date(2011, 1, 3), 0, "Galway"),
        (date(2011, 1, 1), 6, "Berkeley"), (date(2011, 1, 2), 8, "Berkeley"), (date(2011, 1, 3), 5, "Berkeley"),
    ]  # fmt: skip


def test_utf8bom_csv_has_headers_without_the_mark_and_no_rows(tmp_path: Path) -> None:
    fields = (field("kitten"), field("win"))
    assert real(tmp_path, "messy", "csv_folder", fields, (), pattern="utf8bom.csv", encoding="utf-8").landing.read == 0


def test_skip_initials_csv_keeps_the_blanks_before_a_value(tmp_path: Path) -> None:
    fields = (field("a", "field1"), field("b", "field2"))
    found = real(tmp_path, "messy", "csv_folder", fields, (), pattern="skip_initials.csv", encoding="utf-8")
    assert found.table["b"].to_pylist() == ["    goodbye", "goodbye2"]


def test_utf_16le_encoded_csv_is_read_whole_and_refused_under_another_encoding(tmp_path: Path) -> None:
    fields = (field("code", "Organisation_code"), field("recalls", "SCT_recalls_to_hospital"))
    options = {"pattern": "utf-16le_encoded.csv"}
    for encoding in ("utf-16", "utf-16-le"):
        found = real(tmp_path / encoding, "messy", "csv_folder", fields, (), **options, encoding=encoding)
        assert (found.landing.rows, found.landing.rejected) == (327, {})
    said = refused(tmp_path, "messy", "csv_folder", *fields, **options, encoding="utf-8")
    assert "utf-16le_encoded.csv: byte 0 (line 1): found ff fe" in said


def test_excel_pasting_csv_is_read_below_its_title_with_its_thousands(tmp_path: Path) -> None:
    fields = (field("sector", "Year"), number("y2000", "2000"), number("y2007", "2007"))
    numbers = {"y2000": {"thousands": ","}, "y2007": {"thousands": ","}}
    options: dict[str, Any] = {"pattern": "excel_pasting.csv", "encoding": "utf-8", "header_row": 4}
    found = real(tmp_path, "messy", "csv_folder", fields, (), **options, numbers=numbers)
    assert found.landing.rejected == {}
    timber = found.table.to_pylist()[0]
    assert (timber["sector"], timber["y2000"], timber["y2007"]) == ("Timber", Decimal(2666), Decimal(1751))


def test_weird_head_padding_csv_is_read_between_its_head_and_its_foot(tmp_path: Path) -> None:
    fields = (field("speciality", "column 1"), number("y1993", "1993"), number("y2010", "2010"))
    options: dict[str, Any] = {
        "pattern": "weird_head_padding.csv",
        "encoding": "utf-8",
        "delimiter": ";",
        "header_row": 12,
        "number_repeats": True,
        "numbers": {name: {"thousands": ".", "decimal": ","} for name in ("y1993", "y2010")},
    }
    found = real(tmp_path, "messy", "csv_folder", fields, (), **options)
    rows = {row["speciality"].strip(): row for row in found.table.to_pylist()}
    assert rows["Unfallchirurgie"]["y2010"] == Decimal(2590)
    assert rows["Viszeralchirurgie" if "Viszeralchirurgie" in rows else "Visceralchirurgie"]["y1993"] is None
    feet = [r for r in found.rejects if r["field"] == "_row"]
    assert any("Angestellte" in r["raw"] and r["reason"].endswith("expected 11") for r in feet)
    others = [r for r in found.rejects if r["field"] != "_row"]
    assert {r["value"].strip() for r in others} <= {"", "."}, "headings hold blanks where others hold numbers"
    assert found.landing.read == found.landing.rows + len(found.rejects)


def test_begrotingsanalyse_2011_csv_is_read_by_place_and_its_odd_numbers_are_told(tmp_path: Path) -> None:
    names = ("no", "cluster", "groningen", "friesland", "drenthe")
    fields = [field(names[0], kind=Kind.INTEGER), field(names[1]), *(number(name, name) for name in names[2:])]
    options: dict[str, Any] = {
        "pattern": "begrotingsanalyse-2011.csv",
        "encoding": "utf-8",
        "header_row": 0,
        "skip_rows": 7,
        "numbers": {name: {"thousands": " "} for name in names[2:]},
    }
    found = real(tmp_path, "messy", "csv_folder", fields, (), **options)
    rows = {row["no"]: row for row in found.table.to_pylist()}
    assert (rows[4]["cluster"], rows[4]["groningen"]) == ("Algemene Uitkering", Decimal(1176))
    assert rows[30]["groningen"] == Decimal(-1414), "a blank between thousands, as declared"
    assert [(r["_place"], r["value"]) for r in found.rejects] == [(33, " 0"), (35, "566,216")]
    assert found.landing.read == 36


def test_the_dashboard_of_italy_is_windows_1252_and_rows_without_their_last_cell_are_told(tmp_path: Path) -> None:
    fields = (
        make_field("day", source_name="data", type=FieldType(Kind.DATE), format="%d/%m/%Y"),
        field("visitors", "totale_visitatori_giorno", Kind.INTEGER),
        field("note"),
    )
    options = {"pattern": "dpc-covid19-ita-metriche-dashboard-mobile.csv"}
    found = real(tmp_path, "covid_it_regions", "csv_folder", fields, ("",), **options, encoding="windows-1252")
    first = found.table.to_pylist()[0]
    assert (first["day"], first["visitors"], first["note"]) == (date(2020, 3, 8), 771_423, None)
    assert (found.landing.rows, found.landing.read) == (493, 942)
    assert {r["reason"] for r in found.rejects} == {"found 4 cells, expected 5"}, "its later rows have no note"
    whole = real(
        tmp_path / "c",
        "covid_it_regions",
        "csv_folder",
        fields,
        ("",),
        **options,
        encoding="windows-1252",
        short_rows=True,
    )
    assert (whole.landing.rows, whole.landing.rejected) == (942, {})
    assert whole.table.to_pylist()[-1]["note"] is None
    said = refused(tmp_path / "b", "covid_it_regions", "csv_folder", *fields, **options, encoding="utf-8")
    assert re.search(r"byte \d+ \(line \d+\): found .*, which is no UTF-8", said)


def test_the_sheets_of_all_years_land_as_one_dataset_with_the_year_in_a_field(tmp_path: Path) -> None:
    fields = (
        field("year"),
        field("no", "序号", Kind.INTEGER),
        field("province", "省份"),
        field("old_code", "原区划代码", element="division"),
        field("new_code", "现区划代码", element="division"),
    )
    found = real(
        tmp_path, "areacodes", "xlsx", fields, ("",), file="sub-county-diff_even_years.xlsx", sheet_field="year",
        header_rows=[4], first_row=5, fill_down=["province"],
        sheets=[{"name": "201[68]", "header_rows": [3], "first_row": 4}, {"name": "20??"}],
    )  # fmt: skip
    years = found.table["year"].to_pylist()
    counted = {"2022": 182, "2020": 768, "2018": 499, "2016": 829, "2014": 805}
    for year, rows in counted.items():
        rejected = [r for r in found.rejects if r["_piece"].endswith(f"/{year}")]
        assert abs(years.count(year) + len(rejected) - rows) <= 5, "the README leaves out the notes at the end"
    assert set(found.table["_piece"].to_pylist()) == {f"sub-county-diff_even_years.xlsx/{year}" for year in counted}


def test_the_nested_divisions_land_level_by_level_with_the_codes_above_them(tmp_path: Path) -> None:
    levels = {"": (31, ()), "*.children": (342, ("^code",)), "*.children.*.children": (3056, ("^code", "^^code"))}
    for number_of, (path, (rows, above)) in enumerate(levels.items()):
        fields = [field("code"), field("name"), *(field(f"above{n}", of) for n, of in enumerate(above))]
        lake = tmp_path / str(number_of)
        found = real(lake, "divisions", "json", fields, (), pattern="pca-code.json", records=path)
        assert (found.landing.rows, found.landing.rejected) == (rows, {})
        for row in found.table.to_pylist():
            assert all(row["code"].startswith(row[f"above{n}"]) for n in range(len(above)))


def test_numbers_that_are_codes_in_json_are_texts_to_the_letter(tmp_path: Path) -> None:
    fields = (field("code"), field("name"), field("start"), field("end"), field("city", "^code"))
    options = {"pattern": "codes.json", "records": "items.*.children.*.children", "optional": ["end"]}
    found = real(tmp_path, "areacodes", "json", fields, (), **options)
    assert (found.landing.rows, found.landing.rejected) == (5_951, {})
    assert all(re.fullmatch("[0-9]{6}", code) for code in found.table["code"].to_pylist())


COUNTS = ("confirmed", "suspected", "cured", "dead")


def test_the_epidemic_of_china_is_the_same_table_from_json_and_csv(tmp_path: Path) -> None:
    names = ("date", "country", "countryCode", "province", "provinceCode", "city", "cityCode")
    fields = [*(field(n.lower(), n) for n in names), *(field(n, kind=Kind.INTEGER) for n in COUNTS)]
    csv = real(
        tmp_path / "a",
        "covid_cn_daily",
        "csv_folder",
        fields,
        ("",),
        pattern="2020-*.csv",
        encoding="utf-8",
    )
    doc = real(tmp_path / "b", "covid_cn_daily", "json", fields, (), pattern="2020-*.json")
    columns = [f.name for f in fields]
    assert csv.landing.rows == doc.landing.rows == 18_698
    assert csv.table.select(columns).equals(doc.table.select(columns))


def test_a_table_of_codes_is_the_same_from_json_and_csv_coordinates_to_the_last_digit(tmp_path: Path) -> None:
    fields = (field("code"), field("name"), field("former", "former_name "), field("latitude"), field("longitude"))
    csv = real(tmp_path / "a", "codes", "csv_folder", fields, ("",), pattern="GB-2260.csv", encoding="utf-8")
    doc = real(tmp_path / "b", "codes", "json", fields, ("",), pattern="GB-2260.json")
    columns = [f.name for f in fields]
    ours, theirs = (found.table.select(columns).sort_by([(c, "ascending") for c in columns]) for found in (csv, doc))
    assert ours.num_rows == theirs.num_rows
    assert ours.equals(theirs)


def test_codes_parted_by_a_blank_are_read_as_delimited_text(tmp_path: Path) -> None:
    fields = (field("code", element="division"), field("name"))
    options = {"pattern": "2024.txt", "encoding": "utf-8", "delimiter": " ", "header_row": 0}
    found = real(tmp_path, "areacodes/data", "csv_folder", fields, (), **options)
    assert (found.landing.rows, found.landing.rejected) == (3_213, {})
