"""One service at the end of a connection: its address, how its certificate is checked, and how much it may answer."""

import ssl
from collections.abc import Iterator

import httpx

from schemas.connection import Connection
from schemas.errors import NotReady, SourceChanged, SourceUnreachable

BYTES = 64 * 1024
TLS = ("ca", "certificate", "key")
"""Extras of a connection: files of an own authority, and of our own certificate."""


def address(connection: Connection) -> str:
    """`https://host:port`; the scheme is that of the connection, or its kind."""
    scheme = connection.schema or (connection.kind if connection.kind == "https" else "http")
    port = f":{connection.port}" if connection.port else ""
    return f"{scheme}://{connection.host}{port}"


def web(connection: Connection, timeout: float, auth: httpx.Auth | None = None) -> httpx.Client:
    """A client that follows no redirect and no proxy of the environment."""
    return httpx.Client(
        base_url=address(connection),
        auth=auth,
        timeout=timeout,
        trust_env=False,
        verify=_tls(connection) if address(connection).startswith("https") else True,
    )


def chunks(answer: httpx.Response, most: int, where: str) -> Iterator[bytes]:
    """What comes, unpacked; SourceChanged beyond `most` bytes, SourceUnreachable where it breaks off."""
    size = 0
    try:
        for chunk in answer.iter_bytes(BYTES):
            size += len(chunk)
            if size > most:
                raise SourceChanged(
                    f"{where}: the answer is larger than {most} bytes; raise options.most_bytes, or ask for less"
                )
            yield chunk
    except httpx.DecodingError as wrong:
        raise SourceChanged(f"{where}: the answer cannot be unpacked: {wrong}") from wrong
    except httpx.RequestError as failed:
        raise SourceUnreachable(f"{where}: the answer broke off: {type(failed).__name__}: {failed}") from failed


def _tls(connection: Connection) -> ssl.SSLContext:
    ca, certificate, key = (str(connection.extra.get(name, "")) for name in TLS)
    try:
        context = ssl.create_default_context(cafile=ca or None)
        if certificate:
            context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as wrong:
        raise NotReady(f"connection {connection.id!r}: ca, certificate or key cannot be used: {wrong}") from wrong
    return context
