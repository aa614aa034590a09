"""One department's system of each family, with the same parcels in it, for processes that are killed while they read.

What has no part here dies elsewhere: files in a folder in `test_kill`, a REST service in `test_merge_kill`, Kafka and
MQTT in `test_stream_kill`, pushes in `test_push_kill`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.connection import Connection
from schemas.dataset import Source
from tests.connectors.conftest import open_far
from tests.connectors.databases import connection_to
from tests.connectors.soap_server import soap_service
from tests.connectors.tables import MariaTables
from tests.faults.landing_child import NAMES, Office

FILES, ROWS, RECORDS = 3, 60_000, 20_000
"""Files of a place with so many rows each, as many rows of a table, fewer records of a service."""
FAR = ("sftp", "ftp", "http", "s3")
TABLE = Source("sql_table", "db", {"table": "parcel"})
RESOURCES = Path(__file__).parents[1] / "connectors" / "yielding"

Opened = Callable[[pytest.FixtureRequest, Path], Iterator[Office]]


def parcel(number: int) -> tuple[str, str, str]:
    return f"P{number:06d}", f"{number}.25", "地块"


def place(request: pytest.FixtureRequest, folder: Path) -> Iterator[Office]:
    """Three files of a day with their markers, a megabyte and a half each."""
    names = [f"parcel_20261120_{number}.csv" for number in range(FILES)]
    with ExitStack() as held:
        far = open_far(request.param, folder, request, held)
        far.slow = 0.01
        for number, name in enumerate(names):
            lines = "".join(f"{','.join(parcel(number * ROWS + row))}\n" for row in range(ROWS))
            far.put(name, f"{','.join(NAMES)}\n{lines}".encode())
            far.put(f"{name}.done", b"")
        far.put("index.txt", "\n".join(names).encode())
        listed = {"index": {"file": "index.txt"}} if request.param == "http" else {}
        ready = {"marker": "{name}.done"}
        options = {"pattern": "parcel_{yyyymmdd}*.csv", "encoding": "utf-8", "ready": ready, **listed}
        before = far.state()
        yield Office(Source("csv_folder", "far", options), far.connection, FILES * ROWS)
        assert far.state() == before


def postgresql(request: pytest.FixtureRequest, _: Path) -> Iterator[Office]:
    url = request.getfixturevalue("postgres_url")
    with psycopg.connect(url) as database, database.cursor() as cursor:
        cursor.execute("create table parcel (id text primary key, area numeric(18,2), note text)")
        with cursor.copy("copy parcel from stdin") as copy:
            for number in range(ROWS):
                copy.write_row(parcel(number))
    yield Office(TABLE, connection_to(url), ROWS)


def mariadb(request: pytest.FixtureRequest, _: Path) -> Iterator[Office]:
    url = request.getfixturevalue("mariadb_url")
    create = "create table parcel (id char(7) primary key, area decimal(18,2), note text)"
    MariaTables(url).told(
        create, "insert into parcel values (%s, %s, %s)", rows=[parcel(number) for number in range(ROWS)]
    )
    yield Office(TABLE, connection_to(url), ROWS)


def soap(_: pytest.FixtureRequest, __: Path) -> Iterator[Office]:
    with soap_service() as service:
        service.names, service.decimals = NAMES, ("area",)
        service.rows = [dict(zip(NAMES, parcel(number), strict=True)) for number in range(RECORDS)]
        options = {
            "wsdl": "/population?wsdl",
            "operation": "Query",
            "arguments": {"page": "{page}", "size": "{size}"},
            "page": {"kind": "number"},
            "page_size": 2000,
            "records": "QueryResponse.people.person",
            "total": "QueryResponse.total",
        }
        connection = Connection("api", "http", host="127.0.0.1", port=service.port)
        yield Office(Source("soap", "api", options), connection, RECORDS)


def dlt(_: pytest.FixtureRequest, folder: Path) -> Iterator[Office]:
    columns = dict(zip(NAMES, zip(*map(parcel, range(RECORDS)), strict=True), strict=True))
    pq.write_table(pa.table({name: pa.array(column) for name, column in columns.items()}), folder / "rows.parquet")
    options = {"resource": "resources:rows", "arguments": {"file": str(folder / "rows.parquet")}}
    yield Office(Source("dlt", "code", options), Connection("code", "fs", host=str(RESOURCES)), RECORDS)


OFFICES: dict[str, Opened] = {
    **dict.fromkeys(FAR, place), "postgresql": postgresql, "mariadb": mariadb, "soap": soap, "dlt": dlt
}  # fmt: skip


@contextmanager
def opened(request: pytest.FixtureRequest, folder: Path) -> Iterator[Office]:
    """The one that the fixture's parameter names."""
    yield from OFFICES[request.param](request, folder)
