"""How well the likeness of names tells items apart, counted on the field lists of 27 real catalogue entries."""

import itertools
import re

import pytest

from schemas.likeness import THRESHOLD, likeness, says_something, told
from tests.real.conftest import DATA

ENTRIES = DATA / "department_catalog_shanghai"
SAME = {
    frozenset(pair)
    for pair in (
        ("案件名称", "案件名称等"),
        ("行政区", "行政区域"),
        ("污染源类别", "污染源类型"),
        ("处罚依据", "行政处罚依据"),
        ("评价结果", "评价结论"),
        ("作出处罚的决定日期", "作出行政处罚决定日期"),
        ("许可证号", "许可证编号"),
        ("作出处罚的机关名称", "作出行政处罚决定机关名称"),
        ("企业名称", "企业详细名称"),
        ("作出处罚的决定日期", "处罚日期"),
        ("作出行政处罚决定日期", "处罚日期"),
        ("作出处罚的机关名称", "处罚机关"),
        ("作出行政处罚决定机关名称", "处罚机关"),
        ("产品名称", "商品名称"),
        ("商品名称", "样品名称"),
    )
}
"""Pairs of names that are one item, as we read them: looked for by hand among all that share a pair of characters."""


@pytest.fixture(scope="module")
def names() -> list[str]:
    if not ENTRIES.is_dir():
        pytest.skip(f"NOT TESTED ON REAL DATA: {ENTRIES} is not there")
    notes = (
        re.search(r"^notes: (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE) for file in ENTRIES.glob("*.md")
    )
    parts = (part.strip() for note in notes if note for part in re.split(r"[、，,（）()；;]| +", note[1]))
    found = sorted({part for part in parts if part and len(part) <= 14})
    return [name for name in found if says_something(told(name))]


@pytest.mark.real
@pytest.mark.parametrize(
    ("threshold", "found", "right"), [(0.5, 41, 12), (0.6, 27, 11), (0.65, 25, 10), (0.7, 11, 7), (0.8, 6, 5)]
)
def test_the_table_of_the_documentation_is_what_is_counted(
    names: list[str], threshold: float, found: int, right: int
) -> None:
    pairs = [
        (one, other)
        for one, other in itertools.combinations(names, 2)
        if likeness(told(one), told(other)) >= threshold - 1e-9
    ]
    assert (len(names), len(pairs)) == (245, found)
    assert sum(frozenset(pair) in SAME for pair in pairs) == right


@pytest.mark.real
def test_the_threshold_is_the_one_that_the_documentation_justifies() -> None:
    assert THRESHOLD == 0.7
