"""Lands one pull as Parquet: a plan made once, parts, and a manifest made once, which alone makes them count.

Readers see manifests only. A process may be killed at any point: without a manifest nothing was landed, and the next
run starts from zero with the same plan; with one, everything was, and the next run does nothing.
"""

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from connectors.landing import once
from connectors.landing.behind import Behind
from connectors.landing.claims import claimed, clash
from connectors.landing.fit import REJECTS, fit, landed_schema
from connectors.landing.gentle import gently
from connectors.landing.keys import write_keys
from connectors.landing.parts import PartWriter
from connectors.landing.progress import counted
from connectors.protocol import Batch, Connector, Follows
from schemas import lake as places
from schemas.dataset import Dataset, Severity
from schemas.errors import BadInput, HeldBack, SourceChanged
from schemas.journey import Landing, Part, Plan, Window
from schemas.record import from_json, to_json

PLAN = places.PLAN
MANIFEST = places.MANIFEST


@dataclass(frozen=True, slots=True)
class Pull:
    """What a plan is asked for: the window it stands under, and where that builds on others, what is really read."""

    window: Window
    reach: Window | None = None
    """None: just the window."""
    keys: bool = False
    """Whether all keys of the source are read, too."""


def make_plan(dataset: Dataset, connector: Connector, asked: Window | Pull, lake: Path, *, anew: bool = False) -> Plan:
    """The plan of this window, on disk before anything is read; one that is there already is returned.

    A plan that was made under another contract, or that `anew` gives up, is replaced unless it was landed; and so is
    one of a stream whose messages another window has landed since.
    """
    pull = asked if isinstance(asked, Pull) else Pull(asked)
    window = pull.window
    folder = lake / places.landing(dataset.key, window)
    file = folder / PLAN
    folder.mkdir(parents=True, exist_ok=True)
    with once.alone(folder):
        found = _read_plan(file)
        landed = (folder / MANIFEST).exists()
        if found and (landed or (not anew and _holds(found, dataset, connector, lake))):
            return found
        plan = _plan(dataset, connector, pull.reach or window, lake)
        plan = replace(plan, window=window, reach=plan.window if pull.reach else None, keys=pull.keys)
        once.replace(file, to_json(plan))
    return plan


def _holds(plan: Plan, dataset: Dataset, connector: Connector, lake: Path) -> bool:
    same = plan.contract == dataset.contract_hash
    return same and not (isinstance(connector, Follows) and clash(plan, claimed(lake, dataset.key, plan.window)))


def _plan(dataset: Dataset, connector: Connector, window: Window, lake: Path) -> Plan:
    if isinstance(connector, Follows):
        return connector.follow(window, claimed(lake, dataset.key, window))
    return connector.plan(window)


def land(dataset: Dataset, plan: Plan, connector: Connector, lake: Path, now: datetime) -> Landing:
    """Reads the planned rows and commits them with a manifest; a committed window is returned as it is.

    HeldBack when a value does not fit and the contract says `on_misfit: critical`; then nothing is committed.
    """
    if plan.dataset != dataset.key or plan.contract != dataset.contract_hash:
        raise BadInput(
            f"{dataset.key}: found a plan of {plan.dataset} under contract {plan.contract}, "
            f"expected one under contract {dataset.contract_hash}; plan anew"
        )
    folder = lake / places.landing(dataset.key, plan.window)
    folder.mkdir(parents=True, exist_ok=True)
    with once.alone(folder):
        if done := read_landing(lake, dataset.key, plan.window):
            _sweep(folder, "*.tmp")
            return done
        _sweep(folder, "*.tmp", "part-*.parquet", "rejects.parquet", "keys-*.parquet")
        landing = _write(dataset, plan, connector, lake, now)
        _commit(folder / MANIFEST, landing, lake, plan if isinstance(connector, Follows) else None)
    return read_landing(lake, dataset.key, plan.window) or landing


def _commit(manifest: Path, landing: Landing, lake: Path, stream: Plan | None) -> None:
    """SourceChanged where another window of a stream was committed meanwhile, and has some of the same messages."""
    if stream is None:
        once.create(manifest, to_json(landing))
        return
    with once.alone(manifest.parent.parent):
        if said := clash(stream, claimed(lake, landing.dataset, landing.window)):
            raise SourceChanged(said)
        once.create(manifest, to_json(landing))


