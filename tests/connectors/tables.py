"""Databases that the tests of the connectors fill and read, each behind the same few words."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pymysql

from connectors.protocol import Connector
from connectors.registry import connector_for
from connectors.sql.mysql import quoted as backticked
from connectors.sql.odbc import literal, quoted
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.journey import SHANGHAI
from tests.connectors.conformance import SECRET, Texts
from tests.connectors.databases import connection_to
from tests.connectors.hostile import moment

T = Source("sql_table", "db", {"table": "t"})
_CLIENTS = (
    "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
    "and backend_type = 'client backend'"
)
"""Not the server's own: it vacuums a table that was filled at a moment of its own choosing."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a server holds, in texts."""

    columns: Sequence[tuple[str, str]]
    """Names and types."""
    rows: Sequence[Sequence[Any]]
    """Texts, None for NULL; of a stand-in what its server answers."""
    key: Sequence[str] = ()
    comments: Mapping[str, str] = field(default_factory=dict)
    """Of columns."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What a test must say differently to each server."""

    server: str
    """As the hostile values know it."""
    table: Source
    """One whose name would do harm where it is not quoted."""
    plain: Sequence[str]
    """Types of a decimal(9,6), a text of 20 characters and a number, as the server tells them."""
    text: str = "text"
    types: Mapping[str, str] = field(default_factory=dict)
    """Columns of the conformance suite that are no text."""
    comment: str = "低保对象"
    """What is told of a table for which the department wrote that."""
    loose: bool = False
    """Whether a column of the key may hold NULL."""
    windows: Sequence[str] = ()
    """Types that bound a window."""
    many: str = ""
    """Rows for (id, pad) between two numbers."""
    slowing: str = ""
    """A view on such rows of which the last are slow."""
    others: str = ""
    """How many sessions there are beside the one that asks."""
    ending: Sequence[str] = ()
    """Ends one of those sessions."""
    asleep: str = ""
    writing: Sequence[str] = ()
    """A query that lasts longer than a second, and what makes a view `t` that writes."""


class Tables(Protocol):
    """The tables of one database."""

    words: Words

    def connection(self, **told: Any) -> Connection:
        """To that database; anything may be told otherwise."""
        ...

    def make(self, source: Source, table: Table) -> None:
        """Puts the table where the source says, in place of one that is there."""
        ...

    def state(self) -> object:
        """Everything that reading might have changed."""
        ...


@dataclass
class SqlBench:
    """Tables, and a way to read them."""

    tables: Tables
    how: str = ""
    """The way, where it is not the server's own."""
    through: Callable[[Connection], Connection] = lambda connection: connection
    described: Sequence[str] = ()
    """What the way makes of the `plain` types, where it is something else."""
    counts: bool = True
    knows_null: bool = True

    @property
    def words(self) -> Words:
        return self.tables.words

    @property
    def way(self) -> str:
        return f"{self.words.server}+{self.how}" if self.how else self.words.server

    def source(self) -> Source:
        return self.words.table

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        columns = [(name, self.words.types.get(name, self.words.text)) for name in names]
        self.tables.make(self.source(), Table(columns, [[row[name] for name in names] for row in rows]))

    def connection(self, **told: Any) -> Connection:
        return self.through(self.tables.connection(**told))

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, self.connection())

    def state(self) -> object:
        return self.tables.state()


@dataclass
class PostgresTables:
    """Those of a database on PostgreSQL."""

    url: str
    words = Words(
        "postgres",
        Source("sql_table", "db", {"table": 'low "income"; drop table x --', "schema": "Civil Affairs"}),
        ("numeric(9,6)", "character varying(20)", "integer"),
        types={"person_id": "char(18)", "amount": "numeric(18,2)", "precise": "numeric"},
        windows=("timestamptz", "timestamp", "text", "date"),
        many="select n, repeat('x', 500) from generate_series({}, {}) n",
        slowing="select n as id, case when n < 20000 then repeat('x', 2000) else pg_sleep(0.1)::text end as pad "
        "from generate_series(1, 60000) n",
        others=f"select count(*) {_CLIENTS}",
        ending=(f"select pg_terminate_backend(max(pid)) {_CLIENTS}",),
        asleep="select 1 as v from pg_sleep(5)",
        writing=("create sequence s", "create view t as select nextval('s') as v"),
    )

    def connection(self, **told: Any) -> Connection:
        return connection_to(self.url, **told)

    def told(self, *statements: str) -> Any:
        """What the last of them answers."""
        with psycopg.connect(self.url, autocommit=True) as database:
            for statement in statements:
                cursor = database.execute(statement.encode())
            return cursor.fetchall() if cursor.description else None

    def make(self, source: Source, table: Table) -> None:
        name = _name(source, quoted)
        comments = [f"comment on column {name}.{quoted(c)} is {literal(t)}" for c, t in table.comments.items()]
        self.told(
            'create schema if not exists "Civil Affairs"',
            "set timezone = 'Asia/Shanghai'",
            *_created(name, table, quoted, lambda of, text: literal("\\x" * (of == "bytea") + text)),
            *comments,
            f"comment on table {name} is {literal(table.comment)}",
        )

    def state(self) -> object:
        return self.told(f"select xmin, ctid, * from {_name(self.words.table, quoted)}")


