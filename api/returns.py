"""`/returns`: what comes back to an organisation without an application, and for an owner what of it has come back."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field as Told

from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import Plain
from api.language import pick
from api.sight import find
from catalog.access import owns
from catalog.returning import desk as return_desk
from catalog.returning.rights import PURPOSE
from schemas.dataset import Json
from schemas.errors import Unidentified, Unknown
from schemas.journey import SHANGHAI
from schemas.returning import Return

router = APIRouter(prefix="/api/v1", tags=["data return"])


class ReturnsQuery(Plain):
    """Which side of the list."""

    dataset: str = Told(
        "", max_length=128, description="For its owner: everybody to whom rows of this dataset come back"
    )


ReturnsWanted = Annotated[ReturnsQuery, Depends(asked(ReturnsQuery))]


@router.get(
    "/returns", openapi_extra=documented(ReturnsQuery), summary="Data return 数据返还: your right to what you collected"
)
def list_returns(call: TheCall, query: ReturnsWanted) -> Json:
    """Without `dataset` what comes back to your organisation; with it, for its owner, every recipient's line."""
    if call.subject.public:
        raise Unidentified("returns are those of an organisation: send a credential as Authorization: Bearer ys_…")
    found = (
        _given(call, query.dataset)
        if query.dataset
        else return_desk.coming_back(call.desk.shelf, call.subject, call.now)
    )
    return {"returns": [return_facts(call, one) for one in found], "purpose": PURPOSE}


def _given(call: Call, key: str) -> tuple[Return, ...]:
    dataset = find(call.desk, call.subject, key)
    if not owns(call.subject, dataset):
        raise Unknown(f"dataset {key!r} is not your organisation's: its owner sees to whom its rows come back")
    return return_desk.given_back(call.desk.shelf, dataset, call.now)


def return_facts(call: Call, one: Return) -> dict[str, Any]:
    """One line; `coverage` from 0 to 1, `lag_days` whole days."""
    dataset, taken = one.dataset, one.taken
    return {
        "dataset": dataset.key,
        "title": pick(call.lang, dataset.title, dataset.title_en),
        "organisation": one.organisation,
        "division": one.division,
        "version": one.version,
        "published_at": one.published_at.astimezone(SHANGHAI).isoformat(),
        "rows": one.rows,
        "columns": one.columns,
        "left_out": list(one.left_out),
        "way": one.way.value,
        "withheld": one.withheld or None,
        "coverage": one.coverage,
        "lag_days": one.lag(call.now).days,
        "taken": taken
        and {
            "version": taken.version,
            "rows": taken.rows,
            "whole": taken.whole,
            "at": taken.at.astimezone(SHANGHAI).isoformat(),
            "receipt": taken.receipt,
        },
        "rows_url": f"/api/v1/datasets/{dataset.key}/rows?purpose={PURPOSE}",
    }
