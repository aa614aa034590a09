"""`POST /datasets/{key}/records`: records that a department's system pushes, and what became of each push."""

import json
import re
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.desk import Desk
from api.language import CHINESE, pick
from api.problems import MEDIA_TYPE
from api.push_facts import push_facts
from api.sight import KEY, find
from api.spooling import spool
from catalog.inbox import desk as inbox
from catalog.inbox.bodies import spooled
from catalog.inbox.fate import fate
from catalog.inbox.formats import MEDIA_TYPES, Format, format_of, packed
from catalog.inbox.intake import NOTHING, Parcel, Taken, take
from catalog.lake.where import desk as desk_of
from schemas.access import Subject
from schemas.dataset import Dataset, Json
from schemas.errors import BadAsk, Unknown
from schemas.push import Push, is_inbox, may_push

router = APIRouter(prefix="/api/v1", tags=["records"])
IDEMPOTENCY = re.compile(r"[\x21-\x7e]{1,200}")
ID = re.compile(r"[0-9a-f]{32}")
HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "1 to 200 visible ASCII characters, fresh for each push; the same key again gives the first answer",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


class PushQuery(Plain):
    """How records are pushed."""

    all_or_nothing: Literal["true", "false"] = Field(
        "false", description="`true`: no row comes in where one is refused"
    )
    case: str = Field("", max_length=64, description="Receipt of the answered verify that these records go back to")


PushWanted = Annotated[PushQuery, Depends(asked(PushQuery))]


def _documented() -> dict[str, Any]:
    told = documented(PushQuery)
    body = {"required": True, "content": {kind: {"schema": {}} for kind in MEDIA_TYPES}}
    return {"parameters": [*told["parameters"], HEADER], "requestBody": body}


@dataclass(frozen=True, slots=True)
class Sent:
    """What the headers of a push say of its body."""

    key: str
    written: Format
    packed: bool


@router.post("/datasets/{key}/records", status_code=202, openapi_extra=_documented(), summary="Push records")
async def push_records(key: str, call: TheCall, query: PushWanted) -> Response:
    """Rows that keep the contract's types and standards come in; the others are told of, row by row."""
    dataset = await run_in_threadpool(_entered, call, key)
    sent = _sent(call)
    limits = call.desk.settings.pushes
    if call.desk.push_pace is not None:
        call.desk.push_pace.take(call.subject.credential, call.now.timestamp())
    with ExitStack() as leaving:
        leaving.callback(call.desk.pushes.take(call.subject.organisation))
        file = leaving.enter_context(spooled(desk_of(call.desk.shelf.lake) / "inbox"))
        await spool(call.request, file, limits.largest)
        taken = await run_in_threadpool(_take, call, dataset, query, sent, file)
    return _answer(call, taken)


@router.get("/datasets/{key}/records/{id}", **PLAIN, summary="What became of a push")
def show_push(key: str, id: str, call: TheCall) -> JSONResponse:
    """Received, landed, published or held back; its rows in quarantine by rule and number. For sender and owner."""
    dataset = known(call.desk, call.subject, key)
    push = found_push(call.desk, call.subject, dataset, id)
    return JSONResponse(push_facts(push, fate(call.desk.shelf, push), call.lang), headers=PRIVATE)


def found_push(desk: Desk, subject: Subject, dataset: Dataset, id: str) -> Push:
    """The push of that id, for its sender and the dataset's owner; the same Unknown for all others."""
    if not ID.fullmatch(id):
        raise Unknown(inbox.NO_PUSH)
    return inbox.find(desk.shelf, subject, dataset, id)


def known(desk: Desk, subject: Subject, key: str) -> Dataset:
    """The dataset of that key, of which this caller may know; whom its contract names as a sender knows of it, too."""
    if KEY.fullmatch(key) and not subject.public:
        with suppress(Unknown):
            dataset = desk.shelf.dataset(key)
            if is_inbox(dataset) and may_push(subject, dataset):
                return dataset
    return find(desk, subject, key)


def _entered(call: Call, key: str) -> Dataset:
    """The dataset that this caller may push into; what it may not know of leaves one and the same receipt."""
    try:
        dataset = known(call.desk, call.subject, key)
    except Unknown:
        if KEY.fullmatch(key):
            told = {"allowed": False, "code": Unknown.code, "gate": ""}
            inbox.recorded(call.desk.shelf, call.subject, key, call.now, told)
        raise
    inbox.entrance(call.desk.shelf, call.subject, dataset, call.now, chinese=call.lang == CHINESE)
    return dataset


def _sent(call: Call) -> Sent:
    """BadAsk, or WrongMediaType, where the headers do not say what is needed to read the body."""
    headers = call.request.headers
    keys = headers.getlist("idempotency-key")
    if len(keys) != 1 or not IDEMPOTENCY.fullmatch(keys[0]):
        raise BadAsk(
            "Idempotency-Key: expected this header once, with 1 to 200 visible ASCII characters, fresh for each push; "
            "send the same one when you send the same push again"
        )
    return Sent(keys[0], format_of(headers.get("content-type", "")), packed(headers.get("content-encoding", "")))


def _take(call: Call, dataset: Dataset, query: PushQuery, sent: Sent, file: BinaryIO) -> Taken:
    parcel = Parcel(
        subject=call.subject,
        dataset=dataset,
        key=sent.key,
        written=sent.written,
        sent=file,
        packed=sent.packed,
        now=call.now,
        all_or_nothing=query.all_or_nothing == "true",
        case=query.case,
        chinese=call.lang == CHINESE,
    )
    return take(call.desk.shelf, parcel, call.desk.settings.pushes.largest)


def _answer(call: Call, taken: Taken) -> Response:
    """The first answer, word for word; a problem with the same facts where no row came in."""
    push = taken.push
    headers = {"Yishu-Receipt": push.receipt, **PRIVATE} | ({"Idempotency-Replayed": "true"} if taken.again else {})
    call.desk.counters.add("yishu_pushed_rows_total", 0 if taken.again else push.accepted)
    if push.accepted:
        told: Mapping[str, Json] = json.loads(push.answer)
        return Response(push.answer, 202, headers | {"Location": told["status"]}, media_type="application/json")
    problem = {
        "type": f"urn:yishu:problem:{NOTHING}",
        "title": pick(call.lang, "没有一行被接收", "No row came in"),
        "status": 422,
        "detail": pick(call.lang, "逐行原因见 refusals", "refusals tells why, row by row"),
        "code": NOTHING,
        "instance": f"/api/v1/ledger/receipts/{push.receipt}",
    }
    body = json.dumps(problem | json.loads(push.answer), ensure_ascii=False)
    return Response(body, 422, headers, media_type=MEDIA_TYPE)
