"""The log for whoever does not believe it: its signed checkpoint, proofs, and who asked about the holder of a token."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from pydantic import Field

from api.asked import Query, asked, documented
from api.caller import TheMoment
from api.desk import TheDesk
from catalog.ledger import tokens, witness
from catalog.tracing.trace import trace
from schemas.dataset import Json
from schemas.errors import BadAsk, Unknown
from schemas.journey import SHANGHAI
from schemas.receipt import Proof, Receipt

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])
MOST = 200
TRACE_COSTS = 10
"""A trace counts as much as so many verifies of one system: ten at once, two a second after that."""
BEYOND = 1 << 62
"""No log has so many receipts, and no database such a number."""


class Included(Query):
    """Which receipt, in which tree."""

    receipt: str = Field("", description="Number of a receipt")
    index: int | None = Field(None, ge=0, lt=BEYOND, description="or its index")
    size: int | None = Field(None, ge=0, lt=BEYOND, description="Receipts of the tree; all there are without it")


class Consistent(Query):
    """Which two trees."""

    since: int = Field(alias="from", ge=1, lt=BEYOND, description="Receipts of the earlier tree")
    to: int | None = Field(None, ge=0, lt=BEYOND, description="Receipts of the later one; all there are without it")


class Older(Query):
    """Which page."""

    before: int | None = Field(None, ge=0, lt=BEYOND, description="Only receipts below this index")


class Witnessed(Query):
    """Of which log."""

    origin: str = Field("", max_length=200, description="First line of its checkpoints; the newest of each without it")


@router.get("/checkpoint", summary="The newest signed checkpoint", response_class=PlainTextResponse)
def show_checkpoint(desk: TheDesk) -> PlainTextResponse:
    """Size and root of the log as a C2SP signed note. Keep it: nothing before it can be changed unseen."""
    return PlainTextResponse(desk.shelf.ledger.checkpoint())


@router.get("/key", summary="The key that checkpoints are signed for", response_class=PlainTextResponse)
def show_key(desk: TheDesk) -> PlainTextResponse:
    """`name+hash+base64`, for `yishu ledger verify --public-key`. Compare it with what the operator published."""
    return PlainTextResponse(desk.shelf.ledger.key.public_text + "\n")


@router.get("/witnessed", summary="Checkpoints of other nodes that are kept here", openapi_extra=documented(Witnessed))
def show_witnessed(desk: TheDesk, query: Annotated[Witnessed, Depends(asked(Witnessed))]) -> Json:
    """What this node saw of the logs of others, countersigned; hold it against what they show you."""
    folder = desk.settings.home / witness.FOLDER
    found = witness.kept(folder, query.origin, MOST) if query.origin else tuple(witness.logs(folder))
    told = [{"origin": one.origin, "size": one.size, "at": one.at, "checkpoint": one.note} for one in found]
    return {"checkpoints": told}


@router.get("/proof/inclusion", summary="Proof that a receipt is in the log", openapi_extra=documented(Included))
def prove_inclusion(desk: TheDesk, query: Annotated[Included, Depends(asked(Included))]) -> Json:
    """The path of RFC 9162 from the leaf of a receipt (by number or index) to the root of the first `size`."""
    if bool(query.receipt) == (query.index is not None):
        raise BadAsk("expected either receipt= (a number) or index=")
    index = query.index or 0
    if query.receipt:
        found = desk.shelf.receipts.of(query.receipt)
        if found is None or found.previous:
            raise Unknown("no receipt of this number is in the log")
        index = found.index
    try:
        proof = desk.shelf.ledger.inclusion(index, query.size)
    except ValueError as wrong:
        raise BadAsk(str(wrong)) from wrong
    return {"index": index, "leaf": _text(proof.known), **_shown(proof)}


@router.get("/proof/consistency", summary="Proof that nothing before was changed", openapi_extra=documented(Consistent))
def prove_consistency(desk: TheDesk, query: Annotated[Consistent, Depends(asked(Consistent))]) -> Json:
    """The path of RFC 9162 from the root of the first `from` receipts to that of the first `to`."""
    try:
        proof = desk.shelf.ledger.consistency(query.since, query.to)
    except ValueError as wrong:
        raise BadAsk(str(wrong)) from wrong
    return {"from": query.since, "old_root": _text(proof.known), **_shown(proof)}


@router.get("/subjects/{token}", summary="Who used my data", openapi_extra=documented(Older))
def show_trace(token: str, desk: TheDesk, now: TheMoment, older: Annotated[Older, Depends(asked(Older))]) -> Json:
    """Every answer that told of the subject whose credential this is: when, who, for what, which items, how it ended.

    Found are asks by full key (`verified`) and reads of many rows whose scope held the subject (`in_scope`) or may
    have (`possible`). The credential opens this one trace and nothing else; the node's operator gives it to who has
    shown to be that person or enterprise. Pages: `next` goes under `before`.
    """
    own = tokens.opened(desk.shelf.token_key, token, now)
    if own is None:
        raise Unknown("nothing is on record under this credential, or it has run out; ask the operator for a new one")
    desk.pace.take(f"trace {own}", now.timestamp(), TRACE_COSTS)
    found = trace(desk.shelf, own, older.before, MOST)
    ledger = desk.shelf.ledger
    told = [_asked(one, how, ledger.about(tokens.about_receipt(one.number), None, 1)) for one, how in found.receipts]
    return {
        "receipts": told,
        "whole": found.following is None and not found.unlooked,
        "next": found.following,
        "unlooked": list(found.unlooked),
    }


def _asked(receipt: Receipt, how: str, ended: tuple[Receipt, ...]) -> dict[str, Json]:
    """What its subject may know of a receipt: no system, no person, no case."""
    names = ("organisation", "dataset", "version", "purpose", "mode", "basis", "grant", "allowed", "code")
    body = receipt.body
    outcome = ended[0].body["outcome"] if ended else ("unknown: assume delivered" if body.get("allowed") else "refused")
    return {
        "number": receipt.number,
        "at": receipt.at.astimezone(SHANGHAI).isoformat(),
        "how": how,
        **{name: body.get(name) for name in names},
        "columns": sorted(body.get("columns") or ()),
        "outcome": outcome,
    }


def _shown(proof: Proof) -> dict[str, Json]:
    return {"size": proof.size, "root": _text(proof.root), "path": [_text(one) for one in proof.path]}


def _text(hashed: bytes) -> str:
    return base64.b64encode(hashed).decode()