@dataclass
class MariaTables:
    """Those of a database on MariaDB."""

    url: str
    words = Words(
        "mariadb",
        Source("sql_table", "db", {"table": "low `income`; drop table x --"}),
        ("decimal(9,6)", "varchar(20)", "int(11)"),
        types={"person_id": "char(18)", "amount": "decimal(18,2)", "precise": "decimal(38,18)"},
        windows=("timestamp", "datetime", "varchar(30)", "date"),
        many="select seq, repeat('x', 500) from seq_{}_to_{}",
        slowing="select seq as id, if(seq < 20000, repeat('x', 2000), sleep(0.1)) as pad from seq_1_to_60000",
        others="select count(*) from information_schema.processlist where db = database() and id <> connection_id()",
        ending=(
            "set @one = (select max(id) from information_schema.processlist where db = database() "
            "and id <> connection_id())",
            "kill @one",
        ),
        asleep="select seq + sleep(2) as v from seq_1_to_5",
        writing=(
            "create table s (v int)",
            "create function f() returns int begin insert into s values (1); return 1; end",
            "create view t as select f() as v",
        ),
    )

    def connection(self, **told: Any) -> Connection:
        return connection_to(self.url, **told)

    def told(self, *statements: str, rows: Sequence[Sequence[Any]] = ()) -> Any:
        """What the last of them answers; it is executed with each of `rows`, where there are some."""
        with opened_mariadb(self.url) as database, database.cursor() as cursor:
            for statement in statements[:-1]:
                cursor.execute(statement)
            if rows:
                cursor.executemany(statements[-1], rows)
            else:
                cursor.execute(statements[-1])
            return cursor.fetchall()

    def make(self, source: Source, table: Table) -> None:
        commented = [(c, f"{of} comment {literal(table.comments.get(c, ''))}") for c, of in table.columns]
        name = _name(source, backticked)
        self.told(
            "set time_zone = '+08:00', sql_mode = 'NO_BACKSLASH_ESCAPES'",
            *_created(name, replace(table, columns=commented), backticked, _of_mariadb),
            f"alter table {name} comment {literal(table.comment)}",
        )

    def state(self) -> object:
        name = _name(self.words.table, backticked)
        return self.told(f"select * from {name}"), self.told(f"checksum table {name}")


@dataclass
class SqliteTables:
    """Those of one file."""

    file: Path
    words = Words(
        "sqlite",
        Source("sql_table", "db", {"table": 'low "income"; drop table x --'}),
        ("numeric(9,6)", "varchar(20)", "integer"),
        comment="",
        loose=True,
    )

    def connection(self, **told: Any) -> Connection:
        return Connection(**{"id": "db", "kind": "sqlite", "host": str(self.file), "password": SECRET, **told})

    def make(self, source: Source, table: Table) -> None:
        def written(of: str, text: str) -> str:
            return f"x'{text}'" if of == "blob" else text if of in ("integer", "real", "number blob") else literal(text)

        with closing(sqlite3.connect(self.file)) as database, database:
            for statement in _created(_name(source, quoted), table, quoted, written):
                database.execute(statement)

    def state(self) -> object:
        return self.file.read_bytes(), sorted(f.name for f in self.file.parent.iterdir())


def opened_mariadb(url: str) -> "pymysql.connections.Connection[Any]":
    to = connection_to(url)
    return pymysql.connect(
        host=to.host,
        port=to.port or 0,
        user=to.login,
        password=to.password,
        database=to.schema,
        charset="utf8mb4",
        autocommit=True,
    )


def _of_mariadb(of: str, text: str) -> str:
    word = of.partition("(")[0].partition(" ")[0]
    if word in ("bit", "varbinary"):
        return f"{'b' if word == 'bit' else 'x'}'{text}'"
    if word == "timestamp" and text.endswith("+00"):
        return literal(moment(text).astimezone(SHANGHAI).replace(tzinfo=None).isoformat(" "))
    return text if word == "point" else literal(text)


def _name(source: Source, quote: Callable[[str], str]) -> str:
    return ".".join(quote(str(source.options[part])) for part in ("schema", "table") if part in source.options)


def _created(name: str, table: Table, quote: Callable[[str], str], written: Callable[[str, str], str]) -> Iterator[str]:
    columns = [f"{quote(column)} {of}" for column, of in table.columns]
    columns += [f"primary key ({', '.join(map(quote, table.key))})"] if table.key else []
    yield f"drop table if exists {name}"
    yield f"create table {name} ({', '.join(columns)})"
    types = [of for _, of in table.columns]
    for row in table.rows:
        values = ["null" if text is None else written(of, text) for of, text in zip(types, row, strict=True)]
        yield f"insert into {name} values ({', '.join(values)})"