def read_landing(lake: Path, key: str, window: Window) -> Landing | None:
    """The committed landing of a window, or None."""
    file = lake / places.landing(key, window) / MANIFEST
    try:
        return from_json(Landing, file.read_bytes(), where=str(file))
    except FileNotFoundError:
        return None


def read_plan(lake: Path, key: str, window: Window) -> Plan | None:
    """The plan of a window, or None."""
    return _read_plan(lake / places.landing(key, window) / PLAN)


def pins_bytes(plan: Plan) -> bool:
    """Whether it names all that it reads by its sha256: then an equal plan lands the same rows."""
    return bool(plan.pieces) and all("sha256" in piece for piece in plan.pieces)


@dataclass(slots=True)
class _Tally:
    """What one attempt has written so far."""

    rows: Behind
    rejects: PartWriter
    read: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    source_rows: int | None = None

    def take(self, dataset: Dataset, batch: Batch) -> None:
        typed, rejects = fit(dataset, batch, self.read + 1)
        self.read += batch.rows.num_rows + len(batch.misfits)
        if batch.source_rows is not None:
            self.source_rows = (self.source_rows or 0) + batch.source_rows
        self.rows.write(typed)
        if rejects.num_rows:
            _hold_back(dataset, rejects)
            self.rejected.update(f"{name}.misfit" for name in rejects.column("field").to_pylist())
            self.rejects.write(rejects)


def _write(dataset: Dataset, plan: Plan, connector: Connector, lake: Path, now: datetime) -> Landing:
    began = time.monotonic()
    folder = places.landing(dataset.key, plan.window)
    rows = Behind(PartWriter(lake, folder, "part", landed_schema(dataset)))
    tally = _Tally(rows, PartWriter(lake, folder, "rejects", REJECTS, single=True))
    try:
        for batch in counted(gently(connector.read(replace(plan, window=plan.reach or plan.window)), dataset, now)):
            tally.take(dataset, batch)
        parts, rejects = rows.close(at_least_one=True), tally.rejects.close(at_least_one=False)
    finally:
        rows.abandon()
        tally.rejects.abandon()
    _balance(dataset, tally, parts, rejects)
    later = now + timedelta(seconds=time.monotonic() - began)
    keys = write_keys(dataset, plan, connector, lake, later) if plan.keys else None
    return Landing(
        dataset=dataset.key,
        contract=plan.contract,
        window=plan.window,
        read=tally.read,
        parts=parts,
        rejects=rejects[0] if rejects else None,
        rejected=dict(sorted(tally.rejected.items())),
        collected_at=now,
        fingerprint=plan.fingerprint,
        seconds=round(time.monotonic() - began, 3),
        source_rows=tally.source_rows,
        reach=plan.reach,
        keys=keys,
    )


def _balance(dataset: Dataset, tally: _Tally, parts: tuple[Part, ...], rejects: tuple[Part, ...]) -> None:
    landed, rejected = sum(p.rows for p in parts), sum(p.rows for p in rejects)
    if tally.read != landed + rejected or rejected != tally.rejected.total():
        raise ValueError(f"{dataset.key}: read {tally.read} rows, but landed {landed} and rejected {rejected}")


def _hold_back(dataset: Dataset, rejects: pa.RecordBatch) -> None:
    if dataset.source.on_misfit is Severity.CRITICAL:
        first = rejects.slice(0, 1).to_pylist()[0]
        raise HeldBack(
            f"{dataset.key}: {first['_piece']} row {first['_place']}: {first['field']}: {first['reason']}; "
            "the contract says on_misfit: critical, so nothing of this batch is landed"
        )


def _sweep(folder: Path, *patterns: str) -> None:
    """Removes what a killed attempt left behind; only ever called while alone in the folder."""
    for pattern in patterns:
        for file in folder.glob(pattern):
            file.unlink()


def _read_plan(file: Path) -> Plan | None:
    try:
        return from_json(Plan, file.read_bytes(), where=str(file))
    except FileNotFoundError:
        return None
