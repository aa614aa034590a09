"""Great Expectations' SQL engine on DuckDB: one kept connection to a throw-away database, shut off from the world.

Great Expectations leaves a connection before it fetches, which DuckDB's results do not survive; so ours stays open.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine

from quality import sql
from quality.macros import macros


@dataclass(frozen=True, slots=True)
class Limits:
    """What one check may take of the machine; beyond `memory` DuckDB spills to its scratch folder."""

    threads: int = 2
    memory: str = "512MB"
    """As DuckDB writes it: `512MB`, `4GB`. With it a check of ten million rows takes 630 MB beyond the import."""


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """The SQL engine with a connection that persists. Metrics of ours are registered for this class."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """The one connection; it is open until `close`."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def close(self) -> None:
        """Let go of the database file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        super().close()


_EngineType = type[SqlAlchemyExecutionEngine]  # inside the next class `type` is the framework's own field


class DuckDBDatasource(SQLDatasource):
    """A DuckDB database as a data source of Great Expectations."""

    type: Literal["yishu_duckdb"] = "yishu_duckdb"  # type: ignore[assignment]  # how the framework names its kinds

    @property
    def execution_engine_type(self) -> _EngineType:
        """Ours."""
        return DuckDBExecutionEngine

    def get_engine(self) -> sa.Engine:
        """The same for tests of a connection as for the work."""
        return self.get_execution_engine().engine


def datasource(scratch: Path, limits: Limits) -> DuckDBDatasource:
    """A new database in the folder `scratch`, where it also spills to. No extension is ever installed or loaded."""
    config: dict[str, Any] = {
        "threads": limits.threads,
        "memory_limit": limits.memory,
        "temp_directory": str(scratch / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return DuckDBDatasource(
        name="landing",
        connection_string=f"duckdb:///{scratch / 'desk.duckdb'}",
        kwargs={
            "connect_args": {"config": config},
            "isolation_level": "AUTOCOMMIT",
            "poolclass": sa.StaticPool,
        },
    )


def prepare(connection: sa.Connection, folders: Sequence[Path], files: Sequence[Path]) -> None:
    """Teach the database our macros and shut it off: from here on it reads and writes below `folders`, and `files`."""
    for statement in macros():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("SET TimeZone = 'Asia/Shanghai'")
    connection.exec_driver_sql("SET enable_progress_bar = false")
    listed = ", ".join(sql.text(str(folder)) for folder in folders)
    connection.exec_driver_sql(f"SET allowed_directories = [{listed}]")
    listed = ", ".join(sql.text(way) for file in files for way in {str(file), sql.pattern(file)})
    connection.exec_driver_sql(f"SET allowed_paths = [{listed}]")
    connection.exec_driver_sql("SET enable_external_access = false")
    connection.exec_driver_sql("SET lock_configuration = true")
