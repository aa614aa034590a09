"""Columns that decide inside a query whether a row is there, and so speak through whatever is taken from it.

`EXISTS (… WHERE secret = 'x')`, a branch of a UNION with a constant in it, or NULL where an outer join finds nothing
say of each row what the column says. Keys that are set equal and tests for NULL say nothing of a value.
"""

from collections.abc import Iterator

from sqlglot import exp


def deciding(query: exp.Expr) -> Iterator[exp.Column]:
    """Columns of WHERE, HAVING, QUALIFY, the joins' ON, and of the order that a LIMIT cuts."""
    for part in ("where", "having", "qualify"):
        if told := query.args.get(part):
            yield from _telling(told.this)
    for join in query.args.get("joins") or ():
        yield from _on(join)
    if query.args.get("limit") and query.args.get("order"):
        yield from query.args["order"].find_all(exp.Column)
    if distinct := query.args.get("distinct"):
        yield from (distinct.args["on"].find_all(exp.Column) if distinct.args.get("on") else ())


def by_outer_joins(query: exp.Expr) -> dict[str, list[exp.Column]]:
    """Alias of a table of which a row may be missing -> columns that decide it; under "" for every table."""
    found: dict[str, list[exp.Column]] = {}
    for join in query.args.get("joins") or ():
        if join.side:
            found.setdefault(join.alias_or_name if join.side == "LEFT" else "", []).extend(_on(join))
    return found


def _on(join: exp.Join) -> Iterator[exp.Column]:
    return _telling(join.args["on"]) if join.args.get("on") else iter(())


def _telling(condition: exp.Expr) -> Iterator[exp.Column]:
    """Columns of a condition that tell a value, part by part."""
    part = condition.unnest()
    if isinstance(part, exp.And):
        yield from _telling(part.left)
        yield from _telling(part.right)
    elif isinstance(part, exp.Not):
        yield from _telling(part.this)
    elif isinstance(part, exp.Exists):
        yield from _inside(part.this)
    elif isinstance(part, exp.In) and part.args.get("query") and isinstance(part.this, exp.Column):
        yield from _inside(part.args["query"])
    elif not _key(part):
        yield from part.find_all(exp.Column)


def _key(part: exp.Expr) -> bool:
    """Two columns set equal, or one that is asked for NULL."""
    if isinstance(part, exp.EQ):
        return isinstance(part.left, exp.Column) and isinstance(part.right, exp.Column)
    return isinstance(part, exp.Is) and isinstance(part.this, exp.Column) and isinstance(part.expression, exp.Null)


def _inside(query: exp.Expr) -> Iterator[exp.Column]:
    """Of the queries below: what decides about their rows, and what they compute; a column as it is is a key."""
    for select in query.find_all(exp.Select):
        yield from deciding(select)
        for one in select.selects:
            if not isinstance(one.unalias(), exp.Column):
                yield from one.find_all(exp.Column)
