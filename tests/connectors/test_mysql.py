"""MySQL's protocol on a real MariaDB: every value exact or a named misfit, one snapshot, no way to write."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pymysql
import pytest

from connectors.protocol import Connector
from connectors.registry import connector_for
from connectors.sql.mysql import connect, quoted
from connectors.sql.packets import Packets, columns
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import SourceUnreachable
from schemas.journey import SHANGHAI, Window
from tests.builders import make_field
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
from tests.mariadb import MariaDB

TABLE = "low `income`; drop table x --"


def mariadb_connection(url: str, kind: str = "mariadb", **told: Any) -> Connection:
    parts = urlsplit(url)
    facts = {"host": parts.hostname, "port": parts.port, "login": parts.username, "password": parts.password}
    return Connection(**{"id": "db", "kind": kind, "schema": parts.path.lstrip("/"), **facts, **told})


def opened(url: str) -> "pymysql.connections.Connection[Any]":
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 0,
        user=parts.username,
        password=parts.password or "",
        database=parts.path.lstrip("/"),
        charset="utf8mb4",
        autocommit=True,
    )


def told(url: str, *statements: str, rows: Sequence[Sequence[Any]] = ()) -> Any:
    """What the last statement answers; the last is executed with each of `rows`, where there are some."""
    with opened(url) as database, database.cursor() as cursor:
        for statement in statements[:-1]:
            cursor.execute(statement)
        if rows:
            cursor.executemany(statements[-1], rows)
        else:
            cursor.execute(statements[-1])
        return cursor.fetchall()


@dataclass
class MariaBench:
    url: str
    counts = True
    knows_null = True

    def source(self) -> Source:
        return Source("sql_table", "db", {"table": TABLE})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        types = {"person_id": "char(18)", "amount": "decimal(18,2)", "precise": "decimal(38,18)"}
        columns = ", ".join(f"{quoted(n)} {types.get(n, 'text')}" for n in names)
        told(self.url, f"drop table if exists {quoted(TABLE)}", f"create table {quoted(TABLE)} ({columns})")
        if rows:
            marks = ", ".join(["%s"] * len(names))
            told(self.url, f"insert into {quoted(TABLE)} values ({marks})", rows=[[r[n] for n in names] for r in rows])

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, mariadb_connection(self.url))

    def state(self) -> object:
        return told(self.url, f"select * from {quoted(TABLE)}"), told(self.url, f"checksum table {quoted(TABLE)}")


class TestMariaDB(Conformance):
    @pytest.fixture
    def bench(self, mariadb_url: str) -> MariaBench:
        return MariaBench(mariadb_url)

    def test_the_password_is_in_no_refusal(self, bench: MariaBench, dataset: Dataset) -> None:
        wrong = mariadb_connection(bench.url, password=SECRET)
        (problem,) = connector_for(dataset, wrong).check()
        assert problem.code == "NOT_READY"
        assert "Access denied" in problem.said
        assert SECRET not in problem.said


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **told)


def of(url: str, fields: Sequence[Field], **options: Any) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("sql_table", "db", {"table": "t"} | options), fields)
    return dataset, connector_for(dataset, mariadb_connection(url))


class TestValues:
    def test_every_type_is_exact(self, mariadb_url: str, mariadb: MariaDB) -> None:
        told(
            mariadb_url,
            "create table t (id bigint unsigned, yes tinyint(1), bits bit(12), price decimal(38,18), f float, "
            "d double, born date, at datetime(6), moment timestamp(6), doc json, kind enum('甲','乙'), y year, "
            "span time(3), name varchar(20) character set gbk)",
            "set time_zone = '+08:00'",
            "set sql_mode = ''",
            "insert into t values (18446744073709551615, 1, b'101', 12345678901234567890.123456789012345678, "
            "123456.789, 0.1e0 + 0.2e0, '0001-01-01', '9999-12-31 23:59:59.999999', '2026-11-20 08:00:00.000001', "
            "'{\"a\": [1, \"𠮷\"]}', '乙', 2026, '-838:59:59', '赵甲子')",
        )
        fields = (
            field("id"),
            field("yes", Kind.BOOLEAN),
            field("bits", Kind.INTEGER),
            field("price", Kind.DECIMAL, 38, 18),
            field("f", Kind.DOUBLE),
            field("d", Kind.DOUBLE),
            field("born", Kind.DATE),
            field("at", Kind.TIMESTAMP),
            field("moment", Kind.TIMESTAMP),
            field("doc"),
            field("kind"),
            field("y"),
            field("span"),
            field("name"),
        )
        dataset, connector = of(mariadb_url, fields)
        (row,) = typed(dataset, connector).to_pylist()
        assert row["id"] == "18446744073709551615"
        assert (row["yes"], row["bits"]) == (True, 5)
        assert row["price"] == Decimal("12345678901234567890.123456789012345678")
        assert (row["f"], row["d"]) == (float(np.float32(123456.789).astype(str)), 0.1 + 0.2)
        assert row["born"] == date(1, 1, 1)
        assert row["at"] == datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)
        assert row["moment"] == datetime(2026, 11, 20, 0, 0, 0, 1, tzinfo=UTC)
        assert row["doc"] == '{"a": [1, "𠮷"]}'
        assert (row["kind"], row["y"], row["span"], row["name"]) == ("乙", "2026", "-838:59:59.000", "赵甲子")

    def test_dates_of_zeros_and_binary_values_are_misfits_that_name_column_and_value(
        self, mariadb_url: str, tmp_path: Any
    ) -> None:
        told(
            mariadb_url,
            "create table t (id int primary key, born date, at datetime, moment timestamp null, raw varbinary(99), "
            "place point, yes tinyint(1))",
            "set sql_mode = ''",
            "insert into t values (1, '2026-11-20', '2026-11-20', '2026-11-20', null, null, 1), "
            "(2, '0000-00-00', null, null, null, null, 0), (3, '2026-00-00', null, null, null, null, 0), "
            "(4, null, '0000-00-00 00:00:00', null, null, null, 0), (5, null, null, 0, null, null, 0), "
            "(6, null, null, null, x'00ff', null, 0), (7, null, null, null, repeat('a', 90), null, 0), "
            "(8, null, null, null, null, point(1, 2), 0), (9, null, null, null, null, null, 2)",
        )
        fields = (
            field("id", Kind.INTEGER, key=1),
            field("born", Kind.DATE),
            field("at", Kind.TIMESTAMP),
            field("moment", Kind.TIMESTAMP),
            field("raw"),
            field("place"),
            field("yes", Kind.BOOLEAN),
        )
        dataset, connector = of(mariadb_url, fields)
        landing = landed(dataset, connector, tmp_path)
        assert [row["id"] for row in rows_of(tmp_path, landing)] == [1]
        assert landing.source_rows == landing.read == 9
        rejects = {r["_place"]: (r["field"], r["value"]) for r in rejects_of(tmp_path, landing)}
        assert rejects == {
            2: ("born", "0000-00-00"),
            3: ("born", "2026-00-00"),
            4: ("at", "0000-00-00 00:00:00"),
            5: ("moment", "0000-00-00 00:00:00"),
            6: ("raw", "00ff"),
            7: ("raw", "61" * 64 + "…"),
            8: ("place", "0101000000000000000000f03f0000000000000040"),
            9: ("yes", "2"),
        }

    def test_a_date_of_zeros_may_be_declared_to_mean_missing(self, mariadb_url: str) -> None:
        told(mariadb_url, "create table t (v date)", "set sql_mode = ''", "insert into t values (0), ('2026-11-20')")
        dataset, connector = of(mariadb_url, (field("v", Kind.DATE, null_markers=("0000-00-00",)),))
        assert typed(dataset, connector).column("v").to_pylist() == [None, date(2026, 11, 20)]

    def test_texts_of_every_length_empty_and_null_stay_apart(self, mariadb_url: str, mariadb: MariaDB) -> None:
        lengths = (0, 1, 250, 251, 252, 65535, 65536, 5_000_000)
        mariadb.execute("set global max_allowed_packet = 67108864")
        told(
            mariadb_url,
            "create table t (id int primary key auto_increment, v longtext, w text)",
            "insert into t (v, w) values (repeat('x', %s), %s)",
            rows=[(n, None if n % 2 else "") for n in lengths],
        )
        told(mariadb_url, "insert into t (v, w) values (repeat('龘', 6000000), 'end'), (null, null)")
        dataset, connector = of(mariadb_url, (field("id", Kind.INTEGER, key=1), field("v"), field("w")))
        rows = typed(dataset, connector).to_pylist()
        assert [len(r["v"]) for r in rows[: len(lengths)]] == list(lengths)
        assert [r["w"] for r in rows[: len(lengths)]] == [None if n % 2 else "" for n in lengths]
        assert (rows[-2]["v"], rows[-2]["w"]) == ("龘" * 6_000_000, "end")
        assert (rows[-1]["v"], rows[-1]["w"]) == (None, None)

    def test_comments_types_and_key_are_told(self, mariadb_url: str) -> None:
        told(
            mariadb_url,
            "create table t (a decimal(9,6), b varchar(20) comment '姓名' unique, c int unsigned, primary key (c, a)) "
            "comment '低保对象'",
        )
        _, connector = of(mariadb_url, (field("b"),))
        (stream,) = connector.discover()
        assert [(c.name, c.type, c.comment) for c in stream.columns] == [
            ("a", "decimal(9,6)", ""),
            ("b", "varchar(20)", "姓名"),
            ("c", "int(10) unsigned", ""),
        ]
        assert (stream.key, stream.comment) == (("c", "a"), "低保对象")
        assert [(c.nullable, c.unique) for c in stream.columns] == [(False, False), (True, True), (False, False)]

    def test_a_table_of_another_database_is_read_by_its_schema(self, mariadb_url: str) -> None:
        told(mariadb_url, "create table t (v int)", "insert into t values (1)")
        connection = mariadb_connection(mariadb_url, schema="", kind="mysql")
        source = Source("sql_table", "db", {"table": "t", "schema": urlsplit(mariadb_url).path.lstrip("/")})
        dataset = dataset_of(source, (field("v", Kind.INTEGER),))
        assert typed(dataset, connector_for(dataset, connection)).column("v").to_pylist() == [1]


AT = ("2026-11-19 23:59:59", "2026-11-20 00:00:00", "2026-11-20 12:30:00", "2026-11-21 00:00:00")


class TestSessions:
    @pytest.mark.parametrize("of_type", ["timestamp", "datetime", "varchar(30)", "date"])
    def test_windows_hold_low_and_not_high_whatever_the_column_is(self, mariadb_url: str, of_type: str) -> None:
        told(
            mariadb_url,
            f"create table t (id int primary key, at {of_type})",
            "set time_zone = '+08:00'",
            "insert into t values (%s, %s)",
            rows=list(enumerate(AT)),
        )
        kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
        dataset, connector = of(mariadb_url, (field("id", Kind.INTEGER, key=1), field("at", kind)), window_column="at")
        table = typed(dataset, connector, Window.parse("2026-11-20"))
        assert table.column("id").to_pylist() == [1, 2]
        if kind is Kind.TIMESTAMP:
            assert table.column("at").to_pylist()[1] == datetime(2026, 11, 20, 12, 30, tzinfo=SHANGHAI)

    def test_rows_that_no_window_holds_are_warned_of(self, mariadb_url: str) -> None:
        told(mariadb_url, "create table t (at date)", "set sql_mode = ''", "insert into t values (0), (null), (null)")
        _, connector = of(mariadb_url, (field("at", Kind.DATE),), window_column="at")
        (problem,) = connector.check()
        assert problem.warning
        assert "2 rows hold NULL, 1 rows hold a date of zeros" in problem.said

    def test_rows_that_arrive_while_reading_are_not_seen(self, many: str) -> None:
        dataset, connector = of(many, (field("id", Kind.INTEGER, key=1), field("pad")))
        reading = connector.read(connector.plan(DAY))
        count = next(reading).rows.num_rows
        told(many, "insert into t select seq, '' from seq_60001_to_70000")
        rest = list(reading)
        assert count + sum(batch.rows.num_rows for batch in rest) == 60_000
        assert rest[-1].source_rows == 60_000
        assert typed(dataset, connector).column("id").to_pylist() == list(range(1, 70_001))

    def test_a_read_that_is_given_up_ends_at_once_and_leaves_no_session(self, many: str, mariadb: MariaDB) -> None:
        _, connector = of(many, (field("id", Kind.INTEGER, key=1), field("pad")))
        for _ in range(5):
            reading = connector.read(connector.plan(DAY))
            next(reading)
            reading.close()  # type: ignore[attr-defined]
        asked = "select count(*) from information_schema.processlist where db = database() and id <> connection_id()"
        patience = time.monotonic() + 60
        while (left := told(many, asked)) != ((0,),) and time.monotonic() < patience:
            time.sleep(0.05)
        assert left == ((0,),)

    def test_the_session_cannot_write(self, many: str) -> None:
        session = connect(mariadb_connection(many), SqlTableOptions(table="t"))
        with pytest.raises(pymysql.MySQLError, match="READ ONLY"), session.database.cursor() as cursor:
            cursor.execute("delete from t")
        session.close()

    def test_the_source_gives_up_a_query_after_the_timeout(self, mariadb_url: str) -> None:
        told(mariadb_url, "create view t as select seq + sleep(2) as v from seq_1_to_5")
        _, connector = of(mariadb_url, (field("v", Kind.INTEGER),), timeout=1)
        with pytest.raises(SourceUnreachable, match="max_statement_time"):
            list(connector.read(connector.plan(DAY)))

    def test_a_server_that_is_not_there_is_unreachable(self) -> None:
        dataset = dataset_of(Source("sql_table", "db", {"table": "t"}), (field("v"),))
        connector = connector_for(dataset, Connection("db", "mysql", host="127.0.0.1", port=9, schema="x"))
        with pytest.raises(SourceUnreachable) as refusal:
            connector.plan(DAY)
        assert refusal.value.again

    def test_a_server_that_goes_away_in_the_middle_is_unreachable(self, many: str, mariadb: MariaDB) -> None:
        _, connector = of(many, (field("id", Kind.INTEGER, key=1), field("pad")))
        reading = connector.read(connector.plan(DAY))
        next(reading)
        ((number,),) = told(
            many, "select max(id) from information_schema.processlist where db = database() and id <> connection_id()"
        )
        told(many, f"kill {number}")
        with pytest.raises(SourceUnreachable):
            list(reading)

    @pytest.fixture
    def many(self, mariadb_url: str) -> Iterator[str]:
        told(
            mariadb_url,
            "create table t (id int primary key, pad varchar(600))",
            "insert into t select seq, repeat('x', 500) from seq_1_to_60000",
        )
        return mariadb_url


def packet(payload: bytes, number: int = 0) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


END = packet(b"\xfe\x00\x00\x02\x00")


def read(stream: bytes, size: int, width: int) -> list[tuple[bytes | None, ...]]:
    rows: list[tuple[bytes | None, ...]] = []
    for buffer, starts, ends in Packets(BytesIO(stream), size).blocks():
        found = [c.to_pylist() for c in columns(buffer, starts, ends, width)]
        rows += zip(*found, strict=True)
    return rows


@pytest.mark.parametrize("size", [1, 7, 16, 64, 4096])
def test_packets_are_cut_alike_however_large_the_buffer_is(size: int) -> None:
    rows = [(b"ab", b"", None), (b"", None, b"x" * 250), (None, b"y" * 251, b"\xfe"), (b"c", b"z" * 70_000, b"\xff")]
    marks = {0: b"", 251: b"\xfc", 70_000: b"\xfd"}

    def value(of: bytes | None) -> bytes:
        if of is None:
            return b"\xfb"
        mark = marks.get(len(of), b"")
        return mark + len(of).to_bytes({b"": 1, b"\xfc": 2, b"\xfd": 3}[mark], "little") + of

    stream = b"".join(packet(b"".join(map(value, row)), n) for n, row in enumerate(rows))
    assert read(stream + END, size, 3) == rows
    assert read(END, size, 3) == []


def test_what_the_server_says_instead_of_more_rows_is_raised() -> None:
    error = packet(b"\xff" + (1317).to_bytes(2, "little") + b"#70100Query execution was interrupted")
    with pytest.raises(pymysql.MySQLError, match="interrupted"):
        read(packet(b"\x01a") + error, 64, 1)
    with pytest.raises(pymysql.MySQLError, match="lost connection"):
        read(packet(b"\x01a"), 64, 1)
    with pytest.raises(pymysql.MySQLError, match="do not end where their packets do"):
        read(packet(b"\x01ab") + END, 64, 1)
