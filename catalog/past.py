"""The published versions of earlier windows: what a new version's volume and values are held against."""

from datetime import timedelta

from sqlalchemy import Connection, Select, select

from catalog import profiles, tables, versions
from catalog.lake.where import Lake
from schemas.dataset import Dataset, Load
from schemas.journey import Window
from schemas.past import MOST_VERSIONS, Past, PastVersion


def past(connection: Connection, lake: Lake, dataset: Dataset, window: Window) -> Past:
    """The last versions of windows that began before this one, so that a second run of a window finds the same past.

    Of an append only windows of the same length are told: the rows of a week say nothing about those of a day. Of a
    merge none is: its windows are as long as it takes, and its versions hold what others brought.
    """
    if dataset.source.load is Load.MERGE:
        return Past()
    found: dict[str, PastVersion] = {}
    for row in connection.execute(_earlier(dataset.key, window)):
        whole = dataset.source.load is Load.SNAPSHOT
        if row.window in found or not (whole or _alike(row.window_high - row.window_low, window)):
            continue
        rows = row.rows if whole else _added(connection, dataset.key, row.number, row.window)
        found[row.window] = PastVersion(row.number, row.window, rows)
        if len(found) == MOST_VERSIONS:
            break
    before = tuple(found.values())
    if not before:
        return Past()
    return Past(before, profiles.profile(lake, versions.by_number(connection, dataset.key, before[0].version)))


def _earlier(key: str, window: Window) -> Select[tuple[int, str]]:
    table = tables.version
    wanted = select(table.c.number, table.c.window, table.c.window_low, table.c.window_high, table.c.rows)
    there = wanted.where(table.c.dataset == key, table.c.state == "published", table.c.window_low < window.low)
    return there.order_by(table.c.window_low.desc(), table.c.number.desc()).limit(10 * MOST_VERSIONS)


def _alike(length: timedelta, window: Window) -> bool:
    return length == window.high - window.low


def _added(connection: Connection, key: str, number: int, window: str) -> int:
    snapshot = versions.by_number(connection, key, number)
    return sum(file.part.rows for file in snapshot.files if file.window == window)
