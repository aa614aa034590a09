"""Whom TLS trusts where a connection is asked."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile

from schemas.certificates import Peer
from schemas.connection import Connection
from schemas.errors import NotReady

EXTRA = ("ca", "certificate", "key")
"""Extras of a connection: an own authority (PEM, or the file of one), and the files of our own certificate."""
PEM = "-----BEGIN"


def tls(connection: Connection) -> ssl.SSLContext:
    """Certificates and host names are checked; NotReady where what the extras name cannot be used."""
    ca, certificate, key = (str(connection.extra.get(name) or "") for name in EXTRA)
    pem = ca if ca.lstrip().startswith(PEM) else ""
    try:
        context = ssl.create_default_context(cafile=None if pem else ca or None, cadata=pem or None)
        if certificate:
            context.load_cert_chain(certificate, key or None)
    except (OSError, ValueError) as wrong:
        said = f"connection {connection.id!r}: ca, certificate or key cannot be used: {wrong}"
        raise NotReady(f"{said}; expected PEM, or the files that hold it") from None
    return context


@contextmanager
def ca_file(connection: Connection) -> Iterator[str | None]:
    """The file of the connection's own authority, for what reads nothing else; None where it has none.

    NotReady where it is no certificate.
    """
    ca = str(connection.extra.get("ca") or "")
    if not ca:
        yield None
        return
    tls(connection)
    if not ca.lstrip().startswith(PEM):
        yield ca
        return
    with NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(ca)
        file.flush()
        yield file.name


def in_the_clear(connection: Connection, wanted: str) -> None:
    """NotReady where the connection names an authority or a certificate, but speaks without TLS; `wanted` would not."""
    if named := [name for name in EXTRA if connection.extra.get(name)]:
        raise NotReady(
            f"connection {connection.id!r}: extra {named[0]!r} is of TLS, and this connection is in the clear; "
            f"expected {wanted}"
        )


def ca_of(connection: Connection) -> Peer:
    """Where we are told of the servers of most kinds of connections."""
    return Peer(f"the extra `ca` of the connection {connection.id}")
