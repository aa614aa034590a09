"""Tables of texts that answer the SELECTs of an engine, read by sqlglot in that engine's own dialect."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

Row = Sequence[str | None]


@dataclass
class Table:
    """What a server would hold, in the texts that it would answer with."""

    columns: Sequence[tuple[str, str]]
    """Names and types."""
    rows: Sequence[Row]
    key: Sequence[str] = ()
    comments: dict[str, str] = field(default_factory=dict)


@dataclass
class Answers:
    """All tables of a server, and what was asked of it."""

    dialect: str
    tables: dict[str, Table] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def select(self, query: str) -> list[list[str | int | None]]:
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
            return [[sum(row[at] is None for row in table.rows)]]
        if counted is not None:
            return [[len(table.rows)]]
        ordered = tree.args.get("order")
        by = [names.index(one.this.name) for one in ordered.expressions] if ordered else []
        rows = sorted(table.rows, key=lambda row: [row[at] or "" for at in by])
        shown = [names.index(_column(one)) for one in tree.expressions]
        return [[row[at] for at in shown] for row in rows]


def _column(shown: exp.Expression) -> str:
    found = shown.find(exp.Column)
    assert found is not None
    return found.name
