"""`yishu backfill`: run past days of one dataset through the running Airflow, by partition."""

from datetime import date

import click

from cli.airflow_client import log_in, wait_for_runs
from cli.airflow_home import AirflowHome, prepare
from cli.door import Door, as_json, day_of, pass_door, tell
from cli.pools import PORT
from schemas.errors import BadInput, NotReady
from schemas.index import read_dataset
from schemas.settings import Settings


@click.command()
@click.argument("key")
@click.option("--from", "first", required=True, help="First day, e.g. 2026-11-16.")
@click.option("--to", "last", required=True, help="Last day, included.")
@click.option("--again", is_flag=True, help="Also days that have a finished run.")
@click.option("--dry-run", is_flag=True, help="Only say which days would run.")
@click.option("--wait", "seconds", default=0, type=click.IntRange(0), help="Wait so many seconds for the end.")
@as_json
@pass_door
def backfill(door: Door, /, key: str, first: str, last: str, **how: bool | int) -> None:
    """Run the days FROM to TO, both included, each with its own window. The watermark stays where it is."""
    settings = door.settings
    days = _days(first, last)
    if read_dataset(settings.registry, key).source.inputs:
        raise BadInput(f"{key} is derived: backfill its inputs, it follows them")
    home = running(settings)
    airflow = log_in(home)
    partitions = airflow.partitions(key, *days, again=bool(how["again"]))
    if not how["dry_run"] and partitions:
        airflow.backfill(key, *days, again=bool(how["again"]))
        if how["seconds"]:
            wait_for_runs(home, [(key, partition) for partition in partitions], float(how["seconds"]))
    tell({"dataset": key, "partitions": partitions, "started": not how["dry_run"]}, bool(how["told_as_json"]))


def running(settings: Settings) -> AirflowHome:
    """The Airflow that `yishu up` runs for this home; NotReady where none does."""
    mark = settings.home / "airflow" / PORT
    if not mark.is_file():
        raise NotReady(f"no Airflow was ever started for {settings.home}: `yishu up` starts it")
    return prepare(settings, int(mark.read_text(encoding="utf-8")))


def _days(first: str, last: str) -> tuple[str, str]:
    low: date = day_of(first, "--from")
    high = day_of(last, "--to")
    if high < low:
        raise BadInput(f"--to: found {high}, expected {low} or later")
    return low.isoformat(), high.isoformat()
