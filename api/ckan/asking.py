"""What an action is asked, and by whom, in the shapes that CKAN's clients send: a query, or JSON in a POST."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import ConfigDict, ValidationError

from api.asked import LONGEST, Query
from api.caller import Call, TheMoment, bearer, call_of
from api.desk import TheDesk
from schemas.dataset import Json
from schemas.errors import BadAsk, Unidentified

Q = TypeVar("Q", bound=Query)
OLD_NAME = "x-ckan-api-key"


class Loose(Query):
    """As CKAN's own actions on the catalogue: words of theirs that mean nothing here are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


async def call(request: Request, desk: TheDesk, now: TheMoment) -> Call:
    """The call of the subject behind the credential; of the public without one. Raises Unidentified, Busy."""
    return await call_of(request, desk, now, token(request))


TheActionCall = Annotated[Call, Depends(call)]


def token(request: Request) -> str:
    """CKAN's clients send the bare token, under `Authorization`, an older name, or both; empty where there is none."""
    told = request.headers.getlist("authorization")
    old = request.headers.getlist(OLD_NAME)
    named = bearer(request) if told and " " in told[0].strip() else _only(told)
    if named and old and _only(old) != named:
        raise Unidentified("Authorization and X-CKAN-API-Key: found two credentials, expected one")
    return named or _only(old)


def _only(told: list[str]) -> str:
    if len(told) > 1 or (told and not told[0].strip()):
        raise Unidentified("Authorization: expected one header with the credential, ys_…")
    return told[0].strip() if told else ""


def told(of: type[Q]) -> Callable[[Request], Awaitable[Q]]:
    """A dependency that reads `of`; BadAsk lists the valid parameters, or says which value was expected."""
    strict = of.model_config.get("extra") == "forbid"
    known = [field.alias or name for name, field in of.model_fields.items()]

    async def read(request: Request) -> Q:
        given = _query(request)
        if request.method == "POST":
            given |= _object(await request.body())
        strange = [name for name in given if strict and name not in known]
        if strange:
            raise BadAsk(f"{strange[0][:40]!r} is not known to this action; valid are {', '.join(known)}")
        return _read(of, given)

    return read


def _query(request: Request) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in request.query_params.multi_items():
        if name in found:
            raise BadAsk(f"parameter {name[:40]!r} stands there twice; expected it once")
        if len(value) > LONGEST:
            raise BadAsk(f"parameter {name[:40]!r} has {len(value)} characters; at most {LONGEST} are read")
        found[name] = value
    return found


def _object(body: bytes) -> dict[str, Json]:
    """The body, whatever its type is called: curl sends JSON as a form."""
    try:
        found = _json(body) if body.strip() else {}
    except (ValueError, RecursionError) as wrong:
        raise BadAsk("the body is not JSON; expected an object of the action's parameters") from wrong
    if not isinstance(found, dict):
        raise BadAsk("the body is not an object; expected one of the action's parameters")
    return found


def _read(of: type[Q], given: Mapping[str, Json]) -> Q:
    try:
        return of.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "query"
        said = first["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        raise BadAsk(f"{name}: found {str(given.get(name, ''))[:80]!r}, {said}") from wrong


def listed(text: Json) -> Json:
    """What a query writes as JSON, and a body as the thing itself; plain text stays text."""
    if not isinstance(text, str) or text[:1] not in ("{", "["):
        return text
    try:
        return _json(text)
    except (ValueError, RecursionError):
        return text


def _json(text: str | bytes) -> Json:
    """What was written; ValueError also for half a character (`\\ud800`), which no answer could be written with."""
    found = json.loads(text)
    json.dumps(found, ensure_ascii=False).encode()
    return found
