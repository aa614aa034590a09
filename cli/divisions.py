"""`yishu divisions`: the towns, villages and grids that an installation adds to what the package carries."""

from pathlib import Path

import click

from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell
from schemas.division_file import read_division_file


@click.group()
def divisions() -> None:
    """Divisions below the counties that the package carries."""


@divisions.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--encoding", default=None, help="Of the file; default: UTF-8, with or without BOM.")
@as_json
@pass_door
def import_divisions(door: Door, file: Path, encoding: str | None, told_as_json: bool) -> None:
    """Add the divisions of a CSV file (code, name, and where known parent, valid_from, valid_to)."""
    shelf = open_shelf(door.settings)
    entries = read_division_file(file, encoding, known=[entry.code for entry in shelf.tree()])
    added = shelf.import_divisions(entries, door.now())
    tell({"read": len(entries), "added": added}, told_as_json)
