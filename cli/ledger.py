"""`yishu ledger`: prove that no receipt was changed, dropped or moved."""

from pathlib import Path

import click
from sqlalchemy import Engine

from catalog.database import connect, require_current
from catalog.ledger import chain as book
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell
from schemas.errors import BadInput, NotReady


@click.group()
def ledger() -> None:
    """The record of every ask."""


@ledger.command()
@click.argument("where")
@click.option("--public-key", type=click.Path(path_type=Path), default=None, help="For signed ledgers; none is yet.")
@as_json
@pass_door
def verify(door: Door, where: str, public_key: Path | None, told_as_json: bool) -> None:
    """Check an exported ledger (a file), or the one of a database (an URL); 1 when anything is wrong."""
    if public_key is not None:
        raise NotReady("--public-key: receipts are chained by their hashes and not signed yet; leave the option out")
    faults = book.verify(_place(door, where))
    facts = {"faults": [{"index": f.index, "kind": f.kind, "said": f.said} for f in faults]}
    tell(
        facts,
        told_as_json,
        [f"{f.index}: {f.kind}: {f.said}" for f in faults] or ["nothing changed, missing or reordered"],
    )
    if faults:
        raise BadInput(f"{where}: {len(faults)} faults, the first at receipt {faults[0].index}")


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@pass_door
def export(door: Door, file: Path, told_as_json: bool) -> None:
    """Write the whole ledger to FILE, to be checked anywhere."""
    head = book.export(open_shelf(door.settings).engine, file)
    tell({"file": str(file), "receipts": head.size, "hash": head.hash}, told_as_json)


def _database(url: str) -> Engine:
    """A catalogue of this release; a file that is not there is not made."""
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).is_file():
        raise BadInput(f"{url}: no such file, expected the database of a catalogue")
    engine = connect(url)
    require_current(engine)
    return engine


def _place(door: Door, where: str) -> Engine | Path:
    if where.startswith(("http://", "https://")):
        raise NotReady(
            f"{where}: the API hands out no ledger yet; expected a file that `yishu ledger export` wrote, "
            "or a database's URL"
        )
    if "://" in where:
        return _database(where)
    file = door.working / where
    if not file.is_file():
        raise BadInput(f"{where}: no such file; `yishu ledger export FILE` writes one")
    return file
