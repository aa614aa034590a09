"""Reads the records that a department's SOAP service hands out, in one stream or page by page."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from pydantic import BaseModel

from connectors.dotted import steps
from connectors.headers import extra_columns, fingerprint, layout
from connectors.masking import masked
from connectors.options import read_options, unknown_fields
from connectors.protocol import Batch, Column, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.records import Rows, Seen
from connectors.services.beside import beside
from connectors.services.bounds import bounds
from connectors.services.paging import Page, Walk, number_at
from connectors.services.retry import Patience
from connectors.services.soap_answer import Answer, Fault
from connectors.services.soap_error import error_of
from connectors.services.soap_offers import offers
from connectors.services.soap_options import SoapOptions
from connectors.services.soap_wsdl import Ask, Description, Place, described
from connectors.services.template import filled, names_bounds
from connectors.services.web import chunks, web
from connectors.success import Said
from connectors.told import told
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import BadInput, NotReady, SourceChanged, SourceFault
from schemas.journey import Plan, Window

BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Soap:
    """One operation of one service. `wait` sleeps; tests pass one that does not."""

    dataset: Dataset
    connection: Connection
    options: SoapOptions
    file: Path | None = None
    """The WSDL, where it is a file."""
    wait: Callable[[float], None] = time.sleep

    def check(self) -> tuple[Problem, ...]:
        """The WSDL can be read, its operation takes the arguments, and its records have the contract's fields."""
        try:
            with self._client() as client:
                description = self._described(client)
                description.ask(self._arguments({}, ("", ""), checking=True))
                extra = self._extra(description)
        except (SourceFault, NotReady, BadInput) as fault:
            return (Problem(fault.code, str(fault), "look at the connection and the options, or ask the department"),)
        return extra_columns(self.options.operation, extra)

    def discover(self) -> tuple[Stream, ...]:
        """The elements of a record as the WSDL tells them."""
        with self._client() as client:
            return (Stream(self.options.operation, self._columns(self._described(client)) or ()),)

    def plan(self, window: Window) -> Plan:
        """Fixes the bounds that are asked for; the service itself is not asked yet."""
        low, high = bounds(window, self.options.window_format)
        piece = {"name": self.options.operation, "low": low, "high": high}
        shown = fingerprint(f.source_name for f in self.dataset.fields)
        return Plan(self.dataset.key, self.dataset.contract_hash, window, (piece,), shown)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """A batch for each page, or for each ten thousand records of the stream; values are the texts of the answer."""
        with self._client() as client:
            description = self._described(client)
            for piece in plan.pieces:
                ends = (piece["low"], piece["high"])
                if self.options.page is not None:
                    walk = Walk(self.options.page, self.options.operation)
                    yield from self._pages(client, description, walk, ends)
                else:
                    yield from self._stream(client, description.ask(self._arguments({}, ends)))

    def _stream(self, client: httpx.Client, ask: Ask) -> Iterator[Batch]:
        seen, rows, answer = Seen(self.dataset), Rows(self.dataset, self.options.optional), self._answer()
        for place, record in enumerate(self._records(client, ask, answer), 1):
            seen.look(record)
            rows.add(place, record)
            if len(rows) >= BATCH:
                yield rows.batch(self.options.operation)
        self._said().sound(answer.around)
        if len(rows):
            yield rows.batch(self.options.operation)
        seen.untaken(self.options.operation, self.options.optional)
        if self.options.total:
            yield told(self.dataset, self.options.operation, self._total(answer.around))

    def _pages(
        self, client: httpx.Client, description: Description, walk: Walk, ends: tuple[str, str]
    ) -> Iterator[Batch]:
        total, said = None, self._said()
        for number in walk.pages(self.options.most_pages):
            ask = description.ask(self._arguments(walk.words(self.options.page_size), ends))
            seen, rows, answer = Seen(self.dataset), Rows(self.dataset, self.options.optional), self._answer()
            found = tuple(self._records(client, ask, answer))
            said.sound(answer.around)
            said.ended(answer.around, empty=not found)
            for place, record in enumerate(found, 1):
                seen.look(record)
                rows.add(place, record)
            walk.take(Page(found, answer.around))
            seen.untaken(self.options.operation, self.options.optional)
            total = self._total(answer.around) if self.options.total and total is None else total
            if len(rows):
                yield rows.batch(f"{self.options.operation} page {number}")
        if total is not None:
            yield told(self.dataset, self.options.operation, total)

    def _arguments(
        self, paging: dict[str, Json], ends: tuple[str, str], *, checking: bool = False
    ) -> Mapping[str, Json]:
        words: dict[str, Json] = {"low": ends[0], "high": ends[1], "size": self.options.page_size}
        words |= {"page": 1, "offset": 0, "cursor": None, "last": None} if checking else {}
        return {name: filled(value, words | paging) for name, value in self.options.arguments.items()}

    def _records(self, client: httpx.Client, ask: Ask, answer: Answer) -> Iterator[dict[str, Json]]:
        """The records of one answer; a fault in words."""
        faults: list[str] = []
        patience = Patience(self.options.retries, self.wait)
        try:
            response = patience.ask(lambda: self._send(client, ask, faults), self.options.operation)
        except SourceFault as failed:
            said = f"; it says: {faults[-1]}" if faults else ""
            raise type(failed)(f"{failed}{said}") from failed
        try:
            yield from answer.records(chunks(response, self.options.most_bytes, self.options.operation))
        finally:
            response.close()
        if answer.fault is not None:
            raise SourceChanged(f"{self.options.operation}: the service says: {self._safe(answer.fault)}")

    def _send(self, client: httpx.Client, ask: Ask, faults: list[str]) -> httpx.Response:
        """The answer, its body not yet read but for an error; SourceChanged where that lies in what we asked."""
        request = client.build_request("POST", ask.path, content=ask.content, headers=dict(ask.headers))
        response = client.send(request, stream=True)
        if response.is_success:
            return response
        fault = error_of(response, self._answer(), self.connection.password)
        if fault.ours:
            faults.clear()
            said = f"{self.options.operation}: the service says: {self._safe(fault)}; look at the arguments"
            raise SourceChanged(said)
        faults.append(self._safe(fault))
        return response

    def _safe(self, fault: Fault) -> str:
        said = f"{fault.code}: {fault.said}" if fault.code else fault.said
        return masked(said, self.connection.password)

    def _total(self, around: Json) -> int:
        return number_at(around, self.options.total, self.options.operation)

    def _said(self) -> Said:
        return Said(self.options.success, self.options.records, self.options.operation, {self.connection.password})

    def _answer(self) -> Answer:
        return Answer(tuple(self.options.records.split(".")), self.options.operation)

    def _columns(self, description: Description) -> tuple[Column, ...] | None:
        return description.columns(tuple(self.options.records.split(".")))

    def _extra(self, description: Description) -> tuple[str, ...]:
        columns = self._columns(description)
        if columns is None:
            return ()
        first = [replace(f, source_name=steps(f.source_name)[0].split("@", 1)[0]) for f in self.dataset.fields]
        plain = tuple(f for f in first if f.source_name)
        return layout(
            replace(self.dataset, fields=plain),
            [c.name for c in columns],
            self.options.operation,
            self.options.optional,
        ).extra

    def _described(self, client: httpx.Client) -> Description:
        options = self.options
        found = described(self.connection, client, Place(options.wsdl, self.file), options.operation, options.security)
        found.path = options.path
        return found

    def _client(self) -> httpx.Client:
        basic = self.options.security == "none" and self.connection.login
        return web(
            self.connection,
            self.options.timeout,
            httpx.BasicAuth(self.connection.login, self.connection.password) if basic else None,
        )


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, SoapOptions):
        return ()
    both = bool(options.wsdl) == bool(options.wsdl_file)
    place = ["options.wsdl: found both or neither, expected wsdl or wsdl_file"] if both else []
    return (*place, *unknown_fields(dataset, "optional", options.optional))


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    if connection is None or not connection.host:
        raise NotReady(f"{dataset.key}: no connection {dataset.source.connection!r} with a host; soap needs one")
    options = read_options(SoapOptions, dataset)
    file = beside(dataset, options.wsdl_file) if options.wsdl_file else None
    return Soap(dataset, connection, options, file)


def _follows(options: BaseModel) -> bool:
    return isinstance(options, SoapOptions) and names_bounds(options.arguments)


KIND = ConnectorKind(
    "soap", SoapOptions, build, _mistakes, connections=("http", "https"), offers=offers, follows=_follows
)
