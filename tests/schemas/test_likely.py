"""What a column likely is, is told with its reason; values are judged and never repeated."""

import pytest

from schemas.dataset import Grade, Identifying, ScopeRole, Transform
from schemas.likely import meant, moves, place_of, protecting, shown
from schemas.standards.elements import ELEMENTS, Element, element
from schemas.standards.resident_id import check_digit

FIRST = [f"37040219{50 + n}0101{n:03d}" for n in range(40)]
RESIDENTS = [one + check_digit(one) for one in FIRST]


@pytest.mark.parametrize(
    ("name", "title", "expected"),
    [
        ("gmsfhm", "", "resident_id"),
        ("a", "身份证号码", "resident_id"),
        ("a", "申请人公民身份号码", "resident_id"),
        ("hjd", "户籍地行政区划代码", "division"),
        ("a", "手机号码（本人）", "mobile"),
    ],
)
def test_an_element_is_known_by_what_a_column_is_called(name: str, title: str, expected: str) -> None:
    found = meant(name, title, ())
    assert found is not None
    assert (found.element.id, found.firm) == (expected, True)


def test_numbers_with_right_check_digits_tell_an_element_whatever_the_name() -> None:
    found = meant("bh", "编号", RESIDENTS)
    assert found is not None
    assert (found.element.id, found.firm) == ("resident_id", True)
    assert "100%" in found.why
    assert RESIDENTS[0] not in found.why


def test_a_name_that_the_values_gainsay_decides_nothing() -> None:
    found = meant("gmsfhm", "公民身份号码", ["无"] * 40)
    assert found is not None
    assert (found.element.id, found.firm) == ("resident_id", False)


def test_a_name_that_is_only_like_an_element_is_a_thought() -> None:
    found = meant("a", "行政区划编码标准", ())
    assert found is not None
    assert not found.firm


def test_ordinary_numbers_are_no_element() -> None:
    assert meant("amount", "金额", [str(n) for n in range(1000, 1100)]) is None


def test_what_points_at_a_person_is_graded_and_masked_and_other_things_are_not() -> None:
    name = shown("xm", "姓名", None)
    assert (name.grade, name.identifying, name.transform) == (Grade.GENERAL_3, Identifying.DIRECT, Transform.MASK)
    illness = shown("x", "诊断结果", None)
    assert (illness.grade, illness.identifying) == (Grade.GENERAL_4, Identifying.SENSITIVE)
    amount = shown("amount", "救助金额", None)
    assert (amount.identifying, amount.transform) == (Identifying.NONE, Transform.CLEAR)
    card = shown("yhkh", "银行卡号", element("bank_card"))
    assert card.grade is element("bank_card").grade


def test_a_place_means_what_it_is_called_or_is_asked_for() -> None:
    assert place_of("hjd", "户籍地") is ScopeRole.HOUSEHOLD
    assert place_of("division", "行政区划代码") is None
    assert place_of("x", "户籍地或居住地") is None


def test_a_column_that_moves_with_its_row_is_known_by_its_name() -> None:
    assert moves("updated_at", "")
    assert moves("gxsj", "")
    assert moves("x", "最后更新时间")
    assert not moves("born", "出生日期")


DAYS = [f"2020-01-{n % 28 + 1:02d}" for n in range(40)]


@pytest.mark.parametrize(
    ("title", "values", "told", "firm"),
    [
        ("日期", DAYS, "date_8", False),
        ("日期", [day.replace("-", "") for day in DAYS], "date_8", True),
        ("年月", ["2020年1月"] * 40, "month_6", False),
        ("性别", ["男", "女"] * 20, "sex", False),
        ("性别", ["1", "2"] * 20, "sex", True),
        ("学位", ["博士"] * 40, "degree", False),
        ("银行卡号", ["12345678901234"] * 40, "bank_card", False),
        ("行政区划代码", ["薛城区"] * 40, "division", False),
        ("行政区划代码", ["370402"] * 40, "division", True),
        ("邮政编码", ["无"] * 40, "postcode", False),
    ],
)
def test_every_element_is_held_against_its_own_check(title: str, values: list[str], told: str, firm: bool) -> None:
    found = meant("a", title, values)
    assert found is not None
    assert (found.element.id, found.firm) == (told, firm)
    assert f"of 40 sampled values {100 if firm else 0}% keep its form" in found.why


@pytest.mark.parametrize("one", ELEMENTS, ids=lambda one: one.id)
def test_no_element_is_firm_by_its_name_alone(one: Element) -> None:
    found = meant(one.id, one.title, ["？"] * 40)
    assert found is not None
    assert (found.element, found.firm) == (one, False)


def test_what_is_called_so_is_protected_so_whatever_its_values_look_like() -> None:
    status = meant("a", "政治面貌", ["群众"] * 40)
    assert status is not None
    assert not status.firm
    assert shown("a", "政治面貌", protecting(status)).transform is Transform.DROP
    assert protecting(meant("a", "日期", DAYS)) is None
    assert protecting(meant("a", "行政区划编码标准", ())) is None
