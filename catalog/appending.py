"""What an append takes over from the version before: its other windows, folded where there are many small ones."""

import logging
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine

from catalog import fold_rows, folding, versions
from catalog.entry import Edition
from catalog.folding import Kept
from catalog.lake.putting import send
from catalog.rows.edition import Written
from schemas.arrow import arrow_schema, schema_hash
from schemas.dataset import Dataset, Load
from schemas.errors import BadInput, HeldBack, NotReady
from schemas.journey import Fold, Snapshot

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Windows of a version in files that would be one window's; not part of anything yet."""

    fold: Fold
    written: Written


def prepare(engine: Engine, edition: Edition, staging: Path) -> Prepared | None:
    """The next fold of the version that stands now, below `staging`; None where nothing is due.

    Before the publication takes its lock, since it may read a whole row group. A fold can wait: where a file of its
    windows is spoilt or cannot be had, that is a warning, and the new window is published all the same.
    """
    dataset = edition.dataset
    with engine.connect() as connection:
        before = versions.latest(connection, dataset.key)
        if before is None or dataset.source.load is not Load.APPEND or not _alike(dataset, before):
            return None
        read = partial(versions.told_apart_in, connection, dataset.key)
        state = folding.without(read, folding.kept(before), edition.verdict.window)
    if state.folds != before.folds:
        return None  # one was taken apart just now, and its neighbours may be published again next
    members = folding.due(state)
    if not members:
        return None
    try:
        return _written(edition, before, state.of(members), members, staging)
    except NotReady as wrong:
        LOG.warning("%s: its oldest windows stay apart until this is mended: %s", dataset.key, wrong)
        shutil.rmtree(staging / fold_rows.FOLDER)
        return None


def _written(edition: Edition, before: Snapshot, some: Kept, members: tuple[str, ...], staging: Path) -> Prepared:
    dataset = edition.dataset
    written = fold_rows.write(edition.lake, dataset, before, some, staging)
    send(edition.lake, staging / fold_rows.FOLDER, written.within(f"datasets/{dataset.key}", "").parts)
    return Prepared(folding.fold_of(some, before.version, members), written)


def taken_over(
    connection: Connection, edition: Edition, before: Snapshot, folder: str, prepared: Prepared | None
) -> Kept:
    """All windows but the one that is published, under the lock; `folder` is that of the new version.

    BadInput where the columns have changed, HeldBack where a window shares a moment with another one. What was prepared
    of another version than the one before is left aside.
    """
    dataset, window = edition.dataset, edition.verdict.window
    if not _alike(dataset, before):
        raise BadInput(
            f"{dataset.key}: its columns or their types have changed since version {before.version}, "
            "whose rows an append would keep; run the windows again under the new contract as a new dataset"
        )
    read = partial(versions.told_apart_in, connection, dataset.key)
    state = folding.without(read, folding.kept(before), window)
    if shared := folding.sharing(read, state, window):
        raise HeldBack(
            f"{dataset.key} {window.key}: held back, version {before.version} holds {', '.join(shared[:5])}, "
            "which shares days with it, so rows would stand twice; run those windows instead"
        )
    if prepared is None or prepared.fold.version != before.version:
        return state
    placed = prepared.written.within(f"{folder}/{fold_rows.FOLDER}", prepared.fold.window)
    return folding.replaced(state, prepared.fold, Kept(placed.files, placed.keyed, placed.beside))


def comparable(connection: Connection, one: Snapshot, other: Snapshot) -> Snapshot:
    """One of two versions that are compared, window with window; see `folding.comparable`."""
    if one.folds == other.folds:
        return one
    return folding.comparable(partial(versions.told_apart_in, connection, one.dataset), one, other)


def _alike(dataset: Dataset, before: Snapshot) -> bool:
    return before.schema_hash == schema_hash(arrow_schema(dataset))
