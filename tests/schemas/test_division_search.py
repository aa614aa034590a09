"""Finding divisions by name and code as of a day, and what stands out about them."""

from datetime import date

import pytest

from schemas.access import Tier
from schemas.division_search import Shape, Sought, look_up, shape_of
from schemas.divisions import shipped

DAY = date(2023, 12, 31)


def found(**sought: object) -> list[str]:
    return [one.code[:6] + one.name for one in look_up(shipped(), Sought(**sought))]  # type: ignore[arg-type]


def test_the_very_name_comes_first_and_only_what_stood_on_that_day() -> None:
    assert found(text="莱芜区", at=DAY) == ["370116莱芜区"]
    assert found(text="莱芜", at=date(2018, 12, 30)) == ["371200莱芜市"]
    assert {"370116莱芜区", "371200莱芜市"} <= set(found(text="莱芜"))


def test_the_beginning_of_a_code_finds_what_lies_below() -> None:
    assert found(text="3704", at=DAY)[0] == "370400枣庄市"
    assert found(text="3704", at=DAY) == found(text="", within="370400000000", at=DAY)
    assert found(text="滕州", within="370100000000", at=DAY) == []


def test_a_tier_narrows() -> None:
    assert len(found(tier=Tier.PROVINCE, at=DAY)) == 34
    assert found(text="吉林", tier=Tier.PROVINCE, at=DAY) == ["220000吉林省"]


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("370402", Shape.ORDINARY),
        ("441900", Shape.UNDIVIDED_CITY),
        ("442000", Shape.UNDIVIDED_CITY),
        ("460400", Shape.UNDIVIDED_CITY),
        ("620200", Shape.UNDIVIDED_CITY),
        ("429004", Shape.DIRECT_COUNTY),
        ("469005", Shape.DIRECT_COUNTY),
        ("659001", Shape.DIRECT_COUNTY),
        ("110101", Shape.ORDINARY),
        ("500101", Shape.ORDINARY),
        ("110100", Shape.HOLDER),
        ("429000", Shape.HOLDER),
    ],
)
def test_what_stands_out_is_told(code: str, shape: Shape) -> None:
    entry = shipped().entry(code, DAY)
    assert entry is not None
    assert shape_of(shipped(), entry, DAY) is shape
