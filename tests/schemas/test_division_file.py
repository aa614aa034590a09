"""Division tables as CSV: what is read, and that every mistake is told with its line."""

from datetime import date
from pathlib import Path

import pytest

from schemas.access import Tier
from schemas.division_file import division_entries, read_division_file
from schemas.errors import BadInput, ContractBroken

TOWNS = "code,name\n370402001,中心街街道\n370402001013,铁西居委会\n"


def told(text: str, known: list[str] | None = None) -> list[str]:
    with pytest.raises(ContractBroken) as broken:
        division_entries(text, "towns.csv", known)
    return [f"{m.line} {m.where}: found {m.found}, expected {m.expected}" for m in broken.value.mistakes]


def test_parent_and_tier_are_told_by_the_digits_where_the_file_is_silent() -> None:
    town, village = division_entries(TOWNS, "towns.csv")
    assert (town.code, town.tier, town.parent) == ("370402001000", Tier.TOWN, "370402000000")
    assert (village.code, village.tier, village.parent) == ("370402001013", Tier.VILLAGE, "370402001000")


def test_a_bare_year_is_the_last_day_of_it() -> None:
    text = "code,name,parent,valid_from,valid_to\n371202,莱城区,3712,1992,2018\n370116,莱芜区,3701,2018-12-26,\n"
    old, new = division_entries(text, "towns.csv")
    assert (old.valid_from, old.valid_to) == (date(1992, 12, 31), date(2018, 12, 31))
    assert (new.valid_from, new.valid_to, new.parent) == (date(2018, 12, 26), None, "370100000000")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_utf_8_and_gb18030_are_told_apart(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "towns.csv"
    file.write_bytes(TOWNS.replace("\n", "\r\n").encode(encoding))
    assert [d.name for d in read_division_file(file, known=["370402000000"])] == ["中心街街道", "铁西居委会"]


def test_a_declared_encoding_is_kept_to(tmp_path: Path) -> None:
    file = tmp_path / "towns.csv"
    file.write_bytes(TOWNS.encode("gb18030"))
    with pytest.raises(ContractBroken, match="no utf-8"):
        read_division_file(file, "utf-8")
    with pytest.raises(BadInput, match="expected one of"):
        read_division_file(file, "klingon")
    with pytest.raises(BadInput, match="cannot be read"):
        read_division_file(tmp_path / "nothing.csv")


def test_every_mistake_of_a_file_is_told_with_its_line() -> None:
    text = (
        "code,name,parent,valid_from,valid_to\n"
        "1.23E+11,甲,,,\n"
        "370402001,,,,\n"
        "370402002,乙,37040,,\n"
        "370402003,丙,,yesterday,\n"
        "370402004,丁,,,\n"
        "370402004,丁,,,\n"
        "370402005,戊,370402005013,,\n"
        "370402006,己,,2020-01-02,2020-01-01\n"
        "370402007,庚,,,,,\n"
    )
    assert told(text) == [
        "2 code: found '1.23E+11', expected digits",
        "3 name: found nothing, expected a name",
        "4 parent: found '37040', expected 2, 4, 6, 9, 12 or 15",
        "5 valid_from: found 'yesterday', expected a date (2018-12-26), a year or nothing",
        "7 code: found 370402004, expected each code once; line 6 has it",
        "8 parent: found 370402005013, expected a division of a higher tier than 370402005000",
        "9 valid_to: found 2020-01-01, expected a day after 2020-01-02",
        "10 line: found too many cells, expected 5 cells",
    ]


def test_a_parent_must_be_in_the_file_or_known() -> None:
    assert told(TOWNS, []) == ["2 parent: found 370402000000, expected a parent that is in the file or known already"]
    assert len(division_entries(TOWNS, "towns.csv", ["370402000000"])) == 2


def test_two_entries_of_one_code_may_not_overlap() -> None:
    text = "code,name,valid_from,valid_to\n419001,义马市,1987,1990\n419001,济源市,1989,\n"
    assert told(text) == [
        "3 valid_from: found 419001000000 from 1989-12-31 on, expected a day not before 1990-12-31, the end of the last"
    ]


@pytest.mark.parametrize("header", ["", "name\n", "code,name,colour\n", "代码,名称\n"])
def test_a_header_that_does_not_fit_says_what_would(header: str) -> None:
    (only,) = told(header)
    assert "expected the columns code, name and perhaps parent" in only
