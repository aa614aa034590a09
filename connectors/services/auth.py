"""How a service is told who asks: the recipe stands in the contract, the secret in the connection alone."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Annotated, Literal

import httpx
from pydantic import Field

from connectors.options import Options
from connectors.services.bounds import written
from connectors.services.template import filled_text
from connectors.services.web import whole
from schemas.connection import Connection
from schemas.errors import NotReady, SourceChanged, SourceUnreachable

EARLY = 30.0
"""Seconds before it expires that a token is renewed."""
TOKEN_BYTES = 1 << 20
WRONG = "is auth.path, or the extra token_url, the address of tokens?"


class NoAuth(Options):
    """Nobody is told, whatever the connection holds."""

    kind: Literal["none"]


class BasicAuth(Options):
    """HTTP Basic with the connection's login and password."""

    kind: Literal["basic"]


class BearerAuth(Options):
    """`Authorization: Bearer` with the connection's token."""

    kind: Literal["bearer"]


class HeaderAuth(Options):
    """The connection's token in a header of the service's own."""

    kind: Literal["header"]
    name: str = Field(min_length=1)
    prefix: str = ""


class QueryAuth(Options):
    """The connection's token in a parameter of every address; it stands in no message and in no log."""

    kind: Literal["query"]
    name: str = Field(min_length=1)


class OAuth2Auth(Options):
    """A token for the connection's login and password (client credentials, RFC 6749 4.4), renewed before it expires."""

    kind: Literal["oauth2"]
    path: str = Field(default="", pattern="^(/.*)?$")
    """Where tokens are given, at the same host; empty: the connection's extra `token_url`."""
    scope: str = ""
    style: Literal["basic", "body"] = "basic"
    """How login and password are told there."""


class SignedAuth(Options):
    """Each ask carries a signature of itself, made with the connection's password."""

    kind: Literal["signed"]
    algorithm: Literal[
        "hmac-sha256", "hmac-sha512", "hmac-sha1", "hmac-sm3", "hmac-md5", "sha256", "sha512", "sha1", "sm3", "md5"
    ]
    """Without `hmac-` the text must have `{secret}` in it."""
    text: str = Field(min_length=1)
    """What is signed, of `{method}`, `{path}`, `{query}`, `{sorted_query}`, `{body}`, `{body_sha256}`, `{timestamp}`,
    `{nonce}`, `{login}`, `{secret}`; a line break is `\\n` in double quotes."""
    encoding: Literal["hex", "HEX", "base64"] = "hex"
    timestamp: str = "epoch_seconds"
    """As the window's bounds: `epoch_seconds`, `epoch_milliseconds` or a strftime pattern."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Header -> template with `{signature}`, `{timestamp}`, `{nonce}`, `{login}`."""
    params: dict[str, str] = Field(default_factory=dict)
    """Parameter of the address -> the same."""


Auths = Annotated[
    NoAuth | BasicAuth | BearerAuth | HeaderAuth | QueryAuth | OAuth2Auth | SignedAuth, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True)
class Means:
    """What signing in needs beside recipe and secret."""

    client: Callable[[], httpx.Client]
    """Asks for tokens; knows no auth itself."""
    now: Callable[[], datetime]


def auth_of(told: Auths | None, connection: Connection, means: Means) -> httpx.Auth | None:
    """What puts it into each ask; NotReady where the connection lacks the secret."""
    if told is None:
        return _as_held(connection)
    if isinstance(told, NoAuth):
        return None
    if isinstance(told, BasicAuth | OAuth2Auth | SignedAuth):
        return _by_login(told, connection, means)
    token = str(connection.extra.get("token", "") or connection.password)
    if not token:
        lacks = f"found no extra 'token' and no password, auth {told.kind} needs one"
        raise NotReady(f"connection {connection.id!r}: {lacks}")
    if isinstance(told, QueryAuth):
        return Query(told.name, token)
    name, prefix = (told.name, told.prefix) if isinstance(told, HeaderAuth) else ("Authorization", "Bearer ")
    return Header(name, f"{prefix}{token}")


def _by_login(told: BasicAuth | OAuth2Auth | SignedAuth, connection: Connection, means: Means) -> httpx.Auth:
    if not connection.login or not connection.password:
        raise NotReady(f"connection {connection.id!r}: found no login and password, which auth {told.kind} needs")
    if isinstance(told, BasicAuth):
        return httpx.BasicAuth(connection.login, connection.password)
    if isinstance(told, OAuth2Auth):
        return Tokens(told, connection, means.client)
    return Signed(told, connection, means.now)


