"""SQL Server to the edge of its driver: no server could be had, so a stand-in speaks the driver's interface.

What the server would answer to each conversion is written here as its documentation says it.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlglot

from schemas.connection import Connection
from schemas.dataset import Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import Window
from tests.connectors.answers import Answers, StandIn
from tests.connectors.conformance import DAY, SECRET, typed
from tests.connectors.databases import field, of
from tests.connectors.sql_conformance import SqlConformance
from tests.connectors.tables import SqlBench, T, Table, Words

DRIVERS = Path(__file__).parent / "drivers"
WORDS = Words(
    "mssql",
    Source("sql_table", "db", {"table": "low [income]; drop table x --", "schema": "dbo"}),
    ("decimal(9,6)", "nvarchar(20)", "int"),
    text="nvarchar(4000)",
    types={"amount": "decimal(18,2)", "precise": "decimal(38,18)"},
)


def answered(of_type: str, text: str) -> str:
    """Styles 121 and 127 tell seven decimals, 3 seventeen digits and an exponent of three, 2 the digits of bytes."""
    if of_type in ("float", "real"):
        shown = f"{float(np.float32(text) if of_type == 'real' else text):.16e}"
        return re.sub(r"e([+-])(\d\d)$", r"e\g<1>0\2", shown)
    if of_type.startswith("datetime"):
        moment, zoned, _ = text.partition("+00")
        clock, _, digits = moment.partition(".")
        return f"{clock}.{digits:0<7}Z".replace(" ", "T") if zoned else f"{clock}.{digits:0<7}"
    return text.upper()[:128] if of_type.startswith("varbinary") else text


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The driver's stand-in in this process, forgotten afterwards."""
    monkeypatch.syspath_prepend(str(DRIVERS))
    import mssql_python  # noqa: PLC0415 it is there only now

    facts = {"kind": "mssql", "schema": "Civil"}
    mssql_python.SERVER.tables = StandIn(WORDS, Answers("tsql"), facts, answered)
    yield mssql_python.SERVER
    for module in ("mssql_python", "connectors.sql.sqlserver"):
        sys.modules.pop(module, None)


class TestArrow(SqlConformance):
    @pytest.fixture
    def bench(self, server: Any) -> SqlBench:
        return SqlBench(server.tables)


class TestRowByRow(SqlConformance):
    @pytest.fixture
    def bench(self, server: Any) -> SqlBench:
        server.arrow = False
        return SqlBench(server.tables)


@pytest.fixture
def tables(server: Any) -> StandIn:
    """With one row in the table `t`."""
    made: StandIn = server.tables
    made.make(T, Table([("v", "int")], [["1"]]))
    return made


V = (field("v", Kind.INTEGER),)


def test_every_conversion_that_is_asked_for_is_one_of_transact_sql(server: Any) -> None:
    from connectors.sql.sqlserver import SHOWN_AS  # noqa: PLC0415 needs the stand-in

    for shown in SHOWN_AS.values():
        assert sqlglot.parse_one(f"select {shown.format(c='[c]')} as [c0] from [t]", dialect="tsql")


def test_a_type_that_has_no_text_is_refused_by_name(tables: StandIn) -> None:
    tables.make(T, Table([("v", "sql_variant")], []))
    _, connector = of(tables.connection(), V)
    with pytest.raises(SourceChanged, match=r"t\.v: found a column of type sql_variant; ask for a view"):
        list(connector.read(connector.plan(DAY)))


def test_lengths_are_told_as_the_table_was_made(tables: StandIn) -> None:
    columns = [("n", "numeric(9,6)"), ("doc", "varchar(max)"), ("raw", "varbinary(99)")]
    tables.make(T, Table(columns, []))
    (stream,) = of(tables.connection(), V)[1].discover()
    assert [(c.name, c.type) for c in stream.columns] == columns


@pytest.mark.parametrize(
    ("of_type", "low"),
    [
        ("datetimeoffset", "convert(datetimeoffset(6), N'2026-11-19T16:00:00Z', 127)"),
        ("datetime", "convert(datetime2(6), N'2026-11-20', 121)"),
        ("date", "convert(date, N'2026-11-20', 23)"),
        ("varchar(20)", "N'2026-11-20'"),
    ],
)
def test_the_bounds_of_a_window_are_typed_as_the_column_is(tables: StandIn, of_type: str, low: str) -> None:
    tables.make(T, Table([("at", of_type)], []))
    kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
    dataset, connector = of(tables.connection(), (field("at", kind),), window_column="at")
    typed(dataset, connector, Window.parse("2026-11-20"))
    assert f" where [at] >= {low} and [at] < " in tables.answers.asked[-2]


def test_one_snapshot_for_reading_and_the_session_ends(server: Any, tables: StandIn) -> None:
    typed(*of(tables.connection(host="db.local"), V))
    assert server.said[-1] == "set transaction isolation level snapshot"
    assert tables.open == 0
    assert server.addresses[-1] == (
        "Server={db.local,1433};Database={Civil};UID={reader};PWD={" + SECRET + "};"
        "Encrypt={yes};ApplicationIntent={ReadOnly};"
    )


def test_a_database_without_snapshots_must_be_said_to_have_none(server: Any, tables: StandIn) -> None:
    server.snapshots = 0
    with pytest.raises(NotReady, match="SET ALLOW_SNAPSHOT_ISOLATION ON"):
        of(tables.connection(), V)[1].plan(DAY)
    assert typed(*of(tables.connection(extra={"isolation": "read committed"}), V)).num_rows == 1
    with pytest.raises(NotReady, match="expected one of snapshot, read committed"):
        of(tables.connection(extra={"isolation": "none"}), V)[1].plan(DAY)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("Login failed for user 'reader'.", NotReady),
        ("Query timeout expired", SourceUnreachable),
        ("Communication link failure", SourceUnreachable),
        ("Invalid object name 't'.", SourceChanged),
    ],
)
def test_errors_come_in_our_words(server: Any, tables: StandIn, said: str, refusal: type[Exception]) -> None:
    server.fails = sys.modules["mssql_python"].OperationalError("Operational error", said)
    with pytest.raises(refusal, match=said):
        of(tables.connection(), V)[1].plan(DAY)


def test_a_missing_driver_is_a_sentence() -> None:
    (problem,) = of(Connection("db", "mssql", host="db.local"), V)[1].check()
    assert problem.code == "NOT_READY"
    assert "driver not installed: mssql_python; install yishu[sqlserver]" in problem.said
