"""Whom TLS trusts, and why a certificate was not trusted, in words that say what to do."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import NamedTemporaryFile
from types import MappingProxyType

from schemas.connection import Connection
from schemas.errors import NotReady

EXTRA = ("ca", "certificate", "key")
"""Extras of a connection: an own authority (PEM, or the file of one), and the files of our own certificate."""
PEM = "-----BEGIN"
_NOBODY = "its certificate is not one to trust: {said}; put the authority's PEM into {authority}"
_ANOTHER_HOST = (
    "its certificate is not one to trust: {said}; it is for another host: let `host` of the connection be the name "
    "that stands in it, or ask the department: somebody may be posing as the server"
)
_TOO_OLD = "its certificate is not one to trust: {said}; ask the department to renew it"
_TOO_NEW = "its certificate is not one to trust: {said}; look at the clocks of both machines"
_OURS = "it wants a certificate of ours ({said}); ask the department for one, and name its files in the connection"
_NO_TLS = (
    "it speaks no TLS there ({said}); look at port and kind of the connection, or ask the department to switch it on"
)
_TOLD: Mapping[str, str] = MappingProxyType(
    {
        "hostname mismatch": _ANOTHER_HOST,
        "ip address mismatch": _ANOTHER_HOST,
        "does not match": _ANOTHER_HOST,
        "no alternative certificate subject": _ANOTHER_HOST,
        "has expired": _TOO_OLD,
        "not yet valid": _TOO_NEW,
        "alert certificate required": _OURS,
        "alert handshake failure": _OURS,
        "alert unknown ca": _OURS,
        "alert bad certificate": _OURS,
        "wrong version number": _NO_TLS,
        "does not support ssl": _NO_TLS,
        "doesn't support it": _NO_TLS,
        "certificate verify failed": _NOBODY,
        "certificate_verify_failed": _NOBODY,
        "root certificate file": _NOBODY,
        "peer certificate": _NOBODY,
        "ssl ca cert": _NOBODY,
    }
)
"""Part of what OpenSSL, libpq, librdkafka, curl and PyMySQL say -> what we say."""
_OF_A_CERTIFICATE = ("does not match", "has expired", "not yet valid")
"""What is said of signatures and passwords, too: it counts where a certificate is named beside it."""


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


def untrusted(said: str, authority: str) -> str:
    """What to do about a certificate, where somebody's words tell of one; empty where they do not.

    `authority` is where we are told whom to trust, such as "the extra `ca` of the connection x".
    """
    low = said.lower()
    others = () if "certificate" in low else _OF_A_CERTIFICATE
    found = next((sentence for words, sentence in _TOLD.items() if words in low and words not in others), "")
    return found.format(said=said.strip(), authority=authority)


def ca_of(connection: Connection) -> str:
    """Where the authority of most kinds of connections stands."""
    return f"the extra `ca` of the connection {connection.id}"
