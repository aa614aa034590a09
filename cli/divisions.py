"""`yishu divisions`: what an installation adds to the divisions of the package, year by year, and who is right."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from catalog.shelf import open_shelf
from catalog.territory import desk
from cli.division_inputs import read_custody, read_fates, read_table
from cli.division_told import comparison_facts, comparison_lines, plan_facts, plan_lines
from cli.door import Door, as_json, pass_door, tell
from schemas.division_authority import Fact, Named
from schemas.division_conflicts import compare
from schemas.division_file import read_division_file
from schemas.division_year import YearTable, plan
from schemas.divisions import normalise
from schemas.errors import BadInput

a_file = click.Path(path_type=Path, dir_okay=False, exists=True)
SOURCE = click.option("--source", default="", help="Who publishes the table: mca, nbs or a name of your own.")


@click.group()
def divisions() -> None:
    """Divisions below the counties that the package carries, yearly tables, and who is right about them."""


@divisions.command("import")
@click.argument("file", type=a_file)
@click.option("--encoding", default=None, help="Of the file; default: UTF-8, with or without BOM, then GB18030.")
@click.option(
    "--year", type=click.IntRange(1980, 2100), help="The file is the publisher's table for 31 December of it."
)
@SOURCE
@click.option("--whole", default="", metavar="CODE", help="With --year: it has all of its tiers within this division.")
@click.option("--zones", is_flag=True, help="With --year: county codes 71 to 79 are development zones.")
@click.option("--lineage", type=a_file, help="With --year: CSV old,new,kind of what became of codes that vanished.")
@click.option("--dry-run", is_flag=True, help="With --year: say what would change, and change nothing.")
@as_json
@pass_door
def import_divisions(door: Door, /, file: Path, told_as_json: bool, **told: Any) -> None:
    """Add the divisions of a CSV file; with --year, take it as the whole truth of that year about what it lists."""
    if told["year"] is None:
        _add(door, file, told["encoding"], told_as_json)
    else:
        _add_year(door, file, told, told_as_json)


@divisions.command("compare")
@click.argument("here", type=a_file)
@click.argument("there", type=a_file)
@click.option("--as", "names", nargs=2, default=("", ""), metavar="HERE THERE", help="Names of the two, e.g. nbs mca.")
@as_json
@pass_door
def compare_tables(door: Door, here: Path, there: Path, names: tuple[str, str], told_as_json: bool) -> None:
    """Report where two sources of the same divisions say different things, and which of them is the authority."""
    shelf = open_shelf(door.settings)
    found = compare(read_table(here), read_table(there), shelf.tree())
    facts = comparison_facts(found, names, desk.authorities(shelf))
    tell(facts, told_as_json, comparison_lines(facts))


@divisions.command("authority")
@click.argument("fact", required=False, type=click.Choice([one.value for one in Fact]))
@click.argument("source", required=False)
@click.option("--basis", default="", help="On what ground.")
@as_json
@pass_door
def authority(door: Door, fact: str | None, source: str | None, basis: str, told_as_json: bool) -> None:
    """Say who is right about each kind of fact; with FACT, SOURCE and --basis, record it for one."""
    shelf = open_shelf(door.settings)
    if fact and not (source and basis.strip()):
        raise BadInput(f"{fact}: found no source or no --basis, expected both: who is right, and on what ground")
    if fact and source:
        desk.name_authority(shelf, Named(Fact(fact), source, basis.strip()), door.account, door.now())
    named = desk.authorities(shelf)
    facts = {one.fact.value: {"source": one.source, "basis": one.basis, "since": one.at} for one in named.values()}
    tell(facts, told_as_json)


@divisions.command("custody")
@click.argument("file", type=a_file)
@as_json
@pass_door
def custody(door: Door, file: Path, told_as_json: bool) -> None:
    """Record on whose land development zones lie, from a CSV file (zone, place, source)."""
    shelf = open_shelf(door.settings)
    tell({"recorded": desk.set_custody(shelf, read_custody(file))}, told_as_json)


def _add(door: Door, file: Path, encoding: str | None, told_as_json: bool) -> None:
    shelf = open_shelf(door.settings)
    entries = read_division_file(file, encoding, known=[entry.code for entry in shelf.tree()])
    added = shelf.import_divisions(entries, door.now())
    tell({"read": len(entries), "added": added}, told_as_json)


def _add_year(door: Door, file: Path, told: Mapping[str, Any], told_as_json: bool) -> None:
    shelf, now = open_shelf(door.settings), door.now()
    places = read_table(file, told["encoding"], zones=told["zones"])
    table = YearTable(places, told["year"], _whole(told["whole"]))
    found = plan(shelf.tree(), table, read_fates(told["lineage"]) if told["lineage"] else ())
    facts = plan_facts(found, len(places))
    if told["dry_run"] or found.questions:
        tell(facts | {"stored": 0}, told_as_json, plan_lines(found, len(places)))
    if not told["dry_run"]:
        stored = desk.apply(shelf, found, desk.year_of(found, told["source"], file.read_bytes(), len(places), now))
        tell(facts | {"stored": stored}, told_as_json, [*plan_lines(found, len(places)), f"stored: {stored}"])


def _whole(code: str) -> str:
    try:
        return normalise(code) if code else ""
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--whole") from wrong
