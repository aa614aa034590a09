"""Quality over HTTP beyond one version: a dataset's scores from version to version, and departments side by side."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from api.asked import asked, documented
from api.caller import TheCall
from api.catalogue import PLAIN, Plain
from api.departments import PAGE, department_facts, departments
from api.measured import overall
from api.sight import find
from catalog.versions import Version
from schemas.dataset import Json
from schemas.journey import SHANGHAI

router = APIRouter(prefix="/api/v1", tags=["catalogue"])
POINTS = 100
"""Versions that a trend goes back."""


@router.get("/datasets/{key}/quality/trend", **PLAIN, summary="Its scores from version to version")
def show_trend(key: str, call: TheCall) -> Json:
    """Scores of the last versions, oldest first, those that were held back too; shares alone, no numbers of rows."""
    find(call.desk, call.subject, key)
    return {"dataset": key, "points": [point(one) for one in trend(call.desk.shelf.versions(key))]}


class DepartmentsQuery(Plain):
    """Which departments."""

    after: str = Field("", max_length=64, description="Only departments after this one: `next` of the page before")
    limit: int = Field(PAGE, ge=1, le=500, description="Departments of one page")


DepartmentsWanted = Annotated[DepartmentsQuery, Depends(asked(DepartmentsQuery))]


@router.get(
    "/quality/departments",
    openapi_extra=documented(DepartmentsQuery),
    summary="Departments by the six dimensions of quality",
)
def list_departments(call: TheCall, query: DepartmentsWanted) -> Json:
    """Each department with the means over those of its datasets that you may know of, by name."""
    page = departments(call.desk, call.subject, call.now, query.after, query.limit)
    return {"departments": [department_facts(one) for one in page.departments], "next": page.following or None}


def trend(versions: Sequence[Version]) -> list[Version]:
    """Versions that have scores, oldest first, so many as `POINTS`; `versions` come newest first."""
    return [one for one in versions if one.scores][:POINTS][::-1]


def point(one: Version) -> dict[str, Json]:
    """One version of a trend."""
    return {
        "version": one.number,
        "state": one.state,
        "window": one.window,
        "published_at": one.published_at.astimezone(SHANGHAI).isoformat(),
        "scores": {name: round(value, 3) for name, value in one.scores.items()},
        "score": round(overall(one.scores), 3),
    }
