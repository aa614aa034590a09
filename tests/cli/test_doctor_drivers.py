"""The doctor knows every driver that a connector asks for, and finds it missing only where a contract needs it."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from cli.doctor import DRIVERS
from cli.doctor_drivers import drivers, stands
from cli.door import Door
from connectors.drivers import OF_CONNECTION, OF_KIND, Need
from connectors.registry import OWN
from connectors.sql.engines import ENGINES
from schemas.dataset import Source
from schemas.index import write_index
from schemas.journey import SHANGHAI
from tests.builders import make_dataset

ROOT = Path(__file__).parents[2]
KINDS = {need for needs in OF_KIND.values() for need in needs}
NEEDS = {*KINDS, *OF_CONNECTION.values(), *(Need(e.needs, e.extra) for e in ENGINES.values() if e.needs)}


def door(tmp_path: Path, connection: str = "") -> Door:
    told = {"AIRFLOW_CONN_DB": connection} if connection else {}
    return Door({"YISHU_HOME": "home", **told}, tmp_path, lambda: datetime.now(SHANGHAI))


def said(found: Door) -> dict[str, tuple[bool, str]]:
    return {one.name: (one.well, one.said) for one in drivers(found, DRIVERS)}


def test_every_driver_that_a_connector_asks_for_is_looked_at() -> None:
    asked = {
        name.split(".")[0]
        for file in (ROOT / "connectors").rglob("*.py")
        if "outbox" not in file.parts
        for name in re.findall(r'driver\("([a-z0-9_.]+)"', file.read_text(encoding="utf-8"))
    }
    assert asked - {need.module.split(".")[0] for need in NEEDS} == set()


@pytest.mark.parametrize("extra", sorted({need.extra for need in NEEDS if need.extra}))
def test_what_the_doctor_tells_to_install_there_is(extra: str) -> None:
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert re.search(rf"^{extra} =$", text, re.MULTILINE), f"no extra {extra!r} in setup.cfg"


def test_a_missing_driver_is_bad_only_where_a_contract_needs_it() -> None:
    absent = Need("no_such_driver_anywhere", "kafka")
    idle = stands(absent, ("kafka",), ())
    assert (idle.well, idle.said) == (
        True,
        "driver not installed: install yishu[kafka] for kafka; no compiled contract needs it",
    )
    missed = stands(absent, ("kafka",), ("sensing.water",))
    assert (missed.well, missed.said.split("; ")[-1]) == (False, "needed by sensing.water")


def test_a_contract_needs_the_driver_of_its_kind(tmp_path: Path) -> None:
    write_index([make_dataset(source=Source("kafka", "db", {}))], tmp_path / "home" / "registry")
    assert said(door(tmp_path))["driver confluent_kafka"][0] is OF_KIND["kafka"][0].installed


def test_the_engine_of_a_table_is_known_by_its_connection(tmp_path: Path) -> None:
    write_index([make_dataset(source=Source("sql_table", "db", {"table": "t"}))], tmp_path / "home" / "registry")
    assert said(door(tmp_path, "mysql://a:b@localhost/c"))["driver pymysql"][0]


def test_a_kind_that_no_package_brings_is_bad(tmp_path: Path) -> None:
    dataset = make_dataset(source=Source("carrier_pigeon", "db", {}))
    write_index([dataset], tmp_path / "home" / "registry")
    well, told = said(door(tmp_path))["source kind carrier_pigeon"]
    assert not well
    assert "no package brings" in told
    assert "carrier_pigeon" not in OWN
