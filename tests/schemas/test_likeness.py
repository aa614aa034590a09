"""Names of items that are alike, and the pairs by which they are found without looking at every name."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.likeness import THRESHOLD, likeness, pairs, rare_first, says_something, told

names = st.text("许可证编号日期机关名称统一社会信用代码ab1", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("许可证号", "许可证编号", True),
        ("污染源类型", "污染源类别", True),
        ("处罚依据", "行政处罚依据", True),
        ("作出处罚的决定日期", "作出行政处罚决定日期", True),
        ("联系 电话：", "联系电话", True),
        ("ＮＯ２指数", "NO2指数", True),
        ("NO2指数", "SO2指数", False),
        ("PM2.5指数", "PM10指数", False),
        ("出警时间", "接警时间", False),
        ("主体类别", "客体类别", False),
        ("站点经度", "站点纬度", False),
        ("企业名称", "行业名称", False),
    ],
)
def test_names_of_real_catalogues_are_alike_or_not(one: str, other: str, alike: bool) -> None:
    assert (likeness(told(one), told(other)) >= THRESHOLD) is alike


@pytest.mark.parametrize(
    ("name", "says"), [("姓名", True), ("时间", False), (" 时间 ", False), ("ID", False), ("12", False), ("", False)]
)
def test_a_name_that_unrelated_tables_share_says_nothing(name: str, says: bool) -> None:
    assert says_something(told(name)) is says


@given(names, names)
def test_likeness_is_symmetric_and_one_for_itself_alone(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1
    assert 0 <= likeness(one, other) <= 1


@st.composite
def kin(draw: st.DrawFn) -> tuple[str, str]:
    """A name, and the same with a few characters more or less anywhere."""
    one = draw(st.text("许可证编号日期机关名称统一社会信用代码", min_size=4, max_size=14))
    other = one
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(other)))
        other = other[:at] + draw(st.sampled_from(["", "的", "号", "许可"])) + other[at + draw(st.integers(0, 1)) :]
    return one, other or one


@settings(max_examples=500)
@given(kin())
def test_names_that_are_alike_share_one_of_their_rarest_pairs(both: tuple[str, str]) -> None:
    one, other = both
    assume(likeness(one, other) >= THRESHOLD)
    assert set(rare_first(one)) & set(rare_first(other))


@given(names)
def test_the_rarest_pairs_are_pairs_of_the_name(name: str) -> None:
    assert set(rare_first(name)) <= pairs(name)
    assert rare_first(name)
