"""The code tables that the package carries against the published ones, row by row."""

import csv
import filecmp
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.standards.code_tables import FOLDER, codes

DATA = Path(os.environ.get("YISHU_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data") / "codes"
ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"NO REAL DATA: {DATA} is not there; set YISHU_REAL_DATA"),
]

MENDED = {
    "industry": {
        "7271": ("安全保护服务 安全服务", "安全服务"),
        "727": ("安全保护服务 安全服务", "安全保护服务"),
        "9051": ("文化体育娱乐活动与经纪代理服务 文化活动服务", "文化活动服务"),
        "905": ("文化体育娱乐活动与经纪代理服务 文化活动服务", "文化体育娱乐活动与经纪代理服务"),
    },
    "nationality": {
        "20": ("傈傈族", "傈僳族"),
        "29": ("柯尔克孜", "柯尔克孜族"),
        "36": ("毛难族", "毛南族"),
        "43": ("乌孜别克", "乌孜别克族"),
        "46": ("崩龙族", "德昂族"),
    },
}
"""Table -> code -> name as published and as carried."""


def published(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def same_names(table: str, theirs: dict[str, str]) -> None:
    ours = {line.code: line.name for line in codes(table)}
    assert {code: (name, ours[code]) for code, name in theirs.items() if name != ours[code]} == MENDED.get(table, {})


def test_all_1970_industries_are_there_row_by_row() -> None:
    rows = published("GB-4754-2017.csv")
    ours = {line.code: line for line in codes("industry")}
    above = {row["id"]: row["parent_id"] for row in rows}
    full: dict[str, str] = {}
    for row in rows:
        level, up = 1, row["parent_id"]
        while up:
            level, up = level + 1, above[up]
        full[row["id"]] = row["code"].rjust(level, "0")
    assert {row["id"]: ours[full[row["id"]]].parent for row in rows} == {
        row["id"]: full.get(row["parent_id"], "") for row in rows
    }
    assert (len(rows), len(full), len(ours)) == (1970, 1970, 1970)
    assert set(full.values()) == set(ours)
    same_names("industry", {full[row["id"]]: row["name"].strip() for row in rows})
    assert sum(full[row["id"]] != row["code"] for row in rows) == 9 + 35 + 97, "zeros that the source lost"


def test_all_56_nationalities_are_there_and_two_more() -> None:
    rows = published("GB-3304-1991.csv")
    assert len(rows) == 56
    same_names("nationality", {row["code_number"]: row["name"] for row in rows})
    assert {line.code for line in codes("nationality")} - {row["code_number"] for row in rows} == {"97", "98"}


@pytest.mark.parametrize(
    ("file", "table", "count"), [("GB-6864-2003.csv", "degree", 56), ("GB-4763-2008.csv", "party", 10)]
)
def test_degrees_and_parties_are_those_published(file: str, table: str, count: int) -> None:
    rows = published(file)
    ours = {line.code: line for line in codes(table)}
    assert len(rows) == len(ours) == count
    same_names(table, {row["code"]: row["name"] for row in rows})
    by_id = {row["id"]: row["code"] for row in rows}
    assert [ours[row["code"]].parent for row in rows] == [by_id.get(row.get("parent_id") or "", "") for row in rows]


def test_the_script_makes_the_very_files_that_are_carried(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, ROOT / "deploy" / "build_codes.py", DATA, tmp_path], check=False)
    assert done.returncode == 0
    made = sorted(file.name for file in tmp_path.iterdir())
    assert made == ["degree.csv", "industry.csv", "nationality.csv", "party.csv"]
    assert filecmp.cmpfiles(tmp_path, FOLDER, made, shallow=False) == (made, [], [])
