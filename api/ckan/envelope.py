"""CKAN's envelope: `{help, success, result}`, or `{help, success, error}` where an action failed.

Source: ckan/views/api.py. Clients choose the exception that they raise by `error.__type` alone.
"""

import json
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response

from schemas.dataset import Json

ROOTS = ("/api/3/action", "/api/action")
"""Both are in use: ckanapi asks under the second, frictionless reads under the first."""
MEDIA_TYPE = "application/json;charset=utf-8"
ERRORS: Mapping[int, tuple[int, str]] = {
    400: (409, "Validation Error"),
    401: (403, "Authorization Error"),
    403: (403, "Authorization Error"),
    404: (404, "Not Found Error"),
    409: (409, "Validation Error"),
    422: (409, "Validation Error"),
}
"""Status of ours -> CKAN's status and its name of the error."""


def is_action(request: Request) -> bool:
    """Whether it was asked for in CKAN's words."""
    return request.url.path.startswith(tuple(f"{root}/" for root in ROOTS))


def done(request: Request, result: Json, headers: Mapping[str, str] | None = None) -> Response:
    """The answer of an action that did what it was asked for."""
    body = {"help": _help(request), "success": True, "result": result}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def failed(request: Request, problem: Mapping[str, Json], headers: Mapping[str, str]) -> Response:
    """The same problem that our own routes tell, in CKAN's envelope, with `code`, `gate` and `next` beside the text."""
    status, kind = ERRORS.get(problem["status"], (problem["status"], "Service Error"))
    told = {name: problem[name] for name in ("code", "gate", "next", "instance") if name in problem}
    error = {"__type": kind, "message": f"{problem['title']}: {problem['detail']}", **told}
    body = {"help": _help(request), "success": False, "error": error}
    return Response(json.dumps(body, ensure_ascii=False), status, dict(headers), media_type=MEDIA_TYPE)


def _help(request: Request) -> str:
    action = request.url.path.rpartition("/")[2]
    return f"{request.base_url}{ROOTS[0].lstrip('/')}/help_show?name={action}"
