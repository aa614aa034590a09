"""`yishu quality`: what Great Expectations found, as its own pages."""

from pathlib import Path

import click

from catalog.lake.travel import own_desk
from catalog.lake.where import open_lake
from cli.door import Door, as_json, pass_door, tell
from dags.carried import fetch_results
from quality.docs import render
from schemas.errors import BadInput
from schemas.index import read_dataset
from schemas.journey import Window


@click.group()
def quality() -> None:
    """What the last checks found."""


@quality.command()
@click.argument("key")
@click.option("--window", default="", help="A day, or two moments joined by '/'; default: the newest with a verdict.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="An empty folder, or one that this wrote before; default: quality-docs/<key> here.",
)
@as_json
@pass_door
def docs(door: Door, /, key: str, window: str, out: Path | None, told_as_json: bool) -> None:
    """Write Great Expectations' Data Docs of a verdict as pages that open without a network.

    They hold counts and promises, no rows, and no observed value of a field that points at persons or is graded.
    """
    dataset = read_dataset(door.settings.registry, key)
    to = door.working / (out or Path("quality-docs") / dataset.key)
    with own_desk(door.settings, door.now()) as settings:
        fetch_results(open_lake(settings), dataset.key, _window(window))
        index = render(settings.lake, dataset.key, _window(window), to)
    tell({"dataset": dataset.key, "index": str(index)}, told_as_json, [str(index)])


def _window(told: str) -> Window | None:
    try:
        return Window.parse(told) if told else None
    except ValueError as wrong:
        raise BadInput(str(wrong)) from wrong
