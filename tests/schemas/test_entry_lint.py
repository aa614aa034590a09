"""The self-check: a complete entry is clean, and each rule finds its flaw, says where, and what to write instead."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.dataset import Opening, Severity, Sharing
from schemas.entry import Category, ClassPath, Entry, Item
from schemas.entry_lint import RULES, errors, self_check
from schemas.entry_titles import plain_entry_title
from tests.entries import ITEMS, make_entry

TODAY = date(2026, 11, 20)


def found(entry: Entry) -> list[tuple[str, str]]:
    return [(one.rule, one.where) for one in self_check(entry, TODAY)]


def test_a_complete_entry_is_clean() -> None:
    assert found(make_entry()) == []


GOOD = make_entry()
CASES = [
    ({"title": "社会救助业务系统"}, "system-name", "title"),
    ({"abstract": ""}, "missing", "abstract"),
    ({"provider": ""}, "missing", "provider"),
    ({"sharing": None}, "missing", "sharing"),
    ({"path": ClassPath()}, "missing", "path"),
    ({"items": ()}, "missing", "items"),
    ({"provider": "370400"}, "provider-code", "provider"),
    ({"provider": "11370400DEM000063J"}, "provider-code", "provider"),
    ({"code": "ABC-1"}, "code-form", "code"),
    ({"code": "106005/1"}, "code-form", "code"),
    ({"path": ClassPath(Category.BASIC, "人口")}, "code-form", "code"),
    ({"related": ("x",)}, "code-form", "related"),
    ({"condition": ""}, "sharing-terms", "condition"),
    ({"sharing": Sharing.WITHHELD, "withheld_basis": "有关规定"}, "sharing-terms", "withheld_basis"),
    ({"items": (Item("甲", type="C", sharing=Sharing.CONDITIONAL),)}, "sharing-terms", "items.甲.condition"),
    (
        {"items": (Item("甲", type="C"), Item("乙", type="C", sharing=Sharing.WITHHELD))},
        "sharing-terms",
        "items.乙.withheld_basis",
    ),
    ({"items": (Item("甲", type="C", sharing=Sharing.OPEN),)}, "item-wider", "items.甲.sharing"),
    ({"items": ITEMS[3:]}, "everything-withheld", "sharing"),
    ({"opening": Opening.CONDITIONAL}, "opening-terms", "opening_condition"),
    ({"sharing": Sharing.OPEN}, "opening-terms", "opening"),
    ({"formats": ("api",)}, "format-and-mode", "formats"),
    ({"modes": ("file",), "formats": ("mysql",)}, "format-and-mode", "modes"),
    ({"modes": ("query",), "formats": ("pdf",)}, "format-and-mode", "modes"),
    ({"items": (Item("甲"),)}, "items", "items.甲.type"),
    ({"items": (Item("甲", type="C"), Item("甲 ", type="C"))}, "items", "items.甲 "),
    ({"items": (Item("罚款金额（元）", type="C"),)}, "unit-in-text", "items.罚款金额（元）.type"),
    ({"title": "机密人员名单"}, "secret-word", "title"),
    ({"contacts": ("张某 13800000000",)}, "contact-is-person", "contacts"),
    ({"abstract": "困难群众、救助发放信息"}, "empty-abstract", "abstract"),
    ({"published_on": date(2026, 11, 21)}, "date-to-come", "published_on"),
    ({"system": ""}, "not-yet-told", "system"),
]


@pytest.mark.parametrize(("told", "rule", "where"), CASES, ids=lambda one: one if isinstance(one, str) else "")
def test_each_rule_finds_its_flaw(told: dict[str, object], rule: str, where: str) -> None:
    flaws = [one for one in self_check(replace(GOOD, **told), TODAY) if (one.rule, one.where) == (rule, where)]  # type: ignore[arg-type]
    (flaw,) = flaws
    assert all(text.strip() for text in (*flaw.said, *flaw.fix))


def test_every_rule_is_tried_above() -> None:
    assert {rule for _, rule, _ in CASES} == set(RULES)


def test_only_errors_bar_the_way() -> None:
    flaws = self_check(replace(GOOD, system="", code=""), TODAY)
    assert flaws
    assert {one.severity for one in flaws} == {Severity.WARNING}
    assert errors(flaws) == ()


def test_a_withheld_entry_needs_no_modes() -> None:
    told = {"sharing": Sharing.WITHHELD, "modes": (), "withheld_basis": "《保险法》第一条：……", "condition": ""}
    assert errors(self_check(replace(GOOD, **told), TODAY)) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "title", ["低保对象", "低保 对象", "低保，对象。", "低保对象1", "低保对象12", "低保对象 副本", "低保对象　copy2"]
)
def test_titles_that_differ_in_nothing_are_one(title: str) -> None:
    assert plain_entry_title(title) == "低保对象"


def test_a_year_is_no_counting_on() -> None:
    assert plain_entry_title("低保对象2023") == "低保对象2023"
    assert plain_entry_title("12") == "12"
