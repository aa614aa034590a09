"""One contract and all that is made of it, as files: a change of any of them is seen and meant.

`YISHU_GOLDEN=write pytest tests/schemas/test_golden.py` writes them anew.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog import database, datasets, tables
from cli.contract_docs import page
from quality.suite import Frame, suite_for
from schemas.arrow import arrow_schema
from schemas.contract import read_contract
from schemas.dataset import Json
from schemas.journey import Window
from schemas.settings import SHIPPED_CONTRACTS
from tests.quality.landings import NOW

GOLDEN = Path(__file__).parent / "golden"
FACTS = (
    *("key", "contract_version", "title", "title_en", "department", "sharing", "owner", "owner_name", "division"),
    *("subject_kind", "words", "state"),
)
PENALTY = read_contract(SHIPPED_CONTRACTS / "credit" / "penalty.odcs.yaml")


def suite() -> Iterator[Mapping[str, Json]]:
    frame = Frame(Window.parse("2026-11-19"), {"divisions": (Path("divisions.parquet"),)})
    for one in suite_for(PENALTY, frame).expectations:
        told = one.configuration.to_json_dict()
        yield {name: told[name] for name in ("type", "kwargs", "meta", "severity")}


def facts(folder: Path) -> Mapping[str, Json]:
    url = f"sqlite:///{folder / 'catalogue.db'}"
    database.upgrade(url)
    engine = database.connect(url)
    with database.writing(engine) as connection:
        datasets.register(connection, PENALTY, NOW)
        entry = dict(connection.execute(select(*(tables.dataset.c[name] for name in FACTS))).mappings().one())
        place = tables.dataset_field.c.place
        fields = connection.execute(select(tables.dataset_field).order_by(place)).mappings().all()
    engine.dispose()
    return {"dataset": entry, "fields": [dict(one) for one in fields]}


def made(what: str, folder: Path) -> str:
    if what == "arrow.txt":
        return f"{arrow_schema(PENALTY).to_string(show_field_metadata=True)}\n"
    if what == "page.md":
        return page(PENALTY)
    told = list(suite()) if what == "suite.json" else facts(folder)
    return json.dumps(told, ensure_ascii=False, indent=1, default=str, sort_keys=True) + "\n"


@pytest.mark.parametrize("what", ["arrow.txt", "suite.json", "catalogue.json", "page.md"])
def test_what_is_made_of_a_contract_is_what_was_meant(tmp_path: Path, what: str) -> None:
    file, found = GOLDEN / f"credit.penalty.{what}", made(what, tmp_path)
    if os.environ.get("YISHU_GOLDEN") == "write":
        file.write_text(found, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == found
