"""Delta Sharing: the read protocol that pandas, Spark and others speak already, over the same rule and receipts.

Source: delta-io/delta-sharing, PROTOCOL.md. Hints of predicates are hints: scope comes from the rule alone.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.answering import answering
from api.answers import PRIVATE
from api.caller import Call, TheCall, TheMoment, bearer
from api.delta.asking import Table, permitted, table
from api.delta.changes import show_changes
from api.delta.feed import changes_of
from api.delta.files import SIGNATURE, Link, asked_again, cuts, file_of, opened
from api.delta.lines import NDJSON, answer, file_line, head, wants_delta
from api.delta.lists import ThePurpose, list_all_tables, list_schemas, list_shares, list_tables, show_share
from api.desk import Desk, TheDesk
from api.disputed import header
from api.formats import Format
from api.language import language
from api.ranged import ranged
from api.scans import PUBLIC
from api.served import count
from api.wanted import LAST_VERSION
from catalog.corrections.disputed import disputed
from catalog.rows.cut import Cut
from catalog.rows.standing import watched
from schemas.access import PURPOSES, Ask, Decision
from schemas.dataset import Json
from schemas.errors import BadAsk, Refused, Unknown

router = APIRouter(prefix="/delta-sharing", tags=["delta-sharing"])
TABLE = "/shares/{share}/schemas/{schema}/tables/{name}"
LINES: dict[int | str, dict[str, Json]] = {200: {"description": "Lines of JSON", "content": {NDJSON: {}}}}


class Asked(BaseModel):
    """The body of a query. What the protocol calls hints may be left aside, and is."""

    model_config = ConfigDict(extra="allow", frozen=True, alias_generator=to_camel)

    limit_hint: int | None = Field(None, ge=0, le=2**63 - 1, description="So many rows are enough")
    version: int | None = Field(None, ge=1, le=LAST_VERSION, description="An older version of the table")
    timestamp: str | None = Field(None, description="The version of that moment, RFC 3339")
    starting_version: int | None = Field(None, description="Refused here: /changes tells them")


def addressed(call: TheCall, share: str, schema: str, name: str, told: ThePurpose) -> Table:
    """The table that the address names."""
    return table(call, (share, schema, name), told)


TheTable = Annotated[Table, Depends(addressed)]


def _both(path: str) -> tuple[str, str]:
    return path, f"/for/{{purpose}}{path}"


def show_version(call: TheCall, named: TheTable) -> Response:
    """The newest version that may be had, in a header."""
    decision = permitted(call, named.ask)
    return Response(headers={"delta-table-version": str(decision.version), **PRIVATE})


def show_metadata(call: TheCall, named: TheTable) -> Response:
    """The columns as they leave for this caller; no row does, so that there is no receipt."""
    decision = permitted(call, named.ask)
    delta = wants_delta(call.request.headers.get("delta-sharing-capabilities", ""))
    lines = head(named.dataset, decision, call.desk.shelf.open_rows(decision), delta=delta)
    return answer(lines, decision.version, PRIVATE, delta=delta)


def query_table(call: TheCall, named: TheTable, wanted: Asked) -> Response:
    """The files of the table for this caller, on record before they are told of."""
    if wanted.starting_version is not None:
        raise BadAsk("startingVersion: a query gives rows; GET the table's /changes tells what changed")
    decision = permitted(call, named.ask, _version(call, named.ask, wanted))
    delta = wants_delta(call.request.headers.get("delta-sharing-capabilities", ""))
    give_back = call.desk.scans.take(call.subject.organisation or PUBLIC)
    try:
        lines = head(named.dataset, decision, call.desk.shelf.open_rows(decision), delta=delta)
        made = list(cuts(call.desk, decision, wanted.limit_hint, call.now))
    finally:
        give_back()
    rows = sum(one.rows for _, _, one in made)
    told = {"format": "delta-sharing", "method": "POST", "files": len(made), "rows": rows}
    receipt = call.desk.shelf.record(decision, told)
    call.desk.shelf.meter.ended(receipt.number, rows)  # the day's allowance: now, however often the files are fetched
    call.desk.counters.add("yishu_decisions_total", code=decision.code)
    link = _link(call, decision, wanted.limit_hint, receipt.number)
    with answering(call.desk, receipt.number, named.dataset.key):
        doubts = header(disputed(call.desk.shelf, decision))
    lines += [file_line(file_of(call, link, one), decision.version, delta=delta) for one in made]
    return answer(lines, decision.version, {"Yishu-Receipt": receipt.number, **doubts, **PRIVATE}, delta=delta)


@router.get("/profile", summary="The profile file of your credential")
def profile_file(call: TheCall, purpose: Annotated[str, Query(max_length=100)] = "") -> JSONResponse:
    """A file that Delta Sharing's clients open; it holds the credential that it was asked for with."""
    if call.subject.public:
        raise BadAsk("a profile is made for a credential: ask with Authorization: Bearer ys_…")
    if purpose and purpose not in PURPOSES:
        raise BadAsk(f"purpose: found {purpose!r}, expected one of {', '.join(PURPOSES)}, or none")
    base = str(call.request.base_url).rstrip("/") + "/delta-sharing"
    ends = [
        one.expires_at
        for one in call.desk.shelf.parties.credentials(call.subject.system)
        if one.id == call.subject.credential
    ]
    body = {
        "shareCredentialsVersion": 1,
        "endpoint": f"{base}/for/{purpose}" if purpose else base,
        "bearerToken": bearer(call.request),
        "expirationTime": ends[0].isoformat(timespec="milliseconds"),
    }
    return JSONResponse(body, headers={"Content-Disposition": 'attachment; filename="yishu.share"', **PRIVATE})


