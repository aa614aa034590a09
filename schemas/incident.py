"""The words of mending at the source: an incident, what may become of it, and the one table that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from schemas.dataset import Severity
from schemas.errors import BadInput


class State(StrEnum):
    """open 待处理, acknowledged 已受理, corrected 已更正, rejected 不予更正, verified 已核验."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    VERIFIED = "verified"


class Action(StrEnum):
    """What moves an incident: three answers of its department, four things that the next version may show."""

    ACKNOWLEDGE = "acknowledge"
    CORRECT = "correct"
    REJECT = "reject"
    PASS = "pass"  # noqa: S105 - a rule's outcome
    """The rule is kept."""
    OTHERS_FAIL = "others_fail"
    """The rule is broken, but by none of the incident's records."""
    FAIL = "fail"
    """By some of its records and no others, or nobody knows by which."""
    MORE_FAIL = "more_fail"
    """By some of its records and by others."""


ANSWERS = (Action.ACKNOWLEDGE, Action.CORRECT, Action.REJECT)
"""What the department that owns the data may do."""

NEXT: Mapping[State, Mapping[Action, State]] = {
    State.OPEN: {
        Action.ACKNOWLEDGE: State.ACKNOWLEDGED,
        Action.PASS: State.VERIFIED,
        Action.OTHERS_FAIL: State.OPEN,
        Action.FAIL: State.OPEN,
        Action.MORE_FAIL: State.OPEN,
    },
    State.ACKNOWLEDGED: {
        Action.CORRECT: State.CORRECTED,
        Action.REJECT: State.REJECTED,
        Action.PASS: State.VERIFIED,
        Action.OTHERS_FAIL: State.ACKNOWLEDGED,
        Action.FAIL: State.ACKNOWLEDGED,
        Action.MORE_FAIL: State.ACKNOWLEDGED,
    },
    State.CORRECTED: {
        Action.PASS: State.VERIFIED,
        Action.OTHERS_FAIL: State.VERIFIED,
        Action.FAIL: State.OPEN,
        Action.MORE_FAIL: State.OPEN,
    },
    State.REJECTED: {
        Action.ACKNOWLEDGE: State.ACKNOWLEDGED,
        Action.PASS: State.VERIFIED,
        Action.OTHERS_FAIL: State.VERIFIED,
        Action.FAIL: State.REJECTED,
        Action.MORE_FAIL: State.OPEN,
    },
    State.VERIFIED: {},
}
"""Every move that there is. What stands not here is refused. Verified is the end: the same fault later is a new one."""

REASONS: Mapping[str, tuple[str, str]] = {
    "record_right": ("数据属实", "The record is right as it stands"),
    "rule_wrong": ("校验规则不当", "The rule is wrong"),
    "not_ours": ("数据由其他部门产生", "Another department made this record"),
    "cannot_correct": ("已无法查证更正", "It can no longer be found out"),
    "other": ("其他", "Another reason"),
}
"""The closed list of reasons for rejecting: code -> (Chinese, English)."""

LONGEST = 500
"""Characters of what is said with an answer."""

MENDING_DAYS = 10
"""Working days in which a department answers."""

MENDING_SOURCE = (
    "《政务数据共享条例》（国务院令第809号）关于政务数据校核的期限：10个工作日；本地规定更严的从其规定",
    "Regulation on Government Data Sharing (State Council Decree 809), term for the check of data in doubt: "
    "10 working days; a stricter local rule prevails",
)
"""Where the term comes from, Chinese and English."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One broken rule of one dataset, for its department to mend."""

    id: int
    """0 before it is stored."""
    dataset: str
    rule: str
    part: str
    """Of an append the key of the window whose rows it speaks of; of a snapshot empty."""
    state: State
    severity: Severity
    title: str
    title_en: str
    columns: tuple[str, ...]
    failed: int
    """Rows that broke the rule in the last version."""
    checked: int
    reopened: int
    """How many times a version showed that it was not mended."""
    first_version: int
    last_version: int
    window: str
    """Key of the last version's window."""
    opened_at: datetime
    moved_at: datetime
    """When its state or its numbers last changed."""
    due: date
    provisional: bool
    """Whether the due date may still move."""
    reason: str = ""
    """Of a rejection: a code of `REASONS`."""
    said: str = ""
    """Of the last answer: the department's own words."""
    seen: str = ""
    """Digest of what the last version showed: the same seen again changes nothing."""
    kept: int = 0
    """How many of the failing records are kept to be looked at."""

    @property
    def waits(self) -> bool:
        """Whether the next move is its department's."""
        return self.state in (State.OPEN, State.ACKNOWLEDGED)

    def overdue(self, today: date) -> bool:
        """Whether its department has let the day pass."""
        return self.waits and today > self.due


@dataclass(frozen=True, slots=True)
class Step:
    """One move of an incident, as its history shows it."""

    at: datetime
    action: str
    """An `Action`, or `opened`."""
    state: State
    """After it."""
    organisation: str = ""
    """Who answered; empty for what a version showed."""
    system: str = ""
    reason: str = ""
    said: str = ""
    version: int = 0
    failed: int = 0
    receipt: str = ""
    """Number of the answer's entry in the ledger."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a department answers: the action, and for a rejection why."""

    action: Action
    reason: str = ""
    said: str = ""
    version: int = 0
    """The version that was looked at; 0: whatever the last one is."""


def after(state: State, action: Action) -> State:
    """The state after a move; BadInput lists what is possible instead."""
    found = NEXT[state].get(action)
    if found is None:
        possible = [one.value for one in NEXT[state] if one in ANSWERS]
        raise BadInput(
            f"an incident that is {state.value} cannot be answered with {action.value}; "
            f"possible now: {', '.join(possible) or 'nothing, it waits for the next version'}"
        )
    return found


def checked(answer: Answer) -> Answer:
    """The answer, trimmed; BadInput where it is none of a department's, or rejects without saying why."""
    said = answer.said.strip()
    if answer.action not in ANSWERS:
        raise BadInput(f"answer: found {answer.action.value!r}, expected one of {', '.join(ANSWERS)}")
    if len(said) > LONGEST:
        raise BadInput(f"said: found {len(said)} characters, expected at most {LONGEST}")
    rejects = answer.action is Action.REJECT
    if rejects and answer.reason not in REASONS:
        raise BadInput(f"reason: found {answer.reason[:40]!r}, expected one of {', '.join(REASONS)}")
    if rejects and not said:
        raise BadInput("said: found nothing, expected in words why these records are not corrected")
    return replace(answer, reason=answer.reason if rejects else "", said=said)


def of_today(incident: Incident, answer: Answer) -> None:
    """BadInput where a version that the one who answers has not seen has come meanwhile: it may show other records."""
    if answer.version not in (0, incident.last_version):
        raise BadInput(
            f"version: found {answer.version}, but version {incident.last_version} has come since and may show other "
            "records; look at the incident again, then answer"
        )


def shown(mine: frozenset[str] | None, now: frozenset[str] | None) -> Action:
    """What a version that breaks the rule again shows, from the keys of the records; None where they are not known."""
    if not mine or not now:
        return Action.FAIL
    if not mine & now:
        return Action.OTHERS_FAIL
    return Action.FAIL if now <= mine else Action.MORE_FAIL
