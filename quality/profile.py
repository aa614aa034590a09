"""What the clean values look like: one aggregate statement over them all, and a sample of rows for what is frequent.

The statement finds in one scan and bounded memory counts, extremes, quantiles and lengths, and reads the sample beside:
every n-th row, all of up to `LOOKED`. Frequent values and patterns are counted in the sample, exactly where it is all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from quality import sql
from quality.desk import Desk
from schemas.dataset import Field, Kind
from schemas.journey import Window
from schemas.profile import LEAST, LONGEST, MOST, QUANTILES, ColumnProfile, Profile, Share, shows_values

RANGED = (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE, Kind.DATE, Kind.TIMESTAMP)
"""Kinds with extremes and quantiles."""
COUNTED = (Kind.STRING, Kind.INTEGER, Kind.DECIMAL, Kind.BOOLEAN, Kind.DATE)
"""Kinds whose most frequent values are looked for."""
LOOKED = 20_000
"""About so many rows are looked at for frequent values and patterns: every n-th of more."""
LENGTHS = 50
NUMBER = "file_row_number"
SAMPLE = "sampled"
"""Table: the values of those rows."""

Look = Mapping[str, str]
"""Name of an aggregate -> its SQL."""


def profile(desk: Desk, clean: Sequence[Path], window: Window, now: datetime) -> Profile:
    """The profile of the rows in `clean`; masked at once, so that nothing anybody may not see is ever written."""
    fields = desk.dataset.fields
    every = max(1, sum(pq.read_metadata(file).num_rows for file in clean) // LOOKED)
    aggregates = {f"{place} {what}": told for place, f in enumerate(fields) for what, told in _look(f).items()}
    listed = ", ".join(f"{told} AS {sql.name(name)}" for name, told in {"rows": "count(*)", **aggregates}.items())
    found = _row(desk, f"SELECT {listed} FROM {sql.parquet(clean)}", ["rows", *aggregates])
    _sample(desk, clean, every)
    rows, of = int(found["rows"]), [_of(found, place) for place in range(len(fields))]
    columns = tuple(
        _column(f, rows, {**one, **_frequent(desk, f, int(one["values"]))}) for f, one in zip(fields, of, strict=True)
    )
    desk.tell(f"DROP TABLE {SAMPLE}")
    return Profile(desk.dataset.key, window.key, rows, columns, now, every)


def pattern(text: str) -> str:
    """SQL for the shape of a text: digits 9, letters A, Chinese 字, anything else as it is."""
    han = f"regexp_replace(left({text}, {LONGEST}), '\\p{{Han}}', '字', 'g')"
    digits = f"regexp_replace({han}, '\\p{{N}}', '9', 'g')"
    ended = f"CASE WHEN length({text}) > {LONGEST} THEN '…' ELSE '' END"
    return f"regexp_replace({digits}, '[^字\\P{{L}}]', 'A', 'g') || {ended}"


def _look(field: Field) -> Look:
    name = sql.name(field.name)
    look = {"values": f"count({name})", "distinct": f"approx_count_distinct({name})"}
    if not shows_values(field):
        return look
    if field.type.kind in RANGED:
        points = ", ".join(map(str, QUANTILES))
        look |= {"least": f"min({name})::VARCHAR", "greatest": f"max({name})::VARCHAR"}
        look["quantiles"] = f"approx_quantile({name}, [{points}])::VARCHAR[]"
    if field.type.kind is Kind.STRING:
        look["lengths"] = f"histogram(length({name}))"
    return look


def _sample(desk: Desk, clean: Sequence[Path], every: int) -> None:
    """Every n-th row, of columns whose values may be shown."""
    shown = sql.names(f.name for f in desk.dataset.fields if _counted(f)) or "NULL AS nothing"
    desk.tell(f"CREATE TEMP TABLE {SAMPLE} AS SELECT {shown} FROM {_every(desk, sql.parquet(clean), every)}")


def _every(desk: Desk, source: str, every: int) -> str:
    """Every n-th row by its place; by a hash of the row where a field has the name that DuckDB gives the place."""
    if every == 1:
        return source
    if NUMBER in desk.columns:
        return f"{source} WHERE hash({sql.names(desk.columns)}) % {every} = 0"
    numbered = source.replace("hive_partitioning", f"{NUMBER} = true, hive_partitioning")
    return f"{numbered} WHERE {NUMBER} % {every} = 0"


def _counted(field: Field) -> bool:
    return shows_values(field) and field.type.kind in COUNTED


def _frequent(desk: Desk, field: Field, values: int) -> Mapping[str, Any]:
    """The most frequent values and patterns of the sample with how many of all `values` are such, as near as it tells.

    They never add up to more than there are.
    """
    if not _counted(field) or not values:
        return {}
    name = sql.name(field.name)
    texts = {"top": f"{name}::VARCHAR"}
    if field.type.kind is Kind.STRING:
        texts["patterns"] = pattern(name)
    [(seen,)] = desk.ask(f"SELECT count({name}) FROM {SAMPLE}")
    return {
        what: {value: n * values // int(seen) for value, n in _groups(desk, text).items()}
        for what, text in texts.items()
    }


def _groups(desk: Desk, text: str) -> Mapping[str, int]:
    told = f"SELECT {text} AS value FROM {SAMPLE}"
    counted = f"SELECT value, count(*) AS n FROM ({told}) WHERE value <> '' GROUP BY value HAVING n >= {LEAST}"
    return {str(value): int(n) for value, n in desk.ask(f"{counted} ORDER BY n DESC, value LIMIT {MOST}")}


def _row(desk: Desk, statement: str, names: Sequence[str]) -> Mapping[str, Any]:
    [row] = desk.ask(statement)
    return dict(zip(names, row, strict=True))


def _of(found: Mapping[str, Any], place: int) -> Mapping[str, Any]:
    """What was found of one column."""
    here = f"{place} "
    return {name.removeprefix(here): value for name, value in found.items() if name.startswith(here)}


def _column(field: Field, rows: int, found: Mapping[str, Any]) -> ColumnProfile:
    values = int(found["values"])
    distinct = min(int(found["distinct"]), values)
    column = ColumnProfile(field.name, rows - values, distinct, masked=not shows_values(field))
    if values < LEAST or column.masked:
        return column
    return replace(
        column,
        least=found.get("least") or "",
        greatest=found.get("greatest") or "",
        quantiles=tuple(found.get("quantiles") or ()),
        top=_shares(found.get("top"), MOST),
        patterns=_shares(found.get("patterns"), MOST),
        lengths=tuple(sorted(_shares(found.get("lengths"), LENGTHS), key=lambda share: int(share.value))),
    )


def _shares(histogram: Mapping[Any, int] | None, most: int) -> tuple[Share, ...]:
    """The largest groups, those of a few rows left out; equal ones by their text."""
    large = [Share(str(value), int(n)) for value, n in (histogram or {}).items() if n >= LEAST and value != ""]
    return tuple(sorted(large, key=lambda share: (-share.rows, share.value))[:most])
