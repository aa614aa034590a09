"""The linkage risk of clean rows: how many rows each combination of telling values has, grouped by DuckDB.

The groups are written as a small Parquet file, so that the versions of a dataset to which windows are added can be
judged as a whole by adding up its windows' groups (`catalog.linkage.anonymity`), in
bounded memory and without the rows.
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
    _group(desk, clean, apart, hidden)
    lines = [
        "SELECT 0::SMALLINT AS field, g, 0::BIGINT AS v, n FROM (SELECT g, sum(n)::BIGINT AS n FROM grouped GROUP BY g)"
    ]
    lines += [
        f"SELECT {place}::SMALLINT, a, v{place}, sum(n)::BIGINT FROM grouped GROUP BY a, v{place}"
        for place in range(1, len(hidden) + 1)
    ]
    about = json.dumps([apart, hidden])
    desk.tell(
        f"COPY ({' UNION ALL '.join(lines)} ORDER BY g, field, v) TO {sql.text(str(file))} (FORMAT parquet, "
        f"COMPRESSION zstd, ROW_GROUP_SIZE {GROUP}, KV_METADATA {{told_apart: {sql.text(about)}}})"
    )
    desk.tell("DROP TABLE grouped")
    return Linkage(apart, hidden, *_figures(desk, file))


def _group(desk: Desk, clean: Sequence[Path], apart: Sequence[str], hidden: Sequence[str]) -> None:
    """The one look at the rows: how many there are of each combination, as numbers from there on.

    `g` stands for the columns that tell apart, `a` for those that are not themselves sensitive, `v1`… for the latter.
    """
    around = [column for column in apart if column not in hidden]
    values = "".join(f", {_hash([column])} AS v{place}" for place, column in enumerate(hidden, 1))
    by = sql.names(dict.fromkeys((*apart, *hidden)))
    # Names of fields begin with a letter, so that `_n` is none of them.
    rows = f"SELECT {by}, count(*) AS _n FROM {sql.parquet(clean)} GROUP BY {by}"
    told = f"SELECT {_hash(apart)} AS g, {_hash(around)} AS a{values}, _n AS n FROM ({rows})"
    desk.tell(f"CREATE TEMP TABLE grouped AS {told}")


def _hash(columns: Sequence[str]) -> str:
    """Texts with their lengths before them, so that no two combinations read the same; NULL has no length."""
    texts = [f"{sql.name(column)}::VARCHAR" for column in columns]
    told = ", ".join(f"length({text}), ':', {text}" for text in texts) or "''"
    return f"(md5_number(concat({told})) >> 68)::BIGINT"


def _figures(desk: Desk, file: Path) -> tuple[int | None, int | None]:
    source = sql.parquet([file])
    [(k,)] = desk.ask(f"SELECT min(n) FROM {source} WHERE field = 0")
    each = f"SELECT count(*) AS values FROM {source} WHERE field > 0 GROUP BY field, g"
    [(diversity,)] = desk.ask(f"SELECT min(values) FROM ({each})")
    return (None if k is None else int(k)), (None if diversity is None else int(diversity))
