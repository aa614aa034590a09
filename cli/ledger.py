"""`yishu ledger`: prove that no receipt was changed, dropped or moved."""

import secrets
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

import click

from catalog.deeds import erasing
from catalog.ledger import check, retention, tokens
from catalog.ledger.check import Found
from catalog.ledger.export import of_database
from catalog.shelf import open_shelf
from catalog.tracing import bulk
from cli.door import Door, as_json, day_of, pass_door, tell
from cli.ledger_afar import look_afar
from cli.ledger_witness import kept_elsewhere, watch, watched
from schemas.deed import Hand
from schemas.errors import BadInput
from schemas.journey import SHANGHAI
from schemas.settings import read_settings

SQLITE = "sqlite:///"


@click.group()
def ledger() -> None:
    """The record of every ask."""


@ledger.command()
@click.argument("where", default="")
@click.option("--public-key", "key", type=click.Path(path_type=Path), help="What `yishu ledger key` printed there.")
@click.option("--since", multiple=True, help="A checkpoint that was kept earlier: a file, or the URL of a node.")
@as_json
@pass_door
def verify(door: Door, where: str, key: Path | None, since: tuple[str, ...], told_as_json: bool) -> None:
    """Check a ledger; 1 when anything is wrong.

    WHERE is an export (a file), a home (a folder), a catalogue's database or a running node (URLs); without it the
    ledger of this home.
    """
    known = _text(door, key)
    found = _looked_at(door, where, known, [note for one in since for note in _checkpoints(door, one, known)])
    facts = {
        "faults": [{"index": f.index, "kind": f.kind, "said": f.said} for f in found.wrong],
        "signature": "looked at" if known else "not looked at: --public-key is missing",
        "receipts": found.receipts,
        "erased": found.erased,
        "absent": found.absent,
    }
    well = f"{check.summary(found) if found.receipts else 'an empty ledger: no receipt yet'}; nothing changed, missing"
    well += " or reordered" + ("" if known else "; the signature was not looked at")
    tell(facts, told_as_json, [f"{f.index}: {f.kind}: {f.said}" for f in found.wrong] or [well])
    if found.wrong:
        raise BadInput(f"{where or door.settings.home}: {len(found.wrong)} faults, first at {found.wrong[0].index}")


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@pass_door
def export(door: Door, file: Path, told_as_json: bool) -> None:
    """Write the whole ledger to FILE, to be checked anywhere."""
    book = open_shelf(door.settings).ledger
    tell({"file": str(file), "receipts": book.export(file), "checkpoint": book.checkpoint()}, told_as_json)


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--before", required=True, help="A day: what was put on record before it moves to FILE.")
@as_json
@pass_door
def archive(door: Door, file: Path, before: str, told_as_json: bool) -> None:
    """Move the bodies of old receipts to FILE; their hashes stay, and FILE proves itself to whoever has the key."""
    day = datetime.combine(day_of(before, "--before"), time(), SHANGHAI)
    book = open_shelf(door.settings).ledger
    moved = retention.archive(book, day, door.working / file, door.now(), secrets.token_bytes(16))
    facts = {"file": str(file), "first": moved.first, "last": moved.last, "sha256": moved.sha256}
    tell(facts | {"receipt": moved.receipt.number}, told_as_json)


@ledger.command()
@click.argument("number")
@click.option("--reason", required=True, help="Why; it is put on record.")
@as_json
@pass_door
def erase(door: Door, number: str, reason: str, told_as_json: bool) -> None:
    """Erase the body of one receipt for ever; its hash stays, and that it was erased is on record."""
    done = erasing.erase(open_shelf(door.settings), Hand(account=door.account), number, reason, door.now())
    tell({"erased": done.deed.facts["leaves"], "receipt": done.receipt}, told_as_json)


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
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How long it opens.")
@as_json
@pass_door
def token(door: Door, kind: str, days: int, told_as_json: bool) -> None:
    """Print the credential with which a person or an enterprise sees who used their data, and nobody else's.

    The number is read from the input. Give it only to who has shown to be that person or enterprise.
    """
    number = click.prompt("number", hide_input=True, prompt_suffix=": ", err=True)
    secret, until = open_shelf(door.settings).token_key, door.now() + timedelta(days=days)
    made = tokens.credential(secret, tokens.of_subject(secret, kind, number), until)
    tell({"token": made, "until": until.isoformat()}, told_as_json, [made])


@ledger.command()
@as_json
@pass_door
def index(door: Door, told_as_json: bool) -> None:
    """Make what traces need of every version that was read: who stands in it, by keyed tokens. For the night."""
    tell({"made": bulk.index(open_shelf(door.settings))}, told_as_json)


@ledger.command()
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--public-key", "key", type=click.Path(path_type=Path), help="Of the one node that is watched anew.")
@as_json
@pass_door
def witness(door: Door, urls: tuple[str, ...], key: Path | None, told_as_json: bool) -> None:
    """Keep and countersign the checkpoints of other nodes; without URL those of all nodes watched so far.

    1 where one does not go on from what was kept: its log was forked. Without --public-key the key that a node shows
    the first time is believed from then on.
    """
    signer = open_shelf(door.settings).ledger.key
    seen = [watch(door, url, _text(door, key), signer) for url in urls or watched(door)]
    facts = [{"url": one.url, "origin": one.origin, "size": one.size, "at": one.at} for one in seen]
    lines = [f"{one.url}: {one.size} receipts, kept {one.at}" for one in seen] or ["no node is watched; name a URL"]
    tell(facts, told_as_json, lines)


def _checkpoints(door: Door, one: str, key: str) -> list[str]:
    """A checkpoint in a file, or those of this log that another node kept."""
    if not one.startswith(("http://", "https://")):
        return [_text(door, Path(one))]
    if not key:
        raise BadInput(f"--since {one}: expected --public-key too; it names the log whose checkpoints are asked for")
    return kept_elsewhere(one, key.partition("+")[0])


def _text(door: Door, file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return (door.working / file).read_text(encoding="utf-8")
    except OSError as wrong:
        raise BadInput(f"{file}: no such file, expected a public key or a checkpoint") from wrong


def _looked_at(door: Door, where: str, key: str, since: Sequence[str]) -> Found:
    if where.startswith(("http://", "https://")):
        return look_afar(where, key, since)
    if "://" in where:
        return check.look(of_database(_there(where)), key, *since)
    place = door.working / where if where else door.settings.home
    if place.is_dir():
        url = read_settings({**door.environment, "YISHU_HOME": str(place)}, door.working).database_url
        empty = url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file()
        return Found((), 0, 0, 0) if empty else check.look(of_database(url), key, *since)
    if not place.is_file():
        raise BadInput(f"{place}: no such file or home; `yishu ledger export FILE` writes one")
    return check.look_at(place, key, *since)


def _there(url: str) -> str:
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file():
        raise BadInput(f"{url}: no such file, expected the database of a catalogue")
    return url
