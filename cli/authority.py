"""`yishu authority`: who is right about which data element, brought in from a list of duties and told again."""

import csv
import sys
from pathlib import Path

import click

from catalog.collection import registry, sources
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell
from schemas.authority_file import OPTIONAL, REQUIRED, read_authority_file
from schemas.authority_source import Source
from schemas.errors import BadInput

COLUMNS = ("element", "subject_kind", "division", "organisation", "dataset", "basis", "since", "until")
if set(COLUMNS) != {*REQUIRED, *OPTIONAL}:
    raise AssertionError("what is listed can be imported again")


@click.group()
def authority() -> None:
    """The authority registry 一数一源: data element, kind of subject and area -> who is right."""


@authority.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@as_json
@pass_door
def import_sources(door: Door, file: Path, told_as_json: bool) -> None:
    """Enter the authority sources of a CSV file as in force; what stands there already is left as it is."""
    shelf, now = open_shelf(door.settings), door.now()
    rows, added, refused = read_authority_file(file), 0, []
    for line, source in rows:
        try:
            added += registry.bring(shelf, source, now, door.account)
        except BadInput as wrong:
            refused.append(f"{file}:{line}: {wrong}")
    tell({"read": len(rows), "added": added, "refused": refused}, told_as_json)
    if refused:
        raise BadInput(f"{len(refused)} of {len(rows)} entries were refused: {refused[0]}")


@authority.command("list")
@click.option("--element", default="", help="Id of a data element.")
@click.option("--csv", "as_csv", is_flag=True, help="As the CSV that `import` reads.")
@as_json
@pass_door
def list_sources(door: Door, element: str, as_csv: bool, told_as_json: bool) -> None:
    """All entries, or those of an element."""
    with open_shelf(door.settings).engine.connect() as connection:
        found = sources.listed(connection, element=element)
    if as_csv:
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerows(
            [COLUMNS, *([_text(one, name) for name in COLUMNS] for one in found if one.standing == "in_force")]
        )
        return
    facts = [{name: _text(one, name) for name in ("number", *COLUMNS, "standing")} for one in found]
    lines = (
        f"{one.number}  {one.standing.value:9} {one.element}/{one.subject_kind or '-'}  {one.division}  "
        f"{one.organisation}  {one.dataset or '-'}  since {one.since}"
        for one in found
    )
    tell(facts, told_as_json, lines)


def _text(one: Source, name: str) -> str:
    value = getattr(one, name)
    return "" if value is None else str(value)
