"""An object store that speaks S3, as a connection tells of it, and what goes wrong there in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pyarrow import fs

from connectors.trust import ca_file, ca_of, in_the_clear
from schemas.certificates import untrusted_store
from schemas.connection import Connection
from schemas.errors import NotReady

TRIES = 3
SCHEMES = ("https", "http")
_KEYS = ("ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "HTTP status 403")
"""By what pyarrow's words show that the store does not let us in."""
_ENDPOINT = "`endpoint_url` of the connection"
_NO_CERTIFICATE = "a store is shown none: ask who runs it for an access that wants none"


@contextmanager
def store_of(connection: Connection, patience: float, **more: Any) -> Iterator[fs.S3FileSystem]:
    """A client, which asks when it is asked; `more` is what pyarrow is told besides.

    Raises NotReady where the connection cannot be used.
    """
    extra = connection.extra
    if not (extra.get("bucket") and connection.login and connection.password):
        raise NotReady(f"connection {connection.id}: expected login and password (the access key) and extra bucket")
    scheme, address = _endpoint(connection)
    with ca_file(connection) as authority:
        yield fs.S3FileSystem(
            access_key=connection.login,
            secret_key=connection.password,
            region=str(extra.get("region_name") or "us-east-1"),
            endpoint_override=address or None,
            scheme=scheme,
            force_virtual_addressing=connection.flag("virtual_addressing"),
            connect_timeout=patience,
            request_timeout=patience,
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=TRIES),
            tls_ca_file_path=authority,
            **more,
        )


def _endpoint(connection: Connection) -> tuple[str, str]:
    """Scheme and address; no address means Amazon's."""
    scheme, _, address = str(connection.extra.get("endpoint_url") or "").rpartition("://")
    scheme = scheme.lower() or SCHEMES[0]
    if scheme not in SCHEMES:
        raise NotReady(
            f"connection {connection.id}: extra endpoint_url: found {scheme}://, expected https:// or http://"
        )
    if scheme == "http":
        in_the_clear(connection, "an endpoint_url that begins with https://")
    return scheme, address.rstrip("/")


def folder_of(connection: Connection, folder: str) -> str:
    """Bucket and folder, as pyarrow names them."""
    return "/".join(filter(None, (str(connection.extra.get("bucket") or ""), folder.strip("/"))))


def shown(connection: Connection, root: str) -> str:
    """Endpoint, bucket and folder, for whoever reads what went wrong."""
    return f"s3 {connection.extra.get('endpoint_url') or 'AWS'} {root}"


def shut(failed: OSError, connection: Connection, keeper: str, rights: str) -> str:
    """What the operator must mend in a connection before another try can do better; empty where it is nothing of that.

    `keeper` is who answers for the store, `rights` what we do there.
    """
    said = str(failed).strip()
    if any(word in said for word in _KEYS):
        return (
            f"does not let us in ({said}); correct login and password (the access key) of the connection "
            f"{connection.id}, or ask {keeper} for the right to {rights}"
        )
    peer = replace(ca_of(connection), host=_ENDPOINT, port=_ENDPOINT, keeper=keeper, ours=_NO_CERTIFICATE)
    return untrusted_store(said, peer)
