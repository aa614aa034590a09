"""What every engine of SQL tables keeps beyond every source, and what every engine of a server that can be had."""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.sql.about import offers
from schemas.dataset import Field, Kind
from schemas.errors import SourceChanged, SourceFault, SourceUnreachable
from schemas.journey import SHANGHAI, Window
from tests.connectors.conformance import DAY, SECRET, Conformance, landed, rejects_of, rows_of, typed
from tests.connectors.databases import field, of
from tests.connectors.hostile import Column, held_by
from tests.connectors.tables import SqlBench, T, Table

Shown = dict[str, object]


class SqlConformance(Conformance):
    """Inherit it and give a fixture `bench` that makes a `SqlBench`."""

    def test_hostile_values_that_fit_are_exact(self, bench: SqlBench, tmp_path: Path) -> None:
        columns = held_by(bench.way)
        values = [(c, text, value) for c in columns for text, value in c.exact.items()]
        found, rejects = self._through(bench, columns, [(c, text) for c, text, _ in values], tmp_path)
        expected: Shown = {f"{n} {c.name} {text[:40]!r}": {c.name: value} for n, (c, text, value) in numbered(values)}
        assert rejects == {}
        assert found == {"first": {}, "last": {}} | expected

    def test_hostile_values_that_do_not_fit_are_rejected_under_column_and_value(
        self, bench: SqlBench, tmp_path: Path
    ) -> None:
        columns = held_by(bench.way)
        values = [(c, text, shown) for c in columns for text, shown in c.refused.items()]
        found, rejects = self._through(bench, columns, [(c, text) for c, text, _ in values], tmp_path)
        expected: Shown = {f"{n} {c.name} {text[:40]!r}": (c.name, shown) for n, (c, text, shown) in numbered(values)}
        assert rejects == expected
        assert found == {"first": {}, "last": {}}

    def _through(
        self, bench: SqlBench, columns: list[Column], values: list[tuple[Column, str]], lake: Path
    ) -> tuple[Shown, Shown]:
        """What landed of a table with a value a row, NULL all around it, and what did not, by row."""
        names = {1: "first", len(values) + 2: "last"}
        names |= {n: f"{n} {c.name} {text[:40]!r}" for n, (c, text) in numbered(values)}
        held = {n: (c.name, text) for n, (c, text) in numbered(values)}
        rows = [
            [str(n), *(held[n][1] if n in held and held[n][0] == c.name else None for c in columns)]
            for n in range(1, len(values) + 3)
        ]
        types = [(c.name, c.type_at(bench.way)) for c in columns]
        bench.tables.make(T, Table([("id", bench.words.plain[2]), *types], rows, key=["id"]))
        fields = (field("id", Kind.INTEGER, key=1), *(c.as_field() for c in columns))
        dataset, connector = of(bench.connection(), fields)
        landing = landed(dataset, connector, lake)
        assert landing.source_rows == landing.read == len(rows)
        good, bad = rows_of(lake, landing), rejects_of(lake, landing)
        assert all(row["_place"] == row["id"] for row in good)
        raws = [(row, json.loads(row["raw"])) for row in bad]
        assert all((row["_place"], row["value"]) == (int(raw["id"]), raw[row["field"]]) for row, raw in raws)
        assert all(row["reason"].startswith("found ") and "expected" in row["reason"] for row in bad)
        found: Shown = {names[row["_place"]]: _values(row, fields[1:]) for row in good}
        return found, {names[row["_place"]]: (row["field"], row["value"]) for row in bad}

    def test_comments_types_and_key_are_told(self, bench: SqlBench) -> None:
        columns = list(zip("abc", bench.words.plain, strict=True))
        bench.tables.make(T, Table(columns, [], ["c", "a"], {"b": "姓名"}, "低保对象"))
        (stream,) = of(bench.connection(), (field("b"),))[1].discover()
        comment = "姓名" if bench.words.comment else ""
        types = bench.described or bench.words.plain
        loose = bench.words.loose
        assert [(c.name, c.type, c.comment, c.nullable) for c in stream.columns] == [
            ("a", types[0], "", loose),
            ("b", types[1], comment, True),
            ("c", types[2], "", loose),
        ]
        assert stream.key == ("c", "a")

    def test_tables_are_told_with_their_comments(self, bench: SqlBench) -> None:
        bench.tables.make(T, Table([("v", bench.words.text)], [], (), {}, "低保对象"))
        (offer,) = [o for o in offers(bench.connection(), "") if o.name == "t"]
        assert (offer.form, offer.comment, offer.options) == ("table", bench.words.comment, {"table": "t"})

    def test_a_missing_table_is_refused_by_its_name(self, bench: SqlBench) -> None:
        bench.tables.make(T, Table([("v", bench.words.text)], []))
        with pytest.raises(SourceChanged, match=r"[tT]able '(\w+\.)?u'"):
            of(bench.connection(), (field("v"),), table="u")[1].plan(DAY)


AT = ("2026-11-19 23:59:59", "2026-11-20 00:00:00", "2026-11-20 12:30:00", "2026-11-21 00:00:00")
MANY = (field("id", Kind.INTEGER, key=1), field("pad"))


