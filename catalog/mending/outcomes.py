"""What a version makes of its dataset's incidents: opens, updates, reopens, verifies; in the version's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from catalog import versions
from catalog.clocks import clocks
from catalog.lake.where import Lake
from catalog.mending import failing_records, incidents, notices, terms
from schemas.dataset import Dataset, Load
from schemas.deadline import Event
from schemas.incident import Action, Incident, State, Step, after, shown
from schemas.journey import Finding, Verdict, Window
from schemas.notice import About, Notice

OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Showing:
    """What one version shows of its dataset's rules; held back or published."""

    dataset: Dataset
    verdict: Verdict
    version: int
    lake: Lake
    kept: Mapping[str, int]
    """Rule -> failing records that are kept in the lake."""
    now: datetime

    @property
    def part(self) -> str:
        """Of an append or merge each window is a delivery of its own, and another window says nothing about it."""
        return "" if self.dataset.source.load is Load.SNAPSHOT else self.verdict.window.key

    @property
    def seen(self) -> str:
        """Digest of what is shown."""
        return failing_records.digest_of(self.verdict)

    @property
    def broken(self) -> Mapping[str, Finding]:
        """Rule -> finding, of those that were broken. An indicator that is crossed is no fault of the data."""
        sign = self.dataset.indicator
        mine = (one for one in self.verdict.findings if not one.success and (sign is None or one.rule != sign.rule))
        return {one.rule: one for one in mine}


def record(connection: Connection, showing: Showing) -> None:
    """Bring every incident of the dataset up to what the version shows. The same showing again changes nothing.

    Nor does that of a window which a later one has overtaken: what that verified is not opened again.
    """
    if showing.part or not versions.overtaken(connection, showing.dataset.key, showing.verdict.window):
        _bring(connection, showing)
    notices.tell(connection, _alerts(showing))


def _bring(connection: Connection, showing: Showing) -> None:
    broken = dict(showing.broken)
    for one in incidents.living(connection, showing.dataset.key, showing.part):
        finding = broken.get(one.rule)
        if one.seen == showing.seen or _older(showing.verdict.window, one):
            broken.pop(one.rule, None)
            continue
        if _moved(connection, showing, one, finding):
            broken.pop(one.rule, None)
    for finding in broken.values():
        _open(connection, showing, finding)


def _moved(connection: Connection, showing: Showing, one: Incident, finding: Finding | None) -> bool:
    """Move one incident; False where it ends and what is broken now is a new one.

    A version that is held back verifies nothing: it may keep a rule only because its rows are not there.
    """
    action = Action.PASS if finding is None else _compared(showing, one, finding)
    state = after(one.state, action)
    if state is State.VERIFIED and showing.verdict.blocked:
        return True
    failed = 0 if finding is None else finding.failed
    moved = replace(one, state=state, last_version=showing.version, window=showing.verdict.window.key)
    moved = replace(moved, moved_at=showing.now)
    reopens = state is State.OPEN and one.state is not State.OPEN
    if state is not State.VERIFIED:
        moved = replace(moved, seen=showing.seen, failed=failed, kept=showing.kept.get(one.rule, 0))
        moved = replace(moved, checked=finding.checked if finding else 0)
    if reopens:
        term = terms.begin(connection, one, showing.dataset, showing.now)
        moved = replace(moved, reopened=one.reopened + 1, due=term.due, provisional=term.provisional)
    if state is State.VERIFIED:
        terms.end(connection, one.id, showing.now)
    step = Step(showing.now, action.value, state, version=showing.version, failed=failed)
    incidents.move(connection, moved, step)
    if reopens:
        told = notice_of(About.INCIDENT_REOPENED, moved, showing.dataset.owner, showing.now, str(moved.reopened))
        notices.tell(connection, [told])
    return finding is None or state is not State.VERIFIED


