"""For those who run it: live, ready, and the counters."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from api.desk import TheDesk
from catalog.database import require_current
from catalog.lake.where import answers
from schemas.errors import NotReady

router = APIRouter(tags=["operations"])


@router.get("/healthz", summary="The process is alive")
async def alive() -> dict[str, str]:
    """Says so, and looks at nothing else; `async`, so that it waits for no thread either."""
    return {"status": "alive"}


@router.get("/readyz", summary="It can answer asks", response_class=JSONResponse)
def ready(desk: TheDesk) -> Response:
    """200 when the schema is current and the lake is there, else 503 with what is missing. Names no path."""
    missing = []
    try:
        require_current(desk.shelf.engine)
    except NotReady:
        missing.append("the database's schema is not that of this release: yishu db upgrade")
    if not answers(desk.shelf.lake):
        missing.append("the lake is not there, or does not answer: YISHU_LAKE_URL")
    body = {"status": "ready" if not missing else "not ready", "missing": missing}
    return JSONResponse(body, 503 if missing else 200)


@router.get("/metrics", summary="Counters for Prometheus", response_class=PlainTextResponse)
def metrics(desk: TheDesk) -> PlainTextResponse:
    """Text format 0.0.4; counts asks and rows, names nobody."""
    return PlainTextResponse(desk.counters.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
