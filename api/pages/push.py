"""`/datasets/{key}/inbox/{id}`: one push, how far it has come, and every refused row; for its sender and the owner."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import Desk, TheDesk
from api.language import pick
from api.page import link, render, when
from api.push_facts import LOOKS, STAGES
from api.records import found_push, known
from api.refusals import RefusalsQuery, page, refusal_facts
from api.visitor import TheVisitor
from api.words import say
from catalog.inbox import desk as inbox
from catalog.inbox.fate import fate
from schemas.dataset import Dataset, Json
from schemas.push import CHARACTERS, Push, sensitive

router = APIRouter(include_in_schema=False)
SHOWN = 100


@router.get("/datasets/{key}/inbox/{id}")
def show_push(key: str, id: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Its numbers, its state, and a page of what was refused, by row."""
    dataset = known(desk, visitor.subject, key)
    push = found_push(desk, visitor.subject, dataset, id)
    query = RefusalsQuery(limit=SHOWN, cursor=request.query_params.get("cursor", ""), lang=None)
    found, following = page(desk, visitor, dataset, push, query)
    rows = [refusal_facts(one, visitor.subject, push, visitor.lang) for one in found.refusals]
    path = f"/datasets/{key}/inbox/{id}"
    return render(
        request,
        visitor,
        "push.html",
        key=key,
        title=pick(visitor.lang, dataset.title, dataset.title_en),
        whole=inbox.side(visitor.subject, dataset) is not None,
        push=push,
        **_facts(desk, push, visitor.lang),
        refusals=[_row(dataset, one, visitor.lang) for one in rows],
        values=any(one["found"] for one in rows),
        first=link(visitor.lang, path) if query.cursor else "",
        next_page=link(visitor.lang, path, cursor=following) if following else "",
        address=f"/api/v1/datasets/{key}/records/{id}/refusals",
    )


def _row(dataset: Dataset, one: Mapping[str, Json], lang: str) -> dict[str, Json]:
    """With the field's title, and the length of a value that is not told in words of this language."""
    for field in dataset.fields:
        if field.name == one["field"]:
            found = str(one["found"])
            long = found.removesuffix(CHARACTERS)
            if sensitive(field) and found != long:
                found = say(lang, "push_characters", number=long)
            return {**one, "title": pick(lang, field.title, field.title_en), "found": found}
    return {**one, "title": ""}


def _facts(desk: Desk, push: Push, lang: str) -> dict[str, Json]:
    became = fate(desk.shelf, push)
    names = {one.credit_code: one.name for one in desk.shelf.parties.organisations()}
    return {
        "sender": names.get(push.organisation, push.organisation),
        "arrived": when(push.arrived_at),
        "landed": when(push.landed_at) if push.landed_at else "",
        "stage": pick(lang, *STAGES[became.stage]),
        "looks": LOOKS.get(became.stage, "plain"),
        "version": f"v{became.version}" if became.version else "",
        "quarantined": became.quarantined_rows,
        "receipt": link(lang, f"/ledger/{push.receipt}"),
    }
