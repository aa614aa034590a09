"""The tools, each made once; where that cannot be done the tests say so and what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.clients.datacontract import DataContract, made
from tests.clients.environment import NotMade

T = TypeVar("T")


@pytest.fixture(scope="session")
def datacontract(tmp_path_factory: pytest.TempPathFactory) -> DataContract:
    return made_or_skipped(tmp_path_factory.mktemp("datacontract"))


def made_or_skipped(home: Path) -> DataContract:
    """Data Contract CLI, or the reason why it is not tested with."""
    return skipped_unless_made("Data Contract CLI", lambda: made(home))


def skipped_unless_made(name: str, make: Callable[[], T]) -> T:
    """What `make` makes; where its environment cannot be had, the reason why that tool is not tested with."""
    try:
        return make()
    except NotMade as wrong:
        pytest.skip(f"NOT TESTED WITH {name.upper()}: {wrong}")
