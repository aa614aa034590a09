"""Which version a window is merged into: the last one, or for a window again the one before it."""

from pathlib import Path

from sqlalchemy import Connection

from catalog import versions
from catalog.confirming import keys, stored
from catalog.lake.where import Lake, at_hand
from schemas.arrow import arrow_schema, schema_hash
from schemas.dataset import Dataset
from schemas.errors import BadInput, Unknown
from schemas.journey import Part, Snapshot, Window
from schemas.merging import Base


def standing(connection: Connection, dataset: Dataset, window: Window) -> Snapshot | None:
    """The version to build on; None where there is none, or none whose rows are merged under these columns.

    A window that made the last version builds on the one before, so that it replaces what it brought itself.
    """
    last = versions.latest(connection, dataset.key)
    if last is None or last.merged is None or last.schema_hash != schema_hash(arrow_schema(dataset)):
        return None
    if last.window != window:
        return last
    if not last.merged.base:
        return None
    try:
        return versions.by_number(connection, dataset.key, last.merged.base)
    except Unknown:
        return last


def base(connection: Connection, lake: Lake, dataset: Dataset, window: Window) -> Base | None:
    """The same with its files at hand, and the keys of it that may go."""
    found = standing(connection, dataset, window)
    if found is None or found.merged is None:
        return None
    files: tuple[Path, ...] = tuple(at_hand(lake, file.part).resolve() for file in found.files)
    agreed = (
        stored.agreed(connection, dataset.key, window.key, found.version),
        _gone_already(versions.latest(connection, dataset.key), found.version, window),
    )
    there = tuple(file.resolve() for file in (keys.at_hand(lake, part) for part in agreed) if file is not None)
    return Base(found.version, files, found.rows, found.merged, there)


def _gone_already(last: Snapshot | None, base: int, window: Window) -> Part | None:
    """What the version removed that this window made of the same base and makes again: it is served without them."""
    if last is None or last.merged is None or last.window != window or last.merged.base != base:
        return None
    return last.merged.tombstones


def refuse_new_beginning(connection: Connection, dataset: Dataset, window: Window) -> None:
    """BadInput where nothing is built on although a version stands, and the source could not give its rows again."""
    last = versions.latest(connection, dataset.key)
    if last is None or standing(connection, dataset, window) is not None or last.window == window:
        return
    raise BadInput(
        f"{dataset.key}: version {last.version} has other columns or was not merged, and a {dataset.source.kind} "
        "source gives the rows of a window only; withdraw its versions and run the windows again, the oldest first"
    )
