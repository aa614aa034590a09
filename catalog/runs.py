"""What each run read and what became of every row of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from catalog import tables
from catalog.put import put
from schemas.errors import BadInput
from schemas.journey import Verdict

STATES = ("published", "held_back", "failed")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one dataset over one window. `read == published + held_back + quarantined + duplicates`."""

    dataset: str
    id: str
    """Unique within the dataset; recording it again replaces it (a task that is tried again)."""
    window: str
    """Key of the window."""
    state: str
    """`published`, `held_back` or `failed`."""
    finished_at: datetime
    read: int = 0
    published: int = 0
    held_back: int = 0
    """Rows that passed, in a version that a critical rule blocked."""
    quarantined: int = 0
    duplicates: int = 0
    version: int | None = None
    rules: Mapping[str, int] = field(default_factory=dict)
    """Rule -> rows that broke it, those with any."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Step -> seconds."""
    airflow_run: str = ""
    error: str = ""


def of_verdict(verdict: Verdict, identifier: str, now: datetime, version: int | None = None) -> Run:
    """The run that led to a verdict, balanced as the verdict is; add its seconds with `dataclasses.replace`."""
    held = bool(verdict.blocked)
    return Run(
        dataset=verdict.dataset,
        id=identifier,
        window=verdict.window.key,
        state="held_back" if held else "published",
        finished_at=now,
        read=verdict.read,
        published=0 if held else verdict.passed,
        held_back=verdict.passed if held else 0,
        quarantined=verdict.quarantined,
        duplicates=verdict.duplicates,
        version=version,
        rules={finding.rule: finding.failed for finding in verdict.findings if finding.failed},
    )


def record(connection: Connection, run: Run) -> None:
    """Put a run on record; BadInput where its rows do not balance (the database would refuse it too)."""
    if run.state not in STATES:
        raise BadInput(f"run {run.id} of {run.dataset}: found state {run.state!r}, expected one of {', '.join(STATES)}")
    told = run.published + run.held_back + run.quarantined + run.duplicates
    if run.read != told:
        raise BadInput(
            f"run {run.id} of {run.dataset}: read {run.read} rows, but published {run.published} + held back "
            f"{run.held_back} + quarantined {run.quarantined} + duplicates {run.duplicates} = {told}"
        )
    values = asdict(run) | {"rules": dict(run.rules), "seconds": dict(run.seconds)}
    put(connection, tables.run, values)


def runs(connection: Connection, dataset: str | None = None, limit: int = 100) -> tuple[Run, ...]:
    """The last runs of one dataset, or of all; newest first."""
    table = tables.run
    wanted = select(table).order_by(table.c.finished_at.desc(), table.c.id.desc()).limit(limit)
    if dataset is not None:
        wanted = wanted.where(table.c.dataset == dataset)
    return tuple(Run(**row._mapping) for row in connection.execute(wanted))
