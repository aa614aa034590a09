"""`/lists`, `/lists/{name}` and `/evaluation` as pages: what is shared, owed, withheld and open to the public."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.desk import TheDesk
from api.language import ENGLISH, pick
from api.lists import known, look_of, signed_in, spreadsheet
from api.page import link, render, when
from api.pages.dataset import cycle
from api.visitor import TheVisitor
from api.words import say
from catalog.lists import desk as list_desk
from catalog.lists import editions, evaluation
from schemas.lists import COLUMNS, NAMES, OPEN_STATES, Line, ListName, OpenState, changed
from schemas.request import State
from schemas.request_reasons import STATES

router = APIRouter(include_in_schema=False)
PAGE = 50
LINKED = "title"
"""The column that leads to the dataset's page."""
PLACE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}")
"""Where a page goes on: a dataset's key or a request's number."""


@router.get("/lists")
def show_lists(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """All lists, each with its last edition."""
    with desk.shelf.engine.connect() as connection:
        last = {name: editions.newest(connection, name) for name in ListName}
    rows = [
        {
            "title": pick(visitor.lang, *NAMES[name]),
            "said": say(visitor.lang, f"list_{name}_said"),
            "href": link(visitor.lang, f"/lists/{name}"),
            "kept": when(one.at) if one else "",
        }
        for name, one in last.items()
    ]
    return render(request, visitor, "lists.html", lists=rows)


@router.get("/lists/{name}.csv")
def download_list(name: str, visitor: TheVisitor, desk: TheDesk) -> Response:
    """All lines that the visitor may see, for a spreadsheet."""
    which = known(name)
    lines = list_desk.seen(look_of(desk, visitor.subject, visitor.now), which)
    return spreadsheet(COLUMNS[which], (one.values for one in lines), visitor.lang, name)


@router.get("/evaluation.csv")
def download_evaluation(visitor: TheVisitor, desk: TheDesk) -> Response:
    """The same figures for a spreadsheet."""
    signed_in(visitor.subject)
    rows = evaluation.evaluated(look_of(desk, visitor.subject, visitor.now))
    return spreadsheet(evaluation.COLUMNS, rows, visitor.lang, "evaluation")


@router.get("/lists/{name}")
def show_list(name: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """A page of one list, by dataset; with `since`, what changed since that edition."""
    which, query = known(name), request.query_params
    look = look_of(desk, visitor.subject, visitor.now)
    with desk.shelf.engine.connect() as connection:
        kept = editions.listed(connection, which)
        since = int(query["since"]) if query.get("since", "").isascii() and query.get("since", "").isdigit() else 0
        before = editions.lines_of(connection, which, since) if since else ()
    after = query.get("after", "") if PLACE.fullmatch(query.get("after", "")) else ""
    found = list_desk.page(look, which, after, PAGE)
    lines, gone = found.lines, tuple[Line, ...]()
    if since:
        former = {one.key: one for one in list_desk.shown(look, which, before)}
        moved = changed(former, {one.key: one for one in list_desk.seen(look, which)})
        lines, gone = (*moved.added, *(after for _, after in moved.altered)), moved.removed
    return render(
        request,
        visitor,
        "list.html",
        title=pick(visitor.lang, *NAMES[which]),
        said=say(visitor.lang, f"list_{which}_said"),
        columns=[both[visitor.lang == ENGLISH] for both in COLUMNS[which].values()],
        lines=[_row(which, one, visitor.lang) for one in lines],
        gone=[_row(which, one, visitor.lang) for one in gone],
        since=since,
        editions=[
            {"id": one.id, "when": when(one.at), "href": link(visitor.lang, f"/lists/{which}", since=one.id)}
            for one in kept
        ],
        receipt=kept[0].receipt if kept else "",
        more=link(visitor.lang, f"/lists/{which}", after=found.after) if found.after and not since else "",
        here=link(visitor.lang, f"/lists/{which}"),
        csv=link(visitor.lang, f"/lists/{which}.csv"),
    )


@router.get("/evaluation")
def show_evaluation(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The figures of each provider."""
    signed_in(visitor.subject)
    rows = evaluation.evaluated(look_of(desk, visitor.subject, visitor.now))
    titles = [both[visitor.lang == ENGLISH] for both in evaluation.COLUMNS.values()]
    return render(request, visitor, "evaluation.html", columns=titles, rows=[list(one.values()) for one in rows])


def _row(which: ListName, line: Line, lang: str) -> Mapping[str, Any]:
    cells = [
        {"text": _shown(which, column, _said(line, column, lang), lang), "href": _href(column, line, lang)}
        for column in COLUMNS[which]
    ]
    return {"cells": cells}


def _said(line: Line, column: str, lang: str) -> str:
    """The value, of a title the one in the visitor's language."""
    value = line.values.get(column, "")
    return pick(lang, value, line.values.get("title_en", "")) if column == LINKED else value


def _href(column: str, line: Line, lang: str) -> str:
    if column == "number":
        return link(lang, f"/requests/{line.values['number']}")
    return link(lang, f"/datasets/{line.dataset}") if column == LINKED and line.dataset else ""


def _shown(which: ListName, column: str, value: str, lang: str) -> str:
    found = WORDED.get((which, column)) or WORDED.get((None, column))
    return found(value, lang) if found else value


WORDED: Mapping[tuple[ListName | None, str], Callable[[str, str], str]] = {
    (None, "modes"): lambda value, lang: "、".join(say(lang, f"mode_{one}") for one in value.split(",") if one),
    (None, "update_cycle"): cycle,
    (None, "sharing"): lambda value, lang: say(lang, f"sharing_{value}"),
    (None, "overdue"): lambda value, lang: say(lang, "yes" if value == "1" else "no"),
    (ListName.OPEN, "state"): lambda value, lang: pick(lang, *OPEN_STATES[OpenState(value)]),
    (ListName.RETURN, "way"): lambda value, lang: say(lang, f"return_way_{value}"),
    (ListName.DEMAND, "state"): lambda value, lang: pick(lang, *STATES[State(value)]),
    (ListName.DEMAND, "path"): lambda value, lang: say(lang, f"demand_{value}"),
}
"""Columns whose values are codes, and how they are said."""