@router.head("/files/{name}.parquet", include_in_schema=False)
@router.get("/files/{name}.parquet", summary="One file of a table, by its signed link")
def fetch_file(
    name: str, request: Request, desk: TheDesk, now: TheMoment, sealed: Annotated[str, Query(alias=SIGNATURE)]
) -> Response:
    """The bytes, whole or in ranges. A link opens for as long as the credential and the grant that it was made for."""
    link = opened(desk, name, sealed, now)
    ask = asked_again(desk, link, now)
    subject = ask.subject
    call = Call(request, desk, subject, now, language(request, desk.settings.lang))
    decision = permitted(call, ask, link.version)
    give_back = desk.scans.take(subject.organisation or PUBLIC)
    with ExitStack() as slot:
        slot.callback(give_back)
        found = _found(call, decision, link, name)
        headers = {"Yishu-Receipt": link.receipt, "Yishu-Version": str(link.version), "ETag": f'"{found.digest}"'}
        answer = ranged(
            request, found, headers | PRIVATE, give_back, lambda pieces: _bytes(desk, decision, link, pieces)
        )
        if request.method == "GET" and answer.status_code == 200:
            desk.counters.add("yishu_rows_total", found.rows, format=Format.PARQUET.value)
            count(request, found.rows)
        slot.pop_all()  # the answer gives it back when it is over
        return answer


def _bytes(desk: Desk, decision: Decision, link: Link, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces of a file, for as long as the credential and the grant of its link are in force."""

    def again() -> Decision:
        return desk.shelf.decide(asked_again(desk, link, desk.now()), link.version)

    with answering(desk, link.receipt, link.dataset):
        yield from watched(pieces, decision, again)


def _found(call: Call, decision: Decision, link: Link, name: str) -> Cut:
    """The very file that the link was made for; Refused where the scope is another by now."""
    rows = link.since is None
    found = (
        cuts(call.desk, decision, link.limit, call.now, only=link.part) if rows else [changes_of(call, decision, link)]
    )
    for _, plan, made in filter(None, found):
        if plan == name:
            return made
    raise Refused(
        "the scope of this link is no longer yours as it was; query the table again",
        code="SCOPE_CHANGED",
        gate="",
        following="重新查询该表 query the table again",
        receipt=link.receipt,
    )


def _version(call: Call, ask: Ask, wanted: Asked) -> int | None:
    if wanted.timestamp is None:
        return wanted.version
    try:
        moment = datetime.fromisoformat(wanted.timestamp)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadAsk(f"timestamp: found {wanted.timestamp[:50]!r}, expected RFC 3339 with an offset")
    permitted(call, ask)
    there = [
        v.number for v in call.desk.shelf.versions(ask.dataset) if v.state == "published" and v.published_at <= moment
    ]
    if not there:
        raise Unknown(f"no version of {ask.dataset} was published by {moment.isoformat()}")
    return max(there)


def _link(call: Call, decision: Decision, limit: int | None, receipt: str) -> Link:
    ask = decision.ask
    grant = decision.grant or ""
    return Link(call.subject.credential, ask.dataset, decision.version, ask.purpose, grant, 0, limit, receipt)


for _path, _shown, _said in (
    ("/shares", list_shares, "Shares"),
    ("/shares/{share}", show_share, "One share"),
    ("/shares/{share}/schemas", list_schemas, "Schemas: departments"),
    ("/shares/{share}/schemas/{schema}/tables", list_tables, "Tables of a department"),
    ("/shares/{share}/all-tables", list_all_tables, "All tables"),
    (f"{TABLE}/version", show_version, "The newest version"),
    (f"{TABLE}/metadata", show_metadata, "The columns"),
    (f"{TABLE}/changes", show_changes, "What changed, version by version"),
):
    for _place in _both(_path):
        router.add_api_route(
            _place, _shown, methods=["GET"], summary=_said, name=f"delta {_place}", response_model=None
        )
for _place in _both(f"{TABLE}/query"):
    router.add_api_route(
        _place,
        query_table,
        methods=["POST"],
        summary="Files",
        name=f"delta {_place}",
        responses=LINES,
        response_model=None,
    )
