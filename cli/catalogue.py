"""`yishu catalogue`: entries of the catalogue by the file, on the operator's authority."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from catalog.entries import book, bulk, secrets
from catalog.entries.book import Wanted
from catalog.entries.bulk import Plan
from catalog.shelf import Shelf, open_shelf
from cli.door import Door, as_json, pass_door, tell
from schemas.dataset import Severity
from schemas.divisions import normalise
from schemas.entry_file import kind_of, read_entries, write_entries
from schemas.entry_form import Brought, File
from schemas.entry_life import IN_FORCE, State
from schemas.entry_markdown import read_folder
from schemas.errors import BadInput, SecretData

PAGE = 500


@click.group()
def catalogue() -> None:
    """Entries of the catalogue 目录条目 in files."""


@catalogue.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--apply", "taken", is_flag=True, help="Take them in as drafts; without it nothing changes.")
@click.option("--provider", default="", help="Credit code of the provider, where the file says none.")
@click.option("--division", default="", help="Division of the provider, where the file says none.")
@as_json
@pass_door
def import_entries(door: Door, /, path: Path, told_as_json: bool, **told: Any) -> None:
    """Look at entries of an XLSX, CSV or JSON Lines file, or of a folder of Markdown files, and say every mistake."""
    shelf, now = open_shelf(door.settings), door.now()
    try:
        file = _read(path)
    except SecretData:
        secrets.on_record(shelf, None, now)
        raise
    found = bulk.plan(shelf, None, _placed(file, told["provider"], told["division"]), path.name, now)
    facts = _facts(found)
    tell(facts, told_as_json, _lines(found))
    if found.mistakes:
        raise BadInput(f"{len(found.mistakes)} mistakes in {path}; nothing was taken in")
    if told["taken"]:
        bulk.apply(shelf, None, found, _raw(path), now)


@catalogue.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--state", type=click.Choice([one.value for one in State]), help="Only versions in it; default: in force."
)
@as_json
@pass_door
def export_entries(door: Door, file: Path, state: str | None, told_as_json: bool) -> None:
    """Write entries into an XLSX, CSV or JSON Lines file, by the ending of its name."""
    kind = kind_of(file.name)
    states = (State(state),) if state else IN_FORCE
    entries = [
        replace(one.entry, dataset="") if kind != "jsonl" else one.entry
        for one in _every(open_shelf(door.settings), states)
    ]
    file.write_bytes(write_entries(entries, kind))
    tell({"written": len(entries), "file": str(file)}, told_as_json)


def _read(path: Path) -> File:
    return read_folder(path) if path.is_dir() else read_entries(path.read_bytes(), kind_of(path.name), path.name)


def _raw(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(path.glob("*.md"))) if path.is_dir() else path.read_bytes()


def _placed(file: File, provider: str, division: str) -> File:
    """What the operator says about whose they are, where the file does not."""
    try:
        place = normalise(division) if division else ""
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--division") from wrong
    placed = [
        Brought(
            one.line, replace(one.entry, provider=one.entry.provider or provider, division=one.entry.division or place)
        )
        for one in file.entries
    ]
    return File(tuple(placed), file.mistakes)


def _every(shelf: Shelf, states: tuple[State, ...]) -> Iterator[book.Version]:
    before = None
    while True:
        with shelf.engine.connect() as connection:
            page = book.listed(connection, Wanted(states, before=before, limit=PAGE), book.everything())
        yield from page
        if len(page) < PAGE:
            return
        before = page[-1].id


def _facts(found: Plan) -> dict[str, Any]:
    return {
        "read": len(found.entries),
        "fates": dict(found.counts),
        "mistakes": [str(one) for one in found.mistakes],
        "flaws": dict(Counter(f"{flaw.severity.value} {flaw.rule}" for one in found.entries for flaw in one.flaws)),
        "entries": [
            {
                "line": one.line,
                "title": one.entry.title,
                "fate": one.fate.value,
                "flaws": [asdict(flaw) for flaw in one.flaws],
            }
            for one in found.entries
        ],
    }


def _lines(found: Plan) -> Iterator[str]:
    yield from (str(one) for one in found.mistakes)
    for one in found.entries:
        grave = [flaw for flaw in one.flaws if flaw.severity is Severity.ERROR]
        said = "、".join(dict.fromkeys(flaw.where for flaw in grave)) or "无"
        yield f"{one.line}: {one.entry.title} [{one.fate.value}] 自检待补 to be mended: {said}"
    yield f"{len(found.entries)} entries: " + (
        ", ".join(f"{count} {fate}" for fate, count in found.counts.items()) or "none"
    )
