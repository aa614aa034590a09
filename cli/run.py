"""`yishu run`: one dataset through the whole way, without a scheduler."""

import secrets

import click

from cli.connections import connection
from cli.door import Door, as_json, pass_door, tell, window_of
from cli.watching import watching
from dags.job import Job
from dags.steps import record_failure, whole_way
from schemas.errors import YishuError
from schemas.index import read_dataset


@click.command()
@click.argument("key")
@click.option("--window", default="", help="A day (2026-11-20), or two moments joined by '/'; default: yesterday.")
@click.option("--anew", is_flag=True, help="Ask the source again for a window that has landed: it was corrected.")
@as_json
@pass_door
def run(door: Door, /, key: str, window: str, anew: bool, told_as_json: bool) -> None:
    """Take one dataset through check, plan, land, validate, publish and register."""
    settings = door.settings
    dataset = read_dataset(settings.registry, key)
    now = door.now()
    span = window_of(dataset.source, window, now)
    number = f"run_{now:%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"
    with watching() as listener:
        job = Job(settings, dataset, span, number, listener=listener)
        try:
            told = whole_way(job, connection(door.environment, dataset.source.connection), now, anew=anew)
        except (YishuError, OSError) as wrong:
            record_failure(job, str(wrong), door.now())
            raise
    tell(told | {"run": job.run}, told_as_json)
