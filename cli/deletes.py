"""`yishu deletes`: an officer confirms that rows are rightly gone at a source, and what was confirmed is told."""

import click

from catalog.confirming import desk
from catalog.deeds import record
from catalog.shelf import open_shelf
from cli.deeds import deed_facts
from cli.door import Door, as_json, pass_door, tell, window_of
from schemas.deed import Act, Hand, Word
from schemas.index import read_dataset
from schemas.matter import Verb


@click.group()
def deletes() -> None:
    """Rows that are gone at a source 删除核对."""


@deletes.command()
@click.argument("key")
@click.option("--window", required=True, help="The window that was held back: a day, or two moments joined by '/'.")
@click.option("--person", required=True, help="Id of the officer of the owner who says so.")
@click.option("--reason", required=True, help="Why the rows are gone; it stays on record.")
@as_json
@pass_door
def confirm(door: Door, /, key: str, window: str, told_as_json: bool, **said: str) -> None:
    """Say that more rows than may vanish at once are rightly gone; run the window again afterwards."""
    now, shelf = door.now(), open_shelf(door.settings)
    waits = desk.held_back(shelf, key, window_of(read_dataset(door.settings.registry, key).source, window, now).key)
    word = Word(Hand(person=said["person"], account=door.account), said["reason"])
    tell(deed_facts(desk.decide(shelf, waits.id, Verb.CONFIRM, word, now)), told_as_json)


@deletes.command("list")
@click.argument("key")
@as_json
@pass_door
def list_confirmed(door: Door, key: str, told_as_json: bool) -> None:
    """What was confirmed of a dataset, the newest first."""
    shelf = open_shelf(door.settings)
    shelf.dataset(key)
    found = [deed_facts(one) for one in record.listed(shelf, key, Act.CONFIRM_DELETES)]
    lines = (f"{one['at']}  {one['window']}  {one['removed']} rows  {one['person']}  {one['reason']}" for one in found)
    tell(found, told_as_json, lines)
