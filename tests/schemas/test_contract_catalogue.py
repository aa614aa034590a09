"""What a contract says for the catalogue: read, told in the entry, held to its form; what is secret is no contract."""

from pathlib import Path

import pytest

from schemas.catalogued import NOTHING_TOLD, Catalogued, Category, ClassPath
from schemas.contract import read_contract, read_draft
from schemas.contract_lint import lint
from schemas.entry_lint import self_check
from schemas.entry_of_contract import bound, entry_of
from schemas.errors import ContractBroken
from schemas.lint_rules import RULES
from tests.builders import NOW
from tests.schemas.test_contract_lint import GRANTED, LOW_INCOME, changed

TOLD = """  - property: yishu.catalogue
    value:
      class: {category: department, project: 民政, subject: 社会救助, detail: 低保}
      related: [306005/000124]
      lead: {credit_code: "11370400DEM000014H", name: 枣庄市民政局（演示）}
      collecting_basis: 《社会救助暂行办法》第十条
      system: 社会救助业务系统
      contacts: [救助科数据岗 0632-0000000]
      published_on: "2026-01-05"
      secret: false
"""
CODED = f"{GRANTED}{TOLD}  - {{property: yishu.catalogue_code, value: 306005/000123}}\n"


def contract(folder: Path, *changes: tuple[str, str]) -> Path:
    return changed(folder, LOW_INCOME, (GRANTED, CODED), *changes)


def test_every_word_is_read_and_stands_in_the_entry(tmp_path: Path) -> None:
    dataset = read_contract(contract(tmp_path))
    assert dataset.catalogued == Catalogued(
        path=ClassPath(Category.DEPARTMENT, "民政", "社会救助", "低保"),
        related=("306005/000124",),
        lead="11370400DEM000014H",
        lead_name="枣庄市民政局（演示）",
        collecting_basis="《社会救助暂行办法》第十条",
        system="社会救助业务系统",
        contacts=("救助科数据岗 0632-0000000",),
        published_on=NOW.date().replace(month=1, day=5),
    )
    entry = entry_of(dataset, NOW.date())
    assert (entry.path, entry.lead_name, entry.system) == (
        dataset.catalogued.path,
        "枣庄市民政局（演示）",
        "社会救助业务系统",
    )
    assert str(entry.published_on) == "2026-01-05"
    lacking = {flaw.where for flaw in self_check(entry, NOW.date()) if flaw.rule in ("missing", "not-yet-told")}
    assert lacking == {"formats", "opening"}, "the contract says neither"
    assert bound(dataset, entry) == dataset


def test_a_contract_that_says_nothing_for_the_catalogue_is_what_it_was() -> None:
    assert read_contract(LOW_INCOME).catalogued == NOTHING_TOLD


def test_a_secret_contract_cannot_be_compiled(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="secret data 涉密数据 must never enter"):
        read_contract(contract(tmp_path, ("secret: false", "secret: true")))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("category: department", "category: other", "yishu.catalogue.class.category"),
        ("related: [306005/000124]", "related: [abc]", "yishu.catalogue.related"),
        (
            'lead: {credit_code: "11370400DEM000014H"',
            'lead: {credit_code: "11370400DEM000014X"',
            "yishu.catalogue.lead.credit_code",
        ),
        ('published_on: "2026-01-05"', 'published_on: "soon"', "yishu.catalogue.published_on"),
        ("system: 社会", "sistem: 社会", "yishu.catalogue.sistem"),
    ],
)
def test_a_word_that_does_not_fit_is_a_mistake_at_its_place(tmp_path: Path, old: str, new: str, where: str) -> None:
    with pytest.raises(ContractBroken) as broken:
        read_contract(contract(tmp_path, (old, new)))
    assert [one.where for one in broken.value.mistakes] == [where]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("数据岗 0632-0000000", "张某 13800000000", "contact-is-person"),
        ("category: department", "category: basic", "class-and-code"),
    ],
)
def test_lint_finds_persons_and_a_code_of_another_category(tmp_path: Path, old: str, new: str, rule: str) -> None:
    draft = read_draft(contract(tmp_path, (old, new)))
    assert [one.rule for one in lint([draft], RULES, ())] == [rule]
    assert lint([read_draft(contract(tmp_path / "good"))], RULES, ()) == []
