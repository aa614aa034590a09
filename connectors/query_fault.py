"""What DuckDB says of a query that failed, told as kind and place: its own words may quote somebody's row.

`Conversion Error at line 2, character 7`. Of a name that it does not find, only one that stands in the query is told.
"""

import json

KINDS_OF_NAMES = ("COLUMN_NOT_FOUND", "MISSING_ENTRY")
TELLING = {"errors_as_json": True}
"""Setting with which DuckDB tells kind and place apart from its words."""


def kind_and_place(wrong: Exception, query: str, before: str = "") -> str:
    """What is safe to tell of an error in `query`, which DuckDB was given with `before` in front of it."""
    told = _told(str(wrong))
    kind = told.get("exception_type") or _class(wrong)
    name = told.get("name", "") if told.get("error_subtype") in KINDS_OF_NAMES else ""
    found = f": found no {name}" if name and name in query else ""
    return f"{kind} Error{_place(told.get('position', ''), query, before)}{found}"


def _told(said: str) -> dict[str, str]:
    """The error's parts; none where it does not come as JSON."""
    begin, end = said.find("{"), said.rfind("}")
    try:
        told = json.loads(said[begin : end + 1])
    except ValueError:
        return {}
    return {str(word): str(value) for word, value in told.items()} if isinstance(told, dict) else {}


def _class(wrong: Exception) -> str:
    """`OutOfMemoryException` -> `OutOfMemory`."""
    return type(wrong).__name__.removesuffix("Exception").removesuffix("Error")


def _place(position: str, query: str, before: str) -> str:
    """DuckDB counts bytes from 0, people count lines and characters from 1."""
    if not position.isdecimal():
        return ""
    at, there = int(position) - len(before.encode()), query.encode()
    if not 0 <= at <= len(there):
        return ""
    lines = there[:at].decode(errors="replace").split("\n")
    return f" at line {len(lines)}, character {len(lines[-1]) + 1}"
