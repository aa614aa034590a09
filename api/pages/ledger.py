"""`/ledger` and `/ledger/{number}`: what an organisation asked and what others asked of it, each with its proof."""

import base64
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import TheDesk
from api.language import pick
from api.page import link, render, when
from api.receipts import Page, Side, listed, named
from api.visitor import TheVisitor, Visitor
from api.words import say
from catalog.duties import audits
from catalog.ledger import tokens
from catalog.shelf import Shelf
from schemas.access import PURPOSES, Mode
from schemas.receipt import Receipt

router = APIRouter(include_in_schema=False)
PAGE = 20
MODES = frozenset(one.value for one in Mode)


@router.get("/ledger")
def show_ledger(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The newest receipts of the visitor's organisation on either side; for everybody checkpoint and key."""
    query = request.query_params
    side = _side(query.get("side", ""), visitor)
    told = query.get("before", "")
    before = int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None
    public, shelf = visitor.subject.public, desk.shelf
    page = Page(side=side, before=before, limit=PAGE + 1)
    found = () if public else listed(shelf, visitor.subject.organisation, page)
    names = {one.credit_code: one.name for one in shelf.parties.organisations()}
    return render(
        request,
        visitor,
        "ledger.html",
        side=side.value,
        audits=audits(visitor.subject),
        receipts=[_row(one, visitor, names) for one in found[:PAGE]],
        older=link(visitor.lang, "/ledger", side=side.value, before=found[PAGE - 1].index) if found[PAGE:] else "",
        checkpoint=shelf.ledger.checkpoint(),
        key=shelf.ledger.key.public_text,
    )


@router.get("/ledger/{number}")
def show_receipt(number: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """One receipt, how its answer ended, where it stands in the log, and how anybody verifies that."""
    shelf = desk.shelf
    receipt, side = named(shelf, visitor.subject, number)
    ended = shelf.ledger.about(tokens.about_receipt(number), None, 1)
    names = {one.credit_code: one.name for one in shelf.parties.organisations()}
    return render(
        request,
        visitor,
        "receipt.html",
        it=_row(receipt, visitor, names),
        mine=side is Side.ASKED,
        body=receipt.body,
        columns=sorted((receipt.body.get("columns") or {}).items()),
        ended=ended[0].body if ended else None,
        proof=_proof(shelf, receipt) if not receipt.previous else None,
        key=shelf.ledger.key.public_text,
    )


def _side(told: str, visitor: Visitor) -> Side:
    """The side that was chosen; all for an auditor alone."""
    if told == Side.ALL and audits(visitor.subject):
        return Side.ALL
    return Side.OWNER if told == Side.OWNER else Side.ASKED


def _row(receipt: Receipt, visitor: Visitor, names: Mapping[str, str]) -> dict[str, Any]:
    body: Mapping[str, Any] = receipt.body
    code, purpose = str(body.get("organisation") or ""), str(body.get("purpose") or "")
    return {
        "number": receipt.number,
        "href": link(visitor.lang, f"/ledger/{receipt.number}"),
        "when": when(receipt.at),
        "organisation": names.get(code, code),
        "dataset": body.get("dataset") or "",
        "version": body.get("version") or "",
        "event": body.get("event") or "",
        "mode": say(visitor.lang, f"mode_{body['mode']}") if body.get("mode") in MODES else "",
        "purpose": pick(visitor.lang, *PURPOSES.get(purpose, (purpose, purpose))),
        "allowed": body.get("allowed"),
        "code": body.get("code") or "",
        "grant": body.get("grant") or "",
    }


def _proof(shelf: Shelf, receipt: Receipt) -> dict[str, Any]:
    found = shelf.ledger.inclusion(receipt.index)
    texts = [base64.b64encode(one).decode() for one in (found.known, found.root, *found.path)]
    return {"index": receipt.index, "size": found.size, "leaf": texts[0], "root": texts[1], "path": texts[2:]}
