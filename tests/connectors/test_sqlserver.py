"""SQL Server to the edge of its driver: no server could be had, so a stand-in speaks the driver's interface.

What the server would answer to each conversion is written here as its documentation says it.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from connectors.protocol import Connector
from connectors.registry import connector_for
from connectors.sql.about import offers
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI, Window
from tests.builders import make_field
from tests.connectors.answers import Table
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

DRIVERS = Path(__file__).parent / "drivers"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The driver's stand-in in this process, forgotten afterwards."""
    monkeypatch.syspath_prepend(str(DRIVERS))
    import mssql_python  # noqa: PLC0415 it is there only now

    yield mssql_python.SERVER
    for module in ("mssql_python", "connectors.sql.sqlserver"):
        sys.modules.pop(module, None)


def connection(**told: Any) -> Connection:
    facts = {"host": "db.local", "login": "reader", "password": SECRET, "schema": "Civil"}
    return Connection(**{"id": "db", "kind": "mssql", **facts, **told})


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **more: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **more)


def of(fields: Sequence[Field], options: dict[str, Any] | None = None, **told: Any) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("sql_table", "db", {"table": "t"} | (options or {})), fields)
    return dataset, connector_for(dataset, connection(**told))


class StandIn:
    counts = True
    knows_null = True

    def __init__(self, server: Any) -> None:
        self.server = server

    def source(self) -> Source:
        return Source("sql_table", "db", {"table": "low [income]; drop table x --", "schema": "dbo"})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        types = {"amount": "decimal(18,2)", "precise": "decimal(38,18)"}
        columns = [(n, types.get(n, "nvarchar(4000)")) for n in names]
        self.server.answers.tables["low [income]; drop table x --"] = Table(
            columns, [[r[n] for n in names] for r in rows]
        )

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, connection())

    def state(self) -> object:
        return repr(self.server.answers.tables), self.server.open


class TestArrow(Conformance):
    @pytest.fixture
    def bench(self, server: Any) -> StandIn:
        return StandIn(server)


class TestRowByRow(Conformance):
    @pytest.fixture
    def bench(self, server: Any) -> StandIn:
        server.arrow = False
        return StandIn(server)


TYPES = [
    ("id", "bigint", "9223372036854775807"),
    ("yes", "bit", "1"),
    ("price", "money", "922337203685477.5807"),
    ("f", "float", "3.0000000000000004e-001"),
    ("r", "real", "1.2345678906250000e+005"),
    ("born", "date", "0001-01-01"),
    ("at", "datetime2", "9999-12-31 23:59:59.9999990"),
    ("moment", "datetimeoffset", "2026-11-19T16:00:00.0000010Z"),
    ("u", "uniqueidentifier", "00000000-0000-0000-0000-000000000001"),
]


class TestValues:
    def test_the_texts_of_the_server_become_exact_values(self, server: Any) -> None:
        server.answers.tables["t"] = Table([(n, t) for n, t, _ in TYPES], [[v for _, _, v in TYPES]])
        fields = (
            field("id", Kind.INTEGER),
            field("yes", Kind.BOOLEAN),
            field("price", Kind.DECIMAL, 19, 4),
            field("f", Kind.DOUBLE),
            field("r"),
            field("born", Kind.DATE),
            field("at", Kind.TIMESTAMP),
            field("moment", Kind.TIMESTAMP),
            field("u"),
        )
        dataset, connector = of(fields)
        (row,) = typed(dataset, connector).to_pylist()
        assert (row["id"], row["yes"], row["price"]) == (2**63 - 1, True, Decimal("922337203685477.5807"))
        assert (row["f"], row["r"]) == (0.1 + 0.2, "123456.79")
        assert row["born"] == date(1, 1, 1)
        assert row["at"] == datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)
        assert row["moment"] == datetime(2026, 11, 19, 16, 0, 0, 1, tzinfo=UTC)

    def test_every_conversion_that_is_asked_for_is_one_of_transact_sql(self, server: Any) -> None:
        from connectors.sql.sqlserver import SHOWN_AS  # noqa: PLC0415 needs the stand-in

        for shown in SHOWN_AS.values():
            assert sqlglot.parse_one(f"select {shown.format(c='[c]')} as [c0] from [t]", dialect="tsql")

    def test_what_does_not_fit_names_column_and_value(self, server: Any, tmp_path: Path) -> None:
        columns = [("id", "int"), ("at", "datetime2"), ("raw", "varbinary(99)")]
        rows = [["1", "2026-11-20 00:00:00.1234567", None], ["2", None, "00FF"], ["3", None, None]]
        server.answers.tables["t"] = Table(columns, rows)
        dataset, connector = of((field("id", Kind.INTEGER, key=1), field("at", Kind.TIMESTAMP), field("raw")))
        landing = landed(dataset, connector, tmp_path)
        assert [row["id"] for row in rows_of(tmp_path, landing)] == [3]
        rejects = {r["_place"]: (r["field"], r["value"]) for r in rejects_of(tmp_path, landing)}
        assert rejects == {1: ("at", "2026-11-20 00:00:00.1234567"), 2: ("raw", "00ff")}

    def test_a_type_that_has_no_text_is_refused_by_name(self, server: Any) -> None:
        server.answers.tables["t"] = Table([("v", "sql_variant")], [])
        _, connector = of((field("v"),))
        with pytest.raises(SourceChanged, match=r"t\.v: found a column of type sql_variant; ask for a view"):
            list(connector.read(connector.plan(DAY)))

    def test_comments_types_and_key_are_told(self, server: Any) -> None:
        columns = [("id", "int"), ("name", "nvarchar(20)"), ("n", "numeric(9,6)"), ("doc", "varchar(max)")]
        server.answers.tables["t"] = Table(columns, [], ["id"], {"name": "姓名"})
        _, connector = of((field("name"),))
        (stream,) = connector.discover()
        assert [(c.name, c.type) for c in stream.columns] == columns
        assert (stream.columns[1].comment, stream.key) == ("姓名", ("id",))

    def test_tables_are_told_with_their_comments(self, server: Any) -> None:
        server.answers.tables["low_income"] = Table([], [])
        (offer,) = offers(connection(host=""), "")
        assert (offer.name, offer.comment, offer.options) == ("low_income", "低保对象", {"table": "low_income"})


