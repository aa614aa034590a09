"""What stands in a derived dataset's query and cannot be followed column by column, with its line."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

DIALECT = "duckdb"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a query, at which of its lines (1-based, 0 where the whole is meant)."""

    line: int
    found: str
    expected: str


def line_of(node: exp.Expr) -> int:
    """Line of the first word below the node that knows its own."""
    return next((int(one.meta["line"]) for one in node.walk() if "line" in one.meta), 0)


def strange(root: exp.Query, inputs: Mapping[str, Collection[str]]) -> Iterator[Flaw]:
    """What stands in the query and cannot be followed column by column."""
    common = {cte.alias_or_name for cte in root.find_all(exp.CTE)}
    for node in root.walk():
        if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            yield Flaw(line_of(node.parent or node), "*", "every column by its name")
        elif isinstance(node, exp.Table) and node.name not in inputs and node.name not in common:
            said = node.this.sql(DIALECT) if node.this else node.sql(DIALECT)
            yield Flaw(line_of(node), f"the table {said}", f"one of the inputs: {', '.join(inputs)}")
        elif isinstance(node, _REFUSED) or _by_chance(node):
            yield Flaw(line_of(node), f"{type(node).__name__.upper()}", "joins, subqueries and UNION of named columns")


_REFUSED = (exp.Pivot, exp.Lateral, exp.Unnest, exp.Columns, exp.TableColumn, exp.Explode)


def _by_chance(node: exp.Expr) -> bool:
    """Recursion, and joins on whatever columns happen to share a name."""
    natural = isinstance(node, exp.Join) and node.method.upper() in ("NATURAL", "POSITIONAL")
    return natural or (isinstance(node, exp.With) and node.recursive)
