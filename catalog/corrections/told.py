"""What the sides of a correction are told: its source, its claimants, and all who received the old value."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from catalog.corrections.terms import Sides
from schemas.correction import STATES, Correction
from schemas.notice import About, Notice

_WORDS: Mapping[About, tuple[str, str]] = {
    About.CORRECTION_OPENED: ("数据被提出疑义，请校核", "a value is disputed, please verify it"),
    About.CORRECTION_MOVED: ("疑义校核", "correction"),
    About.CORRECTION_TOLD: (
        "您取得过的数据已更正，请更新并确认",
        "data that you received are corrected: renew and acknowledge",
    ),
}


def notices(about: About, one: Correction, sides: Sides, recipients: Iterable[str], now: datetime) -> list[Notice]:
    """One for each recipient; a later move is another cause. No key and no value stands in it.

    Nor does the dataset, to who may not know of it: it was met in what is made of it.
    """
    mark = f"{one.state.value} {one.moved_at.isoformat()}"
    cause = f"correction {one.id} {about.value.removeprefix('correction_')} {mark}"
    return [_notice(about, one, sides, to, cause, now) for to in dict.fromkeys(recipients) if to]


def _notice(  # noqa: PLR0913, PLR0917 - what is told of what, to whom, why and when
    about: About, one: Correction, sides: Sides, to: str, cause: str, now: datetime
) -> Notice:
    chinese, english = _WORDS[about]
    state, state_en = STATES[one.state]
    tail, tail_en = (f"：{state}", f": {state_en}") if about is About.CORRECTION_MOVED else ("", "")
    dataset, title, title_en = sides.named(one, (to,))
    return Notice(
        recipient=to,
        about=about,
        dataset=dataset,
        cause=cause,
        subject=f"{title}：{chinese}{tail}",
        subject_en=f"{title_en}: {english}{tail_en}",
        created_at=now,
        body={
            "correction": one.id,
            "column": one.column if dataset else "",
            "state": one.state.value,
            "outcome": one.outcome,
            "version": one.corrected or one.version,
            "path": f"/corrections/{one.id}",
        },
    )
