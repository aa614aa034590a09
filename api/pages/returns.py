"""`/returns`: what comes back to the visitor's organisation, and of its own datasets to whom rows go back."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import TheDesk
from api.language import pick
from api.measured import percent
from api.page import link, render, when
from api.sight import find
from api.visitor import TheVisitor, Visitor
from catalog.access import owns
from catalog.returning import desk as return_desk
from catalog.returning.rights import PURPOSE
from schemas.errors import Unidentified, Unknown
from schemas.returning import Return

router = APIRouter(include_in_schema=False)


@router.get("/returns")
def show_returns(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """Its rights without an application, and for one of its own datasets (`dataset`) what of it has come back."""
    if visitor.subject.public:
        raise Unidentified("数据返还属于单位，请先登录 · returns are an organisation's own: sign in first")
    key, shelf = request.query_params.get("dataset", ""), desk.shelf
    if key:
        dataset = find(desk, visitor.subject, key)
        if not owns(visitor.subject, dataset):
            raise Unknown("只有数源单位可查看返还情况 · only its owner sees to whom its rows come back")
        found = return_desk.given_back(shelf, dataset, visitor.now)
    else:
        dataset = None
        found = return_desk.coming_back(shelf, visitor.subject, visitor.now)
    names = {one.credit_code: one.name for one in shelf.parties.organisations()} if key else {}
    rows = [_row(one, visitor) | {"who": names.get(one.organisation, "")} for one in found]
    return render(
        request,
        visitor,
        "returns.html",
        returns=rows,
        given=pick(visitor.lang, dataset.title, dataset.title_en) if dataset else "",
        key=key,
        behind=sum(not one.current for one in found),
    )


def _row(one: Return, visitor: Visitor) -> dict[str, Any]:
    dataset = one.dataset
    titles = {field.name: pick(visitor.lang, field.title, field.title_en) for field in dataset.fields}
    return {
        "title": pick(visitor.lang, dataset.title, dataset.title_en),
        "href": link(visitor.lang, f"/datasets/{dataset.key}", purpose=PURPOSE),
        "owner": dataset.owner_name,
        "division": one.division,
        "version": one.version,
        "when": when(one.published_at),
        "rows": one.rows,
        "way": one.way.value,
        "withheld": one.withheld,
        "left_out": "、".join(titles[name] for name in one.left_out),
        "current": one.current,
        "coverage": percent(one.coverage),
        "lag": one.lag(visitor.now).days,
        "taken": when(one.taken.at) if one.taken else "",
        "receipt": link(visitor.lang, f"/ledger/{one.taken.receipt}") if one.taken else "",
        "address": f"/api/v1/datasets/{dataset.key}/rows?purpose={PURPOSE}",
    }
