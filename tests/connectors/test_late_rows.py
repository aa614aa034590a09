"""Rows that become visible long after the moment that they carry: "newer than the last" misses them, windows do not."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from connectors.protocol import Connector
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Load, Source
from schemas.errors import BadInput, SourceUnreachable
from schemas.journey import SHANGHAI, Window
from schemas.merging import lag_of, reach
from tests.builders import make_field
from tests.connectors.databases import connection_to
from tests.connectors.tables import opened_mariadb

WRITERS = 8
SECONDS = 3.0
"""While they write."""
LONGEST = 1.3
"""Seconds that a transaction takes at most."""
FIELDS = (
    make_field("id", key=1, required=True),
    make_field("changed", type=FieldType(Kind.TIMESTAMP), required=True),
)


def registry(connection: Connection, lag: str) -> tuple[Dataset, Connector]:
    source = Source("sql_table", "db", {"table": "visit", "window_column": "changed"}, Load.MERGE, lag=lag)
    dataset = Dataset(
        key="health.visit", version="1.0.0", title="就诊", title_en="Visits", description="", description_en="",
        owner="", owner_name="", division="370400000000", sharing="open", sharing_condition="", withheld_basis="",
        fields=FIELDS, rules=(), source=source, update_cycle="P1D", contract_hash="c",
    )  # fmt: skip
    return dataset, connector_for(dataset, connection)


@dataclass
class Reader:
    """Window after window, each from where the one before ended."""

    dataset: Dataset
    connector: Connector
    until: datetime | None = None
    seen: Counter[str] = field(default_factory=Counter)

    def read(self) -> None:
        now = datetime.now(SHANGHAI)
        asked = reach(Window(self.until or now - timedelta(days=1), now), self.until, lag_of(self.dataset.source), now)
        try:
            plan = self.connector.plan(asked)
        except SourceUnreachable:
            return
        for batch in self.connector.read(plan):
            self.seen.update(batch.rows.column("id").to_pylist())
        self.until = plan.window.high


@dataclass
class Plain:
    """`changed > last`, as it is written everywhere."""

    ask: Callable[[Any], list[tuple[str, Any]]]
    last: Any
    seen: Counter[str] = field(default_factory=Counter)

    def read(self) -> None:
        rows = self.ask(self.last)
        self.seen.update(identifier for identifier, _ in rows)
        self.last = max([self.last, *(changed for _, changed in rows)])


def while_they_write(write: Callable[[str, float], None], *readers: Reader | Plain) -> set[str]:
    """The ids that writers wrote, some for longer than the second that PostgreSQL is given, beside readers."""
    ends = time.monotonic() + SECONDS
    written: list[set[str]] = [set() for _ in range(WRITERS)]

    def work(number: int) -> None:
        chance, count = random.Random(number), 0
        while time.monotonic() < ends:
            count += 1
            identifier = f"{number}-{count}"
            write(identifier, chance.uniform(0, LONGEST))
            written[number].add(identifier)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for reader in readers:
            reader.read()
        time.sleep(0.1)
    time.sleep(1.5)
    for reader in readers:
        reader.read()
    return set[str]().union(*written)


def test_on_postgresql_no_late_row_is_missed_and_none_is_read_twice(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute("create table visit (id text primary key, changed timestamptz not null)")

        def write(identifier: str, seconds: float) -> None:
            with psycopg.connect(postgres_url) as one:
                one.execute("insert into visit values (%s, now())", (identifier,))
                time.sleep(seconds)

        def ask(last: datetime) -> list[tuple[str, datetime]]:
            return database.execute("select id, changed from visit where changed > %s", (last,)).fetchall()

        plain = Plain(ask, datetime(2000, 1, 1, tzinfo=SHANGHAI))
        ours = Reader(*registry(connection_to(postgres_url), ""))
        written = while_they_write(write, plain, ours)
    assert len(written) > 30
    assert written - plain.seen.keys(), "the plain way missed nothing: the test shows nothing"
    assert written - ours.seen.keys() == set()
    assert {identifier for identifier, times in ours.seen.items() if times > 1} == set()


def test_on_mariadb_a_lag_misses_no_late_row(mariadb_url: str) -> None:
    with opened_mariadb(mariadb_url) as database, database.cursor() as cursor:
        cursor.execute("create table visit (id varchar(20) primary key, changed timestamp(6) not null)")

        def write(identifier: str, seconds: float) -> None:
            with opened_mariadb(mariadb_url) as one, one.cursor() as hand:
                one.begin()
                hand.execute("insert into visit values (%s, now(6))", (identifier,))
                time.sleep(seconds)
                one.commit()

        def ask(last: datetime) -> list[tuple[str, datetime]]:
            cursor.execute("select id, changed from visit where changed > %s", (last,))
            return list(cursor.fetchall())

        plain = Plain(ask, datetime(2000, 1, 1))  # noqa: DTZ001 - as the server gives it
        ours = Reader(*registry(connection_to(mariadb_url), "PT3S"))
        written = while_they_write(write, plain, ours)
    assert len(written) > 30
    assert written - plain.seen.keys(), "the plain way missed nothing: the test shows nothing"
    assert written - ours.seen.keys() == set()


def test_a_source_that_cannot_tell_needs_a_lag(mariadb_url: str) -> None:
    with opened_mariadb(mariadb_url) as database, database.cursor() as cursor:
        cursor.execute("create table visit (id varchar(20) primary key, changed timestamp(6) not null)")
    reader = Reader(*registry(connection_to(mariadb_url), ""))
    with pytest.raises(BadInput, match=r"yishu\.source\.lag"):
        reader.read()


def test_other_loads_wait_for_the_transactions_that_began_within_their_window(postgres_url: str) -> None:
    connection = connection_to(postgres_url)
    dataset, _ = registry(connection, "")
    dataset = replace(dataset, source=replace(dataset.source, load=Load.APPEND))
    connector = connector_for(dataset, connection)
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute("create table visit (id text primary key, changed timestamptz not null)")
    with psycopg.connect(postgres_url) as open_still:
        open_still.execute("insert into visit values ('1', now())")
        time.sleep(1.2)
        now = datetime.now(SHANGHAI)
        window = Window(now - timedelta(hours=1), now + timedelta(seconds=0.1))
        with pytest.raises(SourceUnreachable, match="open at the source"):
            connector.plan(window)
    time.sleep(1.5)
    assert connector.plan(window).window == window
