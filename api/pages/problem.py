"""Errors on the pages: a plain sentence, what to do, and the way back."""

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.desk import desk
from api.language import pick
from api.page import render
from api.problems import PLAIN, Kind, detail, kind_of
from api.visitor import Visitor, visitor
from api.words import say
from schemas.errors import Unknown, YishuError


def problem_page(request: Request, error: YishuError | HTTPException) -> Response:
    """The page for an error; hidden and absent things look the same."""
    at = desk(request)
    seen = visitor(request, at, at.now())
    if isinstance(error, HTTPException):
        kind = PLAIN.get(error.status_code, Kind(error.status_code, "请求有误", "The ask is wrong"))
        absent = error.status_code == 404
        return _page(
            request, seen, kind, say(seen.lang, "absent") if absent else "", "UNKNOWN" if absent else "BAD_ASK"
        )
    kind = kind_of(error)
    return _page(
        request,
        seen,
        kind,
        say(seen.lang, "absent") if isinstance(error, Unknown) else detail(error, seen.lang),
        error.code,
    )


def _page(request: Request, seen: Visitor, kind: Kind, detail: str, code: str) -> Response:
    title = pick(seen.lang, kind.title, kind.title_en)
    return render(request, seen, "problem.html", kind.status, title=title, detail=detail or title, code=code)
