"""MySQL's protocol on a real MariaDB: every value exact or a named misfit, one snapshot, no way to write."""

import os
import shutil
import tempfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest

from connectors.registry import connector_for
from connectors.sql.packets import Packets, columns
from schemas.dataset import Kind, Source
from tests.connectors.conformance import dataset_of, typed
from tests.connectors.databases import connection_to, field, of
from tests.connectors.sql_conformance import ServerConformance
from tests.connectors.tables import MariaTables, SqlBench, T, Table
from tests.mariadb import MariaDB, find_server, running


class TestMariaDB(ServerConformance):
    @pytest.fixture
    def bench(self, mariadb_url: str) -> SqlBench:
        return SqlBench(MariaTables(mariadb_url))

    def test_what_the_columns_say_of_null_and_of_one_value_is_told(self, bench: Any) -> None:
        bench.tables.told("create table t (a int primary key, b varchar(20) unique, c int unsigned) comment '低保对象'")
        (stream,) = of(bench.connection(), (field("b"),))[1].discover()
        assert stream.comment == "低保对象"
        assert [(c.type, c.nullable, c.unique) for c in stream.columns] == [
            ("int(11)", False, True),
            ("varchar(20)", True, True),
            ("int(10) unsigned", True, False),
        ]

    def test_rows_that_no_window_holds_are_warned_of(self, bench: SqlBench) -> None:
        bench.tables.make(T, Table([("at", "date")], [["0000-00-00"], [None], [None]]))
        (problem,) = of(bench.connection(), (field("at", Kind.DATE),), window_column="at")[1].check()
        assert problem.warning
        assert "2 rows hold NULL, 1 rows hold a date of zeros" in problem.said

    def test_a_date_of_zeros_may_be_declared_to_mean_missing(self, bench: SqlBench) -> None:
        bench.tables.make(T, Table([("v", "date")], [["0000-00-00"], ["2026-11-20"]]))
        dataset, connector = of(bench.connection(), (field("v", Kind.DATE, null_markers=("0000-00-00",)),))
        assert typed(dataset, connector).column("v").to_pylist() == [None, date(2026, 11, 20)]

    def test_texts_of_every_length_empty_and_null_stay_apart(self, bench: Any, mariadb: MariaDB) -> None:
        lengths = (0, 1, 250, 251, 252, 65535, 65536, 5_000_000)
        mariadb.execute("set global max_allowed_packet = 67108864")
        bench.tables.told(
            "create table t (id int primary key auto_increment, v longtext, w text)",
            "insert into t (v, w) values (repeat('x', %s), %s)",
            rows=[(n, None if n % 2 else "") for n in lengths],
        )
        bench.tables.told("insert into t (v, w) values (repeat('龘', 6000000), 'end'), (null, null)")
        rows = typed(*of(bench.connection(), (field("id", Kind.INTEGER, key=1), field("v"), field("w")))).to_pylist()
        assert [len(r["v"]) for r in rows[: len(lengths)]] == list(lengths)
        assert [r["w"] for r in rows[: len(lengths)]] == [None if n % 2 else "" for n in lengths]
        assert (rows[-2]["v"], rows[-2]["w"]) == ("龘" * 6_000_000, "end")
        assert (rows[-1]["v"], rows[-1]["w"]) == (None, None)

    def test_a_table_of_another_database_is_read_by_its_schema(self, mariadb_url: str, bench: SqlBench) -> None:
        bench.tables.make(T, Table([("v", "int")], [["1"]]))
        source = Source("sql_table", "db", {"table": "t", "schema": urlsplit(mariadb_url).path.lstrip("/")})
        dataset = dataset_of(source, (field("v", Kind.INTEGER),))
        connector = connector_for(dataset, connection_to(mariadb_url, schema=""))
        assert typed(dataset, connector).column("v").to_pylist() == [1]


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


def test_a_server_that_starts_beside_another_leaves_its_temporary_tables_alone(mariadb: MariaDB) -> None:
    server = find_server()
    assert server is not None
    with tempfile.NamedTemporaryFile(prefix="#sql-temptable-", suffix=".MAI", dir="/tmp") as of_another:
        if os.geteuid() == 0:
            shutil.chown(of_another.name, "mysql")
        with running(server):
            pass
        assert Path(of_another.name).exists()
