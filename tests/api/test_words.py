"""Every text of the pages stands in both languages."""

import re
from pathlib import Path
from string import Formatter

import pytest

from api.words import WORDS, say
from schemas.access import Basis
from schemas.dataset import Dimension, Grade, Kind, ScopeRole, Severity, Sharing, Transform
from schemas.incident import ANSWERS, Action, State
from schemas.notice import About
from schemas.origin import How

TEMPLATES = Path(__file__).parents[2] / "api" / "templates"


@pytest.mark.parametrize("key", WORDS)
def test_a_text_stands_in_both_languages_with_the_same_blanks(key: str) -> None:
    chinese, english = WORDS[key]
    assert chinese.strip()
    assert english.strip()
    blanks = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (chinese, english)]
    assert blanks[0] == blanks[1]


def test_every_text_that_a_template_names_is_there() -> None:
    for file in TEMPLATES.glob("*.html"):
        named = re.findall(r"\bt\([\"']([a-z_]+)[\"'][),]", file.read_text(encoding="utf-8"))
        assert set(named) <= set(WORDS), file.name


def test_every_code_that_a_page_shows_has_a_text() -> None:
    codes = [f"sharing_{one.value}" for one in Sharing] + [f"grade_{one.word}" for one in Grade]
    codes += [f"view_{one.word}" for one in Transform] + [f"scope_{one.value}" for one in ScopeRole]
    codes += [f"dimension_{one.value}" for one in Dimension] + [f"severity_{one.value}" for one in Severity]
    codes += [f"how_{one.value}" for one in How] + [f"state_{one.value}" for one in State]
    codes += [f"step_{one.value}" for one in Action] + [f"answer_{one.value}" for one in ANSWERS]
    codes += [f"about_{one.value}" for one in About]
    codes += [f"basis_{one.value}" for one in Basis] + [f"type_{one.value}" for one in Kind]
    assert [code for code in codes if code not in WORDS] == []


def test_templates_hold_no_chinese_of_their_own() -> None:
    for file in TEMPLATES.glob("*.html"):
        assert not re.search(r"[\u4e00-\u9fff]", file.read_text(encoding="utf-8")), file.name


def test_a_code_without_a_text_shows_itself() -> None:
    assert say("en", "reason_SOMETHING_NEW") == "SOMETHING_NEW"
