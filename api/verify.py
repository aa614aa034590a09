"""`/verify`: subjects by their full keys, for a case: at most one record of each, or only whether its values match."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import pyarrow as pa
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.answering import answering
from api.answers import PRIVATE
from api.caller import Call, TheCall
from api.disputed import header
from api.formats import Format
from api.language import pick
from api.served import count
from api.shown import refusal
from api.sight import sought
from api.verify_asked import Asked, Wanted, asked
from api.verify_compared import Values, matches
from api.verify_guesses import Guess
from catalog import receipts
from catalog.corrections.disputed import Disputed, disputed
from catalog.rows.json_text import json_rows
from catalog.rule.each import chief, joined
from catalog.rule.rows import subject_key
from schemas.access import Decision, Mode
from schemas.dataset import Dataset, Json
from schemas.errors import Busy

router = APIRouter(prefix="/api/v1", tags=["rows"])
WAIT = "TOO_MANY_GUESSES"


@dataclass(frozen=True, slots=True)
class Look:
    """One verify on its way: who asks what about which subjects, and what was decided of each."""

    call: Call
    dataset: Dataset
    wanted: Wanted
    asked: Asked
    decisions: tuple[Decision, ...]
    waits: tuple[int, ...]
    """Seconds that the caller must wait before another comparison of each subject; 0 where it need not."""
    rows: dict[str, list[Json]] = field(default_factory=dict)
    """Subject key -> its permitted rows."""
    doubts: list[Disputed] = field(default_factory=list)
    """Cells of these rows that are disputed."""
    columns: list[str] = field(default_factory=list)
    """What these rows have; a column that cannot leave as it must is not among them."""


@router.post("/datasets/{key}/verify", summary="One subject by its full key, or up to 100")
def verify_subject(key: str, call: TheCall, wanted: Wanted) -> JSONResponse:
    """Whether the register holds this subject, and the permitted columns of its record or whether they match."""
    call.desk.pace.take(call.subject.credential, call.now.timestamp(), max(1, len(wanted.keys)))
    dataset = sought(call, key, Mode.VERIFY, wanted.purpose)
    what = asked(call, dataset, wanted)
    shelf = call.desk.shelf
    decisions = shelf.decide_each(what.asks)
    with ExitStack() as slot:
        told = chief(decisions)
        if told.allowed and shelf.searches(told):
            slot.callback(call.desk.scans.take())
        return _answer(Look(call, dataset, wanted, what, decisions, _waits(call, what, decisions)))


def _answer(look: Look) -> JSONResponse:
    desk = look.call.desk
    number = _recorded(look)
    allowed = [one for one, wait in zip(look.decisions, look.waits, strict=True) if one.allowed and not wait]
    with answering(desk, number, look.dataset.key):
        if allowed:
            _read(look, joined(allowed))
            look.doubts.extend(disputed(desk.shelf, joined(allowed)))
        if look.wanted.subjects is None:
            told = _told(look, 0)
        else:
            told = {"results": [_item(look, place) for place in range(len(look.decisions))]}
        _count(look, told.get("results", [told]))
    version = next(one.version for one in look.decisions if one.allowed)
    body: dict[str, Json] = {"dataset": look.dataset.key, "version": version, **told}
    if look.wanted.prefill:
        body["fields"] = _fields(look)
    headers = {"Yishu-Receipt": number, "Yishu-Version": str(version), **header(tuple(look.doubts)), **PRIVATE}
    return JSONResponse(body, headers=headers)


def _count(look: Look, told: Sequence[Mapping[str, Json]]) -> None:
    """The records that leave; a comparison serves none."""
    rows = sum(one.get("record") is not None for one in told)
    look.call.desk.counters.add("yishu_rows_total", rows, format=Format.JSON.value)
    count(look.call.request, rows)


def _recorded(look: Look) -> str:
    """Number of the receipt; Refused where no subject is allowed."""
    desk, single = look.call.desk, look.wanted.subjects is None
    told = {"method": "POST"}
    shelf = desk.shelf
    receipt = shelf.record(look.decisions[0], told) if single else shelf.record_each(look.decisions, told)
    for one in look.decisions:
        desk.counters.add("yishu_decisions_total", code=one.code)
    if not any(one.allowed for one in look.decisions):
        raise refusal(look.decisions[0], receipt.number, look.call.lang)
    return receipt.number


def _waits(call: Call, what: Asked, decisions: Sequence[Decision]) -> tuple[int, ...]:
    """Counts every comparison as failed until it has matched. Busy where the only subject must not be asked about."""
    if not what.expected:
        return (0,) * len(decisions)
    moment = call.now.timestamp()
    taken = tuple(call.desk.guesses.take(_guess(call, one), moment) if one.allowed else 0 for one in decisions)
    if len(taken) == 1 and taken[0]:
        raise Busy(f"comparisons of this subject failed too often; try again in {taken[0]} seconds", after=taken[0])
    return taken


def _guess(call: Call, decision: Decision) -> Guess:
    secret = call.desk.shelf.token_key
    digest = receipts.digest(secret, "subject", dict(decision.ask.key or {}))
    return call.subject.credential, decision.ask.dataset, digest


def _read(look: Look, decision: Decision) -> None:
    reader = look.call.desk.shelf.open_rows(decision)
    look.columns.extend(reader.schema.names)
    for keys, table in reader.by_subject():
        for key, row in zip(keys, _listed(table, plain=bool(look.asked.expected)), strict=True):
            look.rows.setdefault(key, []).append(row)


def _listed(table: pa.Table, *, plain: bool) -> list[Json]:
    """Rows to be compared as they are, rows to be served as JSON has them."""
    if not table.num_columns:
        return [{}] * table.num_rows
    return list(table.to_pylist() if plain else json_rows(table.to_batches()))


def _item(look: Look, place: int) -> dict[str, Json]:
    """What is told of one subject."""
    decision, wait = look.decisions[place], look.waits[place]
    if not decision.allowed:
        return _refused(look.call, decision)
    if wait:
        return {"allowed": False, "code": WAIT, "after": wait}
    return {"allowed": True, **_told(look, place)}


def _told(look: Look, place: int) -> dict[str, Json]:
    """Of a subject that may be asked about: whether it is there, and its record or how its values match."""
    decision = look.decisions[place]
    key = subject_key(look.dataset, decision.ask.key or {})
    found, record = held(look.rows.get(key, []), look.dataset)
    doubts = sorted({one.column for one in look.doubts if one.subject == key}) if record is not None else []
    facts: dict[str, Json] = {"found": found} | ({"disputed": doubts} if doubts else {})
    if not look.asked.expected:
        return facts | {"record": record}
    return facts | {"matches": _matches(look, decision, record, look.asked.expected[place])}


def _matches(look: Look, decision: Decision, record: Json, wanted: Values) -> Json:
    told = matches(record, wanted) if record is not None else None
    if told is None or all(told.values()):
        look.call.desk.guesses.matched(_guess(look.call, decision))
    return told


def _refused(call: Call, decision: Decision) -> dict[str, Json]:
    error = refusal(decision, "", call.lang)
    return {"allowed": False, "code": error.code, "gate": error.gate, "detail": str(error), "next": error.following}


def _fields(look: Look) -> list[Json]:
    """What a form needs to know of each column: a value that is not clear does not belong into a form."""
    decision = next(one for one in look.decisions if one.allowed)
    leaving = (view for view in decision.served if view.name in look.columns)
    facts = ((look.dataset.field(view.name), view.transform.word) for view in leaving)
    return [
        {
            "name": one.name,
            "title": pick(look.call.lang, one.title, one.title_en),
            "type": str(one.type),
            "element": one.element,
            "transform": transform,
        }
        for one, transform in facts
    ]


def held(rows: Sequence[Json], dataset: Dataset) -> tuple[bool, Json]:
    """Whether the subject is in the register, and its one record.

    A subject that the contract names by a key of its own may have several records: it is there, and none is shown.
    A primary key that fits several names nobody.
    """
    if len(rows) == 1:
        return True, rows[0]
    return bool(rows) and bool(dataset.subject_key), None
