"""PostgreSQL by its COPY: what its own engine keeps beyond every SQL table."""

import os
from pathlib import Path
from typing import Any

import pytest

from schemas.dataset import Kind
from schemas.errors import SourceChanged, SourceUnreachable
from tests.connectors.conformance import DAY, landed, rejects_of, rows_of, typed
from tests.connectors.databases import field, of
from tests.connectors.sql_conformance import MANY, ServerConformance
from tests.connectors.tables import PostgresTables, SqlBench, T, Table


class TestPostgres(ServerConformance):
    @pytest.fixture
    def bench(self, postgres_url: str) -> SqlBench:
        return SqlBench(PostgresTables(postgres_url))

    def test_a_retyped_column_is_refused_even_where_arrow_would_not_notice(self, bench: Any) -> None:
        bench.tables.make(T, Table([("v", "char(12)")], []))
        _, connector = of(bench.connection(), (field("v"),))
        plan = connector.plan(DAY)
        bench.tables.told("alter table t add column more text")
        assert sum(batch.rows.num_rows for batch in connector.read(plan)) == 0
        bench.tables.told("alter table t alter v type varchar(20)")
        with pytest.raises(SourceChanged, match=r"v was character\(12\), is character varying\(20\)"):
            list(connector.read(plan))

    def test_what_the_login_may_not_see_is_told_as_the_sources_matter(self, bench: Any) -> None:
        bench.tables.told("create table t (v text)", f"create role reader_{os.getpid()} login password 'reader'")
        login = bench.connection(login=f"reader_{os.getpid()}", password="reader")
        _, connector = of(login, (field("v"),))
        with pytest.raises(SourceChanged, match="permission denied"):
            list(connector.read(connector.plan(DAY)))

    def test_a_database_that_keeps_bytes_refuses_those_that_are_no_text(self, bench: Any, postgres_url: str) -> None:
        bench.tables.told("create database bytes template template0 encoding 'SQL_ASCII' locale 'C'")
        try:
            kept = PostgresTables(postgres_url.rsplit("/", 1)[0] + "/bytes")
            kept.told("create table t (id int, name text)", "copy t from program 'printf \"1\\t\\316\\312\\n\"'")
            dataset, connector = of(kept.connection(), (field("id", Kind.INTEGER), field("name")))
            with pytest.raises(SourceChanged, match=r"t: invalid byte sequence for encoding .UTF8.: 0xce 0xca"):
                typed(dataset, connector)
        finally:
            bench.tables.told("drop database bytes with (force)")

    def test_a_session_that_is_ended_in_the_middle_is_told_at_once_and_may_be_tried_again(
        self, bench: Any, many: int
    ) -> None:
        _, connector = of(bench.connection(), MANY)
        reading = connector.read(connector.plan(DAY))
        assert next(reading).rows.num_rows < many
        ended = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'yishu' and datname = "
        assert bench.tables.told(ended + "current_database()") == [(True,)]
        with pytest.raises(SourceUnreachable, match="connection") as refusal:
            list(reading)
        assert refusal.value.again

    def test_a_value_that_cannot_be_worked_out_half_way_stops_the_read_with_postgresql_s_words(
        self, bench: Any, tmp_path: Path
    ) -> None:
        bench.tables.told(
            "create table u (id int primary key)",
            "insert into u select generate_series(1, 100000)",
            "create view t as select id, 1 / (90000 - id) as share from u",
        )
        fields = (field("id", Kind.INTEGER, key=1), field("share", Kind.INTEGER))
        dataset, connector = of(bench.connection(), fields)
        with pytest.raises(SourceChanged, match="t: division by zero"):
            landed(dataset, connector, tmp_path)
        assert not list(tmp_path.rglob("manifest.json"))

    def test_rows_longer_than_a_block_and_many_blocks_keep_their_places(self, bench: Any, tmp_path: Path) -> None:
        bench.tables.told(
            "create table t (id int primary key, pad text, d date)",
            "insert into t select n, repeat(chr(19968 + n), case when n = 3 then 3000000 else 1000 end), "
            "case when n = 9000 then date 'infinity' else date '2026-11-20' end from generate_series(1, 10000) n",
        )
        dataset, connector = of(bench.connection(), (*MANY, field("d", Kind.DATE)))
        landing = landed(dataset, connector, tmp_path)
        rows = rows_of(tmp_path, landing)
        assert [r["id"] for r in rows] == [n for n in range(1, 10_001) if n != 9000]
        assert all(r["_place"] == r["id"] == r["_row"] for r in rows)
        assert {len(r["pad"]) for r in rows} == {1000, 3_000_000}
        (reject,) = rejects_of(tmp_path, landing)
        assert (reject["_place"], reject["field"], reject["value"]) == (9000, "d", "infinity")
