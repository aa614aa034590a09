"""Reads the records that a department's service hands out page by page as JSON."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx
from pydantic import BaseModel, Field

from connectors.headers import fingerprint
from connectors.options import Options, read_options, unknown_fields
from connectors.protocol import Batch, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.records import Rows, Seen, parse
from connectors.services.paging import Page, Pages, Walk, dig, number_at
from connectors.services.retry import Patience
from connectors.told import told
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceChanged, SourceFault
from schemas.journey import SHANGHAI, Plan, Window


class WindowParameters(Options):
    """Names of the parameters that bound the window, low included and high not."""

    low: str
    high: str
    format: str = ""
    """strftime pattern on the clock of Asia/Shanghai; empty: ISO 8601 with offset."""


class RestOptions(Options):
    """What to ask, where the records stand in the answer, and how to get at the next page."""

    path: str = Field(pattern="^/")
    records: str = ""
    """Dotted path of the list of records; empty where the answer is the list."""
    page: Pages
    page_size: int = Field(default=1000, ge=1)
    total: str = ""
    """Dotted path, in the first page, of how many records the service says there are; empty: `page.total`, if told."""
    params: dict[str, str] = Field(default_factory=dict)
    window_params: WindowParameters | None = None
    """None: the service knows no window, and everything is read each time."""
    most_pages: int = Field(default=100_000, ge=1)
    """A service that has still more is taken to go round in circles."""
    retries: int = Field(default=5, ge=0)
    timeout: float = Field(default=30.0, gt=0)
    """Seconds without a byte."""
    optional: tuple[str, ...] = ()
    """Fields that a record may leave out; they are NULL then."""


@dataclass(frozen=True, slots=True)
class Rest:
    """One resource of one service. `wait` sleeps; tests pass one that does not."""

    dataset: Dataset
    connection: Connection
    options: RestOptions
    wait: Callable[[float], None] = time.sleep

    def check(self) -> tuple[Problem, ...]:
        """The first page comes, and its records have the contract's columns."""
        try:
            extra = self._extra(self._first())
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), "look at the connection, or ask the department"),)
        if not extra:
            return ()
        said = f"{self.options.path}: names that no field takes: {', '.join(map(repr, extra))}"
        return (Problem("EXTRA_COLUMNS", said, "they are not read; add fields to take them", warning=True),)

    def discover(self) -> tuple[Stream, ...]:
        """The names in the first page's records and what JSON calls their values."""
        seen = Seen(self.dataset)
        for record in self._first().records:
            seen.look(record)
        return (Stream(self.options.path, seen.columns()),)

    def plan(self, window: Window) -> Plan:
        """Fixes the bounds that are asked for; the service itself is not asked yet."""
        piece = {"name": self.options.path, "parameters": self._bounds(window)}
        shown = fingerprint(f.source_name for f in self.dataset.fields)
        return Plan(self.dataset.key, self.dataset.contract_hash, window, (piece,), shown)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """A batch for each page, its piece named for what was asked; numbers keep every digit."""
        with self._client() as client:
            for piece in plan.pieces:
                walk, total = Walk(self.options.page, self.options.path), None
                for _ in walk.pages(self.options.most_pages):
                    asked = walk.parameters(self.options.page_size)
                    page = self._page(client, {**self.options.params, **piece["parameters"], **asked})
                    walk.take(page)
                    total = self._total(page) if total is None else total
                    if page.records:
                        self._extra(page)
                        yield self._batch(f"{self.options.path}?{httpx.QueryParams(asked)}", page)
                if total is not None:
                    yield told(self.dataset, self.options.path, total)

    def _total(self, page: Page) -> int | None:
        path = self.options.total or getattr(self.options.page, "total", "")
        return number_at(page.body, path, self.options.path) if path else None

    def _first(self) -> Page:
        asked = Walk(self.options.page, self.options.path).parameters(min(self.options.page_size, 100))
        with self._client() as client:
            return self._page(client, {**self.options.params, **asked})

    def _page(self, client: httpx.Client, parameters: Mapping[str, str]) -> Page:
        patience = Patience(self.options.retries, self.wait)
        answer = patience.ask(lambda: client.get(self.options.path, params=dict(parameters)), self.options.path)
        try:
            body = parse(answer.content)
        except (ValueError, RecursionError) as wrong:
            raise SourceChanged(f"{self.options.path}: the answer is no JSON that can be read: {wrong}") from wrong
        records = dig(body, self.options.records, self.options.path)
        if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
            where = self.options.records or "the top"
            raise SourceChanged(f"{self.options.path}: found no list of objects at {where}, expected the records")
        return Page(tuple(records), body)

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

    def _bounds(self, window: Window) -> dict[str, str]:
        names = self.options.window_params
        if names is None:
            return {}
        ends = {names.low: window.low.astimezone(SHANGHAI), names.high: window.high.astimezone(SHANGHAI)}
        return {n: e.strftime(names.format) if names.format else e.isoformat() for n, e in ends.items()}

    def _client(self) -> httpx.Client:
        port = f":{self.connection.port}" if self.connection.port else ""
        token = str(self.connection.extra.get("token", ""))
        header = str(self.connection.extra.get("header", ""))
        sent = {header or "Authorization": token if header else f"Bearer {token}"} if token else {}
        basic = httpx.BasicAuth(self.connection.login, self.connection.password) if self.connection.login else None
        return httpx.Client(
            base_url=f"{self.connection.schema or 'http'}://{self.connection.host}{port}",
            headers={"Accept": "application/json", **sent},
            auth=basic,
            timeout=self.options.timeout,
            trust_env=False,
        )


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, RestOptions):
        return ()
    return unknown_fields(dataset, "optional", options.optional)


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    if connection is None or not connection.host:
        raise NotReady(f"{dataset.key}: no connection {dataset.source.connection!r} with a host; rest needs one")
    return Rest(dataset, connection, read_options(RestOptions, dataset))


def _follows(options: BaseModel) -> bool:
    return isinstance(options, RestOptions) and options.window_params is not None


KIND = ConnectorKind("rest", RestOptions, build, _mistakes, follows=_follows)
