"""Which engine reads the database of a connection, by the connection's kind, and which driver that engine needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel

from connectors.drivers import driver
from connectors.sql.secured import refusals, secured
from schemas.connection import Connection


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to read tables."""

    module: str
    """Its `connect(connection, options)` opens a session."""
    needs: str = ""
    """Python module of its driver; empty where Yishu's own requirements bring it."""
    extra: str = ""
    """What brings the driver: `yishu[extra]`."""
    about: str = ""
    """Module that tells of the database itself: `tables(connection)` and `signs(connection, options, now)`."""

    def connect(self, connection: Connection, options: BaseModel) -> object:
        """A session; NotReady says which driver is missing, or why a certificate is not trusted."""
        if self.needs:
            driver(self.needs, self.extra)
        with refusals(connection):
            return driver(self.module).connect(secured(connection), options)


_OFFERED = "connectors.sql.offered"
_ORACLE = Engine("connectors.sql.oracle", "oracledb", "oracle", _OFFERED)
_POSTGRES = Engine("connectors.sql.postgres", about="connectors.sql.postgres_about")
_ODBC = Engine("connectors.sql.odbc", "arrow_odbc", "odbc", _OFFERED)
_MYSQL = Engine("connectors.sql.mysql", "pymysql", "mysql", "connectors.sql.mysql_about")

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "dm": _ODBC,
        "kingbase": _ODBC,
        "mariadb": _MYSQL,
        "mssql": Engine("connectors.sql.sqlserver", "mssql_python", "sqlserver", _OFFERED),
        "mysql": _MYSQL,
        "odbc": _ODBC,
        "oracle": _ORACLE,
        "postgres": _POSTGRES,
        "postgresql": _POSTGRES,
        "sqlalchemy": Engine("connectors.sql.dialect", about=_OFFERED),
        "sqlite": Engine("connectors.sql.sqlite", about="connectors.sql.sqlite_about"),
    }
)
"""Kind of connection -> engine."""
