"""What an append takes over from the version before: its other windows, folded where there are many small ones."""

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
from schemas.errors import BadInput, HeldBack
from schemas.journey import Fold, Snapshot


@dataclass(frozen=True, slots=True)
class Prepared:
    """Windows of a version in files that would be one window's; not part of anything yet."""

    fold: Fold
    written: Written


def prepare(engine: Engine, edition: Edition, staging: Path) -> Prepared | None:
    """The next fold of the version that stands now, below `staging`; None where nothing is due.

    Before the publication takes its lock, since it may read a whole row group.
    """
    dataset = edition.dataset
    with engine.connect() as connection:
        before = versions.latest(connection, dataset.key)
        if before is None or dataset.source.load is not Load.APPEND or not _alike(dataset, before):
            return None
        read = partial(versions.told_apart_in, connection, dataset.key)
        state = folding.without(read, folding.kept(before), edition.verdict.window)
    members = folding.due(state)
    if not members or not {file.window for file in before.files}.issuperset(members):
        return None  # what was taken apart just now stands apart in an older version only
    some = state.of(members)
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
