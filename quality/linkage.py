"""The linkage risk of clean rows: how many rows each combination of telling values has, grouped by DuckDB.

The groups are written as a small Parquet file, so that the versions of a dataset to which windows are added can be
judged as a whole by adding up its windows' groups, in bounded memory and without the rows (`catalog.anonymity`).
A row of it: `g` the group, `field` 0 with `n` its rows; or `field` i, the i-th sensitive column, `v` one of its
values in that group and `n` the rows that have it. `g` and `v` are 60 bits of an MD5 over the values' texts: the same
in every release of DuckDB, and two of ten million groups share one with a chance of 5 in 100,000.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from quality import sql
from quality.desk import Desk
from quality.files import GROUP
from schemas.linkage import Linkage, sensitive, told_apart


def measure(desk: Desk, clean: Sequence[Path], file: Path) -> Linkage | None:
    """k and l of the rows in `clean`; their groups go to `file`. None where nothing tells people apart."""
    apart, hidden = told_apart(desk.dataset), sensitive(desk.dataset)
    if not apart:
        return None
    about = json.dumps([apart, hidden])
    source = sql.parquet(clean)
    parts = [_groups(source, apart)]
    around = tuple(column for column in apart if column not in hidden)
    parts += [_values(source, around, column, place) for place, column in enumerate(hidden, 1)]
    desk.tell(
        f"COPY ({' UNION ALL '.join(parts)} ORDER BY g, field, v) TO {sql.text(str(file))} (FORMAT parquet, "
        f"COMPRESSION zstd, ROW_GROUP_SIZE {GROUP}, KV_METADATA {{told_apart: {sql.text(about)}}})"
    )
    return Linkage(apart, hidden, *_figures(desk, file))


def _groups(source: str, columns: Sequence[str]) -> str:
    by = sql.names(columns)
    return (
        f"SELECT 0::SMALLINT AS field, {_hash(columns)} AS g, 0::BIGINT AS v, count(*)::BIGINT AS n "
        f"FROM {source} GROUP BY {by}"
    )


def _values(source: str, columns: Sequence[str], hidden: str, place: int) -> str:
    by = sql.names((*columns, hidden))
    return (
        f"SELECT {place}::SMALLINT AS field, {_hash(columns)} AS g, {_hash([hidden])} AS v, count(*)::BIGINT AS n "
        f"FROM {source} GROUP BY {by}"
    )


def _hash(columns: Sequence[str]) -> str:
    """Texts with their lengths before them, so that no two combinations read the same; `-` stands for NULL."""
    texts = [f"{sql.name(column)}::VARCHAR" for column in columns]
    told = " || ".join(f"coalesce(length({text}) || ':' || {text}, '-')" for text in texts) or "''"
    return f"('0x' || left(md5({told}), 15))::BIGINT"


def _figures(desk: Desk, file: Path) -> tuple[int | None, int | None]:
    source = sql.parquet([file])
    [(k,)] = desk.ask(f"SELECT min(n) FROM {source} WHERE field = 0")
    each = f"SELECT count(*) AS values FROM {source} WHERE field > 0 GROUP BY field, g"
    [(diversity,)] = desk.ask(f"SELECT min(values) FROM ({each})")
    return (None if k is None else int(k)), (None if diversity is None else int(diversity))
