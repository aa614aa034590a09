"""Real public data go the whole way, and what their README says of bad rows is what quarantine holds."""

import json
from collections import Counter

import duckdb
import pyarrow.parquet as pq
import pytest

from demo.real import TRUTH
from demo.report import report_on
from schemas import lake
from tests.real.conftest import DATA, WINDOW, Home

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA.is_dir(),
        reason=f"REAL DATA ARE MISSING: expected them in {DATA}; set YISHU_REAL_DATA to where they are",
    ),
]


@pytest.mark.parametrize("key", TRUTH)
def test_rows_in_published_and_quarantined_by_rule_are_those_of_the_readme(home: Home, key: str) -> None:
    report = report_on(home.datasets[key], home.shelf.runs(key), TRUTH[key])
    assert report.found == TRUTH[key]
    assert report.balanced


def test_each_broken_code_is_rejected_with_its_own_reason(home: Home) -> None:
    folder = home.settings.lake / lake.landing("divisions.villages_zaozhuang_dirty", WINDOW)
    reasons = pq.read_table(folder / "rejects.parquet").column("reason").to_pylist()
    values = pq.read_table(folder / "rejects.parquet").column("value").to_pylist()
    kinds = {
        "full-width digits": {r for r, v in zip(reasons, values, strict=True) if not v.isascii()},
        "scientific notation": {r for r, v in zip(reasons, values, strict=True) if "E+" in v},
        "eleven digits": {r for r, v in zip(reasons, values, strict=True) if v.isascii() and v.isdigit()},
    }
    counts = Counter(kind for kind, told in kinds.items() for reason in reasons if reason in told)
    assert counts == dict.fromkeys(kinds, 12)


def test_the_planted_defects_are_those_that_the_truth_beside_the_file_tells(home: Home) -> None:
    told = json.loads((DATA / "divisions" / "villages_zaozhuang_dirty_gbk.truth.json").read_text(encoding="utf-8"))
    truth = TRUTH["divisions.villages_zaozhuang_dirty"]
    codes = ("full_width_digits_in_code", "code_scientific_notation", "code_truncated_11")
    assert truth.read == told["rows_in_file"]
    assert truth.quarantined["code.misfit"] == sum(told[name] for name in codes)
    assert truth.quarantined["name.required"] == told["empty_name"]
    assert truth.quarantined["name.pattern"] == told["trailing_or_ideographic_space_in_name"]
    assert truth.quarantined["street.in_dataset"] == told["orphan_street"]
    assert truth.quarantined["key.unique"] == 2 * told["conflicting_duplicate_key"]
    assert truth.duplicates == told["exact_duplicate_row"]


def test_a_name_outside_gbk_comes_through(home: Home) -> None:
    found = duckdb.execute(
        "select name from read_parquet($1) where code = '371311001039'",
        [list(home.published("divisions.villages_shandong"))],
    ).fetchall()
    assert len(found) == 1
    assert found[0][0].startswith("䅟茬窑社区")


def test_na_is_missing_and_the_sum_of_fine_dust_is_kept(home: Home) -> None:
    found = duckdb.execute(
        "select sum(pm25)::varchar, count(*) - count(pm25) from read_parquet($1)",
        [list(home.published("environment.air_hourly"))],
    ).fetchone()
    assert found == ("5263818.5", 1_699)


def test_regions_keep_their_leading_zero_and_new_columns_are_null_before_they_came(home: Home) -> None:
    found = duckdb.execute(
        "select count(*) filter (codice_regione = '01'), "
        "count(*) filter (tamponi_test_molecolare is null and data < '2021-01-15'), "
        "count(*) filter (tamponi_test_molecolare is null and data >= '2021-01-15') from read_parquet($1)",
        [list(home.published("epidemic.italy_regions"))],
    ).fetchone()
    assert found == (90, 945, 0)


def test_both_forms_of_the_villages_say_the_same(home: Home) -> None:
    files = [list(home.published(key)) for key in ("divisions.villages_shandong", "divisions_db.villages")]
    found = duckdb.execute(
        "select count(*) from (select code, name from read_parquet($1) except select code, name from read_parquet($2))",
        files,
    ).fetchone()
    assert found == (0,)
