"""Derived contracts against their inputs: wages × social insurance × invoices, and every way to promise too much."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.contract import compiled, looked_over
from cli.contract_inputs import inherited
from cli.door import Door
from cli.main import yishu
from schemas.contract import find_contracts, read_draft
from schemas.dataset import Dataset, Opening, Sharing
from schemas.errors import ContractBroken
from schemas.index import read_index
from schemas.inheritance import inherit
from schemas.origin import How
from schemas.settings import SHIPPED_CONTRACTS
from tests.builders import NOW

FOLDER = Path(__file__).parents[1] / "schemas" / "derived"
CROSS = "tax.cross_match"
FILE = "tax/cross_match.odcs.yaml"
WAGE, INSURANCE, INVOICE = "tax.wage", "human_resources.insurance", "tax.invoice"


def changed(folder: Path, *changes: tuple[str, str], file: str = FILE) -> Path:
    """The four contracts with texts of one of them replaced."""
    for one in find_contracts((FOLDER,)):
        copy = folder / one.relative_to(FOLDER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = one.read_text(encoding="utf-8")
        for old, new in changes if copy == folder / file else ():
            assert old in text, old
            text = text.replace(old, new, 1)
        copy.write_text(text, encoding="utf-8")
    return folder


def compiled_set(folder: Path = FOLDER) -> dict[str, Dataset]:
    return {one.key: one for one in compiled(find_contracts((folder,)))}


def told(folder: Path) -> list[tuple[str, str, str]]:
    """Of each mistake: the line as it stands in the file, what was found, what was expected."""
    with pytest.raises(ContractBroken) as broken:
        compiled(find_contracts((folder,)))
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    return [(lines[m.line - 1].strip(), m.found, m.expected) for m in broken.value.mistakes]


def test_wages_insurance_and_invoices_compile_with_the_lineage_of_each_column() -> None:
    cross = compiled_set()[CROSS]
    origins = {(o.field, f"{o.dataset}.{o.column}", o.how.value) for o in cross.origins}
    assert {o for o in origins if o[0] in ("firm", "uninsured", "ratio", "")} == {
        ("firm", "tax.invoice.firm", "direct"),
        ("uninsured", "tax.wage.person_id", "computed"),
        ("uninsured", "human_resources.insurance.person_id", "computed"),
        ("ratio", "tax.wage.amount", "computed"),
        ("ratio", "tax.invoice.invoiced", "computed"),
        *(("", f"{key}.{name}", "condition") for key in (WAGE, INSURANCE) for name in ("firm", "period")),
    }


def test_the_shipped_contracts_keep_what_their_inputs_ask() -> None:
    datasets = {one.key: one for one in compiled(find_contracts((SHIPPED_CONTRACTS,)))}
    profile = datasets["credit.enterprise_profile"]
    assert {(o.dataset, o.column) for o in profile.origins if o.field == "fines"} == {("credit.penalty", "fine")}
    assert [o.column for o in profile.origins if o.how is How.CONDITION] == ["credit_code"]
    assert all(one.origins == () for key, one in datasets.items() if key != profile.key)


ASSESSED = (
    '          - {property: yishu.assessment, value: {by: 枣庄市大数据局（演示）, date: "2026-11-02", why: 只有人数}}\n'
)
CLASS = 'class: conditional, condition: "仅用于税收与社保的交叉比对"'


@pytest.mark.parametrize(
    ("change", "line", "found", "expected"),
    [
        (
            ("- {property: yishu.grade, value: general-3}\n", "- {property: yishu.grade, value: general-1}\n"),
            "- {property: yishu.grade, value: general-1}",
            "general-1 for ratio, which is made of tax.invoice.invoiced (general-2), tax.wage.amount (general-3)",
            "general-3 or stricter, or a yishu.assessment",
        ),
        (
            ("{property: yishu.identifying, value: sensitive}", "{property: yishu.identifying, value: quasi}"),
            "- {property: yishu.identifying, value: quasi}",
            "quasi for ratio, which is made of tax.wage.amount (sensitive)",
            "sensitive or stricter",
        ),
        (
            ("{property: yishu.transform, value: bucket}", "{property: yishu.transform, value: mask}"),
            "- {property: yishu.transform, value: mask}",
            "mask for ratio, which is made of tax.wage.amount (bucket)",
            "bucket or stricter",
        ),
        (
            ("value: [market_supervision, statistics]", "value: [market_supervision, social_assistance]"),
            "- {property: yishu.purposes, value: [market_supervision, social_assistance]}",
            "social_assistance, not a purpose of human_resources.insurance, tax.invoice",
            "some of market_supervision, statistics",
        ),
        (("i.period,\n", "i.month,\n"), "i.month,", "the column i.month", "a column that the table"),
        (("i.period,\n", "period,\n"), "period,", "the column period", "a column of exactly one of the inputs"),
        (("i.firm,\n", "i.*,\n"), "i.*,", "*", "every column by its name"),
        (
            ('as "工资开票比"', "as r"),
            "- name: ratio",
            "no output '工资开票比' in the query",
            "one of its outputs: firm",
        ),
        (("i.period,\n", "i.period, i.invoiced,\n"), "sql: |", "the output 'invoiced'", "an output for each field"),
    ],
)
def test_what_a_derived_contract_promises_beyond_its_inputs_is_told_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: str, found: str, expected: str
) -> None:
    mistakes = told(changed(tmp_path, change))
    assert [m for m in mistakes if (m[0], m[1], m[2][: len(expected)]) == (line, found, expected)], mistakes


def test_counts_of_persons_are_as_strict_as_the_persons_where_no_assessment_says_otherwise(tmp_path: Path) -> None:
    mistakes = told(changed(tmp_path, (ASSESSED, "")))
    assert [(line, found.partition(" for ")[2][:4]) for line, found, _ in mistakes] == [("- name: paid", "paid")] * 3
    assert {found.partition(" (")[2] for _, found, _ in mistakes} == {"general-3)", "direct)", "mask)"}


def test_a_class_more_open_than_the_strictest_input_needs_an_assessment(tmp_path: Path) -> None:
    more_open = (CLASS, 'class: unconditional, condition: ""')
    assert compiled_set(changed(tmp_path / "a", more_open))[CROSS].sharing.value == "unconditional"
    unassessed = ("  - property: yishu.assessment\n    value: {by:", "  - property: other.note\n    value: {by:")
    ((line, found, _),) = told(changed(tmp_path / "b", more_open, unassessed))
    assert line.startswith("value: {class: unconditional")
    assert found.startswith("unconditional, made of tax.wage (conditional), human_resources.insurance (conditional)")


UNASSESSED = ("  - property: yishu.assessment\n    value: {by:", "  - property: other.note\n    value: {by:")
OPENED = '  - property: yishu.open\n    value: {{attribute: {}, condition: "登记后下载"}}\n  - property: yishu.source\n'


def opened(attribute: str) -> tuple[str, str]:
    return ("  - property: yishu.source\n", OPENED.format(attribute))


@pytest.mark.parametrize("attribute", ["unconditional", "conditional"])
def test_opening_what_is_made_of_data_that_are_not_open_needs_an_assessment(tmp_path: Path, attribute: str) -> None:
    assert compiled_set(changed(tmp_path / "a", opened(attribute)))[CROSS].opening is Opening(attribute)
    ((line, found, expected),) = told(changed(tmp_path / "b", opened(attribute), UNASSESSED))
    assert line.startswith(f"value: {{attribute: {attribute}")
    assert found.startswith(f"{attribute}, made of tax.wage (closed), human_resources.insurance (closed)")
    assert expected.startswith("closed or stricter, or a yishu.assessment")


def test_what_is_closed_or_says_nothing_opens_nothing(tmp_path: Path) -> None:
    for folder, change in (("a", [opened("closed")]), ("b", [])):
        assert compiled_set(changed(tmp_path / folder, *change, UNASSESSED))[CROSS].opening in (None, Opening.CLOSED)


@pytest.mark.parametrize(
    ("input_opening", "sharing", "own", "breaches"),
    [
        (Opening.UNCONDITIONAL, Sharing.OPEN, Opening.UNCONDITIONAL, 0),
        (None, Sharing.OPEN, Opening.UNCONDITIONAL, 0),
        (Opening.CONDITIONAL, Sharing.OPEN, Opening.UNCONDITIONAL, 1),
        (Opening.CONDITIONAL, Sharing.OPEN, Opening.CONDITIONAL, 0),
        (Opening.CLOSED, Sharing.UNCONDITIONAL, Opening.CONDITIONAL, 1),
        (None, Sharing.UNCONDITIONAL, Opening.CONDITIONAL, 1),
        (None, Sharing.CONDITIONAL, Opening.CLOSED, 0),
        (None, Sharing.CONDITIONAL, None, 0),
    ],
)
def test_the_open_attribute_is_held_against_each_input(
    input_opening: Opening | None, sharing: Sharing, own: Opening | None, breaches: int
) -> None:
    drafts = {d.dataset.key: d.dataset for d in map(read_draft, find_contracts((FOLDER,)))}
    cross = replace(drafts.pop(CROSS), opening=own, assessment=None, sharing=Sharing.CONDITIONAL)
    inputs = {key: replace(one, opening=input_opening, sharing=sharing) for key, one in drafts.items()}
    _, found = inherit(cross, inputs)
    assert len([one for one in found if one.way == ("yishu.open", "attribute")]) == breaches


def test_consent_and_purposes_are_inherited_where_the_contract_says_nothing(tmp_path: Path) -> None:
    purposes = ("  - {property: yishu.purposes, value: [market_supervision, statistics]}\n", "")
    unassessed = ("  - property: yishu.assessment\n    value: {by:", "  - property: other.note\n    value: {by:")
    assert compiled_set()[CROSS].consent is False
    cross = compiled_set(changed(tmp_path, purposes, unassessed))[CROSS]
    assert (cross.consent, cross.purposes) == (True, ("market_supervision", "statistics"))


def test_a_withheld_column_stays_withheld_in_what_is_made_of_it(tmp_path: Path) -> None:
    old = "- {property: yishu.grade, value: general-2}"
    new = f"{old}\n          - {{property: yishu.shareable, value: false}}"
    new += "\n          - {property: yishu.withheld_basis, value: 税收征收管理法}"
    ((_, found, expected),) = told(changed(tmp_path, (old, new), file="tax/invoice.odcs.yaml"))
    assert found == "true for ratio, which is made of tax.invoice.invoiced (false)"
    assert expected.startswith("false or stricter")


def test_what_is_derived_of_the_derived_inherits_through_it_and_a_circle_is_refused() -> None:
    drafts = [read_draft(file) for file in find_contracts((FOLDER,))]
    cross = next(d for d in drafts if d.dataset.key == CROSS)
    source = replace(cross.dataset.source, inputs=(CROSS,), options={"sql": f"select firm, ratio from {{{CROSS}}}"})
    fields = tuple(replace(f, source_name=f.name) for f in cross.dataset.fields if f.name in ("firm", "ratio"))
    above = replace(cross.dataset, key="tax.watch", source=source, fields=fields, assessment=None, consent=False)
    consenting = replace(cross, dataset=replace(cross.dataset, assessment=None))
    chain = [replace(cross, dataset=above), *(consenting if d is cross else d for d in drafts)]
    found, mistakes = inherited(chain)
    assert (mistakes, found[0].key, found[0].consent) == ([], "tax.watch", True)
    looped = replace(cross, dataset=replace(cross.dataset, source=replace(source, inputs=("tax.watch",))))
    _, (mistake,) = inherited([chain[0], looped])
    assert "the circle" in mistake.found


def test_lint_finds_the_inputs_of_a_single_file_among_the_installations_contracts(tmp_path: Path) -> None:
    folder = changed(tmp_path, ("i.firm,\n", "i.nobody as firm,\n"))
    alone, _ = looked_over([folder / FILE])
    assert alone == []
    beside, _ = looked_over([folder / FILE], [folder])
    assert [m.where for m in beside] == ["yishu.source.options.sql"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('date: "2026-11-02", why: 每', 'date: "yesterday", why: 每', "a day such as"),
        ("value: uninsured, threshold", "value: firm, threshold", "a field that is a number: paid, insured"),
        ('threshold: "2"', 'threshold: "many"', "a decimal in quotes"),
        ("direction: above", "direction: beyond", "one of above, below"),
        (", officer: 枣庄市大数据局值班室（演示）", "", "whom it calls"),
    ],
)
def test_assessments_and_indicators_are_read_closely(tmp_path: Path, old: str, new: str, expected: str) -> None:
    ((_, _, said),) = told(changed(tmp_path, (old, new)))
    assert said.startswith(expected)


def test_only_derived_datasets_have_an_indicator(tmp_path: Path) -> None:
    more = ("  - property: yishu.source\n", "  - {property: yishu.assessment, value: {}}\n  - property: yishu.source\n")
    with pytest.raises(ContractBroken, match="only a derived dataset has it"):
        compiled_set(changed(tmp_path, more, file="tax/wage.odcs.yaml"))


def test_the_indicator_becomes_a_rule_and_the_index_keeps_the_lineage(tmp_path: Path) -> None:
    door = Door({"YISHU_HOME": "home"}, tmp_path, lambda: NOW)
    call = ["contract", "compile", str(FOLDER)]
    assert CliRunner().invoke(yishu, call, obj=door, standalone_mode=False).exception is None
    stored = read_index(door.settings.registry)[CROSS]
    assert stored == compiled_set()[CROSS]
    rule = next(one for one in stored.rules if one.name == "indicator.uninsured")
    assert (rule.arguments, rule.severity.value) == ({"column": "uninsured", "max_value": "2"}, "warning")


def test_inputs_that_hardly_ever_come_for_the_same_day_are_told(tmp_path: Path) -> None:
    """Monthly and daily meet each month; monthly and weekly only where the first is a Monday."""
    load = "connection: tax, load: append"
    folder = changed(tmp_path, (load, f'{load}, schedule: "0 2 1 * *"'), file="tax/wage.odcs.yaml")
    assert CROSS in compiled_set(folder)
    other = folder / "tax" / "invoice.odcs.yaml"
    text = other.read_text(encoding="utf-8")
    assert load in text
    other.write_text(text.replace(load, f'{load}, schedule: "0 2 * * 1"'), encoding="utf-8")
    ((line, found, expected),) = told(folder)
    assert line.startswith("inputs:")
    assert INVOICE in found
    assert expected == f"inputs that come on the days of {WAGE}, the rarest: {INVOICE} do not"
