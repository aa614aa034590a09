"""Flaws in an entry's terms: sharing and opening of it and its items, formats, modes, types of items."""

import re
from collections.abc import Iterator
from datetime import date

from schemas.contract_formats import FILES, FORMATS, ROWS
from schemas.contract_lint import plain_title
from schemas.dataset import Opening, Sharing
from schemas.entry import Entry, Item
from schemas.entry_flaws import Found

_ARTICLE = re.compile(r"第[一二三四五六七八九十百千零〇\d]+条")
_UNIT = re.compile(r"[（(](元|万元|亿元|%|％|人|个|公里|米|千米|吨|千克|公斤|亩|平方米|岁|天|次|毫克/升|mg/L)[）)]$")


def sharing(entry: Entry, _: date) -> Iterator[Found]:
    """Conditional with its condition, withheld with law and article; of the entry and of each item."""
    yield from _terms("", entry.sharing, entry.condition, entry.withheld_basis)
    for item in entry.items:
        yield from _terms(f"items.{item.name}.", item.sharing, item.condition, item.withheld_basis)


def _terms(where: str, sharing: Sharing | None, condition: str, basis: str) -> Iterator[Found]:
    if sharing is Sharing.CONDITIONAL and not condition:
        yield (
            f"{where}condition",
            ("有条件共享，却没有共享条件。", "Conditional sharing without its condition."),
            (
                "写明条件；审批时不得增设目录未列的条件。",
                "State it: nobody may ask for more than the catalogue states.",
            ),
        )
    if sharing is Sharing.WITHHELD and not _ARTICLE.search(basis):
        yield (
            f"{where}withheld_basis",
            ("不予共享，依据未写明法律与条款。", "Withheld without a law and its article."),
            ("如《……法》第X条：原文。", "E.g. the law's name, 第X条, and its text."),
        )


def item_wider(entry: Entry, _: date) -> Iterator[Found]:
    """No item is shared more widely than its entry."""
    order = (Sharing.OPEN, Sharing.UNCONDITIONAL, Sharing.CONDITIONAL, Sharing.WITHHELD)
    for item in entry.items:
        if entry.sharing and item.sharing and order.index(item.sharing) < order.index(entry.sharing):
            yield (
                f"items.{item.name}.sharing",
                (
                    f"信息项“{item.name}”比条目共享得更宽。",
                    f"The item {item.name} is shared more widely than its entry.",
                ),
                ("收紧信息项，或将条目改为更宽的共享类型。", "Narrow the item, or widen the entry."),
            )


def opening(entry: Entry, _: date) -> Iterator[Found]:
    """Conditionally open with its condition, and in accord with the sharing class."""
    if entry.opening is Opening.CONDITIONAL and not entry.opening_condition:
        yield (
            "opening_condition",
            ("有条件开放，却没有开放条件。", "Conditionally open without its condition."),
            ("写明开放条件。", "State the condition."),
        )
    if entry.sharing is Sharing.OPEN and entry.opening is Opening.CLOSED:
        yield (
            "opening",
            ("共享类型为开放，开放类型却为不予开放。", "Shared as open, and closed to the public."),
            ("两项取一致。", "Make the two agree."),
        )


def formats(entry: Entry, _: date) -> Iterator[Found]:
    """Formats of the dictionary, which fit the modes: file needs files, the others rows."""
    for one in entry.formats:
        if one not in FORMATS:
            yield (
                "formats",
                (f"格式 {one} 不在字典内。", f"The format {one} is none of the dictionary."),
                (f"{'、'.join(FORMATS)} 之一。", "One of these."),
            )
    groups = {FORMATS[one] for one in entry.formats if one in FORMATS}
    for mode in entry.modes if groups else ():
        fitting = FILES if mode == "file" else ROWS
        if mode != "offline" and not groups & set(fitting):
            valid = "、".join(one for one, group in FORMATS.items() if group in fitting)
            yield (
                "modes",
                (f"共享方式 {mode} 与资源格式不符。", f"The mode {mode} does not fit the formats."),
                (f"去掉 {mode}，或在格式中加入 {valid} 之一。", f"Without {mode}, or with one of these formats."),
            )


def items(entry: Entry, _: date) -> Iterator[Found]:
    """Each item once, with a type."""
    seen: set[str] = set()
    for item in entry.items:
        if plain_title(item.name) in seen:
            yield (
                f"items.{item.name}",
                (f"信息项“{item.name}”重名。", f"The item {item.name} is there twice."),
                ("只留一项，或写明区别。", "Keep one, or tell them apart."),
            )
        seen.add(plain_title(item.name))
        if not item.type:
            yield (
                f"items.{item.name}.type",
                (f"信息项“{item.name}”未填数据类型。", f"The item {item.name} has no type."),
                ("C 字符型、N 数值型、D 日期型等。", "C, N, D and so on."),
            )


def units(entry: Entry, _: date) -> Iterator[Found]:
    """A number with a unit in its name is no text."""
    for item in entry.items:
        if item.type == "C" and _UNIT.search(item.name):
            yield (
                f"items.{item.name}.type",
                (f"“{item.name}”带单位却为字符型：数值与单位会混在一起。", f"{item.name} has a unit and is text."),
                ("类型改为 N 数值型，数值中不写单位。", "Type N, and no unit in the value."),
            )


def _withheld_item(item: Item) -> bool:
    return item.sharing is Sharing.WITHHELD


def everything_withheld(entry: Entry, _: date) -> Iterator[Found]:
    """An entry of which something is shared."""
    if entry.items and entry.sharing is not Sharing.WITHHELD and all(map(_withheld_item, entry.items)):
        yield (
            "sharing",
            ("所有信息项都不予共享。", "Every item is withheld."),
            ("条目改为不予共享并写明依据，或放开信息项。", "Withhold the entry with its basis, or share items."),
        )
