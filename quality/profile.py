"""What the clean values look like: one aggregate statement over them all, a second for exact counts of the candidates.

The first finds, in one scan and bounded memory, counts, extremes, quantiles, lengths and the candidates for the most
frequent values and patterns (filtered space-saving); the second reads only columns with candidates and counts those.
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
CANDIDATES = 3 * MOST
SHAPED = 50_000
"""About so many rows are looked at for patterns, which cost more than all the rest: every n-th of a larger file."""
LENGTHS = 50
FIRST = "profiled"
"""Table: the one row of the first statement."""

Look = Mapping[str, str]
"""Name of an aggregate -> its SQL."""


def profile(desk: Desk, clean: Sequence[Path], window: Window, now: datetime) -> Profile:
    """The profile of the rows in `clean`; masked at once, so that nothing anybody may not see is ever written."""
    every, fields = max(1, sum(pq.read_metadata(file).num_rows for file in clean) // SHAPED), desk.dataset.fields
    source = sql.parquet(clean).replace(
        "hive_partitioning", f"file_row_number = {str(every > 1).lower()}, hive_partitioning"
    )
    aggregates = {f"{place} {what}": told for place, f in enumerate(fields) for what, told in _look(f, every).items()}
    listed = ", ".join(f"{told} AS {sql.name(name)}" for name, told in {"rows": "count(*)", **aggregates}.items())
    desk.tell(f"CREATE TEMP TABLE {FIRST} AS SELECT {listed} FROM {source}")
    found = _row(desk, f"SELECT * FROM {FIRST}", ["rows", *aggregates])
    counts = _counts(desk, source, fields, every)
    rows = int(found["rows"])
    columns = tuple(_column(f, rows, _of(found, place), _of(counts, place)) for place, f in enumerate(fields))
    columns = tuple(replace(one, patterns=_scaled(one.patterns, every)) for one in columns)
    return Profile(desk.dataset.key, window.key, rows, columns, now)


def pattern(text: str) -> str:
    """SQL for the shape of a text: digits 9, letters A, Chinese 字, anything else as it is."""
    han = f"regexp_replace(left({text}, {LONGEST}), '\\p{{Han}}', '字', 'g')"
    digits = f"regexp_replace({han}, '\\p{{N}}', '9', 'g')"
    ended = f"CASE WHEN length({text}) > {LONGEST} THEN '…' ELSE '' END"
    return f"regexp_replace({digits}, '[^字\\P{{L}}]', 'A', 'g') || {ended}"


def _look(field: Field, every: int) -> Look:
    name = sql.name(field.name)
    look = {"values": f"count({name})", "distinct": f"approx_count_distinct({name})"}
    if not shows_values(field):
        return look
    if field.type.kind in RANGED:
        points = ", ".join(map(str, QUANTILES))
        look |= {"least": f"min({name})::VARCHAR", "greatest": f"max({name})::VARCHAR"}
        look["quantiles"] = f"approx_quantile({name}, [{points}])::VARCHAR[]"
    if field.type.kind in COUNTED:
        look["top"] = _candidates(f"{name}::VARCHAR")
    if field.type.kind is Kind.STRING:
        look["patterns"] = _candidates(_thinned(pattern(name), every))
        look["lengths"] = f"histogram(length({name}))"
    return look


def _thinned(text: str, every: int) -> str:
    return text if every == 1 else f"CASE WHEN file_row_number % {every} = 0 THEN {text} END"


def _candidates(text: str) -> str:
    """An empty text is what `histogram_exact` calls all others; it shows among the lengths."""
    return f"list_filter(approx_top_k({text}, {CANDIDATES}), lambda value: value <> '')"


def _counts(desk: Desk, source: str, fields: Sequence[Field], every: int) -> Mapping[str, Any]:
    """Exact counts of the candidates."""
    exact = {}
    for place, field in enumerate(fields):
        name = sql.name(field.name)
        shapes = {"top": f"{name}::VARCHAR", "patterns": _thinned(pattern(name), every)}
        for what in shapes.keys() & _look(field, every).keys():
            exact[f"{place} {what}"] = f"histogram_exact({shapes[what]}, {FIRST}.{sql.name(f'{place} {what}')})"
    if not exact:
        return {}
    return _row(desk, f"SELECT {', '.join(exact.values())} FROM {source}, {FIRST}", list(exact))


def _row(desk: Desk, statement: str, names: Sequence[str]) -> Mapping[str, Any]:
    [row] = desk.ask(statement)
    return dict(zip(names, row, strict=True))


def _of(found: Mapping[str, Any], place: int) -> Mapping[str, Any]:
    """What was found of one column."""
    here = f"{place} "
    return {name.removeprefix(here): value for name, value in found.items() if name.startswith(here)}


def _column(field: Field, rows: int, found: Mapping[str, Any], counts: Mapping[str, Any]) -> ColumnProfile:
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
        top=_shares(counts.get("top"), MOST),
        patterns=_shares(counts.get("patterns"), MOST),
        lengths=tuple(sorted(_shares(found.get("lengths"), LENGTHS), key=lambda share: int(share.value))),
    )


def _scaled(some: tuple[Share, ...], every: int) -> tuple[Share, ...]:
    return tuple(replace(share, rows=share.rows * every) for share in some)


def _shares(histogram: Mapping[Any, int] | None, most: int) -> tuple[Share, ...]:
    """The largest groups, those of a few rows left out; equal ones by their text."""
    large = [Share(str(value), int(n)) for value, n in (histogram or {}).items() if n >= LEAST and value != ""]
    return tuple(sorted(large, key=lambda share: (-share.rows, share.value))[:most])
