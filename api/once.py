"""`/once`: collected once, used N times, M repeated collections avoided; by dataset, department and division."""

from collections.abc import Sequence
from typing import Annotated, Literal

import pyarrow as pa
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from pydantic import Field as Told

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import TheCall
from api.catalogue import Plain
from api.desk import Desk
from api.language import pick
from catalog.collection import once
from catalog.collection.once import Figures, Line
from catalog.rows.streams import csv_chunks
from schemas.dataset import Json
from schemas.divisions import normalise
from schemas.errors import BadAsk

router = APIRouter(prefix="/api/v1", tags=["collected once"])
NAMES = ("datasets", "users", "uses", "reads", "avoided")


class OnceQuery(Plain):
    """Of what, and how."""

    by: Literal["dataset", "department", "division"] = Told("department", description="What a line stands for")
    division: str = Told("", max_length=15, description="Only what was collected in this division and below it")
    format: Literal["json", "csv"] = Told("json", description="csv for a spreadsheet")


OnceWanted = Annotated[OnceQuery, Depends(asked(OnceQuery))]


@router.get("/once", openapi_extra=documented(OnceQuery), summary="Collected once, used N times")
def show_once(call: TheCall, query: OnceWanted) -> Response:
    """Figures of the datasets that you may know of: `users`, `uses` (N), `reads`, and `avoided` repetitions (M)."""
    place = known_place(query.division)
    lines = once.lines(call.desk.shelf, call.subject, call.now, place)
    rows = told(call.desk, lines, query.by, place, call.lang)
    if query.format == "csv":
        return spreadsheet(rows, query.by)
    return JSONResponse({"by": query.by, "lines": rows, "total": figures(once.together(lines))}, headers=PRIVATE)


def spreadsheet(rows: Sequence[dict[str, Json]], by: str) -> Response:
    """The lines as CSV with a byte-order mark, safe to open in a spreadsheet."""
    table = pa.Table.from_pylist([*rows]) if rows else pa.table({"name": pa.array([], pa.string())})
    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="once-{by}.csv"'}
    body = b"".join(csv_chunks(table.schema, table.to_batches(), bom=True))
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def told(desk: Desk, lines: Sequence[Line], by: str, place: str, lang: str) -> list[dict[str, Json]]:
    """The lines as answers and pages show them."""
    if by == "dataset":
        return [
            {"dataset": one.dataset, "name": pick(lang, one.title, one.title_en), "owner": one.owner_name}
            | figures(one.figures)
            for one in lines
        ]
    if by == "department":
        whole = once.by_department(lines)
        return [{"organisation": code, "name": name} | figures(some) for (code, name), some in whole.items()]
    tree = desk.shelf.tree()
    of = once.by_division(lines, tree, place)
    return [{"division": code, "name": tree.name(code)} | figures(some) for code, some in of.items()]


def figures(some: Figures) -> dict[str, Json]:
    """Figures by name."""
    return {name: getattr(some, name) for name in NAMES}


def known_place(text: str) -> str:
    """A division in 12 digits, empty for everywhere; BadAsk says what is wrong with it."""
    try:
        return normalise(text) if text else ""
    except ValueError as wrong:
        raise BadAsk(f"division: {wrong}") from wrong
