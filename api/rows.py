"""`/rows`: the permitted rows and columns of a dataset; every ask is on record before its first byte."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.answering import answering
from api.answers import bare, row_headers, unchanged
from api.asked import asked, documented
from api.caller import Call, TheCall, bearer
from api.formats import Format, choose, codec
from api.made import page, streamed
from api.pages_of_rows import Place, bound_to, cut, next_place, place_of
from api.shown import refusal
from api.sight import sought
from api.standing import watched
from api.wanted import RowsQuery, Shape, ask_rows, shape
from catalog.access_filter import outline
from schemas.access import Ask, Decision, Mode
from schemas.dataset import Dataset, Json

router = APIRouter(prefix="/api/v1", tags=["rows"])
SHAPES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Rows", "content": {one.media_type: {} for one in Format}},
    304: {"description": "You have this very answer"},
}
Wanted = Annotated[RowsQuery, Depends(asked(RowsQuery))]


@dataclass(frozen=True, slots=True)
class Reading:
    """One ask for rows on its way to an answer."""

    call: Call
    dataset: Dataset
    ask: Ask
    shape: Shape
    place: Place
    bound: Json
    """What a cursor of this ask belongs to."""


@router.head("/datasets/{key}/rows", include_in_schema=False)
@router.get("/datasets/{key}/rows", openapi_extra=documented(RowsQuery), summary="Rows in scope", responses=SHAPES)
def fetch_rows(key: str, call: TheCall, query: Wanted) -> Response:
    """Rows and columns that the caller may have, as Arrow, Parquet, CSV or JSON pages."""
    dataset = sought(call, key, Mode.QUERY, query.purpose)
    accept = call.request.headers.get("accept", "")
    wanted = replace(shape(query, choose(query.format, accept)), codec=codec(accept))
    ask = ask_rows(query, call.subject, dataset, Mode.BULK if wanted.page is None else Mode.QUERY, call.now)
    bound = bound_to(call.subject, key, query)
    return _answer(Reading(call, dataset, ask, wanted, place_of(call.desk.seal, query, bound, call.now), bound))


def _answer(reading: Reading) -> Response:
    desk = reading.call.desk
    give_back = desk.scans.take()
    try:
        decision = _decided(reading)
        headers = _recorded(reading, decision)
        told = reading.call.request.headers.get("if-none-match", "")
        known = unchanged(headers["ETag"], told) if told else False
        if known or reading.call.request.method == "HEAD":
            give_back()
            return bare(304 if known else 200, headers, reading.shape.format.media_type)
        return _served(reading, decision, headers, give_back)
    except BaseException:
        give_back()
        raise


def _decided(reading: Reading) -> Decision:
    """The decision, on the version that was asked for; Unknown where that is not there."""
    version, shelf = reading.place.version, reading.call.desk.shelf
    if version and shelf.decide(reading.ask).allowed:  # nobody learns which versions there are who may not read them
        shelf.version(reading.dataset.key, version)
        return shelf.decide(reading.ask, version)
    return shelf.decide(reading.ask)


def _recorded(reading: Reading, decision: Decision) -> dict[str, str]:
    """The receipt is written here, refused or not; what follows may send bytes. Raises Refused."""
    desk, shape_ = reading.call.desk, reading.shape
    extra = {
        "format": shape_.format.value,
        "method": reading.call.request.method,
        "page": shape_.page,
        "from": [reading.place.group, reading.place.skip],
        "filter_outline": outline(reading.ask.filter),
    }
    receipt = desk.shelf.record(decision, extra)
    desk.counters.add("yishu_decisions_total", code=decision.code)
    if not decision.allowed:
        raise refusal(decision, receipt.number, reading.call.lang)
    return row_headers(receipt.number, decision.version, _etag(reading, decision), reading.dataset.key, shape_.format)


def _etag(reading: Reading, decision: Decision) -> str:
    """Differs with anything that changes a byte of the answer, and with nothing that the caller may not see."""
    scope, shape_ = decision.rows, reading.shape
    told = [
        decision.ask.dataset,
        decision.version,
        decision.grant,
        [(c.name, c.transform) for c in decision.served],
        [scope.column, scope.divisions, scope.at, scope.keys, scope.filter] if scope else None,
        [shape_.format, shape_.page, shape_.bom, shape_.codec, reading.place.group, reading.place.skip, pa.__version__],
    ]
    return f'"{reading.call.desk.seal.tag(told, purpose="etag")}"'


def _served(reading: Reading, decision: Decision, headers: dict[str, str], give_back: Callable[[], None]) -> Response:
    desk, shape_ = reading.call.desk, reading.shape
    receipt = headers["Yishu-Receipt"]
    with answering(desk, receipt, reading.dataset.key):
        reader = desk.shelf.open_rows(decision)
    if shape_.page is None:
        batches = _counted(reading, receipt, watched(reader, lambda: _again(reading)))
        return streamed(reader.schema, batches, shape_, headers, give_back)
    start = replace(reading.place, version=decision.version)
    left = shape_.page if decision.most is None else min(shape_.page, max(0, decision.most - start.served))
    with answering(desk, receipt, reading.dataset.key):
        kept, following = cut(reader, start, left)
    desk.counters.add("yishu_rows_total", sum(b.num_rows for b in kept), format=shape_.format.value)
    if following is not None and decision.most is not None and following.served >= decision.most:
        headers["Yishu-Truncated"], following = f"query ends after {decision.most} rows; take the rest in bulk", None
    if following is not None:
        headers["Yishu-Next"] = next_place(desk.seal, following, reading.bound, reading.ask.moment)
    if shape_.format is not Format.JSON:
        return streamed(reader.schema, kept, shape_, headers, give_back)
    give_back()
    facts = {"next": headers.get("Yishu-Next"), "truncated": headers.get("Yishu-Truncated")}
    return page(_page_facts(decision, [f.name for f in reader.schema]) | facts, kept, headers)


def _page_facts(decision: Decision, leaving: list[str]) -> dict[str, Json]:
    return {
        "dataset": decision.ask.dataset,
        "version": decision.version,
        "columns": [{"name": c.name, "transform": c.transform.word} for c in decision.served if c.name in leaving],
    }


def _again(reading: Reading) -> Decision:
    """The same ask, now: the credential, the grant and the dataset as they are at this moment."""
    now = reading.call.desk.now()
    subject = reading.call.desk.shelf.subject(bearer(reading.call.request), now)
    return reading.call.desk.shelf.decide(replace(reading.ask, subject=subject, moment=now))


def _counted(reading: Reading, receipt: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    desk, told = reading.call.desk, reading.shape.format.value
    with answering(desk, receipt, reading.dataset.key):
        for batch in batches:
            desk.counters.add("yishu_rows_total", batch.num_rows, format=told)
            yield batch
