"""Clocks 时限: which rule gives how long for what, and when a thing is due after every stop and extension."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from schemas.errors import BadInput
from schemas.working_days import Calendar, Due, due, due_in_days, worked


class Event(StrEnum):
    """What a clock measures; the closed list."""

    REPLY_UNCONDITIONAL = "reply_unconditional"
    REPLY_CONDITIONAL = "reply_conditional"
    SUPPLY = "supply"
    CORRECTION = "correction"
    CATALOGUE_UPDATE = "catalogue_update"
    FORMAL_CHECK = "formal_check"
    NEGOTIATION = "negotiation"
    MEDIATION = "mediation"
    ESCALATION_DECISION = "escalation_decision"
    DUTY_ASSIGNMENT = "duty_assignment"
    ACKNOWLEDGEMENT = "acknowledgement"
    DEPT_REVIEW = "dept_review"
    AUTHORITY_REVIEW = "authority_review"
    AMENDMENT = "amendment"
    FIRST_READ = "first_read"
    SUSPENSION = "suspension"
    OBJECTION = "objection"


class Unit(StrEnum):
    """Working days 工作日, or days 日: those end, where the last is a day off, with the next working day."""

    WORKING_DAYS = "working_days"
    DAYS = "days"


class Approver(StrEnum):
    """Who may extend: the organisation's own head 本部门负责人, the data administration 主管部门, a superior 上级."""

    HEAD = "head"
    AUTHORITY = "authority"
    SUPERIOR = "superior"


NATIONAL = "national"
"""Jurisdiction of a rule for the whole country."""
DEFAULT = "default"
"""Jurisdiction of a rule of this software: it counts only where there is no other, however strict it is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one jurisdiction gives for one event, in force from a day until the day before another."""

    jurisdiction: str
    """`national`, `default`, or the code of a division: it holds there and below."""
    event: Event
    days: int
    unit: Unit
    source: str
    """Law, article and text; what nobody has read in its own text says so: 待核实 to be verified."""
    extend_days: int | None = None
    """The most that may be added in all; None where the rule says nothing about it."""
    extend_approver: Approver | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    """The first day on which it is in force no more."""

    def in_force(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Thing:
    """What a clock belongs to. Kind and id find it; the rest says who is told of it, and of what."""

    kind: str
    """E.g. `incident`, `request`, `correction`."""
    id: str
    responsible: str = ""
    """Credit code of the organisation whose move it is."""
    parties: tuple[str, ...] = ()
    """Credit codes of the others who wait for it."""
    dataset: str = ""
    title: str = ""
    title_en: str = ""
    path: str = ""
    """Its page, e.g. `/requests/17`."""


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, and who approved it."""

    days: int
    approver: Approver
    by: str = ""
    """Credit code of the organisation, or the person, that approved."""
    said: str = ""


class Move(StrEnum):
    """What happens to a clock."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    EXTENDED = "extended"
    STOPPED = "stopped"
    BREACHED = "breached"
    RECKONED = "reckoned"
    """The due date is another one, since the calendar is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a clock."""

    at: datetime
    day: date
    """The day of it in Shanghai."""
    move: Move
    due: date
    """After it."""
    days: int = 0
    """Of an extension."""
    by: str = ""
    """Of an extension: who approved it."""
    said: str = ""


class State(StrEnum):
    """running 计时中, paused 暂停, stopped 已办结."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Clock:
    """One term of one thing."""

    id: int
    """0 before it is stored."""
    thing: Thing
    event: Event
    division: str
    state: State
    rules: tuple[Rule, ...]
    """Every rule that applied when it started, the strictest first: that one decides, the others are shown."""
    due: date
    provisional: bool
    """Whether the due date may still move: the calendar of some day up to it is not published."""
    started_at: datetime
    steps: tuple[Step, ...]
    reminded_at: datetime | None = None
    breached_at: datetime | None = None
    escalated_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def rule(self) -> Rule:
        """The one that decides."""
        return self.rules[0]

    @property
    def extended(self) -> int:
        """Days that were added in all."""
        return sum(step.days for step in self.steps if step.move is Move.EXTENDED)

    def overdue(self, today: date) -> bool:
        """Whether the day has passed while it runs."""
        return self.state is State.RUNNING and today > self.due


def term(rule: Rule, day: date, days: int, calendar: Calendar) -> Due:
    """When `days` of the rule's unit after `day` are over."""
    return (due if rule.unit is Unit.WORKING_DAYS else due_in_days)(day, days, calendar)


def strictest(rules: Iterable[Rule], day: date, calendar: Calendar) -> tuple[Rule, ...]:
    """The rules in force on `day`, that which is due first before the others; defaults only where there is no other."""
    force = [one for one in rules if one.in_force(day)]
    law = [one for one in force if one.jurisdiction != DEFAULT] or force
    return tuple(sorted(law, key=lambda one: (term(one, day, one.days, calendar).day, one.jurisdiction != NATIONAL)))


def reckon(rule: Rule, steps: Sequence[Step], calendar: Calendar) -> Due:
    """When it is due after these steps: time used before a stop stays used, and what was left goes on afterwards.

    A day on which it is stopped counts as used; that on which it goes on does not. What was overdue when it was
    stopped stays due when it was.
    """
    day, left = steps[0].day, rule.days
    found = term(rule, day, left, calendar)
    for step in steps[1:]:
        if step.move is Move.PAUSED:
            left -= _used(rule, day, step.day, calendar)
        elif step.move is Move.EXTENDED:
            left += step.days
        day = step.day if step.move in (Move.PAUSED, Move.RESUMED) else day
        if step.move in (Move.PAUSED, Move.RESUMED, Move.EXTENDED) and left >= 0:
            found = term(rule, day, left, calendar)
    return found


def extension_limit(rules: Sequence[Rule]) -> int:
    """The most that may be added: the least that any of the rules says; none where none says anything."""
    return min((one.extend_days for one in rules if one.extend_days is not None), default=0)


def check_extension(clock: Clock, days: int, approver: Approver) -> None:
    """BadInput where the clock's rules do not allow these days, or not with this approval."""
    limit = extension_limit(clock.rules)
    if clock.state is State.STOPPED:
        raise BadInput(f"this {clock.event.value} clock has stopped: nothing is left to extend")
    if days < 1 or clock.extended + days > limit:
        raise BadInput(
            f"days: found {days}, expected 1 to {limit - clock.extended}: the rule allows {limit} more in all, and "
            f"{clock.extended} were given"
        )
    named = {one.extend_approver for one in clock.rules if one.extend_approver is not None}
    if named and approver not in named:
        raise BadInput(f"approver: found {approver.value}, expected {' or '.join(sorted(named))} by the rule")


def _used(rule: Rule, start: date, end: date, calendar: Calendar) -> int:
    return worked(start, end, calendar) if rule.unit is Unit.WORKING_DAYS else (end - start).days
