"""Receipts for who is named in them: who asked, and who owns the data; anybody else's are as good as not there."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from api.asked import Query, asked, documented
from api.caller import TheCall
from catalog import duties
from catalog.access import owns
from catalog.ledger import tokens
from catalog.shelf import Shelf
from schemas.access import Role, Subject
from schemas.dataset import Json
from schemas.errors import Unidentified, Unknown
from schemas.journey import SHANGHAI
from schemas.receipt import Receipt

router = APIRouter(prefix="/api/v1", tags=["ledger"])
NO_RECEIPT = "no receipt of this number in which your organisation is named"


class Side(StrEnum):
    """As what an organisation is named in a receipt."""

    ASKED = "asked"
    OWNER = "owner"
    ALL = "all"
    """Whatever it is named in, or not: for security auditors alone."""


class Page(Query):
    """Which of them."""

    side: Side = Field(
        Side.ASKED,
        description="What your organisation asked, what others asked of its data; all: for security auditors",
    )
    before: int | None = Field(None, ge=0, lt=1 << 62, description="Only receipts below this index")
    limit: int = Field(50, ge=1, le=100, description="At most so many")


ThePage = Annotated[Page, Depends(asked(Page))]


@router.get("/ledger/receipts", summary="Receipts of your organisation", openapi_extra=documented(Page))
def list_receipts(call: TheCall, page: ThePage) -> Json:
    """What was put on record when your organisation asked, or when others asked for data of yours, newest first.

    `next` goes under `before` for the rest.
    """
    if call.subject.public:
        raise Unidentified("receipts are those of an organisation; expected Authorization: Bearer ys_…")
    if page.side is Side.ALL:
        duties.require(call.subject, Role.SECURITY_AUDITOR)
    found = listed(call.desk.shelf, call.subject.organisation, page)
    following = found[-1].index if len(found) == page.limit else None
    show = shown if page.side is Side.ASKED else overseen
    return {"receipts": [show(one) for one in found], "next": following}


def listed(shelf: Shelf, organisation: str, page: Page) -> Sequence[Receipt]:
    """The newest receipts in which an organisation is named on that side; who may see all, the caller has looked at."""
    if page.side is Side.ALL:
        return shelf.receipts.newest(page.before, page.limit)
    if page.side is Side.ASKED:
        return shelf.ledger.about(tokens.about_organisation(organisation), page.before, page.limit)
    owned = map(tokens.about_dataset, shelf.catalogue.owned(organisation))
    found = [one for token in owned for one in shelf.ledger.about(token, page.before, page.limit)]
    return sorted(found, key=lambda one: -one.index)[: page.limit]


@router.get("/ledger/receipts/{number}", summary="A receipt in which you are named")
def show_receipt(number: str, call: TheCall) -> Json:
    """What was put on record, its place in the log, and how its answer ended.

    Who asked sees all of it, who owns the data which organisation asked for what and on what basis.
    """
    receipt, side = named(call.desk.shelf, call.subject, number)
    show = shown if side is Side.ASKED else overseen
    ended = call.desk.shelf.ledger.about(tokens.about_receipt(number), None, 1)
    return show(receipt) | {"served": show(ended[0]) if ended else None}


def named(shelf: Shelf, subject: Subject, number: str) -> tuple[Receipt, Side]:
    """The receipt of that number and the side of the subject's organisation in it; Unknown where it has none."""
    receipt = shelf.receipts.of(number) if not subject.public else None
    if receipt is not None and receipt.body.get("organisation") == subject.organisation:
        return receipt, Side.ASKED
    if receipt is not None and _owns(shelf, subject, str(receipt.body.get("dataset", ""))):
        return receipt, Side.OWNER
    if receipt is not None and duties.audits(subject):
        return receipt, Side.ALL
    raise Unknown(NO_RECEIPT)


def _owns(shelf: Shelf, subject: Subject, key: str) -> bool:
    try:
        return owns(subject, shelf.dataset(key))
    except Unknown:
        return False


@router.get("/ledger/receipts/{number}/proof", summary="A receipt of your own, to be verified anywhere")
def prove_receipt(number: str, call: TheCall) -> Json:
    """The very text of the receipt, the path of RFC 9162 to the root, and the checkpoint that signs it.

    Kept as a file, `yishu ledger verify` and `check.py` check it without the node and without the network.
    """
    receipt, side = named(call.desk.shelf, call.subject, number)
    if side is not Side.ASKED:
        raise Unknown(NO_RECEIPT)  # only who asked sees its text; of hash and path `/proof/inclusion` tells anybody
    if receipt.previous:
        raise Unknown("this receipt is of the chain before the log, which has no proofs of single receipts")
    return call.desk.shelf.ledger.alone(receipt.index)


def shown(receipt: Receipt) -> dict[str, Json]:
    """A receipt, for those who may see it."""
    return {
        "number": receipt.number,
        "index": receipt.index,
        "at": receipt.at.astimezone(SHANGHAI).isoformat(),
        "body": dict(receipt.body),
        "hash": receipt.hash,
    }


OVERSEEN = (
    *("event", "organisation", "division", "dataset", "version", "mode", "purpose", "basis", "grant", "allowed"),
    *("code", "gate", "columns", "asked_division", "format", "method", "since"),
    *("of", "status", "outcome", "rows", "bytes"),
    *("request", "action", "state", "reason", "push", "refused", "rules"),
)
"""What the owner of data sees of a receipt of others: no system, no person, nothing of the case or its subject."""


def overseen(receipt: Receipt) -> dict[str, Json]:
    """A receipt, for who owns the data that were asked for."""
    body = {name: receipt.body[name] for name in OVERSEEN if name in receipt.body}
    return shown(receipt) | {"body": body}