def _as_held(connection: Connection) -> httpx.Auth | None:
    """Where the contract says nothing: a token as bearer or in the header that the connection names, else its login."""
    token, header = str(connection.extra.get("token", "")), str(connection.extra.get("header", ""))
    if token:
        return Header(header or "Authorization", token if header else f"Bearer {token}")
    return httpx.BasicAuth(connection.login, connection.password) if connection.login else None


@dataclass(frozen=True, slots=True)
class Header(httpx.Auth):
    """One header."""

    name: str
    value: str = field(repr=False)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Puts it in."""
        request.headers[self.name] = self.value
        yield request


@dataclass(frozen=True, slots=True)
class Query(httpx.Auth):
    """One parameter of the address."""

    name: str
    value: str = field(repr=False)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Puts it in, in place of one that a next page's address brought."""
        request.url = request.url.copy_set_param(self.name, self.value)
        yield request


@dataclass(slots=True)
class Tokens(httpx.Auth):
    """Fetches a token when there is none that will do, and once more when the service says that it is none."""

    told: OAuth2Auth
    connection: Connection = field(repr=False)
    client: Callable[[], httpx.Client]
    clock: Callable[[], float] = time.monotonic
    _token: str = field(default="", repr=False)
    _until: float = 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The ask with a token."""
        if not self._token or self.clock() >= self._until:
            self._fetch()
        request.headers["Authorization"] = f"Bearer {self._token}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._fetch()
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _fetch(self) -> None:
        told, form = self.told, {"grant_type": "client_credentials"}
        form |= {"scope": told.scope} if told.scope else {}
        login, password = self.connection.login, self.connection.password
        if told.style == "body":
            form |= {"client_id": login, "client_secret": password}
        where = told.path or str(self.connection.extra.get("token_url", ""))
        if not where:
            raise NotReady(f"connection {self.connection.id!r}: found no extra 'token_url', and auth.path is empty")
        try:
            with self.client() as client:
                client.auth = httpx.BasicAuth(login, password) if told.style == "basic" else httpx.Auth()
                request = client.build_request("POST", where, data=form, headers={"Accept": "application/json"})
                answer = whole(client, request, TOKEN_BYTES, "asking for a token", WRONG)
        except httpx.RequestError as failed:
            raise SourceUnreachable(f"asking for a token: {type(failed).__name__}: {failed}") from failed
        self._take(answer)

    def _take(self, answer: httpx.Response) -> None:
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise SourceUnreachable(f"asking for a token: found status {answer.status_code}")
        if not answer.is_success:
            said = f"asking for a token: found status {answer.status_code}, expected 200"
            raise SourceChanged(f"{said}; look at login, password and auth of the connection and the contract")
        try:
            body = answer.json()
            self._token, lasts = str(body["access_token"]), float(body.get("expires_in", 300))
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise SourceChanged("asking for a token: the answer has no access_token that can be read") from wrong
        self._until = self.clock() + max(lasts - EARLY, lasts / 2)


@dataclass(frozen=True, slots=True)
class Signed(httpx.Auth):
    """Signs each ask after the contract's recipe."""

    told: SignedAuth
    connection: Connection = field(repr=False)
    now: Callable[[], datetime]
    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Puts the signature where the recipe wants it."""
        words = {
            "timestamp": written(self.now(), self.told.timestamp),
            "nonce": token_hex(16),
            "login": self.connection.login,
        }
        words["signature"] = self._signature(request, words)
        for name, template in self.told.params.items():
            request.url = request.url.copy_set_param(name, filled_text(template, words))
        for name, template in self.told.headers.items():
            request.headers[name] = filled_text(template, words)
        yield request

    def _signature(self, request: httpx.Request, words: dict[str, str]) -> str:
        query = request.url.query.decode()
        known = words | {
            "method": request.method,
            "path": request.url.path,
            "query": query,
            "sorted_query": "&".join(sorted(query.split("&"))) if query else "",
            "body": request.content.decode(errors="replace"),
            "body_sha256": hashlib.sha256(request.content).hexdigest(),
            "secret": self.connection.password,
        }
        text, key = filled_text(self.told.text, known).encode(), self.connection.password.encode()
        keyed, _, name = self.told.algorithm.rpartition("-")
        made = hmac.digest(key, text, name) if keyed else hashlib.new(name, text, usedforsecurity=False).digest()
        if self.told.encoding == "base64":
            return base64.b64encode(made).decode()
        return made.hex().upper() if self.told.encoding == "HEX" else made.hex()
