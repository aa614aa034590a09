"""`yishu quality`: what Great Expectations found, as its own pages."""

from pathlib import Path

import click

from cli.door import Door, as_json, pass_door, tell
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
    index = render(
        door.settings.lake, dataset.key, _window(window), door.working / (out or Path("quality-docs") / dataset.key)
    )
    tell({"dataset": dataset.key, "index": str(index)}, told_as_json, [str(index)])


def _window(told: str) -> Window | None:
    try:
        return Window.parse(told) if told else None
    except ValueError as wrong:
        raise BadInput(str(wrong)) from wrong
