"""Address and secret of a department's system; the secret never prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from schemas.dataset import Json
from schemas.errors import BadInput, NotReady

_FLAGS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class Connection:
    """What an Airflow connection holds. `repr` and `str` leave the password and the extras out."""

    id: str
    kind: str
    """Airflow's conn_type: `sqlite`, `postgres`, `http`, `fs`…"""
    host: str = ""
    """Host name; for files and SQLite the path."""
    port: int | None = None
    login: str = ""
    password: str = field(default="", repr=False)
    schema: str = ""
    """Database name, or the scheme `http`/`https`."""
    extra: Mapping[str, Json] = field(default_factory=dict, repr=False)

    def flag(self, name: str) -> bool:
        """Whether an extra says yes; a URI can say it in words alone. NotReady where it says neither."""
        found = self.extra.get(name)
        text = "" if found is None else str(found).casefold()
        if text not in _FLAGS:
            raise NotReady(f"connection {self.id!r}: extra {name!r}: found {text!r}, expected true or false")
        return _FLAGS[text]


def nearest(connection: Connection | None) -> Connection | None:
    """The replica that the extra `replica` names as `host` or `host:port`, to spare the system; else the same."""
    told = "" if connection is None else str(connection.extra.get("replica", ""))
    if connection is None or not told:
        return connection
    host, _, port = told.rpartition(":") if told.rpartition(":")[2].isdigit() else (told, "", "")
    if not host:
        raise BadInput(f"connection {connection.id}: extra replica: expected host or host:port")
    return replace(connection, host=host, port=int(port) if port else connection.port)
