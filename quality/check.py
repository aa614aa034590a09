"""Whether a landing keeps its owner's promise: exact copies out, every rule judged, broken rows to quarantine.

Importing this is cheap; Great Expectations, six seconds, is loaded by the first `check`.
"""

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from quality import files
from quality import findings as facts
from quality.look import look
from quality.merge import told
from quality.start import starting
from quality.task import Seen, Task
from quality.watch import watched
from schemas import lake as places
from schemas.dataset import Dataset, Load, Severity
from schemas.engine import EMBEDDED, Cluster
from schemas.errors import BadInput
from schemas.journey import Finding, Landing, Part, Verdict, Window
from schemas.linkage import GROUPS
from schemas.merging import TOMBSTONES, Base
from schemas.past import NO_PAST, Past
from schemas.profile import PROFILE
from schemas.record import from_json, to_json

if TYPE_CHECKING:
    from quality.engine import Limits


def check(  # noqa: PLR0913  # five that every check needs, and what was before where there is any
    dataset: Dataset,
    landing: Landing,
    lake: Path,
    references: Mapping[str, tuple[Path, ...]],
    now: datetime,
    *,
    past: Past = NO_PAST,
    spark: Cluster = EMBEDDED,
    base: Base | None = None,
) -> Verdict:
    """Judge one landing and write its verdict with clean and quarantined rows. A second run gives the same.

    `references`: dataset key -> Parquet files of its published version, for rules that look values up there;
    `divisions` -> Parquet with a column `code` of every division ever known. A critical rule that fails does not
    raise: the verdict says so in `blocked`, and its files are there to be looked at. `past`: the versions of earlier
    windows; with them, and with a count of the source's own, come the rules of `watched`. `spark`: where it is.
    `base`: what a merge is merged into; its rows are not judged again.
    Raises BadInput for a rule that cannot be evaluated, NotReady for missing files.
    """
    with starting():
        from quality.engine import Limits

    found = {key: tuple(file.resolve() for file in some) for key, some in references.items()}
    task = Task(watched(dataset, landing, past), landing, lake.resolve(), found, now, past, spark, base)
    return check_within(task, Limits(threads=min(4, os.cpu_count() or 1)))


def check_within(task: Task, limits: "Limits") -> Verdict:
    """`check`, with what it may take of the machine."""
    started = time.perf_counter()
    _balanced(task.landing)
    with files.locked(task.folder):
        shutil.rmtree(task.scratch, ignore_errors=True)
        task.scratch.mkdir()
        try:
            seen, written = look(task, limits)
            verdict = _verdict(task, seen, written, time.perf_counter() - started)
            files.install(task.folder, written, to_json(verdict))
        finally:
            shutil.rmtree(task.scratch, ignore_errors=True)
    return verdict


def read_verdict(lake: Path, key: str, window: Window) -> Verdict | None:
    """The verdict of a window, or None where none was reached."""
    file = lake / places.verdict(key, window) / files.VERDICT
    if not file.is_file():
        return None
    return from_json(Verdict, file.read_bytes(), where=str(file))


def _balanced(landing: Landing) -> None:
    rejected = sum(landing.rejected.values())
    if landing.read != landing.rows + rejected:
        raise BadInput(
            f"{landing.dataset}: the landing of {landing.window.key} read {landing.read} rows, "
            f"but holds {landing.rows} and rejected {rejected}; land it again"
        )


def _verdict(task: Task, seen: Seen, written: Mapping[str, Path], seconds: float) -> Verdict:
    parts = {name: files.part(file, task.lake, task.folder / name) for name, file in written.items()}
    clean = _named(parts, "clean-")
    found = (
        *seen.findings,
        *facts.misfits(task.dataset, task.landing),
        facts.copies(task.dataset, task.landing, seen.copies),
        *_merge_findings(task, seen),
        *_none_left(task, sum(one.rows for one in clean)),
    )
    merged = seen.merged
    return Verdict(
        dataset=task.dataset.key,
        contract=task.dataset.contract_hash,
        window=task.landing.window,
        read=task.landing.read,
        passed=merged.passed if merged else sum(one.rows for one in clean),
        quarantined=seen.refused + sum(task.landing.rejected.values()),
        duplicates=seen.copies + seen.earlier + (merged.left_out if merged else 0),
        findings=found,
        scores=facts.scores(found, task.dataset.indicator),
        blocked=_blocked(found),
        clean=clean,
        quarantine=_named(parts, "quarantine"),
        checked_at=task.now,
        seconds=seconds,
        profile=parts[PROFILE],
        linkage=seen.linkage,
        groups=parts.get(GROUPS),
        merge=told(merged, task.base, task.landing, parts.get(TOMBSTONES)) if merged else None,
    )


def _merge_findings(task: Task, seen: Seen) -> tuple[Finding, ...]:
    """How many rows a later one of the landing overtook, and how many vanished at the source."""
    found = (facts.earlier(task.dataset, task.landing, seen.earlier),) if task.dataset.source.order else ()
    if task.base is None or seen.merged is None or task.landing.keys is None:
        return found
    return (*found, facts.vanished(task.dataset, task.base, seen.merged))


def _none_left(task: Task, rows: int) -> tuple[Finding, ...]:
    """Of a snapshot alone: with other loads the rows of earlier windows stay."""
    if rows or not task.landing.read or task.dataset.source.load is not Load.SNAPSHOT:
        return ()
    return (facts.none_left(task.landing),)


def _named(parts: Mapping[str, Part], start: str) -> tuple[Part, ...]:
    return tuple(one for name, one in parts.items() if name.startswith(start))


def _blocked(found: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(one.rule for one in found if one.severity is Severity.CRITICAL and not one.success)
