"""The application: routes, errors and headers put together. `uvicorn api.app:app` serves what the environment names."""

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from api import (
    access,
    aggregates,
    authority,
    catalogue,
    confirmations,
    consents,
    corrections,
    disputed,
    divisions,
    elements,
    entries,
    entry_files,
    follows,
    foreign,
    forms,
    inbox,
    incidents,
    ledger,
    lineage,
    lists,
    node_requests,
    nodes,
    once,
    operations,
    own_corrections,
    profiles,
    quality,
    receipts,
    records,
    refusals,
    requests,
    returns,
    rows,
    subscriptions,
    verify,
)
from api.bodies import Bodies
from api.ckan import actions as ckan_actions
from api.ckan import downloads as ckan_downloads
from api.counters import Counters
from api.dcat import routes as dcat
from api.delta import sharing as delta_sharing
from api.desk import Desk
from api.figures import Views
from api.headers import Headers
from api.language import language
from api.pace import Pace
from api.pages import access as pages_access
from api.pages import authority as pages_authority
from api.pages import confirmations as pages_confirmations
from api.pages import corrections as pages_corrections
from api.pages import dataset as pages_dataset
from api.pages import datasets as pages_datasets
from api.pages import divisions as pages_divisions
from api.pages import docs as pages_docs
from api.pages import elements as pages_elements
from api.pages import entries as pages_entries
from api.pages import entry_forms as pages_entry_forms
from api.pages import follows as pages_follows
from api.pages import forms as pages_forms
from api.pages import inbox as pages_inbox
from api.pages import ledger as pages_ledger
from api.pages import lineage as pages_lineage
from api.pages import lists as pages_lists
from api.pages import login as pages_login
from api.pages import nodes as pages_nodes
from api.pages import once as pages_once
from api.pages import push as pages_push
from api.pages import pushed as pages_pushed
from api.pages import quality as pages_quality
from api.pages import requests as pages_requests
from api.pages import returns as pages_returns
from api.pages.problem import problem_page
from api.problems import MEDIA_TYPE, plain_problem, problem
from api.scans import Scans
from api.seal import Seal
from api.served import Served
from api.sessions import Sessions
from catalog.database import UNAVAILABLE
from catalog.shelf import Shelf, open_shelf
from schemas.divisions import shipped
from schemas.errors import BadAsk, Busy, NotReady, SourceFault, YishuError
from schemas.journey import SHANGHAI
from schemas.settings import Settings, read_settings

ROUTERS = (
    own_corrections,
    corrections,
    disputed,
    catalogue,
    lineage,
    foreign,
    elements,
    divisions,
    authority,
    entry_files,
    entries,
    forms,
    once,
    profiles,
    quality,
    access,
    rows,
    records,
    refusals,
    verify,
    aggregates,
    delta_sharing,
    ckan_actions,
    ckan_downloads,
    dcat,
    consents,
    receipts,
    ledger,
    incidents,
    confirmations,
    inbox,
    subscriptions,
    requests,
    returns,
    lists,
    follows,
    nodes,
    node_requests,
    operations,
    pages_datasets,
    pages_dataset,
    pages_lineage,
    pages_access,
    pages_elements,
    pages_divisions,
    pages_entry_forms,
    pages_entries,
    pages_authority,
    pages_confirmations,
    pages_corrections,
    pages_forms,
    pages_once,
    pages_pushed,
    pages_push,
    pages_inbox,
    pages_follows,
    pages_ledger,
    pages_lists,
    pages_nodes,
    pages_login,
    pages_quality,
    pages_requests,
    pages_returns,
    pages_docs,
)
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "A problem of RFC 9457", "content": {MEDIA_TYPE: {}}}
}
ABOUT = "Collect once, use many times: shared government data under a named right 一次采集，多方使用"
BURST = 5
"""Seconds' worth of requests that one credential may send at once."""
MACHINES = ("/api/", "/delta-sharing/", "/healthz", "/readyz", "/metrics", "/openapi.json")
KEPT_AT_HAND = 4 << 20
"""Bytes. Linux' allocator keeps twice the largest block that was freed before it gives memory back. What it gives back
must be cleared for the next piece of an answer, which takes longer than to read that piece."""
log = logging.getLogger("yishu.api")


