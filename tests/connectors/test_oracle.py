"""Oracle to the edge of its driver: no server could be had, so a stand-in answers as the documentation says.

The driver itself is the real one: its data frames, its errors, its way to a server that is not there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as kept
from typing import Any

import oracledb
import pyarrow as pa
import pytest
import sqlglot

from connectors.sql.oracle import SHOWN_AS
from schemas.connection import Connection
from schemas.dataset import Dataset, Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import Window
from tests.connectors.answers import Answers, StandIn
from tests.connectors.conformance import DAY, SECRET, typed
from tests.connectors.databases import field, of
from tests.connectors.sql_conformance import SqlConformance
from tests.connectors.tables import SqlBench, T, Table, Words

Told = dict[str, Any] | None
WORDS = Words(
    "oracle",
    Source("sql_table", "db", {"table": "LOW INCOME; DROP TABLE X --", "schema": "CIVIL"}),
    ("NUMBER(9,6)", "VARCHAR2(20)", "NUMBER(9,0)"),
    text="VARCHAR2(4000)",
    types={"amount": "NUMBER(18,2)", "precise": "NUMBER(38,18)"},
)


def answered(of_type: str, text: str) -> Any:
    """Numbers without the zero before the point, moments with nine decimals, floats as such; no empty text."""
    if of_type in ("BINARY_DOUBLE", "BINARY_FLOAT"):
        return float(text)
    if of_type.startswith("TIMESTAMP"):
        moment, zoned, _ = text.partition("+00")
        clock, _, digits = moment.partition(".")
        return f"{clock}.{digits:0<9}{'Z' if zoned else ''}"
    if of_type.startswith("NUMBER"):
        return re.sub(r"^(-?)0\.", r"\1.", text)
    return text.upper() if of_type.startswith("RAW") else text or None


@dataclass
class Server:
    """What the next connection meets."""

    tables: StandIn
    frames: bool = True
    """Whether this Oracle and driver can give Arrow in the wanted types."""
    told: list[dict[str, Any]] = kept(default_factory=list)
    said: list[str] = kept(default_factory=list)
    bounds: list[Told] = kept(default_factory=list)

    def connect(self, **told: Any) -> "Session":
        self.told.append(told)
        self.tables.open += 1
        return Session(self)


@dataclass
class Session:
    server: Server
    call_timeout: int = 0

    def cursor(self) -> "Cursor":
        return Cursor(self.server)

    def fetch_df_batches(
        self, statement: str, parameters: Told, size: int, *, requested_schema: pa.Schema
    ) -> Iterator[Any]:
        if not self.server.frames:
            raise oracledb.NotSupportedError("DPY-3030: conversion to the requested type is not supported")
        self.server.bounds.append(parameters)
        rows = self.server.tables.answers.select(statement)
        columns = list(zip(*rows, strict=True)) or [()] * len(requested_schema)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, requested_schema, strict=True)]
        batch = pa.record_batch(arrays, schema=requested_schema)
        for at in range(0, max(batch.num_rows, 1), size):
            yield oracledb.from_arrow(batch.slice(at, size))

    def close(self) -> None:
        self.server.tables.open -= 1


@dataclass
class Cursor:
    server: Server
    arraysize: int = 100
    prefetchrows: int = 2
    rows: list[Sequence[Any]] = kept(default_factory=list)

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, statement: str, parameters: Told = None) -> None:
        answers, name = self.server.tables.answers, (parameters or {}).get("name", "")
        if not statement.startswith("select"):
            self.server.said.append(statement)
        elif "all_tab_columns" in statement:
            self.rows = list(_columns(answers, name))
        elif "all_tab_comments" in statement:
            self.rows = [("CIVIL", table, "TABLE", told, 1) for table, told in answers.listed()]
        elif "all_cons_columns" in statement:
            self.rows = list(answers.key(name))
        else:
            self.server.bounds.append(parameters)
            self.rows = list(answers.select(statement))

    def fetchall(self) -> list[Sequence[Any]]:
        return self.rows

    def fetchmany(self, size: int) -> list[Sequence[Any]]:
        given, self.rows = self.rows[:size], self.rows[size:]
        return given


def _columns(answers: Answers, name: str) -> Iterator[Sequence[Any]]:
    types = dict(answers.tables[name].columns) if name in answers.tables else {}
    for told in answers.described(name):
        numeric, timed = told.word == "NUMBER", told.word.startswith("TIMESTAMP")
        precision, scale = told.sizes if numeric and told.sizes else (None, None)
        length = None if numeric or timed or not told.sizes else told.sizes[0]
        word = types[told.name] if timed else told.word
        yield told.name, word, precision, scale, length, "Y" if told.nullable else "N", told.comment


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server(StandIn(WORDS, Answers("oracle"), {"kind": "oracle", "schema": "civil"}, answered))
    monkeypatch.setattr(oracledb, "connect", made.connect)
    return made


@pytest.fixture
def tables(server: Server) -> StandIn:
    """With one row in the table `t`."""
    server.tables.make(T, Table([("v", "NUMBER(9,0)")], [["1"]]))
    return server.tables


V = (field("v", Kind.INTEGER),)


class Kept(SqlConformance):
    def test_empty_text_null_and_null_marker_stay_apart(self, bench: SqlBench, dataset: Dataset) -> None:
        """Oracle itself holds the empty text as NULL."""
        assert typed(dataset, bench.connector(dataset)).column("note").to_pylist() == [None, None, None]


class TestFrames(Kept):
    @pytest.fixture
    def bench(self, server: Server) -> SqlBench:
        return SqlBench(server.tables)


class TestWhereTheDriverHasNoFrames(Kept):
    @pytest.fixture
    def bench(self, server: Server) -> SqlBench:
        server.frames = False
        return SqlBench(server.tables)


class TestRowByRow(Kept):
    @pytest.fixture
    def bench(self, server: Server) -> SqlBench:
        by_row = {"by_row": True}
        return SqlBench(server.tables, through=lambda connection: replace(connection, extra=by_row))


def test_every_conversion_that_is_asked_for_is_one_of_oracle() -> None:
    for shown in SHOWN_AS.values():
        assert sqlglot.parse_one(f'select {shown.format(c="c")} as "c0" from "t"', dialect="oracle")


def test_a_type_that_has_no_text_is_refused_by_name(tables: StandIn) -> None:
    tables.make(T, Table([("v", "SDO_GEOMETRY")], []))
    _, connector = of(tables.connection(), V)
    with pytest.raises(SourceChanged, match=r"t\.v: found a column of type SDO_GEOMETRY; ask for a view"):
        list(connector.read(connector.plan(DAY)))


def test_lengths_are_told_as_the_table_was_made(tables: StandIn) -> None:
    columns = [("AT", "TIMESTAMP(6)"), ("DAY", "DATE"), ("N", "NUMBER")]
    tables.make(T, Table(columns, []))
    (stream,) = of(tables.connection(), V)[1].discover()
    assert [(c.name, c.type) for c in stream.columns] == columns


@pytest.mark.parametrize(
    ("of_type", "where", "low"),
    [
        ("DATE", "to_date(:low, 'YYYY-MM-DD HH24:MI:SS')", "2026-11-20"),
        ("TIMESTAMP(6)", "to_timestamp(:low, 'YYYY-MM-DD HH24:MI:SS.FF')", "2026-11-20"),
        ("TIMESTAMP(6) WITH TIME ZONE", "from_tz(to_timestamp(:low", "2026-11-19 16:00:00"),
        ("VARCHAR2(20)", ":low", "2026-11-20"),
    ],
)
def test_the_bounds_of_a_window_are_typed_as_the_column_is(
    server: Server, tables: StandIn, of_type: str, where: str, low: str
) -> None:
    tables.make(T, Table([("at", of_type)], []))
    dataset, connector = of(tables.connection(), (field("at", Kind.TIMESTAMP),), window_column="at")
    typed(dataset, connector, Window.parse("2026-11-20"))
    assert f' where "at" >= {where}' in tables.answers.asked[-2]
    assert server.bounds[-2] == server.bounds[-1]
    assert (server.bounds[-1] or {})["low"] == low


def test_one_moment_is_read_and_the_session_ends(server: Server, tables: StandIn) -> None:
    typed(*of(tables.connection(host="db.local"), V))
    assert server.said[-1] == "set transaction read only"
    assert tables.open == 0
    assert server.told[-1] == {
        "user": "reader",
        "password": SECRET,
        "host": "db.local",
        "port": 1521,
        "service_name": "civil",
        "tcp_connect_timeout": 10,
    }


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("ORA-01017: invalid username/password; logon denied", NotReady),
        ("DPY-4024: call timeout of 1000 ms exceeded", SourceUnreachable),
        ("DPY-4011: the database or network closed the connection", SourceUnreachable),
        ("ORA-00942: table or view does not exist", SourceChanged),
    ],
)
def test_errors_come_in_our_words(
    monkeypatch: pytest.MonkeyPatch, tables: StandIn, said: str, refusal: type[Exception]
) -> None:
    def connect(**_told: Any) -> None:
        raise oracledb.DatabaseError(said)

    monkeypatch.setattr(oracledb, "connect", connect)
    with pytest.raises(refusal, match=said.split(":", maxsplit=1)[0]):
        of(tables.connection(), V)[1].plan(DAY)


def test_a_server_that_is_not_there_is_unreachable() -> None:
    connection = Connection("db", "oracle", host="127.0.0.1", port=9, password=SECRET, schema="civil")
    with pytest.raises(SourceUnreachable, match="DPY-6005") as refusal:
        of(connection, V)[1].plan(DAY)
    assert SECRET not in str(refusal.value)
