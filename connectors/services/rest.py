"""Reads the records that a department's service hands out page by page as JSON."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from pydantic import BaseModel

from connectors.exploring import Sign
from connectors.headers import extra_columns, fingerprint
from connectors.options import read_options, unknown_fields
from connectors.protocol import Batch, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.records import Rows, Seen, parse
from connectors.services.auth import Means, SignedAuth, auth_of
from connectors.services.bounds import bounds
from connectors.services.paging import (
    LinkPages,
    NextPages,
    NumberPages,
    OffsetPages,
    OnePage,
    Page,
    Walk,
    dig,
    linked,
    number_at,
)
from connectors.services.rest_about import CONNECTIONS, offers, signs
from connectors.services.rest_options import RestOptions
from connectors.services.retry import Patience
from connectors.services.template import filled, names_bounds
from connectors.services.web import address, web, whole
from connectors.success import Said, codes
from connectors.told import told
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import NotReady, SourceChanged, SourceFault
from schemas.journey import SHANGHAI, Plan, Window


@dataclass(frozen=True, slots=True)
class Rest:
    """One resource of one service. `wait` sleeps; tests pass one that does not."""

    dataset: Dataset
    connection: Connection
    options: RestOptions
    wait: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(SHANGHAI)
    """For signatures, and for what `check` asks."""

    def check(self) -> tuple[Problem, ...]:
        """The first page comes, and its records have the contract's columns."""
        try:
            said = self._said()
            page = self._first(said)
            return (*extra_columns(self.options.path, self._extra(page)), *self._unheard(page, said))
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), "look at the connection, or ask the department"),)

    def _unheard(self, page: Page, said: Said) -> tuple[Problem, ...]:
        """A code beside the records that nobody declared: an error on the first page looks like an empty source."""
        found = {} if self.options.success else codes(page.body, self.options.records)
        if not found:
            return ()
        words = f"{self.options.path}: the answer says how it went, and nobody listens: {said.words(page.body)}"
        advice = f"declare options.success (path: {next(iter(found))}, and its values when all is well)"
        return (Problem("UNHEARD_CODE", words, advice, warning=True),)

    def discover(self) -> tuple[Stream, ...]:
        """The names in the first page's records and what JSON calls their values."""
        seen = Seen(self.dataset)
        for record in self._first(self._said()).records:
            seen.look(record)
        return (Stream(self.options.path, seen.columns()),)

    def plan(self, window: Window) -> Plan:
        """Fixes the bounds that are asked for; the service itself is not asked yet."""
        names = self.options.window_params
        low, high = bounds(window, names.format if names else "")
        asked = {names.low: low, names.high: high} if names else {}
        piece = {"name": self.options.path, "parameters": asked, "low": low, "high": high}
        shown = fingerprint(f.source_name for f in self.dataset.fields)
        return Plan(self.dataset.key, self.dataset.contract_hash, window, (piece,), shown)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """A batch for each page, its piece named for what was asked; numbers keep every digit."""
        patience = Patience(self.options.retries, self.wait)
        with self._client() as client:
            for piece in plan.pieces:
                walk, total, said = Walk(self.options.page, self.options.path), None, self._said()
                for number in walk.pages(self.options.most_pages):
                    name = self._name(walk, number)
                    page = self._page(patience, client, self._request(client, walk, piece), said)
                    walk.take(page)
                    total = self._total(page) if total is None else total
                    if page.records:
                        self._extra(page)
                        yield self._batch(name, page)
                if total is not None:
                    yield told(self.dataset, self.options.path, total)

    def _total(self, page: Page) -> int | None:
        path = self.options.total or getattr(self.options.page, "total", "")
        return number_at(page.body, path, self.options.path) if path else None

    def _first(self, said: Said) -> Page:
        walk = Walk(self.options.page, self.options.path)
        piece = {"parameters": {}, "low": "", "high": ""}
        with self._client() as client:
            if self.options.body is not None or self.options.window_params:
                day = Window.of_day(self.now().astimezone(SHANGHAI).date() - timedelta(days=1))
                piece = dict(self.plan(day).pieces[0])
            request = self._request(client, walk, piece, min(self.options.page_size, 100))
            return self._page(Patience(self.options.retries, self.wait), client, request, said)

    def _name(self, walk: Walk, number: int) -> str:
        """Never what the service gave, an address, a token or a record's value: nobody may be to see it."""
        if self.options.body is None and isinstance(self.options.page, NumberPages | OffsetPages | OnePage):
            return f"{self.options.path}?{httpx.QueryParams(walk.parameters(self.options.page_size))}"
        return f"{self.options.path} page {number}"

    def _request(self, client: httpx.Client, walk: Walk, piece: Mapping[str, Json], size: int = 0) -> httpx.Request:
        size = size or self.options.page_size
        if walk.address:
            return client.build_request("GET", self._here(client, walk.address))
        fixed = {**self.options.params, **piece["parameters"]}
        if self.options.body is None:
            return client.build_request("GET", self.options.path, params={**fixed, **walk.parameters(size)})
        words = {**walk.words(size), "low": piece["low"], "high": piece["high"]}
        return client.build_request(
            "POST", self.options.path, params=self.options.params, json=filled(self.options.body, words)
        )

    def _here(self, client: httpx.Client, told: str) -> httpx.URL:
        """The address of a next page; SourceChanged where it leads to another service."""
        try:
            there = httpx.URL(address(self.connection)).join(self.options.path).join(told)
        except httpx.InvalidURL as wrong:
            raise SourceChanged(f"{self.options.path}: the address of the next page is none: {wrong}") from wrong
        here = client.base_url
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise SourceChanged(
                f"{self.options.path}: the next page is at {there.scheme}://{there.netloc.decode()}, expected the host "
                "of the connection; is it behind another name?"
            )
        return there

    def _page(self, patience: Patience, client: httpx.Client, request: httpx.Request, said: Said) -> Page:
        path, most = self.options.path, self.options.most_bytes
        bodies: list[Json] = []

        def busy(answer: httpx.Response) -> str:
            said.secrets.add(request.headers.get("Authorization", "").rpartition(" ")[2])
            bodies[:] = [_parsed(answer, path)]
            return said.busy(bodies[0])

        answer = patience.ask(lambda: whole(client, request, most, path), path, busy)
        body = bodies[0]
        said.sound(body)
        records = self._records(body, said)
        said.ended(body, empty=not records)
        return Page(tuple(records), body, linked(", ".join(answer.headers.get_list("link"))))

    def _records(self, body: Json, said: Said) -> list[Mapping[str, Json]]:
        if said.none(body):
            return []
        words = said.words(body)
        saying = f"; it says: {words}" if words else ""
        try:
            records = dig(body, self.options.records, self.options.path)
        except SourceChanged as wrong:
            raise SourceChanged(f"{wrong}{saying}") from wrong
        if isinstance(records, list) and all(isinstance(r, dict) for r in records):
            return records
        where = self.options.records or "the top"
        raise SourceChanged(f"{self.options.path}: found no list of objects at {where}, expected the records{saying}")

    def _said(self) -> Said:
        secrets = {self.connection.password, str(self.connection.extra.get("token", ""))}
        return Said(self.options.success, self.options.records, self.options.path, secrets)

    def _extra(self, page: Page) -> tuple[str, ...]:
        """Names that no field takes; SourceChanged when a field's name stands in none of the page's records."""
        seen = Seen(self.dataset)
        for record in page.records:
            seen.look(record)
        return seen.untaken(self.options.path, self.options.optional)

    def _batch(self, piece: str, page: Page) -> Batch:
        rows = Rows(self.dataset, self.options.optional)
        for place, record in enumerate(page.records, 1):
            rows.add(place, record)
        return rows.batch(piece)

    def _client(self) -> httpx.Client:
        means = Means(lambda: web(self.connection, self.options.timeout), self.now)
        client = web(self.connection, self.options.timeout, auth_of(self.options.auth, self.connection, means))
        client.headers["Accept"] = "application/json"
        return client


