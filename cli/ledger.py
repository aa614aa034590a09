"""`yishu ledger`: prove that no receipt was changed, dropped or moved."""

from pathlib import Path

import click

from catalog.ledger import check, tokens
from catalog.ledger.check import Wrong
from catalog.ledger.export import lines, of_database
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell
from cli.ledger_afar import verify_afar
from schemas.errors import BadInput


@click.group()
def ledger() -> None:
    """The record of every ask."""


@ledger.command()
@click.argument("where")
@click.option("--public-key", "key", type=click.Path(path_type=Path), help="What `yishu ledger key` printed there.")
@click.option("--since", type=click.Path(path_type=Path), help="A checkpoint that was kept earlier.")
@as_json
@pass_door
def verify(door: Door, where: str, key: Path | None, since: Path | None, told_as_json: bool) -> None:
    """Check a ledger that was exported (a file), a database's, or a running node's (URLs); 1 when anything is wrong."""
    known, before = _text(door, key), _text(door, since)
    faults = _verified(door, where, known, before)
    facts = {
        "faults": [{"index": f.index, "kind": f.kind, "said": f.said} for f in faults],
        "signature": "looked at" if known else "not looked at: --public-key is missing",
    }
    well = "nothing changed, missing or reordered" + ("" if known else "; the signature was not looked at")
    tell(facts, told_as_json, [f"{f.index}: {f.kind}: {f.said}" for f in faults] or [well])
    if faults:
        raise BadInput(f"{where}: {len(faults)} faults, the first at receipt {faults[0].index}")


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@pass_door
def export(door: Door, file: Path, told_as_json: bool) -> None:
    """Write the whole ledger to FILE, to be checked anywhere."""
    book = open_shelf(door.settings).ledger
    tell({"file": str(file), "receipts": book.export(file), "checkpoint": book.checkpoint()}, told_as_json)


@ledger.command()
@as_json
@pass_door
def key(door: Door, told_as_json: bool) -> None:
    """Print the public key that checkpoints are signed for: publish it, others verify with it."""
    public = open_shelf(door.settings).ledger.key.public_text
    tell({"public_key": public}, told_as_json, [public])


@ledger.command()
@as_json
@pass_door
def checkpoint(door: Door, told_as_json: bool) -> None:
    """Print the newest signed checkpoint: whoever keeps it sees later whether anything before it changed."""
    note = open_shelf(door.settings).ledger.checkpoint()
    tell({"checkpoint": note}, told_as_json, [note.rstrip("\n")])


@ledger.command()
@click.argument("kind", type=click.Choice(tokens.WORN))
@as_json
@pass_door
def token(door: Door, kind: str, told_as_json: bool) -> None:
    """Print the token of a person or an enterprise, to be given to nobody else; the number is read from the input."""
    number = click.prompt("number", hide_input=True, prompt_suffix=": ", err=True)
    made = tokens.of_subject(open_shelf(door.settings).token_key, kind, number)
    tell({"token": made}, told_as_json, [made])


def _text(door: Door, file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return (door.working / file).read_text(encoding="utf-8")
    except OSError as wrong:
        raise BadInput(f"{file}: no such file, expected a public key or a checkpoint") from wrong


def _verified(door: Door, where: str, key: str, since: str) -> tuple[Wrong, ...]:
    if where.startswith(("http://", "https://")):
        return verify_afar(where, key, since)
    if "://" in where:
        file = where.removeprefix("sqlite:///")
        if file != where and not Path(file).is_file():
            raise BadInput(f"{where}: no such file, expected the database of a catalogue")
        return check.verify(lines(*of_database(where)), key, since)
    place = door.working / where
    if not place.is_file():
        raise BadInput(f"{where}: no such file; `yishu ledger export FILE` writes one")
    return check.verify_file(place, key, since)
