"""`yishu doctor`: is this installation able to do its work, and what must the operator do where it is not."""

import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from catalog import database
from catalog.lake.bucket import Bucket
from catalog.lake.where import open_lake
from cli.airflow_client import known_pools
from cli.airflow_home import AirflowHome, refusal
from cli.contract import compiled, found
from cli.doctor_drivers import drivers
from cli.door import Door, as_json, pass_door, tell
from cli.pools import pools, wider
from quality.spark.session import missing
from schemas.engine import Engine
from schemas.errors import NotReady, YishuError
from schemas.index import read_index

ROOMS = ("api", "catalog", "cli", "connectors", "dags", "quality", "schemas")
DRIVERS = {
    "airflow": "install yishu[airflow] to run DAGs",
    "great_expectations": "install yishu[airflow] to validate",
    "duckdb": "install yishu[airflow] to validate",
    "psycopg": "install psycopg[binary] for PostgreSQL",
}
NETWORK_DISKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"})


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was looked at."""

    name: str
    well: bool
    said: str


@click.command()
@as_json
@pass_door
def doctor(door: Door, told_as_json: bool) -> None:
    """Look at everything this installation needs; 1 when something is missing."""
    signs = tuple(examine(door))
    facts = [{"name": s.name, "well": s.well, "said": s.said} for s in signs]
    tell(facts, told_as_json, [f"{'ok  ' if s.well else 'BAD '} {s.name}: {s.said}" for s in signs])
    sick = [s.name for s in signs if not s.well]
    if sick:
        raise NotReady(f"{len(sick)} of {len(signs)} need attention: {', '.join(sick)}")


def examine(door: Door) -> Iterable[Sign]:
    """Every sign, the cheap ones first."""
    yield Sign("python", sys.version_info >= (3, 11), f"{sys.version.split()[0]}, 3.11 or later is needed")
    yield _rooms()
    for name, advice in DRIVERS.items():
        there = importlib.util.find_spec(name) is not None
        yield Sign(f"driver {name}", there, "installed" if there else advice)
    yield from (Sign(one.name, one.well, one.said) for one in drivers(door, DRIVERS))
    yield _spark(door)
    yield _tried("settings", lambda: f"home {door.settings.home}")
    yield _disk(door.settings.home)
    yield _tried("lake", lambda: _lake(door))
    yield _port(door.settings.host, door.settings.port)
    yield _tried("schema", lambda: _schema(door))
    yield _tried("contracts", lambda: f"{len(compiled(found(door, ())))} without a mistake")
    yield _tried("index", lambda: f"{len(read_index(door.settings.registry))} datasets compiled")
    yield _tried("pools", lambda: _pools(door))


def _spark(door: Door) -> Sign:
    """Needed only where the settings or a compiled contract ask for it."""
    why = missing()
    if not why:
        return Sign("spark", True, "can run")
    if not _wants_spark(door):
        return Sign("spark", True, f"no setting or contract asks for it; {why}")
    return Sign("spark", False, why)


def _wants_spark(door: Door) -> bool:
    try:
        asked = (dataset.engine for dataset in read_index(door.settings.registry).values())
        return door.settings.spark.rows > 0 or Engine.SPARK in asked
    except YishuError:
        return False  # the signs of settings and index say what is wrong with them


def _tried(name: str, question: Callable[[], str]) -> Sign:
    try:
        return Sign(name, True, question())
    except YishuError as wrong:
        return Sign(name, False, str(wrong).splitlines()[0])


def _rooms() -> Sign:
    """Other packages may carry the same plain names; ours must be the ones that Python finds."""
    here = Path(__file__).resolve().parent.parent
    specs = {room: importlib.util.find_spec(room) for room in ROOMS}
    strange = [room for room, spec in specs.items() if not spec or not str(spec.origin).startswith(str(here))]
    return Sign("rooms", not strange, f"not ours: {', '.join(strange)}" if strange else f"all under {here}")


def _lake(door: Door) -> str:
    """A folder is made when it is first written to; a bucket must be there."""
    lake = open_lake(door.settings)
    if isinstance(lake, Bucket):
        lake.look()
    return door.settings.lake_url


def _schema(door: Door) -> str:
    engine = database.connect(door.settings.database_url)
    database.require_current(engine)
    return f"at {database.head()}"


def _pools(door: Door) -> str:
    """A task whose pool is missing waits for ever."""
    home = AirflowHome(door.settings.home / "airflow", 0)
    if not home.database.is_file():
        return "`yishu up` makes them when it starts Airflow"
    wanted = pools(read_index(door.settings.registry))
    there = known_pools(home)
    missing = sorted(wanted.keys() - there.keys())
    if wide := wider(wanted, there):
        raise NotReady(
            f"more pulls at once than the contracts allow: {'; '.join(wide)}; `yishu contract compile` while Airflow "
            "runs lets its pools follow, but not one that somebody changed there: change that back"
        )
    if missing:
        raise NotReady(f"Airflow has no {', '.join(missing)}; `yishu up` makes them when it starts")
    return f"all {len(wanted)} there"


def _disk(home: Path) -> Sign:
    """SQLite and file locks are safe on a local disk only."""
    kind = disk_of(home, Path("/proc/mounts"))
    return Sign("disk", kind not in NETWORK_DISKS, f"home lies on {kind or 'an unknown file system'}")


def disk_of(home: Path, mounts: Path) -> str:
    """Kind of the file system that `home` lies on, or will; empty where `mounts` does not tell."""
    if not mounts.is_file():
        return ""
    table = [line.split()[1:3] for line in mounts.read_text(encoding="utf-8").splitlines()]
    above = [(len(place), kind) for place, kind in table if home.is_relative_to(place)]
    return max(above, default=(0, ""))[1]


def _port(host: str, port: int) -> Sign:
    why = refusal(host, port)
    said = f"{host}:{port} cannot be listened at ({why}); set YISHU_PORT" if why else f"{host}:{port} is free"
    return Sign("port", not why, said)
