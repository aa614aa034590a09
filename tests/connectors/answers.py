"""Servers that cannot be had: texts that answer the SELECTs of an engine, read in that engine's own dialect."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlglot
from sqlglot import exp

from schemas.connection import Connection
from schemas.dataset import Source
from tests.connectors.conformance import SECRET
from tests.connectors.tables import Table, Words


@dataclass(frozen=True, slots=True)
class Described:
    """A column as dictionaries tell it."""

    name: str
    word: str
    """Its type without the sizes."""
    sizes: list[int]
    """-1 for `max`."""
    nullable: bool
    comment: str | None


@dataclass
class Answers:
    """All tables of a server, and what was asked of it."""

    dialect: str
    tables: dict[str, Table] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT on one table; conditions are noted in `asked`, and only `is null` is followed."""
        tree = sqlglot.parse_one(query, dialect=self.dialect)
        self.asked.append(query)
        named = tree.find(exp.Table)
        assert named is not None
        table = self.tables[named.name]
        names = [name for name, _ in table.columns]
        null, counted = tree.find(exp.Is), tree.find(exp.Count)
        if null is not None:
            at = names.index(null.this.name)
            return [(sum(row[at] is None for row in table.rows),)]
        if counted is not None:
            return [(len(table.rows),)]
        ordered = tree.args.get("order")
        by = [names.index(one.this.name) for one in ordered.expressions] if ordered else []
        rows = sorted(table.rows, key=lambda row: [(len(row[at] or ""), row[at] or "") for at in by])  # 9 before 10
        shown = [names.index(_column(one)) for one in tree.expressions]
        return [tuple(row[at] for at in shown) for row in rows]

    def described(self, name: str) -> Iterator[Described]:
        """The columns of a table, none where there is no such table."""
        table = self.tables.get(name, Table([], []))
        for column, of in table.columns:
            word, _, rest = of.partition("(")
            sizes = [-1 if n == "max" else int(n) for n in rest.split(")")[0].split(",") if n]
            yield Described(column, word, sizes, column not in table.key, table.comments.get(column))

    def listed(self) -> list[tuple[str, str]]:
        """Names of tables with what is told of them."""
        return [(name, table.comment) for name, table in self.tables.items()]

    def key(self, name: str) -> list[tuple[str]]:
        return [(column,) for column in self.tables.get(name, Table([], [])).key]


@dataclass
class StandIn:
    """The tables of a server that cannot be had: what they hold is what its documentation says that it answers."""

    words: Words
    answers: Answers
    facts: Mapping[str, Any]
    """Of its connection."""
    answered: Callable[[str, str], Any]
    """What the server answers for a text that is held by a column of a type."""
    open: int = 0
    """Sessions."""

    def connection(self, **told: Any) -> Connection:
        return Connection(**{"id": "db", "login": "reader", "password": SECRET, **self.facts, **told})

    def make(self, source: Source, table: Table) -> None:
        types = [of for _, of in table.columns]
        rows = [
            [None if text is None else self.answered(of, text) for of, text in zip(types, row, strict=True)]
            for row in table.rows
        ]
        self.answers.tables[str(source.options["table"])] = replace(table, rows=rows)

    def state(self) -> object:
        return repr(self.answers.tables), self.open


def _column(shown: exp.Expression) -> str:
    found = shown.find(exp.Column)
    assert found is not None
    return found.name
