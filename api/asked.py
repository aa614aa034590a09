"""Query parameters, strictly: an unknown or doubled one is refused with the list of what is valid."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import BadAsk

LONGEST = 2000
"""Characters of one parameter."""


class Query(BaseModel):
    """What a route may be asked in its query; each field is one parameter, its description goes to OpenAPI."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Q = TypeVar("Q", bound=Query)


def asked(of: type[Q]) -> Callable[[Request], Awaitable[Q]]:
    """A dependency that reads `of` from the query; BadAsk lists the valid parameters or values."""

    valid = [field.alias or name for name, field in of.model_fields.items()]

    async def read(request: Request) -> Q:
        told: dict[str, str] = {}
        for name, value in request.query_params.multi_items():
            if name not in valid:
                raise BadAsk(f"parameter {name[:40]!r} is not known here; valid are {', '.join(valid)}")
            if name in told:
                raise BadAsk(f"parameter {name!r} stands there twice; expected it once (several values: a,b)")
            if len(value) > LONGEST:
                raise BadAsk(f"parameter {name!r} has {len(value)} characters; at most {LONGEST} are read")
            told[name] = value
        return _read(of, told)

    return read


def _read(of: type[Q], told: dict[str, str]) -> Q:
    try:
        return of.model_validate(told)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "query"
        raise BadAsk(f"parameter {name!r}: found {told.get(name, '')[:80]!r}, {_expected(first['msg'])}") from wrong


def _expected(said: str) -> str:
    return said.removeprefix("Value error, ").replace("Input should be", "expected")


def documented(of: type[Query]) -> dict[str, Any]:
    """The same parameters for OpenAPI: goes into a route's `openapi_extra`."""
    whole = of.model_json_schema()
    named, properties = whole.get("$defs", {}), whole.get("properties", {})
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": shape.pop("description", ""),
                "schema": _inlined(shape, named),
            }
            for name, shape in properties.items()
        ]
    }


def _inlined(shape: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without references and without the null that a missing one stands for."""
    for part in shape.pop("anyOf", []):
        if part.get("type") != "null":
            shape |= part
    shape |= named.get(shape.pop("$ref", "").rpartition("/")[2], {})
    return {k: v for k, v in shape.items() if k not in ("title", "description") and v is not None}
