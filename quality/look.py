"""A landing looked at: judged by the engine that its contract or its size asks for, its rows and their profile written.

Whatever judged the rows, profile, linkage risk and misfits come from one pass of DuckDB over files, in bounded memory:
that pass reads what is written already, one row group at a time, so what versions are compared by has one maker.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from quality import files, sql
from quality import findings as facts
from quality.desk import Desk, landed_files, lay_out, show
from quality.linkage import measure
from quality.merge import merge
from quality.merged import Merged
from quality.profile import profile
from quality.results import VALIDATION, kept
from quality.spark.session import opened
from quality.start import starting
from quality.task import Seen, Task
from schemas.dataset import Dataset, Load
from schemas.engine import Engine
from schemas.journey import ROW, Finding
from schemas.linkage import GROUPS, Linkage
from schemas.merging import TOMBSTONES
from schemas.profile import PROFILE
from schemas.record import to_json

if TYPE_CHECKING:
    import great_expectations as gx

    from quality.engine import Limits
    from quality.judge import Bench, Outcome

CLEAN = "clean-0.parquet"
"""Name of the first file of rows that passed; Spark may write more."""
REFUSED_ROWS = "quarantine.parquet"
MISFITS = "quarantine-misfits.parquet"
FRESH = "fresh.parquet"
"""Rows of a window that passed, before they are merged."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What either engine gives: findings, how many rows were refused and dropped, and the files it wrote."""

    findings: tuple[Finding, ...]
    refused: int
    copies: int
    written: dict[str, Path] = field(default_factory=dict)
    """Name in the verdict's folder -> finished file in the scratch folder."""
    earlier: int = 0
    """Rows of which the landing has a later state."""


def look(task: Task, limits: "Limits") -> tuple[Seen, Mapping[str, Path]]:
    """Judge the landing and write its rows; database and session are closed when this returns."""
    with starting():
        from quality.engine import datasource, prepare
        from quality.judge import set_up
        from quality.suite import Frame, suite_for

    landing = task.landing
    frame = Frame(landing.window, task.references, task.past, landing.read, landing.source_rows)
    suite = suite_for(task.dataset, frame)
    landed = landed_files(task.dataset, landing, task.lake, task.scratch)
    by_spark = _by_spark(task, suite, landed) if task.engine is Engine.SPARK else None
    bench = set_up(datasource(task.scratch, limits))
    with closing(bench.engine) as engine, engine.get_connection() as connection:
        made = [task.scratch / CLEAN, task.scratch / GROUPS, *(by_spark.written.values() if by_spark else ())]
        prepare(connection, [task.scratch], [*landed, *_rejects(task), *_referred(task), *_merging(task), *made])
        desk = Desk(connection, task.dataset)
        judged = by_spark or _by_duckdb(desk, bench, suite, landed, task.scratch)
        merged = _merged(desk, task, judged)
        written = judged.written | _misfits(desk, task) | (merged.written if merged else {})
        linkage = _describe(desk, task, written)
        return Seen(judged.findings, judged.refused, judged.copies, linkage, judged.earlier, merged), written


def _by_duckdb(desk: Desk, bench: "Bench", suite: "gx.ExpectationSuite", landed: Sequence[Path], to: Path) -> Judged:
    from quality.judge import judge
    from quality.quarantine import REFUSED, refuse

    copies, earlier = lay_out(desk, landed)
    outcome = judge(bench, suite)
    show(desk, system=True, copies=copies + earlier)
    refused = refuse(desk, desk.dataset.rules, outcome, bench.engine)
    wanted = {CLEAN: files.clean_rows(desk, REFUSED if refused else "")}
    if refused:
        wanted[REFUSED_ROWS] = f"SELECT * FROM {REFUSED} ORDER BY {ROW}"
    written = _written(desk, to, wanted) | _kept(desk.dataset, outcome, to)
    return Judged(_findings(desk.dataset, outcome), refused, copies, written, earlier)


def _merged(desk: Desk, task: Task, judged: Judged) -> Merged | None:
    """The rows that passed merged into the version before them; None where they are no merge."""
    if task.dataset.source.load is not Load.MERGE:
        return None
    fresh = task.scratch / FRESH
    judged.written[CLEAN].replace(fresh)
    return merge(desk, task, fresh)


def _merging(task: Task) -> list[Path]:
    """What a merge reads: the version before, the keys of the source and those that may go, the rows that passed."""
    keys = [task.lake / part.path for part in task.landing.keys or ()]
    before = (*task.base.files, *task.base.agreed) if task.base else ()
    return [*before, *keys, task.scratch / FRESH, task.scratch / TOMBSTONES]


def _by_spark(task: Task, suite: "gx.ExpectationSuite", landed: tuple[Path, ...]) -> Judged:
    with opened(task.spark.master, task.scratch) as session:
        from quality.spark.judge import Order
        from quality.spark.judge import look as look_by_spark

        looked = look_by_spark(session, Order(task.dataset, suite, landed, task.scratch))
    written = {f"clean-{number}.parquet": file for number, file in enumerate(looked.clean)}
    written |= dict(zip([REFUSED_ROWS], looked.quarantine, strict=False))
    written |= _kept(task.dataset, looked.outcome, task.scratch)
    return Judged(_findings(task.dataset, looked.outcome), looked.refused, looked.copies, written)


def _kept(dataset: Dataset, outcome: "Outcome", to: Path) -> dict[str, Path]:
    """The library's own results, without values, for its Data Docs."""
    (to / VALIDATION).write_bytes(kept(dataset, outcome))
    return {VALIDATION: to / VALIDATION}


def _findings(dataset: Dataset, outcome: "Outcome") -> tuple[Finding, ...]:
    names = [rule.name for rule in dataset.rules]
    return tuple(
        facts.finding(dataset, name, bool(outcome.results[name].success), outcome.result(name)) for name in names
    )


def _rejects(task: Task) -> tuple[Path, ...]:
    return (task.lake / task.landing.rejects.path,) if task.landing.rejects else ()


def _referred(task: Task) -> list[Path]:
    return [file for some in task.references.values() for file in some]


def _misfits(desk: Desk, task: Task) -> dict[str, Path]:
    if not (task.landing.rejected and task.landing.rejects):
        return {}
    source = sql.parquet(_rejects(task))
    query = f"SELECT *, [field || '.misfit'] AS _rules FROM {source} ORDER BY {ROW}, field"
    return _written(desk, task.scratch, {MISFITS: query})


def _written(desk: Desk, scratch: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    """Each query's rows as a file of that name."""
    written = {name: scratch / name for name in wanted}
    for name, query in wanted.items():
        files.write(desk, query, written[name])
    return written


def _describe(desk: Desk, task: Task, written: dict[str, Path]) -> Linkage | None:
    """Profile and groups of the clean rows, as two more files in the scratch folder."""
    clean = [file for name, file in written.items() if name.startswith("clean-")]
    groups, told = task.scratch / GROUPS, task.scratch / PROFILE
    told.write_bytes(to_json(profile(desk, clean, task.landing.window, task.now)))
    written[PROFILE] = told
    linkage = measure(desk, clean, groups)
    if linkage is not None:
        written[GROUPS] = groups
    return linkage
