"""The contracts that travel with the package, and the example of the walk-through, read as their readers will."""

import re
from pathlib import Path

import pytest

from schemas.contract import find_contracts, read_contract
from schemas.settings import SHIPPED_CONTRACTS

ROOT = Path(__file__).parents[2]
FILES = find_contracts(
    (SHIPPED_CONTRACTS, ROOT / "demo" / "contracts", ROOT / "docs" / "examples", ROOT / "tests" / "real" / "contracts")
)
HAN = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]+ [a-z]+")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_every_title_is_said_once_in_each_language(file: Path) -> None:
    dataset = read_contract(file)
    titles = [(one.title, one.title_en) for one in (dataset, *dataset.fields, *dataset.rules)]
    assert [title for title, _ in titles if ENGLISH.search(title)] == []
    assert [english for _, english in titles if HAN.match(english) or not english] == []
