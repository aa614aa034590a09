"""Turns a verdict into a published version: files first, the catalogue's row last, the last good version until then."""

import hashlib
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection, Engine

from catalog import datasets, entry, profiles, versions, watermarks
from catalog.appending import Prepared, prepare, taken_over
from catalog.collection import sketches
from catalog.collection.sketches import Sketcher
from catalog.confirming import keys, stored
from catalog.database import serialise, writing
from catalog.entry import Edition
from catalog.fold_rows import FOLDER
from catalog.folding import Kept
from catalog.lake.putting import MANIFEST, appear, send
from catalog.lake.where import desk
from catalog.mending import failing_records, incidents
from catalog.merging.merged_into import standing
from catalog.rows.edition import Written, write_rows
from catalog.verdict_rows import clean_rows, fitting
from schemas import lake as places
from schemas.arrow import arrow_schema, schema_hash
from schemas.dataset import Load
from schemas.errors import HeldBack, Overtaken
from schemas.journey import Merge, Snapshot
from schemas.merging import TOMBSTONES
from schemas.record import to_json

STAGING = ".staging-"
LEFT_BEHIND = timedelta(days=1)
"""A staging folder this old belongs to nobody any more."""


def publish(engine: Engine, edition: Edition, chance: bytes) -> Snapshot:
    """Publish, or find it published already; `chance` names the folder in which files wait until they are whole.

    Raises HeldBack where a critical rule failed (on record as a version that nobody is served), BadInput where the
    verdict does not belong to the dataset's contract or its files are not what it says.
    """
    fitting(edition.dataset, edition.verdict)
    with engine.connect() as connection:
        wanted = incidents.seen(connection, edition.dataset.key)
        asked = stored.spoken_of(connection, edition.dataset.key)
    failing_records.sweep(edition.lake, edition.dataset.key, wanted, edition.now)
    keys.sweep(edition.lake, edition.dataset.key, asked, edition.now)
    kept = failing_records.keep(edition.dataset, edition.verdict, edition.lake, chance)
    keys.keep(edition.lake, edition.verdict, chance)
    edition = replace(edition, kept=kept)
    with writing(engine) as connection:
        serialise(connection, f"publish {edition.dataset.key}")
        datasets.keep(connection, edition.dataset, edition.now)
        already = entry.already_published(connection, edition)
        if already is not None:
            entry.show(connection, edition, already.version)
        elif edition.verdict.blocked:
            entry.hold_back(connection, edition)
    if edition.verdict.blocked:
        raise HeldBack(
            f"{edition.dataset.key} {edition.verdict.window.key}: held back, critical rules failed: "
            f"{', '.join(edition.verdict.blocked)}; the last good version stays"
        )
    return already or _publish_new(engine, edition, chance)


def _publish_new(engine: Engine, edition: Edition, chance: bytes) -> Snapshot:
    dataset = edition.dataset
    staging = desk(edition.lake) / "datasets" / dataset.key / f"{STAGING}{chance.hex()}"
    _sweep(staging.parent, edition.now)
    staging.mkdir(parents=True)
    try:
        clean = clean_rows(edition.verdict, desk(edition.lake), arrow_schema(dataset))
        looker = Sketcher(dataset, profiles.of_verdict(edition.verdict, desk(edition.lake)), edition.sketch_key)
        fresh = write_rows(looker.watch(clean), dataset, sum(one.rows for one in edition.verdict.clean), staging)
        edition = replace(edition, sketches=looker.done())
        told = (
            *profiles.carry(edition.verdict, desk(edition.lake), staging),
            *sketches.write(edition.sketches, staging),
        )
        fresh = replace(fresh, beside=told)
        send(edition.lake, staging, fresh.within(f"datasets/{dataset.key}", "").parts)
        folded = prepare(engine, edition, staging)
        with writing(engine) as connection:
            serialise(connection, f"publish {dataset.key}")
            datasets.keep(connection, dataset, edition.now)
            return entry.already_published(connection, edition) or _enter(connection, edition, staging, fresh, folded)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _enter(
    connection: Connection, edition: Edition, staging: Path, fresh: Written, folded: Prepared | None
) -> Snapshot:
    """Under the lock: take the next number, put the folder in its place, write the row that makes it real."""
    snapshot = _snapshot(connection, edition, fresh, folded)
    folder = places.version(snapshot.dataset, snapshot.version)
    if folded is not None and not any(file.part.path.startswith(f"{folder}/{FOLDER}/") for file in snapshot.files):
        shutil.rmtree(staging / FOLDER)
    manifest = to_json(snapshot)
    _write_whole(staging / MANIFEST, manifest)
    appear(edition.lake, staging, folder)
    entry.publish(connection, edition, snapshot, manifest)
    sketches.enter(connection, edition.dataset, snapshot.version, edition.sketches)
    ends = snapshot.merged.until if snapshot.merged else edition.verdict.window.high
    watermarks.advance(connection, snapshot.dataset, ends)
    return snapshot


def _snapshot(connection: Connection, edition: Edition, fresh: Written, folded: Prepared | None) -> Snapshot:
    dataset, window = edition.dataset, edition.verdict.window
    before = versions.latest(connection, dataset.key)
    number = entry.next_number(connection, dataset.key)
    folder = places.version(dataset.key, number)
    kept = Kept()
    if before is not None and dataset.source.load is Load.APPEND:
        kept = taken_over(connection, edition, before, folder, folded)
    elif dataset.source.load is Load.MERGE:
        _built_on(connection, edition)
    elif before is not None and before.window.low > window.low:
        raise HeldBack(
            f"{dataset.key} {window.key}: held back, version {before.version} holds the later window "
            f"{before.window.key}; withdraw it first if it is wrong"
        )
    added = fresh.within(folder, window.key)
    files = tuple(sorted((*kept.files, *added.files), key=lambda file: (file.window, file.part.path)))
    return Snapshot(
        dataset=dataset.key,
        version=number,
        contract=dataset.contract_hash,
        window=window,
        files=files,
        rows=sum(file.part.rows for file in files),
        schema_hash=schema_hash(arrow_schema(dataset)),
        digest=hashlib.sha256("".join(file.part.sha256 for file in files).encode()).hexdigest(),
        published_at=edition.now,
        keyed=(*kept.keyed, *added.keyed),
        beside=(*kept.beside, *added.beside),
        merged=_merged(edition, added),
        folds=kept.folds,
    )


def _built_on(connection: Connection, edition: Edition) -> None:
    """A merge was judged together with the version before; another one may have been published since."""
    now = standing(connection, edition.dataset, edition.verdict.window)
    then = edition.verdict.merge.base if edition.verdict.merge else 0
    if then != (now.version if now else 0):
        raise Overtaken(
            f"{edition.dataset.key} {edition.verdict.window.key}: held back, it was merged into version {then}, and "
            f"version {now.version if now else 0} stands there now; validate it again"
        )


def _merged(edition: Edition, added: Written) -> Merge | None:
    """What the manifest says of a merge: its tombstones lie beside the rows."""
    merge = edition.verdict.merge
    tombstones = next((part for part in added.beside if PurePosixPath(part.path).name == TOMBSTONES), None)
    return merge and replace(merge, tombstones=tombstones)


def _write_whole(path: Path, text: bytes) -> None:
    with path.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sweep(folder: Path, now: datetime) -> None:
    """Remove what runs that died left behind."""
    for left in folder.glob(f"{STAGING}*"):
        if now - datetime.fromtimestamp(left.stat().st_mtime, UTC) > LEFT_BEHIND:
            shutil.rmtree(left, ignore_errors=True)
