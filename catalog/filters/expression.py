"""A filter on rows, as a typed expression: which columns it looks at, and two of them joined.

{"column": "age", "op": ">=", "value": 60}      op: = != < <= > >= in is_null starts
{"and": [filter, …]}  {"or": [filter, …]}  {"not": filter}
"""

from schemas.dataset import Json

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "is_null", "starts")
DEEPEST = 16


def columns_in(expression: Json, depth: int = 0) -> frozenset[str]:
    """Names of the columns that a filter looks at; ValueError says what is wrong with it."""
    if not isinstance(expression, dict) or depth > DEEPEST:
        raise ValueError(f"filter: found {str(expression)[:60]!r}, expected an object at most {DEEPEST} deep")
    if "column" in expression:
        return frozenset({_column(expression)})
    if len(expression) != 1:
        raise ValueError(
            f"filter: found keys {sorted(expression)}, expected column, op and value, or one of and, or, not"
        )
    word, inner = next(iter(expression.items()))
    if word == "not":
        return columns_in(inner, depth + 1)
    if word not in ("and", "or") or not isinstance(inner, list) or not inner:
        raise ValueError(f"filter: found {word!r}, expected and, or (with a list) or not")
    return frozenset().union(*(columns_in(one, depth + 1) for one in inner))


def _column(expression: dict[str, Json]) -> str:
    strange = sorted(set(expression) - {"column", "op", "value"})
    name, op = expression["column"], expression.get("op")
    if strange or not isinstance(name, str) or op not in OPERATORS:
        raise ValueError(f"filter on {name!r}: found op {op!r} {strange}, expected column, value and op of {OPERATORS}")
    return name


def outline(expression: Json) -> Json:
    """The same expression without a value of it, as receipts show it: of a list its length is told."""
    if expression is None:
        return None
    if "column" in expression:
        told = {"column": expression["column"], "op": expression["op"]}
        value = expression.get("value")
        return told | ({"values": len(value)} if isinstance(value, list | tuple) else {})
    word, inner = next(iter(expression.items()))
    return {word: outline(inner) if word == "not" else [outline(one) for one in inner]}


def both(one: Json, other: Json) -> Json:
    """Rows that pass both; None stands for no filter."""
    if one is None or other is None:
        return other if one is None else one
    return {"and": [one, other]}
