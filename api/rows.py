"""`/rows`: the permitted rows and columns of a dataset; every ask is on record before its first byte."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.answering import answering
from api.answers import bare, unchanged
from api.asked import asked, documented
from api.caller import TheCall
from api.disputed import HEADER, marked
from api.formats import Format
from api.handed import handed
from api.made import Leaving, page, streamed
from api.paged import paged
from api.pages_of_rows import bound_to, next_place, place_of
from api.ranged import ranged
from api.reading import Reading, again, decided, earlier, recorded
from api.scans import PUBLIC
from api.served import count
from api.sight import sought
from api.wanted import RowsQuery, ask_rows, shape
from catalog.changes import delta
from catalog.corrections.disputed import Disputed, disputed, facts
from catalog.rows.splice import Splice, splice
from catalog.rows.standing import watched
from schemas.access import Decision, Mode
from schemas.dataset import Json

router = APIRouter(prefix="/api/v1", tags=["rows"])
SHAPES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Rows", "content": {one.media_type: {} for one in Format}},
    304: {"description": "You have this very answer"},
}
Wanted = Annotated[RowsQuery, Depends(asked(RowsQuery))]


@router.head("/datasets/{key}/rows", include_in_schema=False)
@router.get("/datasets/{key}/rows", openapi_extra=documented(RowsQuery), summary="Rows in scope", responses=SHAPES)
def fetch_rows(key: str, call: TheCall, query: Wanted) -> Response:
    """Rows and columns that the caller may have, as Arrow, Parquet, CSV or JSON; whole, in pages, or what changed."""
    dataset = sought(call, key, Mode.QUERY, query.purpose)
    told = call.request.headers
    wanted = shape(query, told.get("accept", ""), told.get("accept-encoding", ""))
    ask = ask_rows(query, call.subject, dataset, wanted.mode, call.now)
    bound = bound_to(call.subject, key, query)
    return answer(Reading(call, dataset, ask, wanted, place_of(call.desk.seal, query, bound, call.now), bound))


def answer(reading: Reading) -> Response:
    """The answer to an ask for rows: decided, on record, then served."""
    desk, since = reading.call.desk, reading.shape.since
    give_back = desk.scans.take(reading.ask.subject.organisation or PUBLIC)
    with ExitStack() as slot:
        slot.callback(give_back)
        decision = decided(reading)
        before = earlier(reading, decision, since) if since is not None and decision.allowed else decision
        headers = recorded(reading, decision if before.allowed else before)
        told = reading.call.request.headers.get("if-none-match", "")
        known = unchanged(headers["ETag"], told) if told else False
        if known or reading.call.request.method == "HEAD":
            return bare(304, headers, reading.shape.media_type) if known else _head(reading, decision, headers)
        serve = _page if reading.shape.page is not None else _whole
        answer = serve(reading, (before, decision), headers, give_back)
        slot.pop_all()  # the answer gives it back when it is over
        return answer


Decisions = tuple[Decision, Decision]
"""On the version that a delta starts from, and on the one that is served; the same where there is no delta."""


def _head(reading: Reading, decision: Decision, headers: dict[str, str]) -> Response:
    """What is known of an answer before it is made: of a spliced file its length, too."""
    made = _cut_out(reading, decision) if reading.shape.page is None else None
    if made is not None:
        told = headers | {"Content-Length": str(made.size), "Accept-Ranges": "bytes"}
        return Response(headers=told, media_type=reading.shape.media_type)
    return bare(200, headers, reading.shape.media_type)


def _whole(reading: Reading, decisions: Decisions, headers: dict[str, str], give_back: Callable[[], None]) -> Response:
    """All rows, or all that changed."""
    desk, receipt = reading.call.desk, headers["Yishu-Receipt"]
    with answering(desk, receipt, reading.dataset.key):
        made = _cut_out(reading, decisions[1])
    if made is not None:
        return _spliced(reading, decisions[1], made, headers, give_back)
    with answering(desk, receipt, reading.dataset.key):
        schema, batches = _rows(reading, *decisions)
    watching = watched(batches, decisions[1], lambda: again(reading, decisions[1].version))
    found = _disputed(reading, decisions[1], headers)
    about = _facts(decisions[1], schema.names) | {"since": reading.shape.since} | _told(found)
    leaving = Leaving(marked(schema, found), _counted(reading, receipt, watching), reading.shape, about)
    return streamed(leaving, headers, give_back)


def _cut_out(reading: Reading, decision: Decision) -> Splice | None:
    """The file of all rows where it can be cut out of the published ones."""
    if reading.shape.format is not Format.PARQUET or reading.shape.since is not None:
        return None
    made = splice(reading.call.desk.shelf.open_rows(decision))
    return made if isinstance(made, Splice) else None


def _spliced(
    reading: Reading, decision: Decision, made: Splice, headers: dict[str, str], give_back: Callable[[], None]
) -> Response:
    """The file or a range of it; through nginx where that may be."""
    call, receipt = reading.call, headers["Yishu-Receipt"]
    call.desk.counters.add("yishu_rows_total", made.rows, format=Format.PARQUET.value)
    count(call.request, made.rows)
    with answering(call.desk, receipt, reading.dataset.key):
        through_nginx = handed(call, made, headers)
    if through_nginx is not None:
        give_back()
        return through_nginx
    return ranged(call.request, made, headers, give_back, lambda pieces: _bytes(reading, decision, receipt, pieces))


def _bytes(reading: Reading, decision: Decision, receipt: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces of a file, for as long as the rule allows; what breaks them off by our fault is on record."""
    with answering(reading.call.desk, receipt, reading.dataset.key):
        yield from watched(pieces, decision, lambda: again(reading, decision.version))


