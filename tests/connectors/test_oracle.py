"""Oracle to the edge of its driver: no server could be had, so a stand-in answers as the documentation says.

The driver itself is the real one: its data frames, its errors, its way to a server that is not there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracledb
import pyarrow as pa
import pytest
import sqlglot

from connectors.protocol import Connector
from connectors.registry import connector_for
from connectors.sql.about import offers
from connectors.sql.oracle import SHOWN_AS
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI, Window
from tests.builders import make_field
from tests.connectors.answers import Answers, Table
from tests.connectors.conformance import (
    DAY,
    SECRET,
    Conformance,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)

TABLE = "LOW INCOME; DROP TABLE X --"
Told = dict[str, Any] | None


@dataclass
class Server:
    """What the next connection meets."""

    answers: Answers = field(default_factory=lambda: Answers("oracle"))
    frames: bool = True
    """Whether this Oracle and driver can give Arrow in the wanted types."""
    told: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    bounds: list[Told] = field(default_factory=list)
    open: int = 0

    def connect(self, **told: Any) -> "Session":
        self.told.append(told)
        self.open += 1
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
        rows = self.server.answers.select(statement)
        columns = list(zip(*rows, strict=True)) or [()] * len(requested_schema)
        arrays = [_made(c, f.type) for c, f in zip(columns, requested_schema, strict=True)]
        batch = pa.record_batch(arrays, schema=requested_schema)
        for at in range(0, max(batch.num_rows, 1), size):
            yield oracledb.from_arrow(batch.slice(at, size))

    def close(self) -> None:
        self.server.open -= 1


def _made(values: Sequence[Any], of: pa.DataType) -> pa.Array:
    return pa.array([None if v is None else float(v) if pa.types.is_floating(of) else v for v in values], of)


@dataclass
class Cursor:
    server: Server
    arraysize: int = 100
    prefetchrows: int = 2
    rows: list[Sequence[Any]] = field(default_factory=list)

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, statement: str, parameters: Told = None) -> None:
        if not statement.startswith("select"):
            self.server.said.append(statement)
        elif "all_tab_columns" in statement:
            self.rows = list(self._columns(parameters or {}))
        elif "all_tab_comments" in statement:
            self.rows = [("CIVIL", name, "TABLE", "低保对象", 1) for name in self.server.answers.tables]
        elif "all_cons_columns" in statement:
            table = self.server.answers.tables.get((parameters or {})["name"])
            self.rows = [(name,) for name in table.key] if table else []
        else:
            self.server.bounds.append(parameters)
            self.rows = [tuple(row) for row in self.server.answers.select(statement)]

    def fetchall(self) -> list[Sequence[Any]]:
        return self.rows

    def fetchmany(self, size: int) -> list[Sequence[Any]]:
        given, self.rows = self.rows[:size], self.rows[size:]
        return given

    def _columns(self, asked: dict[str, Any]) -> Iterator[Sequence[Any]]:
        table = self.server.answers.tables.get(asked["name"], Table([], []))
        for name, of in table.columns:
            word, _, rest = of.partition("(")
            sizes = [int(n) for n in rest.split(")")[0].split(",") if n]
            numeric, timed = word == "NUMBER", word.startswith("TIMESTAMP")
            precision, scale = (sizes[0], sizes[1]) if numeric and sizes else (None, None)
            length = None if numeric or timed or not sizes else sizes[0]
            yield name, of if timed else word, precision, scale, length, "Y", table.comments.get(name)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(oracledb, "connect", made.connect)
    return made


def connection(**told: Any) -> Connection:
    facts = {"host": "db.local", "login": "reader", "password": SECRET, "schema": "civil"}
    return Connection(**{"id": "db", "kind": "oracle", **facts, **told})


def a_field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **more: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **more)


def of(fields: Sequence[Field], options: dict[str, Any] | None = None, **told: Any) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("sql_table", "db", {"table": "t"} | (options or {})), fields)
    return dataset, connector_for(dataset, connection(**told))


class StandIn:
    counts = True
    knows_null = True

    def __init__(self, server: Server) -> None:
        self.server = server

    def source(self) -> Source:
        return Source("sql_table", "db", {"table": TABLE, "schema": "CIVIL"})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        types = {"amount": "NUMBER(18,2)", "precise": "NUMBER(38,18)"}
        columns = [(n, types.get(n, "VARCHAR2(4000)")) for n in names]
        self.server.answers.tables[TABLE] = Table(columns, [[r[n] or None for n in names] for r in rows])

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, connection())

    def state(self) -> object:
        return repr(self.server.answers.tables), self.server.open


class Kept(Conformance):
    def test_empty_text_null_and_null_marker_stay_apart(self, bench: Any, dataset: Dataset) -> None:
        """Oracle itself holds the empty text as NULL."""
        assert typed(dataset, bench.connector(dataset)).column("note").to_pylist() == [None, None, None]


class TestFrames(Kept):
    @pytest.fixture
    def bench(self, server: Server) -> StandIn:
        return StandIn(server)


class TestRowByRow(Kept):
    @pytest.fixture
    def bench(self, server: Server) -> StandIn:
        server.frames = False
        return StandIn(server)


TYPES = [
    ("id", "NUMBER", "12345678901234567890123456789012345678"),
    ("n", "NUMBER(38,18)", "-.000000000000000001"),
    ("f", "BINARY_DOUBLE", "0.30000000000000004"),
    ("day", "DATE", "0001-01-01"),
    ("at", "TIMESTAMP(9)", "9999-12-31 23:59:59.999999000"),
    ("zoned", "TIMESTAMP(6) WITH TIME ZONE", "2026-11-19 16:00:00.000001000Z"),
    ("name", "NVARCHAR2(20)", "䶮𠮷"),
]


class TestValues:
    @pytest.mark.parametrize("by_row", [False, True])
    def test_the_texts_of_the_server_become_exact_values(self, server: Server, by_row: bool) -> None:
        held = [float(v) if by_row and t == "BINARY_DOUBLE" else v for _, t, v in TYPES]
        server.answers.tables["t"] = Table([(n, t) for n, t, _ in TYPES], [held])
        fields = (
            a_field("id"),
            a_field("n", Kind.DECIMAL, 38, 18),
            a_field("f", Kind.DOUBLE),
            a_field("day", Kind.DATE),
            a_field("at", Kind.TIMESTAMP),
            a_field("zoned", Kind.TIMESTAMP),
            a_field("name"),
        )
        dataset, connector = of(fields, extra={"by_row": by_row})
        (row,) = typed(dataset, connector).to_pylist()
        assert (row["id"], row["f"], row["name"]) == (TYPES[0][2], 0.1 + 0.2, "䶮𠮷")
        assert row["n"] == Decimal("-0.000000000000000001")
        assert row["day"] == date(1, 1, 1)
        assert row["at"] == datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)
        assert row["zoned"] == datetime(2026, 11, 19, 16, 0, 0, 1, tzinfo=UTC)

    def test_what_does_not_fit_names_column_and_value(self, server: Server, tmp_path: Path) -> None:
        columns = [("id", "NUMBER(9,0)"), ("day", "DATE"), ("at", "TIMESTAMP(9)"), ("raw", "RAW(99)")]
        rows = [
            ["1", "-0044-03-15", None, None],
            ["2", "2026-11-20 08:00:00", None, None],
            ["3", None, "2026-11-20 00:00:00.123456789", None],
            ["4", None, None, "00FF"],
            ["5", None, None, None],
        ]
        server.answers.tables["t"] = Table(columns, rows)
        fields = (a_field("id", Kind.INTEGER, key=1), a_field("day", Kind.DATE), a_field("at", Kind.TIMESTAMP))
        dataset, connector = of((*fields, a_field("raw")))
        landing = landed(dataset, connector, tmp_path)
        assert [row["id"] for row in rows_of(tmp_path, landing)] == [5]
        rejects = {r["_place"]: (r["field"], r["value"]) for r in rejects_of(tmp_path, landing)}
        assert rejects == {
            1: ("day", "-0044-03-15"),
            2: ("day", "2026-11-20 08:00:00"),
            3: ("at", "2026-11-20 00:00:00.123456789"),
            4: ("raw", "00ff"),
        }

    def test_every_conversion_that_is_asked_for_is_one_of_oracle(self) -> None:
        for shown in SHOWN_AS.values():
            assert sqlglot.parse_one(f'select {shown.format(c="c")} as "c0" from "t"', dialect="oracle")

    def test_a_type_that_has_no_text_is_refused_by_name(self, server: Server) -> None:
        server.answers.tables["t"] = Table([("v", "SDO_GEOMETRY")], [])
        _, connector = of((a_field("v"),))
        with pytest.raises(SourceChanged, match=r"t\.v: found a column of type SDO_GEOMETRY; ask for a view"):
            list(connector.read(connector.plan(DAY)))

    def test_comments_types_and_key_are_told(self, server: Server) -> None:
        columns = [("ID", "NUMBER(9,0)"), ("NAME", "VARCHAR2(20)"), ("AT", "TIMESTAMP(6)"), ("DAY", "DATE")]
        server.answers.tables["t"] = Table(columns, [], ["ID"], {"NAME": "姓名"})
        _, connector = of((a_field("NAME"),))
        (stream,) = connector.discover()
        assert [(c.name, c.type) for c in stream.columns] == columns
        assert (stream.columns[1].comment, stream.key) == ("姓名", ("ID",))

    def test_tables_are_told_with_their_comments(self, server: Server) -> None:
        server.answers.tables["LOW_INCOME"] = Table([], [])
        (offer,) = offers(connection(host=""), "")
        assert (offer.name, offer.comment, offer.options) == ("LOW_INCOME", "低保对象", {"table": "LOW_INCOME"})


class TestSessions:
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
        self, server: Server, of_type: str, where: str, low: str
    ) -> None:
        server.answers.tables["t"] = Table([("at", of_type)], [])
        dataset, connector = of((a_field("at", Kind.TIMESTAMP),), {"window_column": "at"})
        typed(dataset, connector, Window.parse("2026-11-20"))
        assert f' where "at" >= {where}' in server.answers.asked[-2]
        assert server.bounds[-2] == server.bounds[-1]
        assert (server.bounds[-1] or {})["low"] == low

    def test_one_moment_is_read_and_the_session_ends(self, server: Server) -> None:
        server.answers.tables["t"] = Table([("v", "NUMBER(9,0)")], [["1"]])
        dataset, connector = of((a_field("v", Kind.INTEGER),))
        typed(dataset, connector)
        assert server.said[-1] == "set transaction read only"
        assert server.open == 0
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
        self, monkeypatch: pytest.MonkeyPatch, said: str, refusal: type[Exception]
    ) -> None:
        def connect(**_told: Any) -> None:
            raise oracledb.DatabaseError(said)

        monkeypatch.setattr(oracledb, "connect", connect)
        _, connector = of((a_field("v"),))
        with pytest.raises(refusal, match=said.split(":", maxsplit=1)[0]):
            connector.plan(DAY)

    def test_a_server_that_is_not_there_is_unreachable(self) -> None:
        _, connector = of((a_field("v"),), host="127.0.0.1", port=9)
        with pytest.raises(SourceUnreachable, match="DPY-6005") as refusal:
            connector.plan(DAY)
        assert SECRET not in str(refusal.value)
