"""The code tables that the package carries, and the elements that name them."""

from collections import Counter

import pytest

from schemas.standards.code_tables import FOLDER, TABLES, codes
from schemas.standards.elements import ELEMENTS


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("sex", 4),
        ("marital_status", 8),
        ("nationality", 58),
        ("political_status", 13),
        ("party", 10),
        ("degree", 56),
        ("industry", 1970),
    ],
)
def test_a_table_has_each_code_once_with_a_name_and_below_one_of_its_own(table: str, count: int) -> None:
    lines = codes(table)
    known = {line.code: line for line in lines}
    assert len(known) == len(lines) == count
    assert all(line.name and line.name == line.name.strip() and "\xa0" not in line.name for line in lines)
    assert {line.parent for line in lines} <= {*known, ""}
    assert [line.code for line in lines] == sorted(known)


def test_industries_stand_under_each_other_by_their_digits() -> None:
    lines = codes("industry")
    assert Counter(len(line.code) for line in lines) == {1: 20, 2: 97, 3: 473, 4: 1380}
    assert "".join(line.code for line in lines if not line.parent) == "ABCDEFGHIJKLMNOPQRST"
    assert all(line.code.startswith(line.parent) for line in lines if len(line.code) > 2)
    named = {line.code: line.name for line in lines}
    assert (named["01"], named["011"], named["0111"], named["11"]) == (
        "农业",
        "谷物种植",
        "稻谷种植",
        "开采专业及辅助性活动",
    )
    assert "1" not in named
    assert "111" in named, "11x of division 11, not of division 01"


def test_there_is_no_table_without_a_file_and_no_file_without_a_table() -> None:
    assert {file.stem for file in FOLDER.glob("*.csv")} == set(TABLES)
    with pytest.raises(KeyError, match="no code table 'blood'; there are sex, "):
        codes("blood")


def test_an_element_that_names_a_table_is_checked_by_it_and_no_other_is() -> None:
    checked = {
        one.id: dict(promise.arguments)["table"]
        for one in ELEMENTS
        for promise in one.promises
        if promise.expectation == "expect_column_values_to_be_in_code_table"
    }
    assert checked == {one.id: one.table for one in ELEMENTS if one.table}
    assert set(checked.values()) == set(TABLES)
    assert all(
        TABLES[one.table].standard.split("-")[0] in one.definition.replace(" 的", "") for one in ELEMENTS if one.table
    )
