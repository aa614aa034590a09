"""What follows from an act on a version of an entry: clocks, the other version, who is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from catalog.clocks import clocks as terms
from catalog.entries import adopt, book, sight
from catalog.entries.book import Version
from catalog.mending import notices
from catalog.mending.renewals import grantees
from schemas.deadline import Event, Thing
from schemas.divisions import DivisionTree
from schemas.entry_life import Action, Move, State, Step, move
from schemas.notice import About, Notice

KIND = "entry"


def clocks(connection: Connection, version: Version, found: Move, tree: DivisionTree, now: datetime) -> None:
    """The clock of the step before stops, that of the next begins; whose move it is then is responsible."""
    if found.stops is not None:
        terms.stop(connection, _thing(version, found.stops, ""), found.stops, now)
    if found.starts is not None and version.entry.division:
        upper = sight.authority(connection, version.entry.division, tree)
        responsible = upper if found.starts is Event.AUTHORITY_REVIEW else version.entry.provider
        terms.start(connection, _thing(version, found.starts, responsible), found.starts, version.entry.division, now)


def give_way(connection: Connection, every: Sequence[Version], step: Step) -> None:
    """Before a new version is published the old one ceases to be in force, in the same transaction."""
    if step.action == Action.PUBLISH:
        _follow(connection, every, Action.REPLACE, step)


def other(connection: Connection, moved: Version, every: Sequence[Version], step: Step) -> Version | None:
    """The other version of the entry where the act moves it too; what a change makes is the new draft."""
    action = Action(step.action)
    if action is Action.CHANGE:
        draft = replace(
            moved, number=every[-1].number + 1, state=State.DRAFT, submitted_by="", approved_by="", ends=None
        )
        return book.add(connection, draft, replace(step, version=draft.number, state=State.DRAFT, action=Action.EDIT))
    if action is Action.PUBLISH:
        book.by_office(connection, moved.id)
        adopt.bind(connection, moved)
    if action is Action.DISCARD:
        _follow(connection, every, Action.KEEP, step)
    if action in (Action.ANNOUNCE, Action.RETIRE):
        _tell(connection, moved, action, step.at)
    if action is Action.RETIRE and moved.entry.dataset:
        book.close(connection, moved.entry.dataset)
    return None


def _follow(connection: Connection, every: Sequence[Version], action: Action, step: Step) -> None:
    """The version in force, which was changing, is replaced or kept."""
    old = book.latest(every, (State.CHANGING,))
    if old is None:
        return
    found = move(old.state, action)
    after = replace(old, state=found.state, moved_at=step.at)
    book.put(connection, after, replace(step, version=old.number, state=found.state, action=action, said=""))
    if found.stops is not None:
        terms.stop(connection, _thing(old, found.stops, ""), found.stops, step.at)


def _tell(connection: Connection, version: Version, action: Action, now: datetime) -> None:
    """Who holds a grant on its data learns of the end."""
    entry = version.entry
    held = grantees(connection, entry.dataset, now) if entry.dataset else ()
    notices.tell(
        connection,
        [
            Notice(
                recipient=code,
                about=About.ENTRY_ENDS,
                dataset=entry.dataset,
                cause=f"entry {version.id} {action.value} {version.ends}",
                subject=f"《{entry.title}》将于 {version.ends} 停止共享",
                subject_en=f"{entry.title_en or entry.title} ends on {version.ends}",
                created_at=now,
                body={"entry": version.id, "ends": str(version.ends)},
            )
            for code, _ in held
        ],
    )


def _thing(version: Version, event: Event, responsible: str) -> Thing:
    """An update belongs to the entry, a review to the version that is reviewed."""
    of = str(version.id) if event is Event.CATALOGUE_UPDATE else f"{version.id}.{version.number}"
    return Thing(
        kind=KIND,
        id=of,
        responsible=responsible,
        dataset=version.entry.dataset,
        title=f"目录条目《{version.entry.title}》",
        title_en=f"Catalogue entry {version.entry.title_en or version.entry.title}",
        path=f"/entries/{version.id}",
    )
