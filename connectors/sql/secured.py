"""What engines are told of TLS: whoever names an authority has certificate and host checked, and is told why not.

libpq and PyMySQL need more words for that: with an authority alone, libpq speaks without TLS where the certificate is
not one to trust, and PyMySQL takes the certificate of any host that the authority knows.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from schemas.certificates import Peer, untrusted
from schemas.connection import Connection
from schemas.dataset import Json
from schemas.errors import NotReady, SourceFault

Told = Mapping[str, Json]
_CHECKED: Mapping[str, tuple[str, Told]] = MappingProxyType(
    {
        "postgres": ("sslrootcert", MappingProxyType({"sslmode": "verify-full"})),
        "postgresql": ("sslrootcert", MappingProxyType({"sslmode": "verify-full"})),
        "mysql": ("ssl_ca", MappingProxyType({"ssl_verify_cert": True, "ssl_verify_identity": True})),
        "mariadb": ("ssl_ca", MappingProxyType({"ssl_verify_cert": True, "ssl_verify_identity": True})),
    }
)
"""Kind of connection -> the extra that names an authority, and what that means unless the extras say otherwise."""
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "ssl_ca", "ssl_cert", "ssl_key")
_OURS = ("sslcert", "sslkey", "ssl_cert", "ssl_key")
_OF_THE_SYSTEM = "system"
"""What libpq takes for all authorities that the machine trusts."""


def secured(connection: Connection) -> Connection:
    """The connection with all that its engine must be told; NotReady where a file that it names is not there."""
    for name in _FILES:
        file = str(connection.extra.get(name) or "")
        if file and file != _OF_THE_SYSTEM and not Path(file).is_file():
            raise NotReady(
                f"connection {connection.id}: extra {name}: found no file {file} that can be read, expected PEM"
            )
    authority, told = _CHECKED.get(connection.kind, ("", {}))
    of_tls = [name for name in (authority, *_OURS) if connection.extra.get(name)]
    for name, said in _clear(connection) if of_tls else ():
        raise NotReady(
            f"connection {connection.id!r}: extra {of_tls[0]!r} is of TLS, and {name} {said} lets this connection be "
            f"in the clear; expected it without {name}"
        )
    if not connection.extra.get(authority):
        return connection
    spoken = {name: value for name, value in connection.extra.items() if value not in ("", None)}
    return replace(connection, extra={**told, **spoken})


def _clear(connection: Connection) -> Iterator[tuple[str, str]]:
    """The extras by which it may speak without TLS, and what they say."""
    if connection.flag("ssl_disabled"):
        yield "ssl_disabled", "true"
    if (mode := str(connection.extra.get("sslmode") or "")) in ("disable", "allow", "prefer"):
        yield "sslmode", mode


@contextmanager
def refusals(connection: Connection) -> Iterator[None]:
    """What an engine says of a certificate, as something that the operator must mend: later it is no better."""
    try:
        yield
    except SourceFault as fault:
        authority, _ = _CHECKED.get(connection.kind, ("", {}))
        name = f"the extra `{authority}`" if authority else "the extras"
        peer = Peer(f"the file that {name} of the connection {connection.id} names")
        if why := untrusted(str(fault), peer):
            raise NotReady(f"connection {connection.id}: {why}") from fault
        raise
