"""`datastore_search`: rows of a dataset in CKAN's shape, under the same rule, pages and receipts as `/rows`."""

from dataclasses import replace
from functools import partial
from typing import Annotated

import pyarrow as pa
from fastapi import Depends
from fastapi.responses import Response

from api.answering import answering
from api.ckan.asking import TheActionCall, told
from api.ckan.envelope import done
from api.ckan.records import result
from api.ckan.search import Asking, Search, asking, mark
from api.formats import Format
from api.paged import Paged, paged
from api.pages_of_rows import LOOKED, Book, Place, cut
from api.reading import Reading, decided, recorded
from api.reading import mark as mark_of_rows
from api.scans import PUBLIC
from api.served import count
from catalog.rows.reader import RowReader
from schemas.access import Decision
from schemas.errors import BadAsk

WALKED = 100_000
"""Rows that are counted off for an offset that no page led to, or put in order by `sort`."""
LAST = 2**31
"""No version has so many row groups: a place behind its last row."""
Wanted = Annotated[Search, Depends(told(Search))]


def datastore_search(call: TheActionCall, wanted: Wanted) -> Response:
    """Rows in scope, a page at a time, on record before the first byte.

    `total` stands only in the answer whose page is the last: what is not served is not counted. Follow `_links.next`.
    """
    asked = asking(call, wanted)
    give_back = call.desk.scans.take(call.subject.organisation or PUBLIC)
    try:
        decision = decided(asked.reading)
        headers = recorded(asked.reading, decision, "ckan")
        serve = _sorted if asked.order else _page
        with answering(call.desk, headers["Yishu-Receipt"], asked.reading.dataset.key):
            found = serve(asked, decision, headers["Yishu-Receipt"])
    finally:
        give_back()
    shape = [headers["ETag"], asked.reading.bound, wanted.records_format, wanted.offset]
    tagged = headers | {"ETag": f'"{call.desk.seal.tag(shape, purpose="etag")}"'}
    return done(call.request, result(asked, found), tagged)


def _page(asked: Asking, decision: Decision, receipt: str) -> Paged:
    """The page in the order of the version; what cannot be filled is refused: a short page looks like the last."""
    reading = asked.reading if asked.known else _walked(asked, decision)
    found = paged(reading, decision, receipt)
    if found.following is not None and found.rows < asked.size:
        raise BadAsk("filters: too few rows pass to fill a page; take them in bulk, or page through /rows instead")
    if found.following is not None:
        desk, now = reading.call.desk, reading.call.now
        desk.offsets.put(mark(reading, found.following.served), found.following, now)
    return found


def _walked(asked: Asking, decision: Decision) -> Reading:
    """The reading at the wanted offset, counted off from the start, since no page led there."""
    reading, offset = asked.reading, asked.wanted.offset
    if offset > WALKED:
        raise BadAsk(f"offset: found {offset}, expected at most {WALKED}, or follow _links.next from page to page")
    desk, rows = reading.call.desk, min(offset, decision.most or offset)
    book = Book(desk.shelf.open_rows(decision), desk.hand, mark_of_rows(reading, decision))
    place = counted_off(book, Place(decision.version, grant=decision.grant), rows)
    return replace(reading, place=place or Place(decision.version, LAST, 0, offset, decision.grant))


def counted_off(book: Book, start: Place, rows: int, most: int = LOOKED) -> Place | None:
    """The place so many rows after `start`, None behind the last; BadAsk where `most` rows looked at hold fewer."""
    _, place = cut(book, start, rows, most)
    if place is not None and place.served < start.served + rows:
        raise BadAsk("filters: too few rows pass to count off an offset; follow _links.next from page to page")
    return place


def _sorted(asked: Asking, decision: Decision, receipt: str) -> Paged:
    """A page of the permitted rows put in order by what leaves of them, so that a mask does not tell what it hides."""
    del receipt
    desk, start = asked.reading.call.desk, asked.reading.place.served
    known_by = (mark_of_rows(asked.reading, decision), asked.order)
    whole = desk.hand.table(known_by, partial(_in_order, asked, desk.shelf.open_rows(decision)))
    most = whole.num_rows if decision.most is None else min(whole.num_rows, decision.most)
    taken = whole.slice(start, max(0, min(asked.size, most - start)))
    count(asked.reading.call.request, taken.num_rows)
    desk.counters.add("yishu_rows_total", taken.num_rows, format=Format.JSON.value)
    end = start + taken.num_rows
    following = Place(decision.version, 0, end, end, decision.grant) if end < most else None
    clipped = following is None and most < whole.num_rows
    why = f"query ends after {decision.most} rows; take the rest in bulk" if clipped else ""
    return Paged(whole.schema, taken.to_batches(), following, why)


def _in_order(asked: Asking, reader: RowReader) -> pa.Table:
    strange = [name for name, _ in asked.order if name not in reader.schema.names]
    if strange:
        raise BadAsk(f"sort: found {strange[0]}, expected some of what is served: {', '.join(reader.schema.names)}")
    kept, rows = [], 0
    for batch in reader:
        kept.append(batch)
        rows += batch.num_rows
        if rows > WALKED:
            raise BadAsk(f"sort: more than {WALKED} rows are in scope; filter them, or take them unsorted")
    return pa.Table.from_batches(kept, reader.schema).sort_by(list(asked.order))
