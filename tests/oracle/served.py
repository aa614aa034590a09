"""What a Decision lets out of the small world: reads it the plain way, row by row, as any reader of rows must."""

from collections.abc import Mapping

from schemas.access import Decision, RowScope
from schemas.dataset import Json, Transform
from schemas.divisions import DivisionTree

Cells = Mapping[tuple[int, str], Transform]


def served(
    decision: Decision, rows: list[dict[str, str]], tree: DivisionTree, crowd: frozenset[str] = frozenset()
) -> Cells:
    """(row, column) -> how it leaves; a refusal lets out nothing. `crowd`: who stands in the roster it may name."""
    if not decision.allowed or decision.rows is None:
        return {}
    scope = decision.rows
    inside = [n for n, row in enumerate(rows) if _inside(scope, row, tree) and _enrolled(scope, row, crowd)]
    return {(n, c.name): c.transform for n in inside for c in decision.served}


def _inside(scope: RowScope, row: dict[str, str], tree: DivisionTree) -> bool:
    if scope.column and not any(_within(tree, row[scope.column], d, scope) for d in scope.divisions):
        return False
    if scope.keys is not None and "\x1f".join(row[c] for c in scope.key_columns) not in scope.keys:
        return False
    return scope.filter is None or passes(scope.filter, row)


def _enrolled(scope: RowScope, row: dict[str, str], crowd: frozenset[str]) -> bool:
    return not scope.roster or "\x1f".join(row[c] for c in scope.person_columns) in crowd


def _within(tree: DivisionTree, code: str, division: str, scope: RowScope) -> bool:
    return bool(code) and tree.within(code, division, scope.at)


def passes(expression: Json, row: dict[str, str]) -> bool:
    """Equality and `and`, all that the tests' filters need."""
    if "and" in expression:
        return all(passes(one, row) for one in expression["and"])
    return row[expression["column"]] == expression["value"]
