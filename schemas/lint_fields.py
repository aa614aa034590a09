"""Lint rules over single items: numbers kept as text, data elements not declared, persons not protected."""

import re
from collections.abc import Iterator

from schemas.contract import Draft
from schemas.contract_lint import Fault, plain_title
from schemas.contract_source import DERIVED
from schemas.dataset import Field, Identifying, Kind
from schemas.standards.elements import Element, element, find_element

_UNIT = re.compile(r"[（(]\s*(元|万元|亿元|千元|人|户|个|天|年|月|岁|米|公里|平方米|亩|公顷|千克|吨|%|％)\s*[）)]$")
_AMOUNT = re.compile(r"(?<![参代码])(人数|户数|次数|天数|数量|总数|金额|面积|单价|总额|年龄)$")
_BRACKET = re.compile(r"[（(][^（）()]*[）)]$")
_PERSON = re.compile(r"(姓名|身份证|身份号码|手机|联系电话|电话号码|住址|家庭地址|电子邮箱|护照)")
_WHOLE = ("人", "户", "个", "天", "岁")
_CHECKING = (
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_be_in_dataset",
)


def unit_in_text(draft: Draft) -> Iterator[Fault]:
    """A title that carries a unit belongs to a number."""
    for one in draft.dataset.fields:
        if one.type.kind is Kind.STRING and (found := _UNIT.search(one.title)):
            whole = found[1] in _WHOLE
            yield Fault(
                ("fields", one.name, "logicalType"),
                (f"“{one.title}”带计量单位，类型却是文本。", f"{one.title} carries a unit, yet its type is text."),
                (_number(whole), "The number alone in the data, its unit in the title."),
            )


def number_as_text(draft: Draft) -> Iterator[Fault]:
    """What counts or measures is a number."""
    for one in draft.dataset.fields:
        title = _BRACKET.sub("", one.title)
        if one.type.kind is Kind.STRING and not _UNIT.search(one.title) and (found := _AMOUNT.search(title)):
            whole = found[1].endswith("数") or found[1] in ("数量", "年龄")
            yield Fault(
                ("fields", one.name, "logicalType"),
                (f"“{one.title}”是数值，类型却是文本。", f"{one.title} is a number, yet its type is text."),
                (_number(whole), "A type that can be added up and compared."),
            )


def element_not_declared(draft: Draft) -> Iterator[Fault]:
    """A field that is called as a data element is, without its checks, grade and masking.

    What is derived was checked where it came from.
    """
    if draft.dataset.source.kind == DERIVED:
        return
    for one in draft.dataset.fields:
        meant = _meant(one)
        if meant and one.element is None and one.type == meant.type and not _checked(draft, one):
            yield Fault(
                ("fields", one.name, "yishu.element"),
                (
                    f"“{one.title}”即数据元“{meant.title}”，却未声明。",
                    f"{one.name} is the data element {meant.id} by its name, and does not say so.",
                ),
                (
                    f"{{property: yishu.element, value: {meant.id}}}。",
                    "That line brings check, grade and masking.",
                ),
            )


def person_unprotected(draft: Draft) -> Iterator[Fault]:
    """In a dataset about persons what names a person is graded, and says how it identifies."""
    if draft.dataset.subject_kind != "person":
        return
    for one in draft.dataset.fields:
        if one.element and element(one.element).identifying is Identifying.DIRECT:
            direct = one.identifying is not Identifying.NONE
        elif _PERSON.search(one.title):
            graded = draft.lines.has("fields", one.name, "yishu.grade")
            direct = graded and one.identifying is not Identifying.NONE
        else:
            continue
        if not direct:
            yield Fault(
                ("fields", one.name),
                (
                    f"“{one.title}”可直接识别个人，未定级或未标明识别性。",
                    f"{one.name} names a person, without a grade or without yishu.identifying.",
                ),
                (
                    "{property: yishu.grade, value: general-3}、{property: yishu.identifying, value: direct}、"
                    "{property: yishu.transform, value: mask}。",
                    "These three lines under the item's customProperties, or stricter ones.",
                ),
            )


def same_item_title(draft: Draft) -> Iterator[Fault]:
    """Two items of one dataset with one title cannot be told apart."""
    seen: dict[str, str] = {}
    for one in draft.dataset.fields:
        title = plain_title(one.title)
        if title and title in seen:
            yield Fault(
                ("fields", one.name, "businessName"),
                (
                    f"“{one.title}”与信息项 {seen[title]} 同名。",
                    f"{one.name} has the same title as {seen[title]}.",
                ),
                ("加上区别二者的字样。", "The word that tells the two apart."),
            )
        seen.setdefault(title, one.name)


def _meant(one: Field) -> Element | None:
    return find_element(_BRACKET.sub("", one.title)) or find_element(one.source_name)


def _checked(draft: Draft, one: Field) -> bool:
    return any(r.expectation in _CHECKING and r.arguments.get("column") == one.name for r in draft.dataset.rules)


def _number(whole: bool) -> str:
    return "logicalType: integer。" if whole else "logicalType: number，physicalType: DECIMAL(18,2)。"
