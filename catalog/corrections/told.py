"""What the sides of a correction are told: its source, its claimants, and all who received the old value."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from schemas.correction import STATES, Correction, titles
from schemas.dataset import Dataset
from schemas.notice import About, Notice

_WORDS: Mapping[About, tuple[str, str]] = {
    About.CORRECTION_OPENED: ("数据被提出疑义，请校核", "a value is disputed, please verify it"),
    About.CORRECTION_MOVED: ("疑义校核", "correction"),
    About.CORRECTION_TOLD: (
        "您取得过的数据已更正，请更新并确认",
        "data that you received are corrected: renew and acknowledge",
    ),
}


def notices(about: About, one: Correction, dataset: Dataset, recipients: Iterable[str], now: datetime) -> list[Notice]:
    """One for each recipient; a later move is another cause. No key and no value stands in it."""
    chinese, english = _WORDS[about]
    state, state_en = STATES[one.state]
    title, title_en = titles(dataset, one.column)
    tail, tail_en = (f"：{state}", f": {state_en}") if about is About.CORRECTION_MOVED else ("", "")
    mark = f"{one.state.value} {one.moved_at.isoformat()}"
    return [
        Notice(
            recipient=recipient,
            about=about,
            dataset=one.dataset,
            cause=f"correction {one.id} {about.value.removeprefix('correction_')} {mark}",
            subject=f"{dataset.title}·{title}：{chinese}{tail}",
            subject_en=f"{dataset.title_en}, {title_en}: {english}{tail_en}",
            created_at=now,
            body={
                "correction": one.id,
                "column": one.column,
                "state": one.state.value,
                "outcome": one.outcome,
                "version": one.corrected or one.version,
                "path": f"/corrections/{one.id}",
            },
        )
        for recipient in dict.fromkeys(recipients)
        if recipient
    ]
