"""`yishu deletes`: what waits for a reviewer since rows are gone at a source, and the word that they say of it."""

from typing import Any

import click

from catalog.confirming import desk
from catalog.deeds import record
from catalog.shelf import open_shelf
from cli.deeds import deed_facts
from cli.door import Door, as_json, pass_door, tell
from schemas.deed import Act, Hand, Word
from schemas.matter import Matter, Verb


@click.group()
def deletes() -> None:
    """Rows that are gone at a source 删除核对."""


@deletes.command()
@click.argument("key")
@click.option("--confirmation", type=int, required=True, help="Number of what was looked at; `deletes list` tells it.")
@click.option("--person", required=True, help="Id of the officer of the owner who says so.")
@click.option("--reason", required=True, help="Why the rows are gone; it stays on record.")
@as_json
@pass_door
def confirm(door: Door, /, key: str, confirmation: int, told_as_json: bool, **said: str) -> None:
    """Say that the rows of one confirmation are rightly gone; run its window again afterwards."""
    _say(door, Verb.CONFIRM, (key, confirmation), said, told_as_json)


@deletes.command()
@click.argument("key")
@click.option("--confirmation", type=int, required=True, help="Number of what was looked at; `deletes list` tells it.")
@click.option("--person", required=True, help="Id of the officer of the owner who says so.")
@click.option("--reason", required=True, help="What is wrong; it stays on record.")
@as_json
@pass_door
def refuse(door: Door, /, key: str, confirmation: int, told_as_json: bool, **said: str) -> None:
    """Say that the rows of one confirmation are not rightly gone; the version stays held back."""
    _say(door, Verb.REFUSE, (key, confirmation), said, told_as_json)


@deletes.command("list")
@click.argument("key")
@as_json
@pass_door
def list_deletes(door: Door, key: str, told_as_json: bool) -> None:
    """What waits for a word on a dataset, and what was confirmed, the newest first."""
    shelf = open_shelf(door.settings)
    shelf.dataset(key)
    waits = [_facts(one) for one in desk.asked(shelf, key)]
    found = [deed_facts(one) for one in record.listed(shelf, key, Act.CONFIRM_DELETES)]
    lines = [
        f"confirmation {one['confirmation']} {one['state']}: {one['window']}  {one['removed']} of {one['of']} rows are "
        f"gone, version {one['version']} is held back; /confirmations/{one['confirmation']} shows some of the keys"
        for one in waits
    ]
    lines += [f"{one['at']}  {one['window']}  {one['removed']} rows  {one['person']}  {one['reason']}" for one in found]
    tell({"waiting": waits, "confirmed": found}, told_as_json, lines)


def _say(door: Door, verb: Verb, which: tuple[str, int], said: dict[str, str], told_as_json: bool) -> None:
    shelf, word = open_shelf(door.settings), Word(Hand(person=said["person"], account=door.account), said["reason"])
    one = desk.known(shelf, *which)
    tell(deed_facts(desk.decide(shelf, one.id, verb, word, door.now())), told_as_json)


def _facts(one: Matter) -> dict[str, Any]:
    return {"confirmation": one.id, "state": one.state.value, **one.about.facts}