def _compared(showing: Showing, one: Incident, finding: Finding) -> Action:
    """The records that fail now, held against those that the department answered for."""
    if one.state in (State.OPEN, State.ACKNOWLEDGED):
        return Action.FAIL
    lake, key = showing.lake, showing.dataset.key
    mine = failing_records.keys(lake, key, one.seen, one.rule, one.failed)
    now = failing_records.keys(lake, key, showing.seen, one.rule, finding.failed)
    return shown(mine, now)


def _open(connection: Connection, showing: Showing, finding: Finding) -> None:
    term = clocks.forecast(connection, Event.CORRECTION, showing.dataset.division, showing.now)
    fresh = Incident(
        id=0,
        dataset=showing.dataset.key,
        rule=finding.rule,
        part=showing.part,
        state=State.OPEN,
        severity=finding.severity,
        title=finding.title,
        title_en=finding.title_en,
        columns=finding.columns,
        failed=finding.failed,
        checked=finding.checked,
        reopened=0,
        first_version=showing.version,
        last_version=showing.version,
        window=showing.verdict.window.key,
        opened_at=showing.now,
        moved_at=showing.now,
        due=term.day,
        provisional=term.provisional,
        seen=showing.seen,
        kept=showing.kept.get(finding.rule, 0),
    )
    step = Step(showing.now, OPENED, State.OPEN, version=showing.version, failed=finding.failed)
    made = replace(fresh, id=incidents.enter(connection, fresh, step))
    terms.begin(connection, made, showing.dataset, showing.now)
    notices.tell(connection, [notice_of(About.INCIDENT_OPENED, made, showing.dataset.owner, showing.now)])


def _older(window: Window, one: Incident) -> bool:
    """Whether a version is of an earlier window than the one that the incident speaks of: it says nothing new."""
    return window.low < Window.parse(one.window).low


def _alerts(showing: Showing) -> list[Notice]:
    """The indicator that is crossed, to the organisation whose officer it calls."""
    sign = showing.dataset.indicator
    beyond = sum(one.failed for one in showing.verdict.findings if sign and one.rule == sign.rule)
    if sign is None or not beyond:
        return []
    dataset = showing.dataset
    return [
        Notice(
            recipient=dataset.owner,
            about=About.INDICATOR_CROSSED,
            dataset=dataset.key,
            cause=f"indicator {dataset.key} version {showing.version}",
            subject=f"{dataset.title}：指标越线 {beyond} 行",
            subject_en=f"{dataset.title_en}: indicator crossed in {beyond} rows",
            created_at=showing.now,
            body={
                "rule": sign.rule,
                "rows": beyond,
                "direction": sign.direction,
                "threshold": sign.threshold,
                "officer": sign.officer,
                "version": showing.version,
                "held_back": bool(showing.verdict.blocked),
            },
        )
    ]


_WORDS: Mapping[About, tuple[str, str]] = {
    About.INCIDENT_OPENED: ("待更正", "to be mended"),
    About.INCIDENT_REOPENED: ("更正未生效，重新打开", "not mended, open again"),
    About.INCIDENT_OVERDUE: ("逾期未处理", "overdue"),
}


def notice_of(about: About, one: Incident, owner: str, now: datetime, which: str = "") -> Notice:
    """What its department is told of an incident; `which` tells one time from another."""
    chinese, english = _WORDS[about]
    return Notice(
        recipient=owner,
        about=about,
        dataset=one.dataset,
        cause=f"incident {one.id} {about.value.removeprefix('incident_')} {which}".strip(),
        subject=f"{chinese}：{one.title or one.rule}（{one.failed} 行）",
        subject_en=f"{english}: {one.title_en or one.rule} ({one.failed} rows)",
        created_at=now,
        body={
            "incident": one.id,
            "rule": one.rule,
            "severity": one.severity.value,
            "failed": one.failed,
            "version": one.last_version,
            "due": one.due.isoformat(),
            "provisional": one.provisional,
        },
    )