class ServerConformance(SqlConformance):
    """The same for servers that run here; its bench has tables that can be told what to do."""

    @pytest.fixture
    def many(self, bench: Any) -> int:
        """Rows of the table `t`: more than are read at once."""
        create = "create table t (id int primary key, pad varchar(600))"
        bench.tables.told(create, f"insert into t {bench.words.many.format(1, 60_000)}")
        return 60_000

    def test_windows_hold_low_and_not_high_whatever_the_column_is(self, bench: Any) -> None:
        for of_type in bench.words.windows:
            rows = [[str(number), at] for number, at in enumerate(AT)]
            bench.tables.make(T, Table([("id", "int"), ("at", of_type)], rows, ["id"]))
            kind = Kind.DATE if of_type == "date" else Kind.TIMESTAMP
            fields = (field("id", Kind.INTEGER, key=1), field("at", kind))
            dataset, connector = of(bench.connection(), fields, window_column="at")
            table = typed(dataset, connector, Window.parse("2026-11-20"))
            assert table.column("id").to_pylist() == [1, 2], of_type
            if kind is Kind.TIMESTAMP:
                assert table.column("at").to_pylist()[1] == datetime(2026, 11, 20, 12, 30, tzinfo=SHANGHAI), of_type

    def test_one_column_of_nulls_and_empty_texts_keeps_every_row(self, bench: SqlBench) -> None:
        bench.tables.make(T, Table([("v", "text")], [[None], [""], ["x"], [None]]))
        assert typed(*of(bench.connection(), (field("v"),))).column("v").to_pylist() == [None, "", "x", None]

    def test_rows_that_arrive_while_reading_are_not_seen(self, bench: Any, many: int) -> None:
        dataset, connector = of(bench.connection(), MANY)
        reading = connector.read(connector.plan(DAY))
        count = next(reading).rows.num_rows
        assert 0 < count < many
        bench.tables.told(f"insert into t {bench.words.many.format(many + 1, many + 10_000)}")
        rest = list(reading)
        assert count + sum(batch.rows.num_rows for batch in rest) == many
        assert rest[-1].source_rows == many
        assert typed(dataset, connector).column("id").to_pylist() == list(range(1, many + 10_001))

    def test_a_read_that_is_given_up_ends_at_once_and_leaves_no_session(self, bench: Any) -> None:
        bench.tables.told(f"create view t as {bench.words.slowing}")
        _, connector = of(bench.connection(), (field("id", Kind.INTEGER), field("pad")), timeout=20)
        for _ in range(3):
            reading = connector.read(connector.plan(DAY))
            assert 0 < next(reading).rows.num_rows < 40_000
            began = time.monotonic()
            reading.close()  # type: ignore[attr-defined]
            assert time.monotonic() - began < 10
        patience = time.monotonic() + 30
        while (left := int(bench.tables.told(bench.words.others)[0][0])) and time.monotonic() < patience:
            time.sleep(0.05)
        assert left == 0

    def test_a_server_that_hangs_up_while_it_is_read_is_unreachable(self, bench: Any, many: int) -> None:
        _, connector = of(bench.connection(), MANY)
        reading = connector.read(connector.plan(DAY))
        assert 0 < next(reading).rows.num_rows < many
        bench.tables.told(*bench.words.ending)
        with pytest.raises(SourceUnreachable):
            list(reading)

    def test_the_session_cannot_write(self, bench: Any) -> None:
        bench.tables.told(*bench.words.writing)
        _, connector = of(bench.connection(), (field("v"),))
        with pytest.raises(SourceFault, match=r"(?i)read.only transaction"):
            list(connector.read(connector.plan(DAY)))

    def test_the_source_gives_up_a_query_after_the_timeout(self, bench: Any) -> None:
        bench.tables.told(f"create view t as {bench.words.asleep}")
        _, connector = of(bench.connection(), (field("v"),), timeout=1)
        with pytest.raises(SourceUnreachable, match=r"timeout|max_statement_time"):
            list(connector.read(connector.plan(DAY)))

    def test_a_wrong_password_is_told_and_not_shown(self, bench: Any) -> None:
        (problem,) = of(bench.connection(password=SECRET), (field("v"),))[1].check()
        assert problem.code == "NOT_READY"
        assert "denied" in problem.said or "authentication failed" in problem.said
        assert SECRET not in problem.said

    def test_a_server_that_is_not_there_is_unreachable(self, bench: Any) -> None:
        with pytest.raises(SourceUnreachable) as refusal:
            of(bench.connection(host="127.0.0.1", port=9), (field("v"),))[1].plan(DAY)
        assert refusal.value.again


def numbered(values: list[Any]) -> list[tuple[int, Any]]:
    """The ids of rows with values: between the first and the last, which have none."""
    return list(enumerate(values, 2))


def _values(row: Mapping[str, Any], fields: tuple[Field, ...]) -> Shown:
    return {f.name: row[f.name] for f in fields if row[f.name] is not None}
