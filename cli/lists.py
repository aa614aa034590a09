"""`yishu lists`: keeps an edition of each list, and writes one as it is now."""

import click

from catalog.lists import editions
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell
from schemas.journey import SHANGHAI
from schemas.lists import NAMES, ListName


@click.group()
def lists() -> None:
    """The lists of sharing, made from the catalogue."""


@lists.command()
@as_json
@pass_door
def keep(door: Door, told_as_json: bool) -> None:
    """Keep an edition of every list, its digest on the ledger; a list without changes keeps the one it has."""
    shelf = open_shelf(door.settings)
    kept = [editions.keep(shelf, name, door.now()) for name in ListName]
    facts = [
        {"list": one.list.value, "edition": one.id, "lines": one.lines, "sha256": one.sha256, "receipt": one.receipt}
        for one in kept
    ]
    said = [f"{NAMES[one.list][0]}  {one.lines}  {one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for one in kept]
    tell(facts, told_as_json, said)
