"""Whether a landing keeps its owner's promise: exact copies out, every rule judged, broken rows to quarantine.

Importing this is cheap; Great Expectations, six seconds, is loaded by the first `check`.
"""

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from quality import files, sql
from quality import findings as facts
from quality.desk import Desk, landed_files, lay_out, show
from quality.linkage import measure
from quality.profile import profile
from quality.start import starting
from quality.watch import watched
from schemas import lake as places
from schemas.dataset import Dataset, Severity
from schemas.errors import BadInput
from schemas.journey import ROW, Finding, Landing, Part, Verdict, Window
from schemas.linkage import GROUPS, Linkage
from schemas.past import NO_PAST, Past
from schemas.profile import PROFILE
from schemas.record import from_json, to_json

if TYPE_CHECKING:
    from quality.engine import Limits

CLEAN = "clean-0.parquet"
"""Name of the file of rows that passed."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a check is about, where it finds things, and where it puts them."""

    dataset: Dataset
    landing: Landing
    lake: Path
    references: Mapping[str, tuple[Path, ...]]
    now: datetime
    past: Past = NO_PAST

    @property
    def folder(self) -> Path:
        """Where the verdict comes to lie."""
        return self.lake / places.verdict(self.dataset.key, self.landing.window)

    @property
    def scratch(self) -> Path:
        """Where the work is done; whatever an aborted run left here is thrown away by the next."""
        return self.folder / ".work"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the desk showed: findings of the rules, rows refused, copies dropped, how well the rest hides people."""

    findings: tuple[Finding, ...]
    refused: int
    copies: int
    linkage: Linkage | None


def check(  # noqa: PLR0913  # five that every check needs, and what was before where there is any
    dataset: Dataset,
    landing: Landing,
    lake: Path,
    references: Mapping[str, tuple[Path, ...]],
    now: datetime,
    *,
    past: Past = NO_PAST,
) -> Verdict:
    """Judge one landing and write its verdict with clean and quarantined rows. A second run gives the same.

    `references`: dataset key -> Parquet files of its published version, for rules that look values up there;
    `divisions` -> Parquet with a column `code` of every division ever known. A critical rule that fails does not
    raise: the verdict says so in `blocked`, and its files are there to be looked at. `past`: the versions of earlier
    windows; with them, and with a count of the source's own, come the rules of `watched`.
    Raises BadInput for a rule that cannot be evaluated, NotReady for missing files.
    """
    with starting():
        from quality.engine import Limits

    found = {key: tuple(file.resolve() for file in some) for key, some in references.items()}
    task = Task(watched(dataset, landing, past), landing, lake.resolve(), found, now, past)
    return check_within(task, Limits(threads=min(4, os.cpu_count() or 1)))


def check_within(task: Task, limits: "Limits") -> Verdict:
    """`check`, with what it may take of the machine."""
    started = time.perf_counter()
    _balanced(task.landing)
    with files.locked(task.folder):
        shutil.rmtree(task.scratch, ignore_errors=True)
        task.scratch.mkdir()
        try:
            seen, written = _look(task, limits)
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


def _look(task: Task, limits: "Limits") -> tuple[Seen, Mapping[str, Path]]:
    """Lay the landing out, judge it, and write the rows; the database is closed when this returns."""
    with starting():
        from quality.engine import datasource, prepare
        from quality.judge import judge, set_up
        from quality.quarantine import refuse
        from quality.suite import Frame, suite_for

    landing = task.landing
    frame = Frame(landing.window, task.references, task.past, landing.read, landing.source_rows)
    suite = suite_for(task.dataset, frame)
    bench = set_up(datasource(task.scratch, limits))
    with closing(bench.engine) as engine, engine.get_connection() as connection:
        landed = landed_files(task.dataset, task.landing, task.lake, task.scratch)
        made = (task.scratch / CLEAN, task.scratch / GROUPS)
        prepare(connection, [task.scratch], [*landed, *_rejects(task), *_referred(task), *made])
        desk = Desk(connection, task.dataset)
        copies = lay_out(desk, landed)
        outcome = judge(bench, suite)
        show(desk, system=True, copies=copies)
        refused = refuse(desk, task.dataset.rules, outcome, engine)
        found = tuple(
            facts.finding(task.dataset, rule.name, bool(outcome.results[rule.name].success), outcome.result(rule.name))
            for rule in task.dataset.rules
        )
        written = _write(desk, task, refused)
        linkage = _describe(desk, task, written)
        return Seen(found, refused, copies, linkage), written


def _rejects(task: Task) -> tuple[Path, ...]:
    return (task.lake / task.landing.rejects.path,) if task.landing.rejects else ()


def _referred(task: Task) -> list[Path]:
    return [file for some in task.references.values() for file in some]


def _write(desk: Desk, task: Task, refused: int) -> dict[str, Path]:
    """Name in the verdict's folder -> finished file in the scratch folder."""
    from quality.quarantine import REFUSED

    wanted = {CLEAN: files.clean_rows(desk, REFUSED if refused else "")}
    if refused:
        wanted["quarantine.parquet"] = f"SELECT * FROM {REFUSED} ORDER BY {ROW}"
    if task.landing.rejected and task.landing.rejects:
        source = sql.parquet(_rejects(task))
        wanted["quarantine-misfits.parquet"] = (
            f"SELECT *, [field || '.misfit'] AS _rules FROM {source} ORDER BY {ROW}, field"
        )
    written = {name: task.scratch / name for name in wanted}
    for name, query in wanted.items():
        files.write(desk, query, written[name])
    return written


def _describe(desk: Desk, task: Task, written: dict[str, Path]) -> Linkage | None:
    """Profile and groups of the clean rows, as two more files in the scratch folder."""
    clean, groups, told = written[CLEAN], task.scratch / GROUPS, task.scratch / PROFILE
    told.write_bytes(to_json(profile(desk, clean, task.landing.window, task.now)))
    written[PROFILE] = told
    linkage = measure(desk, clean, groups)
    if linkage is not None:
        written[GROUPS] = groups
    return linkage


def _verdict(task: Task, seen: Seen, written: Mapping[str, Path], seconds: float) -> Verdict:
    parts = {name: files.part(file, task.lake, task.folder / name) for name, file in written.items()}
    clean = _named(parts, "clean-")
    found = (
        *seen.findings,
        *facts.misfits(task.dataset, task.landing),
        facts.copies(task.dataset, task.landing, seen.copies),
    )
    return Verdict(
        dataset=task.dataset.key,
        contract=task.dataset.contract_hash,
        window=task.landing.window,
        read=task.landing.read,
        passed=sum(one.rows for one in clean),
        quarantined=seen.refused + sum(task.landing.rejected.values()),
        duplicates=seen.copies,
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
    )


def _named(parts: Mapping[str, Part], start: str) -> tuple[Part, ...]:
    return tuple(one for name, one in parts.items() if name.startswith(start))


def _blocked(found: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(one.rule for one in found if one.severity is Severity.CRITICAL and not one.success)
