"""Which version a window is merged into: the last one, or for a window again the one before it."""

from pathlib import Path

from sqlalchemy import Connection

from catalog import versions
from catalog.confirming import stored
from catalog.lake.where import Lake, at_hand
from schemas.arrow import arrow_schema, schema_hash
from schemas.dataset import Dataset
from schemas.errors import BadInput, Unknown
from schemas.journey import Snapshot, Window
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
    """The same with its files at hand, and how many removed rows an officer confirmed for this window."""
    found = standing(connection, dataset, window)
    if found is None or found.merged is None:
        return None
    files: tuple[Path, ...] = tuple(at_hand(lake, file.part).resolve() for file in found.files)
    return Base(found.version, files, found.rows, found.merged, stored.confirmed(connection, dataset.key, window.key))


def refuse_new_beginning(connection: Connection, dataset: Dataset, window: Window) -> None:
    """BadInput where nothing is built on although a version stands, and the source could not give its rows again."""
    last = versions.latest(connection, dataset.key)
    if last is None or standing(connection, dataset, window) is not None or last.window == window:
        return
    raise BadInput(
        f"{dataset.key}: version {last.version} has other columns or was not merged, and a {dataset.source.kind} "
        "source gives the rows of a window only; withdraw its versions and run the windows again, the oldest first"
    )
