"""`yishu source accept`: what changed at a source was looked at, and is right."""

import click

from catalog import shapes
from catalog.confirming import desk
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell, window_of
from cli.source_inputs import connector_of
from connectors.registry import kind_of
from schemas.deed import Hand, Word
from schemas.drift import shape_of
from schemas.errors import BadInput
from schemas.index import read_dataset
from schemas.matter import Verb


@click.command()
@click.argument("key")
@click.option("--person", required=True, help="Id of the officer of the owner who says so.")
@click.option("--reason", required=True, help="Why it is right; it stays on record.")
@as_json
@pass_door
def accept(door: Door, key: str, person: str, reason: str, told_as_json: bool) -> None:
    """Take the source as it is now, so that a collection that its change stopped goes on."""
    dataset = read_dataset(door.settings.registry, key)
    if kind_of(dataset.source.kind).stream:
        raise BadInput(
            f"{key}: a {dataset.source.kind} source names no types of columns, so no change of them waits to be "
            "accepted; where a run was refused because messages may be lost, raise options.epoch as it says"
        )
    shelf, connector, now = open_shelf(door.settings), connector_of(door, dataset), door.now()
    shape = shape_of(connector.plan(window_of(dataset.source, "", now)))
    waits = shapes.waiting(shelf.engine, dataset, shape, now)
    changed: list[str] = []
    if waits is not None:
        word = Word(Hand(person=person, account=door.account), reason)
        changed = list(desk.decide(shelf, waits.id, Verb.CONFIRM, word, now).deed.facts["changes"])
    tell({"accepted": changed}, told_as_json, changed or ["nothing had changed that stops it"])
