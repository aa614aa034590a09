"""Receipts of the caller's own asks; anybody else's are as good as not there."""

from fastapi import APIRouter

from api.caller import TheCall
from schemas.dataset import Json
from schemas.errors import Unknown
from schemas.journey import SHANGHAI

router = APIRouter(prefix="/api/v1", tags=["ledger"])


@router.get("/ledger/receipts/{number}", summary="A receipt of your own")
def show_receipt(number: str, call: TheCall) -> Json:
    """What was put on record when your organisation asked, with its place in the chain."""
    receipt = call.desk.shelf.receipt(number) if not call.subject.public else None
    if receipt is None or receipt.body.get("organisation") != call.subject.organisation:
        raise Unknown("no receipt of this number in which your organisation is named")
    return {
        "number": receipt.number,
        "index": receipt.index,
        "at": receipt.at.astimezone(SHANGHAI).isoformat(),
        "body": dict(receipt.body),
        "hash": receipt.hash,
    }
