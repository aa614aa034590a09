"""`/changes`: what happened to a table between versions, in files that the caller may fetch."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.answers import PRIVATE
from api.asked import Query, asked
from api.caller import Call, TheCall
from api.delta.asking import Table, permitted, table
from api.delta.feed import Step, changes, steps
from api.delta.files import Link, file_of
from api.delta.lines import answer, change_line, feeding, head, wants_delta
from api.delta.lists import ThePurpose
from api.scans import PUBLIC
from api.wanted import LAST_VERSION
from catalog.versions import Version
from schemas.access import Decision, Mode
from schemas.errors import BadAsk


class Between(Query):
    """Which versions, both ends included; the words are the protocol's."""

    model_config = ConfigDict(alias_generator=to_camel)

    starting_version: int | None = Field(None, ge=0, le=LAST_VERSION, description="First version to tell of")
    ending_version: int | None = Field(None, ge=0, le=LAST_VERSION, description="Last one; the newest if left out")
    starting_timestamp: datetime | None = Field(None, description="In its place: the first version from then on")
    ending_timestamp: datetime | None = Field(None, description="In its place: the last version until then")
    include_historical_metadata: bool = Field(False, description="The columns are those of today in any case")


def addressed(call: TheCall, share: str, schema: str, name: str, told: ThePurpose) -> Table:
    """The table that the address names, for its changes."""
    return table(call, (share, schema, name), told, Mode.DELTA)


TheFeed = Annotated[Table, Depends(addressed)]
Wanted = Annotated[Between, Depends(asked(Between))]


def show_changes(call: TheCall, named: TheFeed, between: Wanted) -> Response:
    """Files of changes, one for each version that changed something for this caller; on record before told of."""
    decision = permitted(call, named.ask)
    versions = call.desk.shelf.versions(named.dataset.key)
    first, last = _ends(versions, between, decision.version)
    asked_for = steps(versions, first, last)
    decision = permitted(call, named.ask, last)
    delta = wants_delta(call.request.headers.get("delta-sharing-capabilities", ""))
    give_back = call.desk.scans.take(call.subject.organisation or PUBLIC)
    try:
        shown = head(named.dataset, decision, call.desk.shelf.open_rows(decision), delta=delta)
        every = [(one, changes(call, named.ask, one)) for one in asked_for]
    finally:
        give_back()
    made = [(step, file) for step, file in every if file is not None]
    rows = sum(one.rows for _, (*_, one) in made)
    told = {"format": "delta-sharing", "method": "GET", "since": first - 1, "files": len(made), "rows": rows}
    receipt = call.desk.shelf.record(decision, told)
    call.desk.shelf.meter.ended(receipt.number, rows)  # the day's allowance: now, however often the files are fetched
    call.desk.counters.add("yishu_decisions_total", code=decision.code)
    lines = feeding(shown, first, delta=delta)
    for step, file in made:
        link = _link(call, decision, step, receipt.number)
        lines.append(change_line(file_of(call, link, file), step.version, step.came, delta=delta))
    return answer(lines, decision.version, {"Yishu-Receipt": receipt.number, **PRIVATE}, delta=delta)


def _link(call: Call, decision: Decision, step: Step, receipt: str) -> Link:
    ask = decision.ask
    plain = Link(
        call.subject.credential, ask.dataset, step.version, ask.purpose, decision.grant or "", 0, None, receipt
    )
    return replace(plain, since=step.since)


def _ends(versions: Sequence[Version], between: Between, newest: int) -> tuple[int, int]:
    """First and last version; the one after the newest may be first, which is how a client finds out."""
    published = sorted((v.number, v.published_at) for v in versions if v.state == "published")
    starts = [between.starting_version, between.starting_timestamp]
    if starts.count(None) != 1 or None not in (between.ending_version, between.ending_timestamp):
        raise BadAsk("expected either startingVersion or startingTimestamp, and at most one end of the same kinds")
    first, last = between.starting_version, between.ending_version
    if between.starting_timestamp is not None:
        from_then = [number for number, came in published if came >= _moment(between.starting_timestamp)]
        first = min(from_then, default=newest + 1)
    if between.ending_timestamp is not None:
        until_then = [number for number, came in published if came <= _moment(between.ending_timestamp)]
        last = max(until_then, default=0)
    first, last = max(first or 0, 1), newest if last is None else last
    if last > newest or first > newest + 1 or last < min(first, newest):
        raise BadAsk(f"versions: found {first} to {last}, expected some up to the newest, {newest}")
    return first, last


def _moment(told: datetime) -> datetime:
    if told.tzinfo is None:
        raise BadAsk(f"timestamp: found {told.isoformat()}, expected RFC 3339 with an offset")
    return told
