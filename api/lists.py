"""`/lists/{name}`: the lists of sharing as this caller may see them, what changed since an edition, and evaluation."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

import pyarrow as pa
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.desk import Desk
from api.language import ENGLISH
from api.seal import CURSOR_LIFE
from api.sight import find
from catalog.lists import desk as list_desk
from catalog.lists import editions, evaluation
from catalog.lists import said as officials
from catalog.lists.desk import Look
from catalog.lists.editions import Edition
from catalog.lists.said import Assessment, Rating
from catalog.lists.sight import sight_of
from catalog.rows.streams import csv_chunks
from schemas.access import Subject
from schemas.dataset import Json
from schemas.errors import Unidentified, Unknown
from schemas.journey import SHANGHAI
from schemas.lists import COLUMNS, Line, ListName, changed

router = APIRouter(prefix="/api/v1", tags=["lists"])
NO_LIST = "no list of this name; there are " + ", ".join(ListName)


class ListsQuery(Plain):
    """Which part of the list, and how."""

    format: Literal["json", "csv"] = Told("json", description="csv: everything at once, for a spreadsheet")
    since: int = Told(0, ge=0, le=2**53, description="Only what changed since the edition of this number")
    limit: int = Told(100, ge=1, le=1_000, description="Lines of one page, by whole datasets")
    cursor: str = Told("", description="Where the next page starts: `next` of the page before")


class FormatQuery(Plain):
    """How the evaluation is wanted."""

    format: Literal["json", "csv"] = Told("json", description="csv for a spreadsheet")


class AssessmentTold(BaseModel):
    """An assessment whether a dataset may be opened to the public."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: Literal["open", "conditional", "closed"]
    basis: Annotated[str, StringConstraints(max_length=officials.LONGEST)] = Told("", description="Law or reason")
    next: date = Told(description="The day by which it is assessed again, within 366 days")


class RatingTold(BaseModel):
    """How well a dataset serves your organisation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: int = Told(ge=1, le=5, description="1 not at all … 5 very well")
    said: Annotated[str, StringConstraints(max_length=officials.LONGEST)] = ""


ListsWanted = Annotated[ListsQuery, Depends(asked(ListsQuery))]
FormatWanted = Annotated[FormatQuery, Depends(asked(FormatQuery))]


@router.get("/lists/{list}", openapi_extra=documented(ListsQuery), summary="A list of sharing 清单")
def show_list(list: str, call: TheCall, query: ListsWanted) -> Response:
    """Lines you may see, by dataset, with its kept editions; `since` an edition: what was added, removed, altered."""
    name = known(list)
    look = look_of(call.desk, call.subject, call.now)
    if query.since:
        return JSONResponse(difference(look, name, query.since), headers=PRIVATE)
    if query.format == "csv":
        return spreadsheet(COLUMNS[name], (one.values for one in list_desk.seen(look, name)), call.lang, name.value)
    return JSONResponse(_page(call, look, name, query), headers=PRIVATE)


@router.get("/evaluation", openapi_extra=documented(FormatQuery), summary="Figures by which sharing is evaluated 评价")
def show_evaluation(call: TheCall, query: FormatWanted) -> Response:
    """For each provider timeliness, quality, reuse and satisfaction, over the datasets that you may know of."""
    signed_in(call.subject)
    rows = evaluation.evaluated(look_of(call.desk, call.subject, call.now))
    if query.format == "csv":
        return spreadsheet(evaluation.COLUMNS, rows, call.lang, "evaluation")
    return JSONResponse({"providers": [dict(one) for one in rows]}, headers=PRIVATE)


@router.post("/datasets/{key}/assessment", **PLAIN, status_code=201, summary="Assess whether it may be opened 开放评估")
def assess(key: str, call: TheCall, told: AssessmentTold) -> Json:
    """By its provider's catalogue keeper; it stands on the ledger."""
    dataset = find(call.desk, call.subject, key)
    made = Assessment(told.outcome, told.basis, told.next)
    return {"receipt": officials.assess(call.desk.shelf, call.subject, dataset, made, call.now)}


@router.post("/datasets/{key}/rating", **PLAIN, status_code=201, summary="Rate a dataset you receive 评价")
def rate(key: str, call: TheCall, told: RatingTold) -> Json:
    """By a person of a recipient; said again, the new word stands."""
    dataset = find(call.desk, call.subject, key)
    return {"receipt": officials.rate(call.desk.shelf, call.subject, dataset, Rating(told.score, told.said), call.now)}


def known(name: str) -> ListName:
    """The list of that name, or Unknown."""
    if name not in frozenset(ListName):
        raise Unknown(NO_LIST)
    return ListName(name)


def signed_in(subject: Subject) -> None:
    """Unidentified for the public."""
    if subject.public:
        raise Unidentified(
            "evaluation is for registered organisations: send a credential as Authorization: Bearer ys_…"
        )


def look_of(desk: Desk, subject: Subject, now: datetime) -> Look:
    """One look at the lists."""
    with desk.shelf.engine.connect() as connection:
        return Look(desk.shelf, sight_of(connection, subject, desk.shelf.tree()), now)


def difference(look: Look, name: ListName, since: int) -> dict[str, Json]:
    """What has become of the lines that the asker may see since an edition."""
    with look.shelf.engine.connect() as connection:
        kept = editions.lines_of(connection, name, since)
    before = {one.key: one for one in list_desk.shown(look, name, kept)}
    found = changed(before, {one.key: one for one in list_desk.seen(look, name)})
    return {
        "since": since,
        "added": [line_facts(one) for one in found.added],
        "removed": [line_facts(one) for one in found.removed],
        "altered": [{"before": line_facts(a), "after": line_facts(b)} for a, b in found.altered],
    }


def line_facts(one: Line) -> dict[str, Json]:
    """One line as the API tells it."""
    return {"key": one.key, "dataset": one.dataset} | dict(one.values)


def edition_facts(one: Edition) -> dict[str, Json]:
    """One edition; its digest stands on the ledger under the receipt."""
    return {
        "id": one.id,
        "at": one.at.astimezone(SHANGHAI).isoformat(),
        "lines": one.lines,
        "sha256": one.sha256,
        "receipt": one.receipt,
    }


def spreadsheet(
    columns: Mapping[str, tuple[str, str]], rows: Iterable[Mapping[str, str]], lang: str, name: str
) -> Response:
    """CSV with a byte-order mark and titles in the caller's language, safe to open in a spreadsheet."""
    told = list(rows)
    schema = pa.schema([pa.field(both[lang == ENGLISH], pa.string()) for both in columns.values()])
    arrays = [pa.array([row.get(one, "") for row in told], pa.string()) for one in columns]
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = b"".join(csv_chunks(schema, [batch], bom=True))
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _page(call: Call, look: Look, name: ListName, query: ListsQuery) -> dict[str, Json]:
    bound: Sequence[Json] = [call.subject.system, call.subject.organisation, name.value]
    after = query.cursor and call.desk.seal.open(query.cursor, purpose="list", bound=bound, now=call.now)
    found = list_desk.page(look, name, str(after or ""), query.limit)
    with look.shelf.engine.connect() as connection:
        kept = editions.listed(connection, name)
    until = call.now + CURSOR_LIFE
    following = call.desk.seal.close(found.after, purpose="list", bound=bound, until=until) if found.after else None
    return {
        "list": name.value,
        "lines": [line_facts(one) for one in found.lines],
        "editions": [edition_facts(one) for one in kept],
        "next": following,
    }
