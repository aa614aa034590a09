"""What a service of JSON tells before there is a contract, where it is asked by a path, and how it stands."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx

from connectors.clock import clock_sign
from connectors.exploring import Offer, Proposal, Sign, Weight
from connectors.http_told import moment
from connectors.reach import reach
from connectors.records import lists, parse
from connectors.services.auth import Auths, Means, auth_of
from connectors.services.web import address, web, whole
from connectors.success import Said, proposed
from schemas.connection import Connection
from schemas.dataset import Json
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable

CONNECTIONS = ("http", "https")
PATIENCE_S = 15.0
MOST = 16 << 20
"""Bytes of the answer that is looked at."""
LESS = "name a path, or parameters, that answers less"
TOTALS = ("total", "count", "totalcount", "total_count", "totalelements", "totalnum", "recordcount")
_PAGES = "the answer does not say how more of it is asked for: number, offset, cursor, link…; look it up"


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """The resource at a path such as `/api/persons`; a service does not list what it has."""
    if not name.startswith("/"):
        return ()
    with _client(connection, None) as client:
        answer = _ask(client, name)
    try:
        body = parse(answer.content)
        found = dict(lists(body))
    except (ValueError, RecursionError):
        return ()
    if not found:
        secrets = {connection.password, str(connection.extra.get("token", ""))}
        secrets.add(b64encode(f"{connection.login}:{connection.password}".encode()).decode())  # as Basic sends it
        words = Said(None, "data", name, secrets).words(body)
        saying = f"; it says: {words}" if words else ""
        raise SourceChanged(f"{name}: the answer has no list of objects; is it the path of the records?{saying}")
    records = max(found, key=lambda path: len(found[path]))
    proposals = {"page": Proposal(_page(body, records), _PAGES), **proposed(body, records)}
    if records:
        why = "the only list of objects in the answer" if len(found) == 1 else "the longest list of objects of several"
        proposals["records"] = Proposal(records, why, certain=len(found) == 1)
    return (Offer(name, "resource", "rest", {"path": name}, proposals, size=len(answer.content)),)


def signs(connection: Connection, path: str, auth: Auths | None, now: Callable[[], datetime]) -> Iterator[Sign]:
    """Reach, encryption, whether we are let in, the service's clock."""
    here = reach(connection)
    yield here
    if here.weight is Weight.PROBLEM:
        return
    yield _encryption(connection)
    try:
        with _client(connection, auth) as client:
            answer = client.request("HEAD", path)
    except httpx.RequestError as failed:
        said = f"{path}: {type(failed).__name__}"
        yield Sign("reach", said, "is it http or https, and is the port right?", Weight.PROBLEM)
        return
    except (SourceFault, NotReady) as fault:
        yield Sign("login", str(fault), f"correct the connection {connection.id}", Weight.PROBLEM)
        return
    if answer.status_code in (401, 403):
        advice = f"correct login or token in the connection {connection.id}, or ask for the right"
        yield Sign("login", f"{path}: status {answer.status_code}", advice, Weight.PROBLEM)
        return
    shut = answer.status_code in (405, 501)
    yield Sign("login", "it answers no HEAD; the first page tells" if shut else f"{address(connection)} lets us in")
    yield Sign("write", "records are only asked for")
    if told := moment(answer.headers.get("Date", "")):
        yield clock_sign(lambda: told, now)


def _client(connection: Connection, auth: Auths | None) -> httpx.Client:
    means = Means(lambda: web(connection, PATIENCE_S), lambda: datetime.now(UTC))
    client = web(connection, PATIENCE_S, auth_of(auth, connection, means))
    client.headers["Accept"] = "application/json"
    return client


def _ask(client: httpx.Client, path: str) -> httpx.Response:
    try:
        answer = whole(client, client.build_request("GET", path), MOST, path, LESS)
    except httpx.RequestError as failed:
        raise SourceUnreachable(f"{path}: {type(failed).__name__}: {failed}") from failed
    if not answer.is_success:
        said = f"{path}: found status {answer.status_code}, expected 200"
        raise SourceChanged(f"{said}; look at path, login and rights: the answer tells no more")
    return answer


def _page(body: Json, records: str) -> Json:
    """Pages by number, with the total where a number beside the records is called so."""
    around, path = body, records.rpartition(".")[0]
    for step in path.split(".") if path else ():
        around = around[step]
    totals = [n for n in around if n.casefold() in TOTALS] if isinstance(around, dict) else []
    total = {"total": f"{path}.{totals[0]}" if path else totals[0]} if totals else {}
    return {"kind": "number", "parameter": "page", "size_parameter": "page_size"} | total


def _encryption(connection: Connection) -> Sign:
    if address(connection).startswith("https"):
        return Sign("session", "encrypted")
    advice = "ask for https: what is sent, the secret with it, can be read on the way"
    return Sign("session", "not encrypted", advice, Weight.WARNING)