class TestSessions:
    @pytest.mark.parametrize(
        ("of_type", "low"),
        [
            ("datetimeoffset", "convert(datetimeoffset(6), N'2026-11-19T16:00:00Z', 127)"),
            ("datetime", "convert(datetime2(6), N'2026-11-20', 121)"),
            ("date", "convert(date, N'2026-11-20', 23)"),
            ("varchar(20)", "N'2026-11-20'"),
        ],
    )
    def test_the_bounds_of_a_window_are_typed_as_the_column_is(self, server: Any, of_type: str, low: str) -> None:
        server.answers.tables["t"] = Table([("at", of_type)], [])
        kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
        dataset, connector = of((field("at", kind),), {"window_column": "at"})
        typed(dataset, connector, Window.parse("2026-11-20"))
        assert f" where [at] >= {low} and [at] < " in server.answers.asked[-2]

    def test_one_snapshot_for_reading_and_the_session_ends(self, server: Any) -> None:
        server.answers.tables["t"] = Table([("v", "int")], [["1"]])
        server.open = 0
        dataset, connector = of((field("v", Kind.INTEGER),))
        typed(dataset, connector)
        assert server.said[-1] == "set transaction isolation level snapshot"
        assert server.open == 0
        assert server.addresses[-1] == (
            "Server={db.local,1433};Database={Civil};UID={reader};PWD={" + SECRET + "};"
            "Encrypt={yes};ApplicationIntent={ReadOnly};"
        )

    def test_a_database_without_snapshots_must_be_said_to_have_none(self, server: Any) -> None:
        server.answers.tables["t"] = Table([("v", "int")], [["1"]])
        server.snapshots = 0
        _, connector = of((field("v", Kind.INTEGER),))
        with pytest.raises(NotReady, match="SET ALLOW_SNAPSHOT_ISOLATION ON"):
            connector.plan(DAY)
        dataset, connector = of((field("v", Kind.INTEGER),), extra={"isolation": "read committed"})
        assert typed(dataset, connector).num_rows == 1
        _, connector = of((field("v", Kind.INTEGER),), extra={"isolation": "none"})
        with pytest.raises(NotReady, match="expected one of snapshot, read committed"):
            connector.plan(DAY)

    @pytest.mark.parametrize(
        ("said", "refusal"),
        [
            ("Login failed for user 'reader'.", NotReady),
            ("Query timeout expired", SourceUnreachable),
            ("Communication link failure", SourceUnreachable),
            ("Invalid object name 't'.", SourceChanged),
        ],
    )
    def test_errors_come_in_our_words(self, server: Any, said: str, refusal: type[Exception]) -> None:
        server.fails = sys.modules["mssql_python"].OperationalError("Operational error", said)
        _, connector = of((field("v"),))
        with pytest.raises(refusal, match=said):
            connector.plan(DAY)


def test_a_missing_driver_is_a_sentence() -> None:
    _, connector = of((field("v"),))
    (problem,) = connector.check()
    assert problem.code == "NOT_READY"
    assert "driver not installed: mssql_python; install yishu[sqlserver]" in problem.said
