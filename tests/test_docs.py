"""Documentation is under test: what the software has, docs/reference.md has."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from api.ckan.others import READ_ONLY
from catalog.duties import ROLE_MISSING
from catalog.entries.guards import NOT_YOUR_ENTRY, SAME_PERSON
from catalog.lineage.told import NOT_YOURS
from catalog.rule.words import REFUSALS
from cli.main import yishu
from connectors.registry import OWN, kind_of
from schemas import errors
from schemas.access import Role
from schemas.contract_words import OURS, OURS_OF_FIELD, SOURCE
from schemas.incident import ANSWERS, REASONS
from schemas.notice import About
from schemas.settings import NAMES
from schemas.standards.elements import ELEMENTS

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def commands(group: click.Group, before: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def codes(kind: type[errors.YishuError]) -> Iterator[str]:
    yield kind.code
    for one in kind.__subclasses__():
        yield from codes(one)


def options() -> Iterator[str]:
    for name in OWN:
        yield name
        for option, told in kind_of(name).options.model_fields.items():
            yield told.alias or option


OWN_EXPECTATIONS = [
    name
    for file in sorted((ROOT / "quality").glob("expectations*.py"))
    for name in re.findall(r"^class (Expect\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE)
]
EXPECTATIONS = [re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in OWN_EXPECTATIONS]


@pytest.mark.parametrize(
    "word",
    sorted(
        {
            *commands(yishu, "yishu"),
            *NAMES,
            "YISHU_HOME",
            *OURS,
            *OURS_OF_FIELD,
            *SOURCE,
            *options(),
            *(element.id for element in ELEMENTS),
            *EXPECTATIONS,
            *REFUSALS,
            *codes(errors.YishuError),
            ROLE_MISSING,
            NOT_YOURS,
            NOT_YOUR_ENTRY,
            SAME_PERSON,
            READ_ONLY,
            *(role.value for role in Role),
            *REASONS,
            *(answer.value for answer in ANSWERS),
            *(about.value for about in About),
        }
    ),
)
def test_the_reference_names(word: str) -> None:
    assert re.search(rf"[`{{,\s]{re.escape(word)}[`}},\s]", REFERENCE), f"docs/reference.md does not name {word!r}"


def test_no_table_of_the_reference_tells_a_word_twice() -> None:
    for section in re.split(r"^##+ ", REFERENCE, flags=re.MULTILINE):
        for table in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
            words = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
            assert [word for word in words if words.count(word) > 1] == []


@pytest.mark.parametrize("about", list(About))
def test_the_reference_lists_each_notice_once(about: About) -> None:
    (listed,) = re.findall(r"^Answers: .*?(?=^## )", REFERENCE, re.MULTILINE | re.DOTALL)
    assert listed.count(f"`{about.value}`") == 1


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=lambda p: p.name
)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert broken == []


def test_both_readmes_tell_the_same_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "make demo" in text
        assert "make test" in text
        assert "make demo ONCE=1" in text
