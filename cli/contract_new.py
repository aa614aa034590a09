"""`yishu contract new`: a contract to fill in, empty or drafted from what its source tells of itself."""

from dataclasses import asdict, dataclass
from pathlib import Path

import click

from cli.contract_place import draft_path
from cli.door import Door, as_json, pass_door, tell
from cli.drafting.column import items
from cli.drafting.owner import owner_of
from cli.drafting.source import Looked, chosen, listed, looked, named
from cli.drafting.text import Drafted, draft_text
from cli.watching import fetching
from connectors.places.spool import fetched_once
from connectors.registry import kind_of, kinds
from connectors.sampling import offers
from schemas.contract_schema import FILE, schema_text
from schemas.errors import BadInput
from schemas.lint_proposals import MARK
from schemas.standards.credit_code import check_credit_code

USUAL = "csv_folder"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody said of the new contract."""

    source: str
    kind: str
    title: str
    title_en: str
    owner: str


@click.command()
@click.argument("key")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("contracts"))
@click.option("--from", "source", default="", help="CONNECTION lists what it has; CONNECTION:TABLE drafts from that.")
@click.option("--kind", default="", help=f"Kind of source; default: as the connection says, else {USUAL}.")
@click.option("--title", default="", help="Chinese title; default: the source's own comment.")
@click.option("--title-en", default="", help="English title.")
@click.option("--owner", default="", help="Credit code of the owner; its name is looked up where it is known.")
@as_json
@pass_door
def new(door: Door, /, key: str, folder: Path, told_as_json: bool, **told: str) -> None:
    """Write a contract to fill in: FOLDER/<department>/<dataset>.odcs.yaml, and beside it the schema for editors.

    With --from the source tells columns, types, comments, key and NULLs; what is only likely is marked with its
    reason, and what only a person knows stands as TODO. Nothing is guessed silently.
    """
    wish, file = Wish(**told), draft_path(key, door.working / folder)
    if wish.kind and wish.kind not in kinds():
        raise click.BadParameter(f"found {wish.kind!r}, expected one of {', '.join(kinds())}", param_hint="--kind")
    if not wish.source:
        _write(empty(key, wish.kind or USUAL), file, {}, told_as_json=told_as_json)
        return
    of, name = named(door.environment, wish.source)
    if not name:
        found = offers(of, "", wish.kind)
        lines = [*listed(found), f"draft one: yishu contract new {key} --from {of.id}:NAME"]
        if not found:
            lines = [f"{of.id} has nothing that this login may see and a kind of source reads"]
            lines += (
                [f"a service is asked by a path, of SOAP by that of its WSDL: --from {of.id}:/path"]
                if of.kind in ("http", "https")
                else []
            )
        tell([asdict(offer) for offer in found], told_as_json, lines)
        return
    _is_new(file)
    with fetching(), fetched_once():
        seen = looked(chosen(of, name, wish.kind), of, door.now())
    facts = {"columns": len(seen.stream.columns), "sampled": len(seen.rows)}
    _write(draft_text(_drafted(door, key, wish, seen)), file, facts, told_as_json=told_as_json)
    if seen.said:
        click.echo(f"the sample ends after {len(seen.rows)} rows: {seen.said}", err=True)


def empty(key: str, kind: str) -> str:
    """A contract with every word that one needs, to be filled in."""
    template = (Path(__file__).parent / "contract_draft.yaml").read_text(encoding="utf-8")
    department, name = key.split(".") if key.count(".") == 1 else (key, key)
    words = {"{key}": key, "{department}": department, "{name}": name, "{kind}": kind}
    for blank, filled in words.items():
        template = template.replace(blank, filled)
    return template


def _drafted(door: Door, key: str, wish: Wish, seen: Looked) -> Drafted:
    if wish.owner:
        _check(wish.owner)
    return Drafted(
        key=key,
        connection=wish.source.partition(":")[0].strip(),
        offer=seen.offer,
        items=items(seen.stream, seen.rows),
        sampled=len(seen.rows),
        title=wish.title or seen.stream.comment or seen.offer.comment,
        title_en=wish.title_en,
        owner=owner_of(door, wish.owner, key.split(".", maxsplit=1)[0]),
        day=door.now().date(),
        stream=kind_of(seen.offer.kind).stream,
    )


def _check(code: str) -> None:
    try:
        check_credit_code(code)
    except ValueError as wrong:
        raise BadInput(f"--owner: {wrong}") from wrong


def _is_new(file: Path) -> None:
    if file.exists():
        raise BadInput(f"{file} is there already; edit it, or remove it first")


def _write(text: str, file: Path, facts: dict[str, int], *, told_as_json: bool) -> None:
    _is_new(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    (file.parent.parent / FILE).write_text(schema_text(), encoding="utf-8")
    lines = [str(file)]
    if facts:
        asked = sum("TODO" in line for line in text.splitlines() if not line.startswith("#"))
        facts = facts | {"todo": asked, "proposals": text.count(f"{MARK} ")}
        lines.append(
            f"{facts['columns']} columns, {facts['sampled']} rows sampled; {facts['proposals']} proposals to agree to, "
            f"marked `{MARK}`; {asked} lines that only you know, marked TODO"
        )
    tell({"file": str(file)} | facts, told_as_json, [*lines, f"fill it in, then: yishu contract lint {file}"])
