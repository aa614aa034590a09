"""Address and secret of a department's system; the secret never prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.dataset import Json


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
