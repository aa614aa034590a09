"""`/entries/export` and `/entries/import`: the entries that a caller may know of as a file, and many drafts at once."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import Plain
from api.entry_facts import flaw_facts
from catalog import duties
from catalog.entries import bulk, desk
from catalog.entries.book import Version, Wanted
from catalog.entries.bulk import Plan
from catalog.entries.secrets import on_record
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.dataset import Json
from schemas.entry_file import KINDS, read_entries, write_entries
from schemas.entry_life import IN_FORCE, State
from schemas.errors import BadAsk, SecretData

router = APIRouter(prefix="/api/v1", tags=["governance"])
MOST = 2_000
"""Entries of one export over HTTP."""
PAGE = 500


class ExportQuery(Plain):
    """Which entries, and as what."""

    format: Literal["xlsx", "csv", "jsonl"] = Field("xlsx", description="Kind of file")
    q: str = Field("", max_length=100, description="Letters of a title, or a whole code")
    state: State | None = Field(None, description="Only versions in this state; without it those in force")
    mine: Literal["0", "1"] = Field("0", description="1: only those that you work on")


class ImportQuery(Plain):
    """What the body is, and whether it is taken in."""

    format: Literal["xlsx", "csv", "jsonl"] = Field("xlsx", description="Kind of file")
    apply: Literal["0", "1"] = Field(
        "0", description="1: take them in as drafts; 0: only say what would become of them"
    )


async def body(request: Request) -> bytes:
    """The whole body; what is too large was refused before."""
    return await request.body()


TheBody = Annotated[bytes, Depends(body)]
ExportWanted = Annotated[ExportQuery, Depends(asked(ExportQuery))]
ImportWanted = Annotated[ImportQuery, Depends(asked(ImportQuery))]


@router.get("/entries/export", openapi_extra=documented(ExportQuery), summary="Entries as a file")
def export_entries(call: TheCall, query: ExportWanted) -> Response:
    """XLSX in the guide's form, the same as CSV, or JSON Lines: what you may know of, newest first."""
    states = (query.state,) if query.state else IN_FORCE
    found = every(call.desk.shelf, call.subject, Wanted(states, query.q), call.now, working=query.mine == "1")
    return as_file(found, query.format)


@router.post("/entries/import", openapi_extra=documented(ImportQuery), summary="Many drafts at once")
def import_entries(call: TheCall, query: ImportWanted, raw: TheBody) -> Json:
    """The file is the body. All mistakes with their lines; with `apply=1` all of it or nothing is taken in."""
    return brought(call, raw, query.format, take=query.apply == "1")


def every(shelf: Shelf, subject: Subject, wanted: Wanted, now: datetime, *, working: bool) -> list[Version]:
    """All of them, page by page; BadAsk where they are more than one file takes."""
    found: list[Version] = []
    before = None
    while len(found) <= MOST:
        page = desk.listed(shelf, subject, Wanted(wanted.states, wanted.text, before, PAGE), now, working=working)
        found += page
        if len(page) < PAGE:
            return found
        before = page[-1].id
    raise BadAsk(f"more than {MOST:,} entries: narrow them by q, state or mine, or use yishu catalogue export")


def as_file(found: list[Version], kind: str) -> Response:
    """The answer that a browser saves."""
    raw = write_entries((one.entry for one in found), kind)
    told = {"Content-Disposition": f'attachment; filename="entries.{kind}"', "X-Content-Type-Options": "nosniff"}
    return Response(raw, media_type=KINDS[kind], headers=told | PRIVATE)


def brought(call: Call, raw: bytes, kind: str, *, take: bool) -> dict[str, Any]:
    """What an import is, or was, told."""
    found = looked_at(call.desk.shelf, call.subject, (kind, f"body.{kind}", raw), call.now)
    if take:
        bulk.apply(call.desk.shelf, call.subject, found, raw, call.now)
    return plan_facts(found, call.lang) | {"taken": take}


def looked_at(shelf: Shelf, subject: Subject, file: tuple[str, str, bytes], now: datetime) -> Plan:
    """The plan of an import, for a keeper alone; a secret goes on record without any of its words."""
    kind, name, raw = file
    duties.require(subject, Role.CATALOGUE_KEEPER)
    try:
        read = read_entries(raw, kind, name)
    except SecretData:
        on_record(shelf, subject, now)
        raise
    return bulk.plan(shelf, subject, read, name, now)


def plan_facts(found: Plan, lang: str) -> dict[str, Any]:
    """Every mistake, and what would become of every entry."""
    return {
        "counts": dict(found.counts),
        "mistakes": [
            {"line": one.line, "where": one.where, "found": one.found, "expected": one.expected}
            for one in found.mistakes
        ],
        "entries": [
            {
                "line": one.line,
                "title": one.entry.title,
                "fate": one.fate.value,
                "flaws": [flaw_facts(flaw, lang) for flaw in one.flaws],
            }
            for one in found.entries
        ],
    }
