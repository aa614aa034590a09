"""The rows of a window merged into the version before it: they replace those of their keys, what vanished is removed.

DuckDB joins by key over files, in bounded memory, and sorts the whole once more: a row may have moved to another place.
"""

from collections.abc import Sequence
from pathlib import Path

from quality import files, sql
from quality.desk import Desk
from quality.merged import Merged
from quality.task import Task
from schemas.journey import Landing, Merge, Part
from schemas.merging import TOMBSTONES, Base, landed, late

WHOLE = "clean-0.parquet"
MET = "met"
"""Table: keys of the window's rows that the version has, and whether those are the same, or the later ones."""
GONE = "gone"
"""Table: keys of the version that the source has no more, with the place of each row."""


def merge(desk: Desk, task: Task, fresh: Path) -> Merged:
    """Write the whole, and keys and places of removed rows where there are any; `fresh` are the rows that passed."""
    whole, tombstones = task.scratch / WHOLE, task.scratch / TOMBSTONES
    base, landing = task.base, task.landing
    rows = f"SELECT {sql.names(desk.columns)} FROM {sql.parquet([fresh])}"
    if base is None:
        fresh.replace(whole)
        return Merged(desk.count(sql.parquet([whole])), 0, 0, 0, 0, {WHOLE: whole})
    desk.tell(f"CREATE TEMP VIEW fresh AS {rows}")
    desk.tell(f"CREATE TEMP VIEW base AS SELECT {sql.names(desk.columns)} FROM {sql.parquet(base.files)}")
    overtaken = late(landing, base)
    _meet(desk, overtaken)
    _miss(desk, () if landing.keys is None or overtaken else [task.lake / part.path for part in landing.keys])
    left_out = _number(desk, f"{MET} WHERE alike OR older")
    replaced = _number(desk, MET) - left_out
    removed = desk.count(GONE)
    files.write(desk, _whole(desk), whole)
    written = {WHOLE: whole}
    if removed:
        told, by = sql.names(_told_of_gone(desk)), sql.names(desk.dataset.key_fields)
        files.write(desk, f"SELECT {told} FROM {GONE} ORDER BY {by}", tombstones)
        written[TOMBSTONES] = tombstones
    passed = desk.count("fresh") - left_out
    kept = base.rows - replaced - removed
    return Merged(passed, left_out, replaced, removed, kept, written, _unsaid(desk, base.agreed))


def told(merged: Merged, base: Base | None, landing: Landing, tombstones: Part | None) -> Merge:
    """What the verdict, and later the manifest, say of it."""
    end = (landing.reach or landing.window).high
    at = landing.collected_at
    if base is None:
        return Merge(0, 0, 0, 0, landed(landing), at, end, at)
    before, looked = base.merge, landing.keys is not None and not late(landing, base)
    return Merge(
        base=base.version,
        kept=merged.kept,
        replaced=merged.replaced,
        removed=merged.removed,
        landed=landed(landing),
        collected_at=max(at, before.collected_at),
        until=max(end, before.until),
        keys_at=at if looked else before.keys_at,
        tombstones=tombstones,
    )


def _meet(desk: Desk, overtaken: bool) -> None:
    """Of each key that both have: whether the rows are alike, and whether that of the window is the older one."""
    keys, order = sql.names(desk.dataset.key_fields), desk.dataset.source.order
    alike = " AND ".join(f"f.{sql.name(c)} IS NOT DISTINCT FROM b.{sql.name(c)}" for c in desk.columns)
    older = "false"
    if order:
        ours, theirs = f"f.{sql.name(order)}", f"b.{sql.name(order)}"
        nothing = f"({ours} IS NULL AND {theirs} IS NOT NULL)"
        tie = f" OR {ours} IS NOT DISTINCT FROM {theirs}" if overtaken else ""
        older = f"coalesce({ours} < {theirs}, false) OR {nothing}{tie}"
    wanted = f"{keys}, {alike} AS alike, {older} AS older"
    desk.tell(f"CREATE TEMP TABLE {MET} AS SELECT {wanted} FROM base b JOIN fresh f USING ({keys})")


def _miss(desk: Desk, known: Sequence[Path]) -> None:
    """Keys of the version that stand neither among the source's nor among those of the window."""
    keys, told = sql.names(desk.dataset.key_fields), sql.names(_told_of_gone(desk))
    if not known:
        desk.tell(f"CREATE TEMP TABLE {GONE} AS SELECT {told} FROM base LIMIT 0")
        return
    there = f"SELECT {keys} FROM {sql.parquet(known)}"
    missing = f"SELECT {told} FROM base ANTI JOIN ({there}) AS there USING ({keys})"
    desk.tell(f"CREATE TEMP TABLE {GONE} AS SELECT {told} FROM ({missing}) ANTI JOIN fresh USING ({keys})")


def _unsaid(desk: Desk, agreed: Sequence[Path]) -> int:
    """How many keys are gone that stand in none of these files."""
    if not agreed:
        return desk.count(GONE)
    keys = sql.names(desk.dataset.key_fields)
    return _number(desk, f"{GONE} ANTI JOIN (SELECT {keys} FROM {sql.parquet(agreed)}) AS agreed USING ({keys})")


def _told_of_gone(desk: Desk) -> list[str]:
    """Columns that are kept of a removed row: its key, and its place where it has one."""
    dataset = desk.dataset
    return list(dict.fromkeys((*dataset.key_fields, *filter(None, [dataset.default_scope]))))


def _whole(desk: Desk) -> str:
    columns, keys = sql.names(desk.columns), sql.names(desk.dataset.key_fields)
    out = f"SELECT {keys} FROM {MET} WHERE NOT alike AND NOT older UNION ALL SELECT {keys} FROM {GONE}"
    left_out = f"SELECT {keys} FROM {MET} WHERE alike OR older"
    kept = f"SELECT {columns} FROM base ANTI JOIN ({out}) AS out USING ({keys})"
    added = f"SELECT {columns} FROM fresh ANTI JOIN ({left_out}) AS left_out USING ({keys})"
    return f"SELECT {columns} FROM ({kept} UNION ALL {added}) ORDER BY {files.order(desk)}"


def _number(desk: Desk, rows: str) -> int:
    return int(desk.ask(f"SELECT count(*) FROM {rows}")[0][0])
