"""Receipts of the caller's own asks; anybody else's are as good as not there."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from api.asked import Query, asked, documented
from api.caller import Call, TheCall
from catalog.ledger import tokens
from schemas.dataset import Json
from schemas.errors import Unidentified, Unknown
from schemas.journey import SHANGHAI
from schemas.receipt import Receipt

router = APIRouter(prefix="/api/v1", tags=["ledger"])


class Page(Query):
    """Which of them."""

    before: int | None = Field(None, ge=0, lt=1 << 62, description="Only receipts below this index")
    limit: int = Field(50, ge=1, le=100, description="At most so many")


ThePage = Annotated[Page, Depends(asked(Page))]


@router.get("/ledger/receipts", summary="Receipts of your organisation", openapi_extra=documented(Page))
def list_receipts(call: TheCall, page: ThePage) -> Json:
    """What was put on record when your organisation asked, newest first; `next` goes under `before` for the rest."""
    if call.subject.public:
        raise Unidentified("receipts are those of an organisation; expected Authorization: Bearer ys_…")
    token = tokens.about_organisation(call.subject.organisation)
    found = call.desk.shelf.ledger.about(token, page.before, page.limit)
    following = found[-1].index if len(found) == page.limit else None
    return {"receipts": [shown(one) for one in found], "next": following}


@router.get("/ledger/receipts/{number}", summary="A receipt of your own")
def show_receipt(number: str, call: TheCall) -> Json:
    """What was put on record when your organisation asked, its place in the log, and how its answer ended."""
    receipt = own(call, number)
    ended = call.desk.shelf.ledger.about(tokens.about_receipt(number), None, 1)
    return shown(receipt) | {"served": shown(ended[0]) if ended else None}


@router.get("/ledger/receipts/{number}/proof", summary="A receipt of your own, to be verified anywhere")
def prove_receipt(number: str, call: TheCall) -> Json:
    """The very text of the receipt, the path of RFC 9162 to the root, and the checkpoint that signs it.

    Kept as a file, `yishu ledger verify` and `check.py` check it without the node and without the network.
    """
    receipt = own(call, number)
    if receipt.previous:
        raise Unknown("this receipt is of the chain before the log, which has no proofs of single receipts")
    return call.desk.shelf.ledger.alone(receipt.index)


def own(call: Call, number: str) -> Receipt:
    """The receipt of that number, where the caller's organisation asked; Unknown for anybody else."""
    receipt = call.desk.shelf.receipts.of(number) if not call.subject.public else None
    if receipt is None or receipt.body.get("organisation") != call.subject.organisation:
        raise Unknown("no receipt of this number in which your organisation is named")
    return receipt


def shown(receipt: Receipt) -> dict[str, Json]:
    """A receipt, for those who may see it."""
    return {
        "number": receipt.number,
        "index": receipt.index,
        "at": receipt.at.astimezone(SHANGHAI).isoformat(),
        "body": dict(receipt.body),
        "hash": receipt.hash,
    }
