"""Lint: what a readable contract may still have wrong, each fault with its rule, line and what to write instead."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.contract import find_contracts, read_draft
from schemas.contract_lint import LintFinding, LintRule, TogetherRule, lint, plain_title
from schemas.durations import cycle_days, schedule_days
from schemas.lint_rules import RULES, TOGETHER
from schemas.settings import SHIPPED_CONTRACTS

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
TEN = HERE / "lint" / "civil_affairs" / "ten_faults.odcs.yaml"
LOW_INCOME = SHIPPED_CONTRACTS / "civil_affairs" / "low_income.odcs.yaml"
PENALTY = SHIPPED_CONTRACTS / "credit" / "penalty.odcs.yaml"
GRANTED = "  - {property: yishu.modes, value: [bulk, delta, query, verify]}\n"
FORMATS = "  - {{property: yishu.formats, value: [{}]}}\n"
PURPOSES = (
    "  - {property: yishu.purposes, value:"
    " [social_assistance, public_service, grassroots_governance, statistics, data_return]}\n"
)
UNSAID = (("yishu.element, value: mobile", "yishu.source_name, value: sjhm"),)
POINTING = (("yishu.element, value: credit_code", "yishu.identifying, value: direct"),)
HARMLESS = (("yishu.identifying, value: direct", "yishu.identifying, value: none"),)
SUBJECT = "  - {property: yishu.subject, value: enterprise}\n"


def found(*files: Path) -> Sequence[LintFinding]:
    return lint([read_draft(file) for file in files], RULES, TOGETHER)


def changed(folder: Path, shipped: Path, *changes: tuple[str, str], name: str = "") -> Path:
    text = shipped.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file = folder / shipped.parent.name / (name or shipped.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_contract_with_ten_mistakes_has_ten_lines_each_with_what_to_write() -> None:
    draft, lines = read_draft(TEN), TEN.read_text(encoding="utf-8").splitlines()
    told = [(m.line, "reader", m.expected) for m in draft.mistakes]
    told += [(f.line, f.rule, f.fix) for f in lint([draft], RULES, TOGETHER)]
    assert [(rule, lines[line - 1].strip()) for line, rule, _ in sorted(told)] == [
        ("system-name", "name: 社会救助信息管理系统"),
        ("reader", 'version: "1.0"'),
        ("empty-description", "purpose: 救助数据"),
        ("no-purposes", '- {property: yishu.title_en, value: "Assistance"}'),
        ("mode-without-format", "- {property: yishu.modes, value: [query, file]}"),
        ("slow-schedule", 'schedule: "0 2 * * 1"'),
        ("element-not-declared", "- name: person_id"),
        ("person-unprotected", "- name: name"),
        ("unit-in-text", "logicalType: string"),
        ("no-english", "- name: approved_on"),
    ]
    assert all(fix for _, _, fix in told)


def test_contracts_that_travel_with_the_package_have_no_fault() -> None:
    folders = (
        SHIPPED_CONTRACTS,
        ROOT / "demo" / "contracts",
        ROOT / "docs" / "examples",
        ROOT / "tests" / "real" / "contracts",
    )
    assert [str(one) for one in found(*find_contracts(folders))] == []


@pytest.mark.parametrize(
    ("shipped", "changes", "rule", "fix"),
    [
        (LOW_INCOME, (("name: 城乡低保对象", "name: 低保数据库"),), "system-name", "低保登记信息"),
        (LOW_INCOME, ((PURPOSES, ""),), "no-purposes", "yishu.purposes"),
        (LOW_INCOME, (('schedule: "0 2 * * *"', 'schedule: "0 2 1 * *"'),), "slow-schedule", "0 2 * * *"),
        (LOW_INCOME, (("load: snapshot", "load: merge"),), "merge-without-deletes", "deletes"),
        (LOW_INCOME, (("primaryKey: true", ""), ("primaryKeyPosition: 1", "")), "verify-without-key", "primaryKey"),
        (LOW_INCOME, (("businessName: 姓名", "businessName: 性 别"),), "same-item-title", "区别"),
        (LOW_INCOME, (("businessName: 低保证号", "businessName: 救助金额"),), "number-as-text", "DECIMAL(18,2)"),
        (LOW_INCOME, (("businessName: 低保证号", "businessName: 救助人数"),), "number-as-text", "integer"),
        (LOW_INCOME, (("businessName: 低保证号", "businessName: 面积（亩）"),), "unit-in-text", "DECIMAL(18,2)"),
        (LOW_INCOME, UNSAID, "element-not-declared", "mobile"),
        (LOW_INCOME, HARMLESS, "person-unprotected", "direct"),
        (LOW_INCOME, ((GRANTED, GRANTED + FORMATS.format("xlsx")),), "format-not-of-source", "postgresql"),
        (LOW_INCOME, ((GRANTED, GRANTED + FORMATS.format("pdf")),), "mode-without-format", "yishu.formats"),
        (PENALTY, ((SUBJECT, ""), *POINTING), "open-identifying", "withheld"),
    ],
)
def test_a_fault_is_found_by_its_rule(
    tmp_path: Path, shipped: Path, changes: tuple[tuple[str, str], ...], rule: str, fix: str
) -> None:
    told = [one for one in found(changed(tmp_path, shipped, *changes)) if one.rule == rule]
    assert told
    assert all(fix in f"{one.fix} {one.fix_en}" for one in told)


@pytest.mark.parametrize("title", ["城乡低保对象。", "城乡 低保对象", "「城乡低保对象」", "城乡\u3000低保对象"])
def test_titles_that_differ_in_marks_alone_are_one_title(tmp_path: Path, title: str) -> None:
    changes = (("id: civil_affairs.low_income", "id: civil_affairs.second"), ("name: 城乡低保对象", f'name: "{title}"'))
    second = changed(tmp_path, LOW_INCOME, *changes, name="second.odcs.yaml")
    (one,) = found(LOW_INCOME, second)
    assert (one.rule, one.file, one.line) == ("duplicate-title", str(second), 4)


@pytest.mark.parametrize(
    ("old", "new"),
    [("name: 枣庄市民政局（演示）", "name: 枣庄民政局"), ("11370400DEM000014H", "11370400DEM000022C")],
)
def test_a_provider_has_one_name_and_one_code(tmp_path: Path, old: str, new: str) -> None:
    changes = (
        (old, new),
        ("id: civil_affairs.low_income", "id: civil_affairs.second"),
        ("name: 城乡低保对象", "name: 别"),
    )
    second = changed(tmp_path, LOW_INCOME, *changes, name="second.odcs.yaml")
    assert [(f.rule, f.where.split(".")[1]) for f in found(LOW_INCOME, second)] == [("provider-code", "owner")]


def test_nothing_is_said_of_words_that_could_not_be_read(tmp_path: Path) -> None:
    file = changed(tmp_path, PENALTY, ("class: open", "class: opened"), (SUBJECT, ""))
    assert [f.rule for f in found(file)] == []


def test_every_rule_says_in_its_first_line_what_it_asks_for_and_has_a_name_of_its_own() -> None:
    every: list[LintRule | TogetherRule] = [*RULES, *TOGETHER]
    assert len({rule.name for rule in every}) == len(every)
    assert all(rule.find.__doc__ for rule in every)


def test_widths_and_marks_are_no_part_of_a_title() -> None:
    assert plain_title("ＡＢＣ（企业）— 信息") == plain_title("abc企业信息")


@pytest.mark.parametrize(
    ("cycle", "cron", "days"),
    [("P1D", "0 2 * * *", (1, 1)), ("P1W", "0 2 * * 1", (7, 7)), ("P1M", "0 2 1 * *", (31, 31)), ("PT1H", "", (1, 0))],
)
def test_a_cycle_and_a_schedule_are_days(cycle: str, cron: str, days: tuple[int, int]) -> None:
    assert (cycle_days(cycle), schedule_days(cron)) == days
