"""Every verdict on the real data is that of a second judge who shares no code with ours."""

from datetime import datetime

import pytest

from demo.real import CONTRACTS, TRUTH
from schemas.journey import SHANGHAI
from tests.oracle.judging import World
from tests.oracle.promises import read
from tests.oracle.verdicts import code_tables, disagreements, known_divisions
from tests.real.conftest import DATA, WINDOW, Home

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not DATA.is_dir(),
        reason=f"REAL DATA ARE MISSING: expected them in {DATA}; set YISHU_REAL_DATA to where they are",
    ),
]


def test_every_verdict_on_the_real_data_is_the_oracles(home: Home) -> None:
    begins = datetime.fromisoformat(WINDOW.key).replace(tzinfo=SHANGHAI)
    world = World(known_divisions(), code_tables(), begins)
    differ = {}
    for key in TRUTH:
        contract = read(CONTRACTS / f"{key.replace('.', '/')}.odcs.yaml")
        differ[key] = disagreements(contract, home.settings.lake, WINDOW.key, world)
    assert {key: said for key, said in differ.items() if said} == {}
    assert len(differ) == len(list(CONTRACTS.glob("*/*.odcs.yaml")))