def _parsed(answer: httpx.Response, path: str) -> Json:
    try:
        return parse(answer.content)
    except (ValueError, RecursionError) as wrong:
        of = answer.headers.get("content-type", "")
        raise SourceChanged(f"{path}: the answer is no JSON that can be read{_is(of)}: {wrong}") from wrong


def _is(content_type: str) -> str:
    name = content_type.partition(";")[0]
    return f" (it calls itself {name})" if name and "json" not in name else ""


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, RestOptions):
        return ()
    by_address = isinstance(options.page, LinkPages | NextPages)
    both = (
        ["options.body: found one with pages that name their addresses, expected none"]
        if options.body and by_address
        else []
    )
    return (*unknown_fields(dataset, "optional", options.optional), *both, *_unsigned(options))


def _unsigned(options: RestOptions) -> list[str]:
    signed = options.auth
    if not isinstance(signed, SignedAuth) or signed.algorithm.startswith("hmac-") or "{secret}" in signed.text:
        return []
    return [f"options.auth.text: found no {{secret}}, which {signed.algorithm} needs: anybody could make it"]


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    if connection is None or not connection.host:
        raise NotReady(f"{dataset.key}: no connection {dataset.source.connection!r} with a host; rest needs one")
    return Rest(dataset, connection, read_options(RestOptions, dataset))


def _follows(options: BaseModel) -> bool:
    if not isinstance(options, RestOptions):
        return False
    return options.window_params is not None or names_bounds(options.body)


def _signs(dataset: Dataset, connection: Connection, now: Callable[[], datetime]) -> Iterator[Sign]:
    options = read_options(RestOptions, dataset)
    return signs(connection, options.path, options.auth, now)


KIND = ConnectorKind("rest", RestOptions, build, _mistakes, CONNECTIONS, offers, _signs, follows=_follows)
