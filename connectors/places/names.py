"""What a connection says that several kinds of places need: the folder, how file names are written, whom TLS trusts."""

import ssl

from schemas.connection import Connection
from schemas.errors import NotReady

ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}


def file_names(connection: Connection) -> str:
    """The codec of file names; NotReady for one that is neither UTF-8 nor GB18030."""
    told = str(connection.extra.get("encoding") or "utf-8").lower()
    if told not in ENCODINGS:
        raise NotReady(f"connection {connection.id}: encoding: found {told!r}, expected one of {', '.join(ENCODINGS)}")
    return ENCODINGS[told]


def below(connection: Connection, folder: str) -> str:
    """The contract's folder below the connection's; empty for where the login begins."""
    root = str(connection.extra.get("folder") or "")
    if not root or not folder:
        return root or folder
    return f"{root.rstrip('/')}/{folder}"


def trusted(connection: Connection) -> ssl.SSLContext:
    """Certificates and host names are checked; `ca` adds an authority of the department's own."""
    context = ssl.create_default_context()
    if told := str(connection.extra.get("ca") or ""):
        try:
            context.load_verify_locations(cadata=told)
        except (ssl.SSLError, ValueError) as wrong:
            raise NotReady(
                f"connection {connection.id}: ca: {wrong}; expected the authority's certificate as PEM"
            ) from None
    return context


def untrusted(where: str, said: str, connection: Connection) -> str:
    """What is said of a certificate that nobody vouches for."""
    return (
        f"{where}: its certificate is not one to trust: {said}; put the authority's PEM into the extra `ca` of the "
        f"connection {connection.id}"
    )
