"""CKAN's `filters`, `fields` and `sort` in the words of our own filters and columns."""

import re
from collections.abc import Mapping

from catalog.filters.text import read_filter
from schemas.dataset import Dataset, Field, Json, Kind
from schemas.errors import BadAsk

NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE})
ONE_OF_A_SORT = re.compile(r'\s*(?:"(?P<quoted>[^"]+)"|(?P<name>[^\s"]+))(?:\s+(?P<way>asc|desc))?\s*', re.IGNORECASE)
Order = tuple[tuple[str, str], ...]
"""Column and `ascending` or `descending`, the first weighs most."""


def condition(filters: Mapping[str, Json], dataset: Dataset) -> Json:
    """Rows that have these values, or one of them where a column has a list; None where nothing is said.

    Values are those of the column's declared type, as everywhere: they go through the grammar of `filter`.
    """
    known = {field.name: field for field in dataset.fields}
    strange = [name for name in filters if name not in known]
    if strange:
        raise BadAsk(f"filters: found the column {strange[0][:40]!r}, expected some of {', '.join(known)}")
    said = [_equal(known[name], value) for name, value in filters.items()]
    return read_filter(" and ".join(said), dataset) if said else None


def _equal(field: Field, value: Json) -> str:
    column = '"{}"'.format(field.name.replace('"', '""'))
    if value is None:
        return f"{column} is null"
    if not isinstance(value, list):
        return f"{column} = {_literal(field, value)}"
    if not value or None in value:
        raise BadAsk(f"filters: found {value!r} for {field.name}, expected a value or a list of values")
    return f"{column} in ({', '.join(_literal(field, one) for one in value)})"


def _literal(field: Field, value: Json) -> str:
    """The value as the grammar of filters writes it; what is of another type is refused there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise BadAsk(f"filters: found {str(value)[:40]!r} for {field.name}, expected a value or a list of values")
    if field.type.kind in NUMBERS and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return value
    if field.type.kind is Kind.BOOLEAN and value.lower() in ("true", "false"):
        return value
    typed = {Kind.DATE: "date ", Kind.TIMESTAMP: "timestamp "}.get(field.type.kind, "")
    return typed + "'{}'".format(value.replace("'", "''"))


def columns(fields: Json, dataset: Dataset) -> tuple[str, ...]:
    """Names of the wanted columns, from a list or a text with commas; empty for all."""
    if not fields:
        return ()
    told = fields.split(",") if isinstance(fields, str) else fields
    names = [one.strip() if isinstance(one, str) else one for one in told] if isinstance(told, list) else [told]
    known = [field.name for field in dataset.fields]
    strange = [one for one in names if one not in known]
    if strange:
        raise BadAsk(f"fields: found {str(strange[0])[:40]!r}, expected some of {', '.join(known)}")
    if len(set(names)) < len(names):
        raise BadAsk("fields: a name stands there twice, expected each once")
    return tuple(names)


def order(sort: str, dataset: Dataset) -> Order:
    """`"amount desc, name"` as columns and ways; BadAsk lists the columns."""
    known = [field.name for field in dataset.fields]
    found = []
    for part in sort.split(",") if sort.strip() else ():
        one = ONE_OF_A_SORT.fullmatch(part)
        name = (one["quoted"] or one["name"]) if one else ""
        if one is None or name not in known:
            raise BadAsk(f"sort: found {part.strip()[:40]!r}, expected columns, asc or desc: {', '.join(known)}")
        found.append((name, "descending" if (one["way"] or "").lower() == "desc" else "ascending"))
    return tuple(found)
