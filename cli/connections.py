"""Airflow's connections as environment variables, read without Airflow: `AIRFLOW_CONN_<ID>` as JSON or as a URI."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from schemas.connection import Connection
from schemas.dataset import Json
from schemas.errors import BadInput, NotReady

PREFIX = "AIRFLOW_CONN_"
WORDS = ("conn_type", "host", "port", "login", "password", "schema", "extra", "description")


def connection(environment: Mapping[str, str], name: str) -> Connection | None:
    """The connection of that id; None for an empty id. NotReady when it is missing, BadInput when it cannot be read.

    No message repeats the variable's value: it holds a password.
    """
    if not name:
        return None
    variable = f"{PREFIX}{name.upper()}"
    text = environment.get(variable, "").strip()
    if not text:
        raise NotReady(
            f"no connection {name!r}: export {variable} as JSON ({', '.join(WORDS[:6])}) or as a URI, "
            f"e.g. {variable}=postgres://login:password@host:5432/database"
        )
    return _from_json(name, variable, text) if text.startswith("{") else _from_uri(name, variable, text)


def _from_json(name: str, variable: str, text: str) -> Connection:
    try:
        told = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise BadInput(f"{variable}: expected JSON: {wrong.msg} at character {wrong.pos}") from None
    strange = sorted(told.keys() - set(WORDS))
    if strange:
        raise BadInput(f"{variable}: found {', '.join(strange)}, expected only {', '.join(WORDS)}")
    return Connection(
        id=name,
        kind=str(told.get("conn_type") or ""),
        host=str(told.get("host") or ""),
        port=_port(variable, told.get("port")),
        login=str(told.get("login") or ""),
        password=str(told.get("password") or ""),
        schema=str(told.get("schema") or ""),
        extra=_extra(variable, told.get("extra")),
    )


def _from_uri(name: str, variable: str, text: str) -> Connection:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadInput(f"{variable}: expected a URI such as postgres://user:password@host:5432/database") from None
    if not parts.scheme or "://" not in text:
        raise BadInput(f"{variable}: expected a URI that begins with the kind, e.g. postgres://")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Connection(
        id=name,
        kind={"postgresql": "postgres"}.get(parts.scheme, parts.scheme).replace("-", "_"),
        host=unquote(parts.hostname or ""),
        port=port,
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        schema=unquote(parts.path.removeprefix("/")),
        extra=_extra(variable, query["__extra__"]) if "__extra__" in query else query,
    )


def _port(variable: str, found: Json) -> int | None:
    if found in (None, ""):
        return None
    if not str(found).isdigit():
        raise BadInput(f"{variable}: port: expected a number")
    return int(found)


def _extra(variable: str, found: Json) -> Mapping[str, Json]:
    if not found:
        return {}
    try:
        told = json.loads(found) if isinstance(found, str) else found
    except json.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise BadInput(f"{variable}: extra: expected a JSON object")
    return told
