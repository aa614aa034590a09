"""Every kind of file among the real public data is read as its README counts it, misfits and all."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from connectors.landing.landing import land, make_plan
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import SourceChanged
from schemas.journey import Landing
from tests.builders import make_dataset, make_field
from tests.connectors.conformance import DAY, NOW

DATA = Path(os.environ.get("YISHU_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not DATA.is_dir(),
        reason=f"REAL DATA ARE MISSING: expected them in {DATA}; set YISHU_REAL_DATA to where they are",
    ),
]


def field(name: str, source: str = "", kind: Kind = Kind.STRING, **told: Any) -> Field:
    of = FieldType(kind, 30, 20) if kind is Kind.DECIMAL else FieldType(kind)
    return make_field(name, source_name=source or name, type=of, **told)


VILLAGES = (
    field("code", "统计用区划代码", element="division", key=1),
    field("name", "村级名称"),
    field("town", "乡级代码", element="division"),
    field("province", "省级代码", element="division"),
    field("city", "地级代码", element="division"),
    field("county", "县级代码", element="division"),
)


class Real:
    """One landing of one real source."""

    def __init__(self, dataset: Dataset, landing: Landing, lake: Path) -> None:
        self.dataset, self.landing, self.lake = dataset, landing, lake

    @property
    def table(self) -> pa.Table:
        return pa.concat_tables(pq.read_table(self.lake / part.path) for part in self.landing.parts)

    @property
    def rejects(self) -> list[dict[str, Any]]:
        rejects = self.landing.rejects
        return pq.read_table(self.lake / rejects.path).to_pylist() if rejects else []


def real(lake: Path, where: str, kind: str, fields: Sequence[Field], markers: tuple[str, ...], **options: Any) -> Real:
    """Lands one file or folder of the real data."""
    source = Source(kind, "real", options, null_markers=markers)
    dataset = make_dataset("real.data", fields=tuple(fields), source=source, default_scope="")
    of = "sqlite" if kind == "sql_table" else "fs"
    connector = connector_for(dataset, Connection("real", of, host=str(DATA / where)))
    assert [p for p in connector.check() if not p.warning] == []
    landing = land(dataset, make_plan(dataset, connector, DAY, lake), connector, lake, NOW)
    return Real(dataset, landing, lake)


@pytest.mark.parametrize(
    ("file", "encoding", "rows"),
    [
        ("villages_shandong_gb18030.csv", "gb18030", 62_074),
        ("villages_shandong_gb18030.csv", "gbk", 62_074),
        ("villages_zaozhuang_utf8bom.csv", "utf-8", 2_469),
    ],
)
def test_clean_villages_lose_no_row_and_no_character(tmp_path: Path, file: str, encoding: str, rows: int) -> None:
    found = real(tmp_path, "divisions", "csv_folder", VILLAGES, ("",), pattern=file, encoding=encoding)
    assert (found.landing.read, found.landing.rows, found.landing.rejected) == (rows, rows, {})
    if rows == 62_074:
        codes = dict(zip(found.table["code"].to_pylist(), found.table["name"].to_pylist(), strict=True))
        assert codes["371311001039"].startswith("䅟茬窑")


def test_of_the_dirty_villages_exactly_the_broken_codes_are_rejected(tmp_path: Path) -> None:
    file = "villages_zaozhuang_dirty_gbk.csv"
    truth = json.loads((DATA / "divisions" / file.replace(".csv", ".truth.json")).read_text())
    found = real(tmp_path, "divisions", "csv_folder", VILLAGES, ("",), pattern=file, encoding="gbk")
    assert found.landing.read == truth["rows_in_file"]
    assert found.landing.rejected == {"code.misfit": 36}
    kinds = Counter(
        "full_width_digits_in_code" if not r["value"].isascii() else
        "code_scientific_notation" if "E" in r["value"] else "code_truncated_11"
        for r in found.rejects
    )  # fmt: skip
    assert kinds == {name: truth[name] for name in kinds}
    lines = (DATA / "divisions" / file).read_text(encoding="gb18030").splitlines()
    for reject in found.rejects:
        assert lines[reject["_place"]].startswith(reject["value"])


def test_the_database_and_the_file_hold_the_same_villages(tmp_path: Path) -> None:
    columns = ("code", "name", "streetCode", "provinceCode", "cityCode", "areaCode")
    fields = [field(f.name, s, element=f.element or None) for f, s in zip(VILLAGES, columns, strict=True)]
    database = real(tmp_path / "a", "divisions/shandong.sqlite", "sql_table", fields, (), table="village")
    file = "villages_shandong_gb18030.csv"
    csv = real(tmp_path / "b", "divisions", "csv_folder", VILLAGES, (), pattern=file, encoding="gb18030")
    names = [f.name for f in VILLAGES]
    ours, theirs = (r.table.select(names).sort_by("code") for r in (database, csv))
    assert ours.equals(theirs)
    assert ours.num_rows == 62_074


def test_na_is_missing_in_the_air_and_the_sum_is_that_of_the_readme(tmp_path: Path) -> None:
    numbers = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3", "PRES", "DEWP", "RAIN", "WSPM")
    fields = [
        field("no", "No", Kind.INTEGER),
        *(field(n.lower().replace(".", "_"), n, Kind.DECIMAL) for n in numbers),
        field("temp", "TEMP", Kind.DOUBLE),
        field("wd"),
        field("station"),
    ]
    found = real(tmp_path, "air", "csv_folder", fields, ("NA",), pattern="PRSA_*.csv", encoding="utf-8")
    assert (found.landing.read, found.landing.rejected) == (2 * 35_064, {})
    dust = found.table["pm2_5"]
    assert dust.null_count == 1_699
    assert str(pc.sum(dust)) == "5263818.50000000000000000000"


def test_without_the_marker_na_is_a_misfit_and_never_null(tmp_path: Path) -> None:
    fields = [field("no", "No", Kind.INTEGER), field("pm2_5", "PM2.5", Kind.DECIMAL)]
    found = real(tmp_path, "air", "csv_folder", fields, (), pattern="PRSA_*.csv", encoding="utf-8")
    assert found.landing.rejected == {"pm2_5.misfit": 1_699}
    assert found.table["pm2_5"].null_count == 0


SHEETS = {"2022": (4, 182), "2020": (4, 768), "2018": (3, 499), "2016": (3, 829), "2014": (4, 805)}
"""Sheet -> row of its headers, rows that the README counts."""


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_sheets_of_changed_codes_are_read_below_their_titles_with_provinces_filled_down(
    tmp_path: Path, sheet: str
) -> None:
    header, rows = SHEETS[sheet]
    fields = [
        field("no", "序号", Kind.INTEGER),
        field("province", "省份"),
        field("old_code", "原区划代码", element="division"),
        field("old_name", "原名称"),
        field("new_code", "现区划代码", element="division"),
        field("new_name", "现名称"),
    ]
    options = {"sheet": sheet, "header_rows": [header], "first_row": header + 1, "fill_down": ["province"]}
    found = real(tmp_path, "areacodes", "xlsx", fields, ("",), file="sub-county-diff_even_years.xlsx", **options)
    assert abs(found.landing.read - rows) <= 5, "the README leaves out the notes at the end"
    assert all(code is None or (code.isdigit() and len(code) == 12) for code in found.table["old_code"].to_pylist())
    if sheet != "2022":
        assert found.table["province"].null_count == 0
    numbers = found.table["no"].drop_null().to_pylist()
    assert numbers == sorted(numbers)


def test_a_history_of_codes_whose_cells_hold_several_values_is_text_to_the_letter(tmp_path: Path) -> None:
    names = (DATA / "areacodes" / "result.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    fields = [field(f"c{n}", name) for n, name in enumerate(names)]
    found = real(tmp_path, "areacodes", "csv_folder", fields, ("",), pattern="result.csv", encoding="utf-8")
    assert found.landing.rows == 6_823


REGIONS = ("data", "stato", "codice_regione", "denominazione_regione", "totale_casi", "note")


def test_regions_whose_columns_grow_over_time_are_read_where_the_contract_lets_older_files_lack_them(
    tmp_path: Path,
) -> None:
    fields = [field(n) for n in REGIONS] + [field("codice_nuts_2")]
    told: dict[str, Any] = {"pattern": "dpc-covid19-ita-regioni-*.csv", "encoding": "utf-8"}
    with pytest.raises(SourceChanged, match="no column 'codice_nuts_2'"):
        real_plan(fields, "covid_it_regions", told)
    found = real(tmp_path, "covid_it_regions", "csv_folder", fields, ("",), **told, optional=["codice_nuts_2"])
    assert found.landing.rows == 1_890
    assert found.table["codice_regione"].to_pylist()[0] == "13"
    assert "01" in found.table["codice_regione"].to_pylist()
    assert 0 < found.table["codice_nuts_2"].null_count < 1_890


def real_plan(fields: Sequence[Field], where: str, options: dict[str, Any]) -> None:
    source = Source("csv_folder", "real", options)
    dataset = make_dataset("real.data", fields=tuple(fields), source=source, default_scope="")
    connector_for(dataset, Connection("real", "fs", host=str(DATA / where))).plan(DAY)


MESSY: dict[str, tuple[dict[str, Any], tuple[str, ...], int]] = {
    "simple.csv": ({"encoding": "utf-8"}, ("date", "temperature", "place"), 6),
    "utf8bom.csv": ({"encoding": "utf-8"}, ("kitten", "win"), 0),
    "skip_initials.csv": ({"encoding": "utf-8"}, ("field1", "field2"), 2),
    "utf-16le_encoded.csv": ({"encoding": "utf-16"}, ("Organisation_code", "SCT_recalls_to_hospital"), 327),
    "excel_pasting.csv": ({"encoding": "utf-8", "header_row": 4}, ("Year", "2007"), 17),
}


@pytest.mark.parametrize("file", MESSY)
def test_messy_tables_are_read_as_declared(tmp_path: Path, file: str) -> None:
    options, names, rows = MESSY[file]
    fields = [field(f"c{n}", name) for n, name in enumerate(names)]
    found = real(tmp_path, "messy", "csv_folder", fields, (), pattern=file, **options)
    assert (found.landing.rows, found.landing.rejected) == (rows, {})


def test_blanks_before_a_value_are_part_of_it(tmp_path: Path) -> None:
    fields = [field("a", "field1"), field("b", "field2")]
    found = real(tmp_path, "messy", "csv_folder", fields, (), pattern="skip_initials.csv", encoding="utf-8")
    assert found.table["b"].to_pylist() == ["    goodbye", "goodbye2"]


def test_thousands_separators_of_a_pasted_sheet_are_told(tmp_path: Path) -> None:
    fields = [field("sector", "Year"), field("y2007", "2007", Kind.DECIMAL)]
    options: dict[str, Any] = {"pattern": "excel_pasting.csv", "encoding": "utf-8", "header_row": 4}
    found = real(tmp_path, "messy", "csv_folder", fields, ("",), **options)
    assert found.rejects[0]["value"] == "1,751"
    assert "thousands separators" in found.rejects[0]["reason"]