def _rows(reading: Reading, before: Decision, decision: Decision) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    shelf = reading.call.desk.shelf
    if reading.shape.since is None:
        reader = shelf.open_rows(decision)
        return reader.schema, reader
    old, new = shelf.open_rows(before, decision.version), shelf.open_rows(decision, before.version)
    changes = delta(reading.dataset, old, new)
    return changes.schema, changes


def _page(reading: Reading, decisions: Decisions, headers: dict[str, str], give_back: Callable[[], None]) -> Response:
    """So many rows from a place on, and where the next page starts."""
    desk, shape_, decision = reading.call.desk, reading.shape, decisions[1]
    found = paged(reading, decision, headers["Yishu-Receipt"])
    if found.truncated:
        headers["Yishu-Truncated"] = found.truncated
    if found.following is not None:
        headers["Yishu-Next"] = next_place(desk.seal, found.following, reading.bound, reading.ask.moment)
    doubts = _disputed(reading, decision, headers)
    if shape_.format is not Format.JSON:
        return streamed(Leaving(marked(found.schema, doubts), found.batches, shape_), headers, give_back)
    give_back()
    about = {"next": headers.get("Yishu-Next"), "truncated": headers.get("Yishu-Truncated")} | _told(doubts)
    return page(_facts(decision, found.schema.names) | about, found.batches, headers)


def _disputed(reading: Reading, decision: Decision, headers: dict[str, str]) -> tuple[Disputed, ...]:
    """The disputed cells that the header has counted."""
    return disputed(reading.call.desk.shelf, decision) if HEADER in headers else ()


def _told(found: tuple[Disputed, ...]) -> dict[str, Json]:
    """Beside the rows of a JSON answer; nothing where nothing is disputed."""
    return {"disputed": facts(found)} if found else {}


def _facts(decision: Decision, leaving: list[str]) -> dict[str, Json]:
    return {
        "dataset": decision.ask.dataset,
        "version": decision.version,
        "columns": [{"name": c.name, "transform": c.transform.word} for c in decision.served if c.name in leaving],
    }


def _counted(reading: Reading, receipt: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, their rows counted."""
    desk, told = reading.call.desk, reading.shape.format.value
    with answering(desk, receipt, reading.dataset.key):
        for batch in batches:
            if batch.num_rows:
                desk.counters.add("yishu_rows_total", batch.num_rows, format=told)
                count(reading.call.request, batch.num_rows)
            yield batch
            del batch  # its rows have left
