"""A folder of a web server: files whose names are known or stand in an index; ranges go on where a line broke."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from pydantic import Field

from connectors.http_told import WITHOUT_PARAMETERS, moment
from connectors.options import Options
from connectors.places.place import PATIENCE_S, Entry, Fits
from connectors.trust import ca_of, in_the_clear, tls
from schemas.certificates import untrusted
from schemas.connection import Connection
from schemas.errors import NotReady, SourceChanged, SourceUnreachable

logging.getLogger("httpx").addFilter(WITHOUT_PARAMETERS)

REDIRECTS = 3
LARGEST = 20 << 20
"""Bytes of an index."""
GONE = (404, 410)
CLOSED = (401, 403, 407)
NO_HEAD = (405, 501)


class Index(Options):
    """The file of a web server in which it says what else it has; a listing made for people is not read."""

    file: str = Field(min_length=1)
    """Below the folder, e.g. `files.txt` or `index.json`."""
    names: str = ""
    """Dotted path of the list in a JSON index; empty: the index is the list, or plain text with a name a line."""
    key: str = "name"
    """Which member holds the name where the list is one of objects."""


@dataclass(frozen=True, slots=True)
class HttpPlace:
    """Login and password are sent as Basic; `extra`: `folder`, `token` (and `header` that it stands in), `ca`…"""

    connection: Connection
    folder: str
    index: Index | None = None
    patience: float = PATIENCE_S
    here = None
    still = 30.0

    @property
    def shown(self) -> str:
        """Its address, without user and token."""
        return f"{self._base}/{self.folder}".rstrip("/")

    @property
    def lists(self) -> bool:
        """With an index."""
        return self.index is not None

    @property
    def _base(self) -> str:
        told, host = self.connection, self.connection.host.rpartition("://")[2]
        return f"{self._scheme}://{host.strip('/')}{f':{told.port}' if told.port else ''}"

    @property
    def _scheme(self) -> str:
        told = self.connection
        return told.host.rpartition("://")[0] or (told.schema if told.schema in ("http", "https") else told.kind)

    @contextmanager
    def visit(self) -> Iterator["HttpVisit"]:
        """A client; it asks when it is asked."""
        told = self.connection
        if self._scheme.casefold() == "http":
            in_the_clear(told, "conn_type or schema https")
        token, header = str(told.extra.get("token") or ""), str(told.extra.get("header") or "")
        sent = {header or "Authorization": token if header else f"Bearer {token}"} if token else {}
        with httpx.Client(
            headers={"User-Agent": "yishu-places/1", "Accept-Encoding": "identity", **sent},
            auth=httpx.BasicAuth(told.login, told.password) if told.login else None,
            timeout=self.patience,
            trust_env=False,
            verify=tls(told),
        ) as client:
            yield HttpVisit(self, client)


@dataclass(frozen=True, slots=True)
class HttpVisit:
    """One client. Redirects lead nowhere but to the connection's own host."""

    place: HttpPlace
    client: httpx.Client

    def entries(self, fits: Fits) -> Sequence[Entry]:
        """What the index names and the server has."""
        found = (self.entry(name) for name in self._named() if fits(name))
        return [one for one in found if one is not None]

    def entry(self, name: str) -> Entry | None:
        """By HEAD; where the server knows none, by the beginning of a GET."""
        with self._asked("HEAD", name, {}) as answer:
            if answer.status_code not in NO_HEAD:
                return _entry(name, answer) if self._sound(answer, name) else None
        with self._asked("GET", name, {}) as answer:
            return _entry(name, answer) if self._sound(answer, name) else None

    def pieces(self, entry: Entry, start: int) -> Iterator[bytes]:
        """From `start` by a range; where the server gives all of it, the beginning is passed over."""
        with self._asked("GET", entry.name, _range(entry, start)) as answer:
            if not self._sound(answer, entry.name):
                raise SourceUnreachable(f"{self.place.shown}/{entry.name}: it was there, and is no longer")
            left = 0 if answer.status_code == httpx.codes.PARTIAL_CONTENT else start
            for piece in answer.iter_raw():
                over = min(len(piece), left)
                left -= over
                if over < len(piece):
                    yield piece[over:]

    def _named(self) -> Sequence[str]:
        index = self.place.index
        if index is None:
            raise NotReady(f"{self.place.shown}: a web server tells no names; declare options.index")
        body = bytearray()
        with self._asked("GET", index.file, {}) as answer:
            if not self._sound(answer, index.file):
                raise SourceUnreachable(f"{self.place.shown}/{index.file}: there is no such index; ask the department")
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise SourceChanged(f"{self.place.shown}/{index.file}: found an index of more than {LARGEST} bytes")
        return read_index(bytes(body), index, f"{self.place.shown}/{index.file}")

    @contextmanager
    def _asked(self, method: str, name: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        url = f"{self.place.shown}/{quote(name)}"
        try:
            for _ in range(REDIRECTS + 1):
                with self.client.stream(method, url, headers=headers) as answer:
                    if not answer.has_redirect_location:
                        yield answer
                        return
                    url = self._led(url, answer)
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            said = str(failed) or type(failed).__name__
            if why := untrusted(said, ca_of(self.place.connection)):
                raise NotReady(f"{self.place.shown}: {why}") from failed
            raise SourceUnreachable(f"{self.place.shown}/{name}: {said}") from failed
        raise SourceChanged(f"{self.place.shown}/{name}: more than {REDIRECTS} redirects, expected the file")

    def _led(self, url: str, answer: httpx.Response) -> str:
        """Where a redirect leads; SourceChanged where that is another host, or no longer under TLS."""
        to = str(httpx.URL(url).join(answer.headers["location"]))
        old, new = urlsplit(url), urlsplit(to)
        same = (new.scheme, new.netloc) == (old.scheme, old.netloc)
        upward = new.hostname == old.hostname and (old.scheme, new.scheme) == ("http", "https")
        if not (same or upward):
            here = url.partition("?")[0]
            raise SourceChanged(
                f"{here}: redirects to {new.scheme}://{new.netloc.rpartition('@')[2]}; only its own host is followed: "
                "correct the connection where the department moved"
            )
        return to

    def _sound(self, answer: httpx.Response, name: str) -> bool:
        """False where there is no such file; raises for any other answer than a good one."""
        where, status = f"{self.place.shown}/{name}", answer.status_code
        if status in CLOSED:
            raise NotReady(
                f"{where}: status {status}; correct login, password or token of the connection "
                f"{self.place.connection.id}, or ask for the right to read"
            )
        if status >= 500 or status in (408, 416, 425, 429):
            raise SourceUnreachable(f"{where}: status {status}, expected 200")
        if status not in GONE and not answer.is_success:
            raise SourceChanged(f"{where}: status {status}, expected 200; correct the connection or options.folder")
        return status not in GONE


def read_index(body: bytes, index: Index, where: str) -> Sequence[str]:
    """The names in an index; SourceChanged where it is none."""
    try:
        text = body.decode("utf-8-sig")
        found: Any = json.loads(text) if index.names or text.lstrip().startswith(("[", "{")) else text.splitlines()
        for step in filter(None, index.names.split(".")):
            found = found[step]
        names = [one[index.key] if isinstance(one, dict) else one for one in found]
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise SourceChanged(
            f"{where}: {type(wrong).__name__}: {wrong}; expected a list of names as declared"
        ) from wrong
    if not all(isinstance(one, str) for one in names):
        raise SourceChanged(f"{where}: found something else than names, expected a list of names as declared")
    return list(dict.fromkeys(filter(None, (one.strip() for one in names))))


def _entry(name: str, answer: httpx.Response) -> Entry:
    size = answer.headers.get("content-length", "")
    plain = answer.headers.get("content-encoding", "identity") == "identity"
    modified = moment(answer.headers.get("last-modified", ""))
    return Entry(name, int(size) if plain and size.isdigit() else None, modified, answer.headers.get("etag", ""))


def _range(entry: Entry, start: int) -> dict[str, str]:
    """Only of the same bytes (RFC 9110, 13.1.5): by a strong tag or the date; without either there is no going on."""
    strong = "" if entry.tag.startswith("W/") else entry.tag
    same = strong or (format_datetime(entry.modified, usegmt=True) if entry.modified else "")
    return {"Range": f"bytes={start}-", "If-Range": same} if start and same else {}
