"""`yishu db`: the catalogue's database."""

import click

from catalog import database
from catalog.collection import items
from cli.door import Door, as_json, pass_door, tell
from schemas.errors import NotReady


@click.group()
def db() -> None:
    """The catalogue's database."""


@db.command()
@as_json
@pass_door
def upgrade(door: Door, told_as_json: bool) -> None:
    """Bring its schema to this release's; a new database is made."""
    url = door.settings.database_url
    door.settings.home.mkdir(parents=True, exist_ok=True)
    database.upgrade(url)
    engine = database.connect(url)
    with database.writing(engine) as connection:
        items.catch_up(connection)
    engine.dispose()
    tell({"revision": database.current(url)}, told_as_json)


@db.command()
@as_json
@pass_door
def check(door: Door, told_as_json: bool) -> None:
    """Say whether its schema is this release's; 1 when it is not."""
    found = database.current(door.settings.database_url)
    wanted = database.head()
    tell({"revision": found, "needed": wanted, "current": found == wanted}, told_as_json)
    if found != wanted:
        raise NotReady(
            f"the catalogue's schema is {found or 'empty'}, this release needs {wanted}: run `yishu db upgrade`"
        )
