"""What any other database tells of itself: the tables of its dictionary, and whether the one in question is there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from connectors.exploring import Offer, Sign, Weight
from connectors.protocol import Stream
from connectors.sql.engines import ENGINES
from connectors.sql.table import SqlTableOptions
from schemas.connection import Connection
from schemas.errors import SourceChanged


@dataclass(frozen=True, slots=True)
class Offered:
    """One table or view of a dictionary."""

    schema: str
    table: str
    form: str
    """As the dictionary calls it: `BASE TABLE`, `VIEW`…"""
    comment: str
    usual: bool
    """Whether it is found without its schema."""


class Dictionary(Protocol):
    """A session that can list its tables."""

    def describe(self) -> Stream:
        """The table in question."""
        ...

    def offered(self) -> Sequence[Offered]:
        """All tables and views that the login may see, sorted."""
        ...

    def close(self) -> None:
        """Ends the session."""
        ...


def tables(connection: Connection) -> tuple[Offer, ...]:
    """Tables and views; how many rows they hold is not asked."""
    with closing(_open(connection, SqlTableOptions(table=connection.id))) as session:
        return tuple(_offer(one) for one in session.offered())


def signs(connection: Connection, options: SqlTableOptions, _now: Callable[[], datetime]) -> Iterator[Sign]:
    """Login, and whether the table is there and may be read."""
    with closing(_open(connection, options)) as session:
        yield Sign("login", f"logged in as {connection.login or 'nobody by name'}")
        try:
            found = session.describe()
        except SourceChanged as missing:
            advice = "correct options.table or options.schema, or ask the department for the right to read it"
            yield Sign("read", str(missing), advice, Weight.PROBLEM)
            return
        yield Sign("read", f"{found.name} has {len(found.columns)} columns")


def _open(connection: Connection, options: SqlTableOptions) -> Dictionary:
    return cast(Dictionary, ENGINES[connection.kind].connect(connection, options))


def _offer(one: Offered) -> Offer:
    name = one.table if one.usual else f"{one.schema}.{one.table}"
    options = {"table": one.table} | ({} if one.usual else {"schema": one.schema})
    form = "view" if "view" in one.form.lower() else "table"
    return Offer(name, form, "sql_table", options, {}, one.comment)
