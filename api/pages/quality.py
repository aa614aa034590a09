"""`/quality`: departments side by side; and the line of a dataset's scores that its page draws."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.departments import ORDER, Department, departments
from api.desk import TheDesk
from api.measured import overall, percent
from api.page import link, render, when
from api.quality import trend
from api.visitor import TheVisitor, Visitor
from catalog.accessibility import DAYS
from catalog.sheet import Sheet
from catalog.versions import Version
from schemas.dataset import Json
from schemas.due import due, overdue

router = APIRouter(include_in_schema=False)
WIDE, HIGH, EDGE = 600, 120, 8
"""Size of the drawing, and the room around the line."""
DRAWN = 30


@router.get("/quality")
def show_quality(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The table of departments and dimensions."""
    page = departments(desk, visitor.subject, visitor.now, request.query_params.get("after", "")[:64])
    rows = [_row(one, visitor.lang) for one in page.departments]
    following = link(visitor.lang, "/quality", after=page.following) if page.following else ""
    return render(request, visitor, "quality.html", departments=rows, dimensions=ORDER, days=DAYS, next_page=following)


def _row(one: Department, lang: str) -> Mapping[str, Json]:
    return {
        "title": one.title,
        "href": link(lang, "/datasets", department=one.name),
        "datasets": one.datasets,
        "overdue": one.overdue,
        "scores": [percent(one.scores[dimension]) if dimension in one.scores else "—" for dimension in ORDER],
        "score": "—" if one.score is None else percent(one.score),
    }


def in_time(sheet: Sheet, visitor: Visitor) -> Mapping[str, Json]:
    """Until when the dataset's newest data are in time, and whether they are overdue."""
    newest = sheet.newest
    moment = due(sheet.dataset, newest.came) if newest else None
    late = overdue(sheet.dataset, newest.came if newest else None, visitor.now)
    return {"overdue": late, "due": when(moment) if moment else ""}


def line(versions: Sequence[Version]) -> Mapping[str, Json] | None:
    """The scores as a line from left to right; None where there are fewer than two versions to join.

    The floor of the drawing is the next lower tenth below the least score, so that small changes show; it is written.
    """
    some = trend(versions)[-DRAWN:]
    if len(some) < 2:
        return None
    scores = [overall(one.scores) for one in some]
    floor = min(int(min(scores) * 10) / 10, 0.9)
    step = (WIDE - 2 * EDGE) / (len(some) - 1)
    points = [
        {
            "x": round(EDGE + place * step, 1),
            "y": round(EDGE + (1 - score) / (1 - floor) * (HIGH - 2 * EDGE), 1),
            "held": one.state == "held_back",
            "said": f"v{one.number} · {when(one.published_at)} · {percent(score)}",
        }
        for place, (one, score) in enumerate(zip(some, scores, strict=True))
    ]
    return {
        "wide": WIDE,
        "high": HIGH,
        "points": points,
        "path": " ".join(f"{point['x']},{point['y']}" for point in points),
        "floor": percent(floor),
        "first": points[0]["said"],
        "last": points[-1]["said"],
    }
