"""Words that are to be sent outside: entered with what they tell of, taken by who sends, tried again with back-off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from catalog.delivery.deliveries import FIRST_PAUSE, HOLD, LAST_TRY, LONGEST_PAUSE
from catalog.following.tables import errand as table
from schemas.following import Errand, ErrandState, Follow

AT_ONCE = 200
"""Errands that one run sends."""


class Word(Protocol):
    """What is told."""

    @property
    def about(self) -> str:
        """Kind of notice."""
        ...

    @property
    def cause(self) -> str:
        """What is told once for each follow."""
        ...

    @property
    def subject(self) -> str:
        """In Chinese."""
        ...

    @property
    def subject_en(self) -> str:
        """In English."""
        ...


def enter(connection: Connection, some: Sequence[Follow], dataset: str, word: Word, now: datetime) -> None:
    """One errand for each follow; what it was told of already is not told again."""
    made = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for one in some:
        values = {
            "follow": one.id,
            "cause": word.cause,
            "dataset": dataset,
            "about": str(word.about),
            "subject": word.subject,
            "subject_en": word.subject_en,
            "state": ErrandState.WAITING.value,
            "tries": 0,
            "next_at": now,
            "created_at": now,
        }
        connection.execute(made(table).values(values).on_conflict_do_nothing(index_elements=("follow", "cause")))


def take(connection: Connection, now: datetime) -> Errand | None:
    """The one that is due longest, for this caller alone: others find it due again when `HOLD` is over. None: none is.

    Call it inside `writing`, and again for the next: who waits for a slow server holds up nobody else's words.
    """
    wanted = select(table.c.id).where(table.c.state == ErrandState.WAITING.value, table.c.next_at <= now)
    due = connection.scalar(wanted.order_by(table.c.next_at, table.c.id).limit(1).with_for_update(skip_locked=True))
    mine = table.c.id == due
    connection.execute(update(table).where(mine).values(tries=table.c.tries + 1, next_at=now + HOLD))
    columns = (table.c[name] for name in Errand.__slots__)
    row = connection.execute(select(*columns).where(mine)).one_or_none()
    return None if row is None else _errand(row)


def close(connection: Connection, one: Errand, state: ErrandState, now: datetime) -> None:
    """How it ended. Call it inside `writing`."""
    connection.execute(update(table).where(table.c.id == one.id).values(state=state.value, next_at=now))


def put_off(connection: Connection, one: Errand, now: datetime) -> ErrandState:
    """It could not be sent: later again, or not any more after the last try. Call it inside `writing`."""
    if one.tries >= LAST_TRY:
        close(connection, one, ErrandState.FAILED, now)
        return ErrandState.FAILED
    pause: timedelta = min(FIRST_PAUSE * 2 ** (one.tries - 1), LONGEST_PAUSE)
    connection.execute(update(table).where(table.c.id == one.id).values(next_at=now + pause))
    return ErrandState.WAITING


def last(connection: Connection, follow: int) -> Errand | None:
    """The newest of one follow."""
    columns = (table.c[name] for name in Errand.__slots__)
    wanted = select(*columns).where(table.c.follow == follow).order_by(table.c.id.desc()).limit(1)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _errand(row)


def _errand(row: Row[*tuple[Any, ...]]) -> Errand:
    return Errand(**{**row._mapping, "state": ErrandState(row.state)})
