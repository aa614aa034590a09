"""`yishu demo`: a whole make-believe city, from departmental systems to answers, on one machine."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import click

from cli.airflow_home import free_port
from cli.door import Door, pass_door
from cli.home_lock import held
from schemas.errors import BadInput
from schemas.settings import Settings

MARK = "demo-home.txt"
"""Lies in a folder that a demo made. Only such a folder is ever cleared, and wholly: half a home of before is none."""
LOCK = "running.lock"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options of the demo ask for."""

    once: bool
    home: Path
    port: int
    data: Path | None
    people: int
    enterprises: int
    database_url: str
    told_as_json: bool


@click.command()
@click.option("--once", is_flag=True, help="Ask a few questions, compare the answers, stop; 0 when all are right.")
@click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="Default: demo/ in YISHU_HOME."
)
@click.option("--port", default=None, type=click.IntRange(1, 65535), help="Of the API; default: YISHU_PORT.")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False, exists=True), default=None, help="Also run real data."
)
@click.option("--people", default=200_000, show_default=True, type=click.IntRange(2000))
@click.option("--enterprises", default=30_000, show_default=True, type=click.IntRange(1000))
@click.option("--database-url", default="", help="Of an empty PostgreSQL database for the catalogue; default: SQLite.")
@click.option("--json", "told_as_json", is_flag=True, help="Print the report as JSON.")
@pass_door
def demo(door: Door, /, **options: object) -> int:
    """Build the demo city, run its DAGs with Airflow, serve it; stay until Ctrl-C."""
    from cli.demo_day import one_day

    wish = _wish(door, options)
    settings = clean_home(door, wish)
    with held(settings.home / LOCK):
        return one_day(door, settings, wish)


def _wish(door: Door, options: Mapping[str, object]) -> Wish:
    told = dict(options)
    base = door.settings
    home = (door.working / Path(str(told["home"]))).resolve() if told["home"] else base.home / "demo"
    told |= {"home": home, "port": told["port"] or base.port}
    if told["data"]:
        told["data"] = (door.working / Path(str(told["data"]))).resolve()
    return Wish(**told)  # type: ignore[arg-type]


def clean_home(door: Door, wish: Wish) -> Settings:
    """An empty home; what an earlier demo left there is removed. BadInput for a folder that holds anything else."""
    mark = wish.home / MARK
    if wish.home.exists() and any(wish.home.iterdir()) and not mark.exists():
        raise BadInput(f"--home {wish.home}: found files that no demo made; expected an empty or a new folder")
    wish.home.mkdir(parents=True, exist_ok=True)
    with held(wish.home / LOCK):
        mark.write_text("Made by `yishu demo`, which clears it at its next start.\n", encoding="utf-8")
        for left in wish.home.iterdir():
            if left.name not in {MARK, LOCK}:
                _remove(left)
    base = door.settings
    return replace(
        base,
        home=wish.home,
        lake=wish.home / "lake",
        database_url=wish.database_url or f"sqlite:///{wish.home / 'catalogue.db'}",
        port=free_port(wish.port) if wish.once else wish.port,
    )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
