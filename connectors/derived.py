"""Reads the rows of an SQL query over the published Parquet of other datasets, shut off from everything else."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, Field

from connectors.drivers import driver
from connectors.files.pinned import pin
from connectors.headers import Layout, fingerprint, layout
from connectors.options import Options, read_options
from connectors.protocol import Batch, Column, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.query_fault import TELLING, kind_and_place
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import BadInput, NotReady, SourceChanged, SourceFault, SourceUnreachable
from schemas.journey import Plan, Window

ROWS = 64 * 1024
SELECT = "select * from ("
"""What stands before a query when it is run."""
PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")
"""How a query names an input: `{market_regulation.enterprise}`."""


class DerivedOptions(Options):
    """The query, and how much memory it may take."""

    sql: str = Field(min_length=1)
    """One SELECT of DuckDB over `{dataset.key}` placeholders; its columns are named as the fields' source names."""
    memory: str = Field(default="512MB", pattern="^[0-9]+(MB|GB)$")


@dataclass(frozen=True, slots=True)
class Derived:
    """One query over the files of its inputs."""

    dataset: Dataset
    options: DerivedOptions
    inputs: Inputs

    def check(self) -> tuple[Problem, ...]:
        """The inputs are published, and the query can be prepared and gives the contract's columns."""
        try:
            with self._database(self._pieces()) as database:
                self._shape(self._reader(database, "limit 0").schema)
        except (SourceFault, NotReady, BadInput) as fault:
            return (Problem(fault.code, str(fault), "publish the inputs, or correct the query"),)
        return ()

    def discover(self) -> tuple[Stream, ...]:
        """The query's columns with their types in Arrow."""
        with self._database(self._pieces()) as database:
            columns = tuple(Column(f.name, str(f.type)) for f in self._reader(database, "limit 0").schema)
        return (Stream(self.dataset.key, columns),)

    def plan(self, window: Window) -> Plan:
        """Pins every input file by size and sha256."""
        pieces = self._pieces()
        told = fingerprint([hashlib.sha256(self.options.sql.encode()).hexdigest(), *(p["sha256"] for p in pieces)])
        return Plan(self.dataset.key, self.dataset.contract_hash, window, pieces, told)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """The query's rows over the planned files, ordered by key; SourceChanged when one of them is another."""
        for piece in plan.pieces:
            file = Path(piece["path"])
            if not file.is_file() or pin(file)["sha256"] != piece["sha256"]:
                raise SourceChanged(f"{file}: not the file of {piece['dataset']} that was planned; plan anew")
        names = [f.name for f in self.dataset.fields]
        with self._database(plan.pieces) as database:
            shape = self._shape(self._reader(database, "limit 0").schema)
            place = 1
            for rows in self._running(self._reader(database, self._order())):
                columns = [rows.column(p) for p in shape.positions if p is not None]
                yield Batch(self.dataset.key, place, pa.record_batch(columns, names))
                place += rows.num_rows

    def _shape(self, schema: pa.Schema) -> Layout:
        shape = layout(self.dataset, schema.names, self.dataset.key)
        nested = [
            str(schema.field(p)) for p in shape.positions if p is not None and pa.types.is_nested(schema.field(p).type)
        ]
        if nested:
            raise SourceChanged(f"{self.dataset.key}: options.sql gives {', '.join(nested)}; expected single values")
        return shape

    def _running(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except (driver("duckdb", "airflow").Error, pa.ArrowException, OSError) as wrong:
            failed = kind_and_place(wrong, self.options.sql, SELECT)
            said = f"{self.dataset.key}: the query failed with {self.options.memory} of memory: {failed}"
            # Not from what was wrong: a traceback would quote the row after all.
            raise SourceChanged(f"{said}; correct the query, or raise options.memory") from None

    def _pieces(self) -> tuple[Mapping[str, Json], ...]:
        missing = [key for key in self.dataset.source.inputs if not self.inputs.get(key)]
        if missing:
            raise SourceUnreachable(f"{self.dataset.key}: no published version of {', '.join(missing)} yet")
        return tuple(
            {**pin(file), "dataset": key, "path": str(file.absolute())}
            for key in self.dataset.source.inputs
            for file in self.inputs[key]
        )

    def _order(self) -> str:
        key = [_quoted(self.dataset.field(name).source_name) for name in self.dataset.key_fields]
        return f"order by {', '.join(key)}" if key else ""

    def _reader(self, database: Any, tail: str) -> pa.RecordBatchReader:
        duckdb = driver("duckdb", "airflow")
        # As long as what was written, so that a place in it is one in the contract.
        query = PLACEHOLDER.sub(lambda found: _quoted(found[1]), self.options.sql).rstrip().rstrip(";")
        with self._told(""):
            statements = database.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise BadInput(f"{self.dataset.key}: options.sql: found {len(statements)} statements, expected one SELECT")
        with self._told(SELECT):
            return database.execute(f"{SELECT}{query}\n) {tail}").to_arrow_reader(ROWS)

    @contextmanager
    def _told(self, before: str) -> Iterator[None]:
        try:
            yield
        except driver("duckdb", "airflow").Error as wrong:
            failed = kind_and_place(wrong, self.options.sql, before)
            raise BadInput(f"{self.dataset.key}: options.sql: {failed}") from None

    @contextmanager
    def _database(self, pieces: tuple[Mapping[str, Json], ...]) -> Iterator[Any]:
        """DuckDB in memory with a view on each input, then locked: no other file, no network, no setting."""
        duckdb = driver("duckdb", "airflow")
        files: dict[str, list[str]] = {}
        for piece in pieces:
            files.setdefault(piece["dataset"], []).append(_text(piece["path"]))
        with TemporaryDirectory(prefix="yishu-derived-") as spill:
            settings = {"memory_limit": self.options.memory, "threads": "2", "temp_directory": spill} | TELLING
            database = duckdb.connect(":memory:", config=settings)
            try:
                database.execute("set TimeZone = 'UTC'")
                for key, paths in files.items():
                    read = f"select * from read_parquet([{', '.join(paths)}], hive_partitioning = false)"
                    database.execute(f"create view {_quoted(key)} as {read}")
                allowed = ", ".join(path for paths in files.values() for path in paths)
                database.execute(f"set allowed_paths = [{allowed}]")
                database.execute("set enable_external_access = false")
                database.execute("set lock_configuration = true")
                yield database
            finally:
                database.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, DerivedOptions):
        return ()
    named = dict.fromkeys(PLACEHOLDER.findall(options.sql))
    inputs = dataset.source.inputs
    listed = ", ".join(inputs) or "none"
    strange = [f"options.sql: found {{{n}}}, expected one of the inputs: {listed}" for n in named if n not in inputs]
    idle = [
        f"inputs: found {key!r}, which options.sql does not read as {{{key}}}" for key in inputs if key not in named
    ]
    return (*strange, *idle, *([] if inputs else ["inputs: found none, expected the datasets that options.sql reads"]))


def build(dataset: Dataset, _connection: Connection | None, inputs: Inputs) -> Connector:
    """The connector of one contract."""
    return Derived(dataset, read_options(DerivedOptions, dataset), inputs)


KIND = ConnectorKind("derived", DerivedOptions, build, _mistakes)
