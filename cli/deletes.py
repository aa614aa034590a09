"""`yishu deletes`: an officer confirms that rows are rightly gone at a source, and what was confirmed is told."""

from dataclasses import asdict

import click

from catalog.merging import desk
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell, window_of
from schemas.index import read_dataset


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
    now = door.now()
    source = read_dataset(door.settings.registry, key).source
    word = desk.Word(key, window_of(source, window, now).key, said["person"], said["reason"])
    tell(asdict(desk.confirm(open_shelf(door.settings), word, now)), told_as_json)


@deletes.command("list")
@click.argument("key")
@as_json
@pass_door
def list_confirmed(door: Door, key: str, told_as_json: bool) -> None:
    """What was confirmed of a dataset, the newest first."""
    found = desk.listed(open_shelf(door.settings), key)
    lines = (f"{one.at:%Y-%m-%d %H:%M}  {one.window}  {one.removed} rows  {one.person}  {one.reason}" for one in found)
    tell([asdict(one) for one in found], told_as_json, lines)
