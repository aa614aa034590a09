"""Connections to the databases of the tests, and datasets on one table of them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.protocol import Connector
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from tests.builders import make_field
from tests.connectors.conformance import dataset_of


def connection_to(url: str, **told: Any) -> Connection:
    """Of the engine that is made for it: the scheme of the address is a kind of connection."""
    parts = urlsplit(url)
    facts = {"host": parts.hostname, "port": parts.port, "login": parts.username, "password": parts.password}
    return Connection(**{"id": "db", "kind": parts.scheme, "schema": parts.path.lstrip("/"), **facts, **told})


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **told)


def of(connection: Connection, fields: Sequence[Field], **options: Any) -> tuple[Dataset, Connector]:
    """A dataset on the table `t`, and what reads it."""
    dataset = dataset_of(Source("sql_table", connection.id, {"table": "t"} | options), fields)
    return dataset, connector_for(dataset, connection)
