"""Airflow's connections are read from the environment without Airflow, and without ever telling a secret."""

import json

import pytest

from cli.connections import connection
from schemas.connection import Connection
from schemas.errors import BadInput, NotReady


def test_json_is_read() -> None:
    told = {"conn_type": "postgres", "host": "db", "port": 5433, "login": "reader", "password": "hidden", "schema": "x"}
    found = connection({"AIRFLOW_CONN_CIVIL": json.dumps(told | {"extra": {"sslmode": "require"}})}, "civil")
    assert found == Connection("civil", "postgres", "db", 5433, "reader", "hidden", "x", {"sslmode": "require"})


def test_a_uri_is_read_with_its_escapes() -> None:
    found = connection({"AIRFLOW_CONN_CIVIL": "postgresql://reader:p%40ss@db:5433/x?sslmode=require"}, "civil")
    assert found == Connection("civil", "postgres", "db", 5433, "reader", "p@ss", "x", {"sslmode": "require"})


def test_a_source_without_a_connection_has_none() -> None:
    assert connection({}, "") is None


def test_a_missing_connection_names_the_variable() -> None:
    with pytest.raises(NotReady, match="export AIRFLOW_CONN_CIVIL"):
        connection({}, "civil")


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "s3cret-word',
        '{"passwort": "s3cret-word"}',
        "postgres://u:s3cret-word@host:port/x",
        '{"conn_type": "x", "port": "s3cret-word"}',
        '{"conn_type": "x", "extra": "s3cret-word"}',
        "reader:s3cret-word",
    ],
)
def test_a_broken_connection_is_told_without_its_secret(text: str) -> None:
    with pytest.raises(BadInput, match="AIRFLOW_CONN_CIVIL") as wrong:
        connection({"AIRFLOW_CONN_CIVIL": text}, "civil")
    assert "s3cret-word" not in f"{wrong.value} {wrong.value.__cause__}"
