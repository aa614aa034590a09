"""What a run makes of matters that wait: one arises, the same waits on, or it is settled since all is well again.

Every function is called inside `writing`.
"""

from datetime import datetime

from sqlalchemy import Connection

from catalog.confirming import keys, stored
from catalog.mending import notices
from schemas.dataset import Dataset
from schemas.journey import Snapshot, Verdict
from schemas.matter import LIVING, OPEN, Change, Gone, Kind, Matter, State
from schemas.merging import SHARE_RULE
from schemas.notice import About, Notice


def held_back(connection: Connection, dataset: Dataset, verdict: Verdict, version: int, now: datetime) -> None:
    """A version was held back: where that was for rows that are gone, its reviewer is asked, once.

    A word on other keys than are gone by now is over.
    """
    stored.alone(connection, dataset.key)
    gone = _gone(dataset, verdict, version)
    here = stored.living(connection, dataset.key, Kind.DELETES, verdict.window.key, OPEN)
    _arise(connection, dataset, gone, here, now)


def published(connection: Connection, snapshot: Snapshot, now: datetime) -> None:
    """A version was published: what was asked of its window, and of windows before its keys were looked at, is over.

    A word on its window is used up: what vanishes another time is asked another time.
    """
    stored.alone(connection, snapshot.dataset)
    looked = snapshot.merged.keys_at if snapshot.merged else None
    for one in stored.living(connection, snapshot.dataset, Kind.DELETES, states=OPEN):
        mine = isinstance(one.about, Gone) and one.about.window == snapshot.window.key
        if mine or (looked is not None and looked > one.found_at):
            used = mine and one.state is State.CONFIRMED
            stored.move(connection, one, State.DONE if used else State.SETTLED, now)


def changed(connection: Connection, dataset: Dataset, change: Change | None, now: datetime) -> Matter | None:
    """A source was looked at: the change that stops it, or None where nothing does; what waits for a word then."""
    stored.alone(connection, dataset.key)
    return _arise(connection, dataset, change, stored.living(connection, dataset.key, Kind.CHANGE), now)


def notice(dataset: Dataset, one: Matter, now: datetime, which: str = "") -> Notice:
    """What the owner is told of it; `which` tells one time from another."""
    subject, subject_en = _words(one.about)
    return Notice(
        recipient=dataset.owner,
        about=About.CONFIRMATION_WAITS,
        dataset=dataset.key,
        cause=f"confirmation {one.id} {which}".strip(),
        subject=f"{dataset.title}：{subject}",
        subject_en=f"{dataset.title_en or dataset.title}: {subject_en}",
        body=one.about.facts | {"confirmation": one.id, "path": f"/confirmations/{one.id}"},
        created_at=now,
    )


def _arise(
    connection: Connection, dataset: Dataset, about: Gone | Change | None, here: tuple[Matter, ...], now: datetime
) -> Matter | None:
    same = next((one for one in here if about is not None and one.about.mark == about.mark), None)
    for one in here:
        if one is not same and (about is not None or one.state in LIVING):
            stored.move(connection, one, State.SETTLED, now)
    if same is not None or about is None:
        return same
    made = stored.enter(connection, dataset.key, about, now)
    notices.tell(connection, [notice(dataset, made, now)])
    return made


def _gone(dataset: Dataset, verdict: Verdict, version: int) -> Gone | None:
    finding = next((one for one in verdict.findings if one.rule == SHARE_RULE and not one.success), None)
    merge, deletes = verdict.merge, dataset.source.deletes
    if finding is None or merge is None or deletes is None:
        return None
    numbers = (merge.base, finding.failed, finding.checked, deletes.most_share)
    return Gone(verdict.window.key, version, *numbers, keys=keys.of(verdict))


def _words(about: Gone | Change) -> tuple[str, str]:
    if isinstance(about, Gone):
        rows = f"{about.removed:,}", f"{about.of:,}"
        return f"待确认：源系统中消失 {rows[0]} 行（共 {rows[1]} 行），新版本暂不发布", (
            f"to be confirmed: {rows[0]} of {rows[1]} rows are gone at the source, the version is held back"
        )
    return "待确认：源系统结构有变，已停止采集", "to be confirmed: its source has changed, nothing is collected"
