"""The tools, each made once; where that cannot be done the tests say so and what to do."""

from pathlib import Path

import pytest

from tests.clients.datacontract import DataContract, made
from tests.clients.environment import NotMade


@pytest.fixture(scope="session")
def datacontract(tmp_path_factory: pytest.TempPathFactory) -> DataContract:
    return made_or_skipped(tmp_path_factory.mktemp("datacontract"))


def made_or_skipped(home: Path) -> DataContract:
    """Data Contract CLI, or the reason why it is not tested with."""
    try:
        return made(home)
    except NotMade as wrong:
        pytest.skip(f"NOT TESTED WITH DATA CONTRACT CLI: {wrong}")