def create_app(
    shelf: Shelf | None = None,
    settings: Settings | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(SHANGHAI),
    scans: Scans | None = None,
) -> FastAPI:
    """The application over one shelf; without one, over what `settings` or the environment name."""
    settings = settings or read_settings(os.environ, Path.cwd())
    shelf = shelf or open_shelf(settings)
    counters = Counters()
    app = FastAPI(
        title="一数 Yishu",
        generate_unique_id_function=_named,
        version=version("yishu"),
        responses=PROBLEMS,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_until_written,
    )
    most = settings.requests_per_second
    requests = Pace(most, BURST * most, "requests") if most else None
    limits = settings.pushes
    app.state.desk = Desk(
        shelf,
        settings,
        now,
        scans or Scans(),
        counters,
        Seal(shelf.pepper),
        Pace(),
        requests,
        pushes=Scans(limits.at_once, of="pushes"),
        push_pace=Pace(limits.per_second, BURST * limits.per_second, "pushes") if limits.per_second else None,
    )
    app.state.sessions = Sessions()
    app.state.views = Views()
    app.add_middleware(Served)
    app.add_middleware(Bodies)
    app.add_middleware(Headers, counters=counters)
    app.add_exception_handler(YishuError, _ours)
    for unavailable in UNAVAILABLE:
        app.add_exception_handler(unavailable, _away)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(Exception, _fault)
    app.router.routes.extend(_routes())
    app.mount("/static", StaticFiles(packages=[("api", "static")]), name="static")
    return app


def _named(route: APIRoute) -> str:
    return route.name


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Every route, made once in a process: it knows nothing of the application that it is put into."""
    whole = FastAPI(generate_unique_id_function=_named, responses=PROBLEMS, openapi_url=None)
    for room in ROUTERS:
        whole.include_router(room.router)
    return tuple(whole.router.routes)


@asynccontextmanager
async def _until_written(app: FastAPI) -> AsyncIterator[None]:
    """When the server stops, what is queued for the ledger is written first."""
    bytes(KEPT_AT_HAND)
    pa.array([""])  # the first array of a process imports pandas, which takes a second: not while somebody waits
    await run_in_threadpool(shipped)  # nor does anybody wait for the tree of divisions to be read
    yield
    await run_in_threadpool(app.state.desk.shelf.ledger.settle)


def for_machines(request: Request) -> bool:
    """Whether an error is told as a problem document rather than as a page."""
    return request.url.path.startswith(MACHINES) or request.url.path.endswith((".jsonld", ".ttl", ".rdf"))


async def _ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, YishuError):
        raise error
    if isinstance(error, Busy):
        request.app.state.desk.counters.add("yishu_busy_total")
    if isinstance(error, NotReady | SourceFault):
        log.error("%s %s: %s", request.method, request.url.path, error)
    if not for_machines(request):
        return problem_page(request, error)
    return problem(request, error, language(request, request.app.state.desk.settings.lang))


async def _away(request: Request, error: Exception) -> Response:
    """The catalogue's database does not answer: nothing was decided, and it may be asked again."""
    log.error("%s %s: the database does not answer: %s", request.method, request.url.path, error)
    return problem(request, NotReady(str(error)), language(request, request.app.state.desk.settings.lang))


async def _misshapen(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return problem(request, BadAsk(told[:1000]), language(request, request.app.state.desk.settings.lang))


async def _plain(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if for_machines(request):
        return plain_problem(request, error.status_code, error.headers)
    return problem_page(request, error)


async def _fault(request: Request, error: Exception) -> Response:
    log.error("fault of ours at %s %s", request.method, request.url.path, exc_info=error)
    return plain_problem(request, 500)


def __getattr__(name: str) -> FastAPI:
    if name == "app":
        return create_app()
    raise AttributeError(name)
