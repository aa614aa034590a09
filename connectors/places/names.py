"""What a connection says that several kinds of places need: the folder and how file names are written."""

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
