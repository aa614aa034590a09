"""`/verify`: one subject by its full key, for a case: at most one record, or that there is none."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.answering import answering
from api.answers import PRIVATE
from api.caller import Call, TheCall
from api.shown import refusal
from api.sight import sought
from api.streams import json_rows
from api.wanted import AccessQuery, make_ask
from schemas.access import Ask, Mode
from schemas.dataset import Dataset, Json
from schemas.errors import BadAsk

router = APIRouter(prefix="/api/v1", tags=["rows"])
Short = Annotated[str, StringConstraints(max_length=200)]


class Wanted(BaseModel):
    """Which subject, for which case and purpose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Short = Field(description="Purpose of use, from the closed list")
    case: Short = Field(description="Number of the case that needs it; kept as a digest only")
    subject: dict[Short, Short] = Field(
        max_length=16,
        description="Every field of the dataset's subject key, or else of its primary key, with its value",
    )
    columns: list[Short] = Field(
        [], max_length=500, description="Names of columns; all that you may have when left out"
    )
    grant: Short = Field("", description="Number of the grant to use; needed where several fit")


@router.post("/datasets/{key}/verify", summary="One subject by its full key")
def verify_subject(key: str, call: TheCall, wanted: Wanted) -> JSONResponse:
    """Whether the register holds this subject, and the permitted columns of its record."""
    call.desk.pace.take(call.subject.credential, call.now.timestamp())
    dataset = sought(call, key, Mode.VERIFY, wanted.purpose)
    ask = _ask(call, dataset, wanted)
    give_back = call.desk.scans.take()
    try:
        decision = call.desk.shelf.decide(ask)
        receipt = call.desk.shelf.record(decision, {"method": "POST"})
        call.desk.counters.add("yishu_decisions_total", code=decision.code)
        if not decision.allowed:
            raise refusal(decision, receipt.number, call.lang)
        with answering(call.desk, receipt.number, key):
            found, record = held(json_rows(call.desk.shelf.open_rows(decision)), dataset)
    finally:
        give_back()
    headers = {"Yishu-Receipt": receipt.number, "Yishu-Version": str(decision.version), **PRIVATE}
    body = {"dataset": key, "version": decision.version, "found": found, "record": record}
    return JSONResponse(body, headers=headers)


def _ask(call: Call, dataset: Dataset, wanted: Wanted) -> Ask:
    names = dataset.subject_fields
    if set(wanted.subject) != set(names):
        raise BadAsk(f"subject: expected the key fields {', '.join(names)} and no others")
    query = AccessQuery.model_validate(
        {"purpose": wanted.purpose, "grant": wanted.grant, "columns": ",".join(wanted.columns)}
    )
    plain = make_ask(query, call.subject, dataset, Mode.VERIFY, call.now)
    return replace(plain, case=wanted.case, key=wanted.subject)


def held(rows: Sequence[Json], dataset: Dataset) -> tuple[bool, Json]:
    """Whether the subject is in the register, and its one record.

    A subject that the contract names by a key of its own may have several records: it is there, and none is shown.
    A primary key that fits several names nobody.
    """
    if len(rows) == 1:
        return True, rows[0]
    return bool(rows) and bool(dataset.subject_key), None
