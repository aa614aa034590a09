"""`yishu once`: collected once, used N times, M repeated collections avoided; counts what is on record by now."""

import click

from catalog.collection import once as figures
from catalog.collection import uses
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell


@click.command()
@as_json
@pass_door
def once(door: Door, told_as_json: bool) -> None:
    """Count the receipts that were not counted yet, and tell how often the data of this node were used."""
    shelf, now, counted = open_shelf(door.settings), door.now(), 0
    while looked := uses.catch_up(shelf, now):
        counted += looked
    whole = figures.everything(shelf)
    tell(
        {"counted": counted, "users": whole.users, "uses": whole.uses, "reads": whole.reads, "avoided": whole.avoided},
        told_as_json,
    )
