"""`yishu up`: Airflow and the API of a real home, together until Ctrl-C."""

import time
from collections.abc import Mapping

import click

from catalog import database
from cli.airflow_home import USER, AirflowHome
from cli.contract import compiled, found
from cli.contract_versions import unbroken
from cli.door import Door, pass_door
from cli.embedded import await_airflow, start_airflow, start_api, start_scheduler
from cli.home_lock import held
from cli.supervisor import Crew
from schemas.dataset import Dataset
from schemas.index import write_index
from schemas.settings import Settings


@click.command()
@pass_door
def up(door: Door) -> None:
    """Start Airflow and the API, and stay until Ctrl-C; nothing is left running then."""
    settings = door.settings
    settings.home.mkdir(parents=True, exist_ok=True)
    with held(settings.home / "running.lock"), Crew(settings.home / "logs") as crew:
        datasets = ready(door, settings)
        address = start_api(crew, settings, door.environment)
        home = start_airflow(crew, settings, door.environment)
        start_scheduler(crew, settings, home, door.environment)
        click.echo(f"API        {address}")
        await_airflow(crew, home, datasets)
        for line in greeting(home):
            click.echo(line)
        stay(crew)


def ready(door: Door, settings: Settings) -> Mapping[str, Dataset]:
    """The database at this release's schema and the contracts compiled."""
    database.upgrade(settings.database_url)
    datasets = compiled(found(door, ()))
    unbroken(settings, datasets)
    write_index(datasets, settings.registry)
    return {dataset.key: dataset for dataset in datasets}


def greeting(home: AirflowHome) -> tuple[str, ...]:
    """Where Airflow's pages are and where their password lies; the password itself is not printed."""
    return (
        f"Airflow    {home.url}",
        f"           user {USER}, password in {home.passwords}",
        "Ctrl-C stops everything.",
    )


def stay(crew: Crew) -> None:
    """Until somebody interrupts or one of the processes ends."""
    while True:
        crew.check()
        time.sleep(0.5)
