"""What organisations are told of a clock: due soon, overdue, passed on to superiors, due on another day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from schemas.deadline import Clock
from schemas.notice import About, Notice

TOLD_ELSEWHERE = {"incident": (About.CLOCK_OVERDUE,)}
"""Kind -> what its own room tells the responsible organisation."""

_WORDS: Mapping[About, tuple[str, str]] = {
    About.CLOCK_DUE_SOON: ("即将到期", "due soon"),
    About.CLOCK_OVERDUE: ("已逾期", "overdue"),
    About.CLOCK_ESCALATED: ("逾期督办", "overdue below you"),
    About.CLOCK_MOVED: ("期限变更", "due on another day"),
}
NAMES: Mapping[str, tuple[str, str]] = {
    "reply_unconditional": ("答复无条件共享申请", "Reply, unconditional data"),
    "reply_conditional": ("答复有条件共享申请", "Reply, conditional data"),
    "supply": ("提供数据", "Supply"),
    "correction": ("校核疑义", "Check of data in doubt"),
    "catalogue_update": ("更新目录", "Update of the catalogue"),
    "formal_check": ("形式审查", "Formal check"),
    "negotiation": ("争议协商", "Negotiation"),
    "mediation": ("争议调解", "Mediation"),
    "escalation_decision": ("争议决定", "Decision of a dispute"),
    "duty_assignment": ("数源认责", "Assignment of a duty"),
    "acknowledgement": ("确认更正告知", "Acknowledgement of a correction"),
    "dept_review": ("部门审核", "Department's review"),
    "authority_review": ("主管部门审核", "Authority's review"),
    "amendment": ("补正并提交申请", "Completion of a request"),
    "first_read": ("授权后首次读取", "First read under a grant"),
    "suspension": ("处置暂停的授权", "Decision about a suspended grant"),
    "objection": ("对不予提供提出争议", "Objection to a refusal"),
}
"""Event -> its name, Chinese and English."""


def notices(about: About, clock: Clock, recipients: Iterable[str], now: datetime, which: str = "") -> Iterator[Notice]:
    """One for each recipient; `which` tells one time from another."""
    chinese, english = _WORDS[about]
    name, name_en = NAMES[clock.event.value]
    title, title_en = clock.thing.title or clock.thing.id, clock.thing.title_en or clock.thing.id
    for recipient in dict.fromkeys(recipients):
        if recipient and not _elsewhere(about, clock, recipient):
            yield Notice(
                recipient=recipient,
                about=about,
                dataset=clock.thing.dataset,
                cause=f"clock {clock.id} {about.value.removeprefix('clock_')} {which}".strip(),
                subject=f"{chinese}：{name}（{title}），应于 {clock.due} 前办结",
                subject_en=f"{english}: {name_en} ({title_en}), due {clock.due}",
                created_at=now,
                body=_body(clock),
            )


def everyone(clock: Clock) -> tuple[str, ...]:
    """The responsible organisation and all that wait for it."""
    return (clock.thing.responsible, *clock.thing.parties)


def _elsewhere(about: About, clock: Clock, recipient: str) -> bool:
    return recipient == clock.thing.responsible and about in TOLD_ELSEWHERE.get(clock.thing.kind, ())


def _body(clock: Clock) -> dict[str, str | int | bool | list[str]]:
    first: date = clock.steps[0].due
    return {
        "clock": clock.id,
        "kind": clock.thing.kind,
        "thing": clock.thing.id,
        "event": clock.event.value,
        "responsible": clock.thing.responsible,
        "path": clock.thing.path,
        "first_due": first.isoformat(),
        "due": clock.due.isoformat(),
        "provisional": clock.provisional,
        "days": clock.rule.days,
        "unit": clock.rule.unit.value,
        "sources": [one.source for one in clock.rules],
    }
