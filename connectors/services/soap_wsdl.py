"""What a WSDL tells: how an ask is written, where it goes, and what the records of an answer look like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from connectors.drivers import driver
from connectors.protocol import Column
from connectors.services.web import address, chunks
from schemas.connection import Connection
from schemas.dataset import Json
from schemas.errors import BadInput, SourceChanged, SourceUnreachable

Security = Literal["none", "text", "digest"]
WHOLE = {"long": "bigint", "short": "smallint", "byte": "smallint", "unsignedInt": "bigint", "unsignedShort": "int"}
MOST = 16 << 20
"""Bytes of a WSDL or of a schema that it imports."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the description is: a path of the service, or a file with those that it imports in one folder."""

    path: str = ""
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One envelope, ready to be sent."""

    path: str
    content: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Reader:
    """Stands where zeep wants a transport: loads from our service or folder alone, and catches what would be sent."""

    connection: Connection
    client: httpx.Client
    place: Place
    caught: list[Ask] = field(default_factory=list)

    def load(self, url: str) -> bytes:
        """A WSDL or schema; SourceChanged where it lies elsewhere."""
        if not url:
            raise SourceChanged("the WSDL imports something without saying where it is")
        if self.place.file is not None:
            file = (self.place.file.parent / url.removeprefix("file://")).resolve()
            if "://" in url or not file.is_relative_to(self.place.file.parent.resolve()):
                raise self._elsewhere(url)
            return file.read_bytes()
        here, there = urlsplit(address(self.connection)), urlsplit(url)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise self._elsewhere(url)
        return self._fetched(url)

    def post_xml(self, url: str, envelope: Any, headers: Mapping[str, str]) -> None:
        """Keeps the ask; whoever wants it sends it."""
        split = urlsplit(url)
        path = (split.path or "/") + (f"?{split.query}" if split.query else "")
        content = driver("lxml.etree", "soap").tostring(envelope, xml_declaration=True, encoding="utf-8")
        self.caught.append(Ask(path, content, dict(headers)))

    def _fetched(self, url: str) -> bytes:
        try:
            with self.client.stream("GET", url) as answer:
                if not answer.is_success:
                    raise SourceChanged(f"{urlsplit(url).path}: found status {answer.status_code}, expected the WSDL")
                return b"".join(chunks(answer, MOST, "the WSDL", "is options.wsdl its path?"))
        except httpx.RequestError as failed:
            raise SourceUnreachable(f"{urlsplit(url).path}: {type(failed).__name__}: {failed}") from failed

    def _elsewhere(self, url: str) -> SourceChanged:
        return SourceChanged(
            f"the WSDL imports {url!r}, expected what lies with it: put WSDL and schemas into one folder beside the "
            "contract and name options.wsdl_file"
        )


@dataclass(slots=True)
class Description:
    """One operation of one service."""

    reader: _Reader
    service: Any
    operation: str
    path: str = ""
    """In place of the path that the WSDL names."""

    def ask(self, arguments: Mapping[str, Json]) -> Ask:
        """The envelope; BadInput where the arguments do not fit the WSDL."""
        zeep = driver("zeep.exceptions", "soap")
        try:
            self.service[self.operation](**arguments)
        except (zeep.Error, TypeError, ValueError) as wrong:
            raise BadInput(f"options.arguments do not fit {self.operation}: {wrong}") from wrong
        made = self.reader.caught.pop()
        return Ask(self.path or made.path, made.content, made.headers)

    def columns(self, records: tuple[str, ...]) -> tuple[Column, ...] | None:
        """The elements of a record as the WSDL tells them; None where it does not, SourceChanged where it has none."""
        output = self.service._binding.get(self.operation).output  # the proxy has no public name for it
        of = output.body.type if output.body is not None else None
        wrapper = bare_name(output.body) if output.body is not None else ""
        if wrapper and records and records[0] != wrapper:
            raise SourceChanged(f"no {records[0]!r} in an answer of {self.operation}, its WSDL names {wrapper!r}")
        for step in records[1:]:
            named = dict(getattr(of, "elements", ()) or ())
            if step not in named:
                if not named:
                    return None
                raise SourceChanged(f"no {step!r} of options.records in the WSDL; found {', '.join(map(repr, named))}")
            of = named[step].type
        told = getattr(of, "elements", None)
        return tuple(Column(name, _named(one.type)) for name, one in told) if told else None


def _named(of: Any) -> str:
    """The name of a type, of whole numbers within 64 bits as databases call them; that of an own type is no word."""
    told = str(of.name or "")
    return WHOLE.get(told, told)


def bare_name(element: Any) -> str:
    """Name without namespace."""
    return str(getattr(element.qname, "localname", "") if element.qname is not None else "")


def described(
    connection: Connection, client: httpx.Client, place: Place, operation: str, security: Security
) -> Description:
    """Reads the WSDL; SourceChanged in words where it cannot be used."""
    reader = _Reader(connection, client, place)
    token = driver("zeep.wsse.username", "soap").UsernameToken
    wsse = token(connection.login, connection.password, use_digest=security == "digest") if security != "none" else None
    service = _service(reader, wsse)
    if service is None or operation not in dir(service):
        found = ", ".join(name for name in dir(service) if not name.startswith("_")) if service else "none"
        raise SourceChanged(f"{place.file or place.path}: no operation {operation!r}; found {found}")
    return Description(reader, service, operation)


def operations(connection: Connection, client: httpx.Client, path: str) -> Mapping[str, Any]:
    """Name -> operation, as zeep understands the WSDL at a path of the service."""
    service = _service(_Reader(connection, client, Place(path)), None)
    return dict(service._binding.all()) if service is not None else {}  # the proxy has no public name for it


def _service(reader: _Reader, wsse: Any) -> Any:
    zeep, wrong = driver("zeep", "soap"), driver("zeep.exceptions", "soap")
    etree = driver("lxml.etree", "soap")
    told = zeep.Settings(strict=True, raw_response=True, forbid_dtd=True, forbid_entities=True)
    place = reader.place
    where = str(place.file) if place.file else f"{address(reader.connection)}{place.path}"
    try:
        return zeep.Client(where, wsse=wsse, transport=reader, settings=told).service
    except (wrong.Error, etree.LxmlError, OSError, ValueError, KeyError, AttributeError) as failed:
        raise SourceChanged(f"{place.file or place.path}: the WSDL cannot be read: {failed}") from failed
