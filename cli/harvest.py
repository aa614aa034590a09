"""`yishu harvest`: catalogues of other nodes, DCAT or CKAN, whose entries are found here, marked as foreign."""

from dataclasses import asdict

import click

from catalog.database import writing
from catalog.harvest import book
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell
from dags.harvesting import harvest_each
from schemas.foreign import ForeignCatalogue, Speaks


@click.group()
def harvest() -> None:
    """Catalogues of other nodes."""


@harvest.command("add")
@click.argument("name")
@click.argument("speaks", type=click.Choice([one.value for one in Speaks]))
@click.argument("url")
@click.option("--host", "hosts", multiple=True, help="Another host that it may be read from; several times.")
@as_json
@pass_door
def add(door: Door, /, name: str, hosts: tuple[str, ...], told_as_json: bool, **told: str) -> None:
    """Register the catalogue at URL under NAME, or register it anew; nothing is fetched yet."""
    made = ForeignCatalogue(name, Speaks(told["speaks"]), told["url"], tuple(one.lower() for one in hosts))
    with writing(open_shelf(door.settings).engine) as writes:
        book.add(writes, made, door.now())
    tell({"name": name, "speaks": made.speaks.value, "url": made.url, "hosts": sorted(made.allowed)}, told_as_json)


@harvest.command("run")
@click.argument("name", required=False, default="")
@as_json
@pass_door
def run(door: Door, /, name: str, told_as_json: bool) -> int:
    """Read the catalogue NAME, or all of them; says what is new, changed and gone. 1 where one could not be read."""
    done = harvest_each(open_shelf(door.settings), name, door.now)
    lines = [
        f"{one['name']}: {one['error']}"
        if one["error"]
        else f"{one['name']}: {one['entries']} entries, {one['added']} new, {one['changed']} changed, "
        f"{len(one['removed'])} gone" + "".join(f"\n  gone: {title}" for title in one["removed"])
        for one in done
    ]
    tell(done, told_as_json, lines)
    return int(any(one["error"] for one in done))


@harvest.command("list")
@as_json
@pass_door
def show(door: Door, told_as_json: bool) -> None:
    """List the catalogues and how their last harvest went."""
    with open_shelf(door.settings).engine.connect() as reads:
        found = book.listed(reads)
    facts = [asdict(one) | {"catalogue": asdict(one.catalogue)} for one in found]
    lines = [
        f"{one.catalogue.name}  {one.catalogue.speaks.value}  {one.catalogue.url}  {one.entries}  {one.error or 'ok'}"
        for one in found
    ]
    tell(facts, told_as_json, lines)
