"""One service at the end of a connection: its address, what TLS has to say, and how much it may answer."""

import logging
from collections.abc import Iterator

import httpx

from connectors.http_told import WITHOUT_PARAMETERS
from connectors.trust import ca_of, in_the_clear, tls
from schemas.certificates import untrusted
from schemas.connection import Connection
from schemas.errors import NotReady, SourceChanged, SourceUnreachable

logging.getLogger("httpx").addFilter(WITHOUT_PARAMETERS)

BYTES = 64 * 1024
RAISE = "raise options.most_bytes, or ask for less at once"


def address(connection: Connection) -> str:
    """`https://host:port`; the scheme is that of the connection, or its kind."""
    scheme = connection.schema or (connection.kind if connection.kind == "https" else "http")
    port = f":{connection.port}" if connection.port else ""
    return f"{scheme}://{connection.host}{port}"


def web(connection: Connection, timeout: float, auth: httpx.Auth | None = None) -> httpx.Client:
    """A client that follows no redirect and no proxy of the environment."""
    if not address(connection).startswith("https"):
        in_the_clear(connection, "conn_type or schema https")
    return httpx.Client(
        base_url=address(connection),
        auth=auth,
        timeout=timeout,
        trust_env=False,
        transport=_Trusting(connection),
    )


class _Trusting(httpx.HTTPTransport):
    """NotReady where TLS does not come about: asking again helps nobody."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(verify=tls(connection) if address(connection).startswith("https") else True, trust_env=False)
        self.connection = connection

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().handle_request(request)
        except httpx.RequestError as failed:
            if why := untrusted(str(failed), ca_of(self.connection)):
                raise NotReady(f"{address(self.connection)}: {why}") from failed
            raise


def chunks(answer: httpx.Response, most: int, where: str, advice: str = RAISE) -> Iterator[bytes]:
    """What comes, unpacked; SourceChanged beyond `most` bytes, SourceUnreachable where it breaks off."""
    try:
        yield from _bounded(answer, most, where, advice)
    except httpx.DecodingError as wrong:
        raise SourceChanged(f"{where}: the answer cannot be unpacked: {wrong}") from wrong
    except httpx.RequestError as failed:
        raise SourceUnreachable(f"{where}: the answer broke off: {type(failed).__name__}: {failed}") from failed


def _bounded(answer: httpx.Response, most: int, where: str, advice: str) -> Iterator[bytes]:
    size = 0
    for chunk in answer.iter_bytes(BYTES):
        size += len(chunk)
        if size > most:
            raise SourceChanged(f"{where}: the answer is larger than {most} bytes; {advice}")
        yield chunk


def whole(client: httpx.Client, request: httpx.Request, most: int, where: str, advice: str = RAISE) -> httpx.Response:
    """The answer with its body, unpacked; SourceChanged beyond `most` bytes or where it cannot be unpacked."""
    answer = client.send(request, stream=True)
    try:
        content = b"".join(_bounded(answer, most, where, advice)) if answer.is_success else b""
    except httpx.DecodingError as wrong:
        raise SourceChanged(f"{where}: the answer cannot be unpacked: {wrong}") from wrong
    finally:
        answer.close()
    packed = ("content-encoding", "content-length", "transfer-encoding")
    headers = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in packed]
    return httpx.Response(answer.status_code, headers=headers, content=content)
