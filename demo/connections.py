"""The Airflow connections of the demo city's systems, as environment variables with fresh secrets."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from demo.city import City
from schemas.dataset import Json

PREFIX = "AIRFLOW_CONN_"
FOLDERS = {
    "HUMAN_RESOURCES_DROP": "human_resources",
    "MARKET_REGULATION_SHARE": "market_regulation",
    "CREDIT_DROP": "credit",
}


@dataclass(frozen=True, slots=True)
class Connections:
    """What the scheduler's environment must hold, and the secrets that no log may ever show."""

    environment: Mapping[str, str] = field(repr=False)
    passwords: tuple[str, ...] = field(repr=False)


def city_connections(
    city: City, health_port: int, health_token: str, password: Callable[[], str], database: str = ""
) -> Connections:
    """One connection for each system. Files need no password; they get one all the same, so that a leak would show.

    `database`: URL of the civil affairs database where it is a server, e.g. `postgresql://user:secret@127.0.0.1/x`.
    """
    told: dict[str, Json] = {
        "CIVIL_AFFAIRS_DB": _server(database) if database else _sqlite(city, password()),
        "HEALTH_API": {
            "conn_type": "http",
            "schema": "http",
            "host": "127.0.0.1",
            "port": health_port,
            "extra": {"token": health_token},
        },
    }
    for name, folder in FOLDERS.items():
        told[name] = {"conn_type": "fs", "host": str(city.folder / folder), "password": password()}
    environment = {f"{PREFIX}{name}": json.dumps(words) for name, words in told.items()}
    passwords = [words["password"] for words in told.values() if words.get("password")]
    return Connections(environment, (*passwords, health_token))


def _sqlite(city: City, password: str) -> Json:
    return {"conn_type": "sqlite", "host": str(city.folder / "civil_affairs.db"), "password": password}


def _server(url: str) -> Json:
    parts = urlsplit(url)
    return {
        "conn_type": "postgres",
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "login": parts.username or "",
        "password": parts.password or "",
        "schema": parts.path.removeprefix("/"),
    }
