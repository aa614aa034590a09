"""Every path from a department's system to landed Parquet, against the fastest way there is for it."""

from collections.abc import Iterator

from benchmarks import connectors_files, connectors_mariadb, connectors_postgres
from benchmarks.row import Row


def rows(*, full: bool) -> Iterator[Row]:
    """Databases, then files; what cannot be measured here says so."""
    for part in (connectors_postgres, connectors_mariadb, connectors_files):
        yield from part.rows(full=full)
