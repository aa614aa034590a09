"""Sends a signed word to an address that a recipient named: Standard Webhooks 1.0, and no way into our own network."""

import asyncio
import base64
import hashlib
import hmac
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, urlunsplit

import httpx

from schemas.errors import BadInput, RecipientUnreachable
from schemas.targets import ANYWHERE, Address, Targets, as_address, target

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole addresses, and some receivers put a secret there
PATIENCE_S = 15.0
"""Seconds for all of one sending: a receiver that answers byte by byte would else keep other recipients waiting."""
GONE = 410
"""The answer by which a receiver says that it wants no more of these."""


@dataclass(frozen=True, slots=True)
class Word:
    """One event; its id stays the same however often it is sent."""

    id: str
    body: bytes
    """JSON."""


def resolved(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(one[4][0]).partition("%")[0]) for one in found]


def own(address: Address) -> bool:
    """Whether it is one of this machine's, by whatever network: who sends to it sends from it. Nothing is sent."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as way:
        try:
            way.connect((str(address), 9))
        except OSError:
            return False
        return ip_address(str(way.getsockname()[0]).partition("%")[0]) == address


def signed(word: Word, secret: bytes, now: datetime) -> dict[str, str]:
    """The three headers of the specification."""
    moment = str(int(now.timestamp()))
    mac = hmac.digest(secret, f"{word.id}.{moment}.".encode() + word.body, hashlib.sha256)
    return {
        "webhook-id": word.id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends where `targets` allow."""

    targets: Targets
    resolve: Callable[[str, int], Sequence[Address]] = resolved
    patience: float = PATIENCE_S

    def send(self, url: str, word: Word, headers: dict[str, str]) -> bool:
        """True when it was taken, False where the receiver wants no more; else RecipientUnreachable.

        The name is looked up once and that very address is connected to; redirects and proxies are not followed.
        """
        parts = target(url, self.targets)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        address = self._allowed(parts.hostname or "", port)
        told = headers | {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "yishu-webhook/1"}
        try:
            status = asyncio.run(self._post(_at(parts, address, port), word.body, told, parts.hostname or ""))
        except (httpx.HTTPError, OSError) as failed:
            raise RecipientUnreachable(f"webhook {parts.netloc}: {type(failed).__name__}: {failed}") from failed
        if status == GONE:
            return False
        if not 200 <= status < 300:
            raise RecipientUnreachable(f"webhook {parts.netloc}: found status {status}, expected 2xx")
        return True

    async def _post(self, url: str, body: bytes, headers: dict[str, str], host: str) -> int:
        """The status alone: what else the receiver says is not read."""
        named = {"sni_hostname": host} if url.startswith("https") and not as_address(host) else {}
        async with (
            asyncio.timeout(self.patience),
            httpx.AsyncClient(timeout=self.patience, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=body, headers=headers, extensions=named) as answer,
        ):
            return answer.status_code

    def _allowed(self, host: str, port: int) -> Address:
        literal = as_address(host)
        try:
            found = [literal] if literal else self.resolve(host, port)
        except (OSError, UnicodeError) as failed:  # the latter for a label of a name that is too long
            raise RecipientUnreachable(f"webhook {host}: its name is not known: {failed}") from failed
        allowed = [one for one in found if self.targets.name(host) or self.targets.address(one)]
        if self.targets == ANYWHERE:
            allowed = [one for one in allowed if not own(one)]
        if not allowed or len(allowed) < len(found):
            raise BadInput(f"webhook {host}: leads to an address that webhooks may not go to here")
        return allowed[0]


def _at(parts: SplitResult, address: Address, port: int) -> str:
    """The same address with the number in place of the name."""
    host = f"[{address}]" if address.version == 6 else str(address)
    return urlunsplit((parts.scheme, f"{host}:{port}", parts.path or "/", parts.query, ""))
