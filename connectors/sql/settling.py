"""Until when a window of a table may be read: as far as its source has settled, by whole days where it has dates."""

from datetime import datetime, time
from typing import Protocol, runtime_checkable

from schemas.dataset import Dataset, Field, Kind, Load
from schemas.errors import BadInput, SourceUnreachable
from schemas.journey import SHANGHAI, Window


@runtime_checkable
class Settles(Protocol):
    """A session of an engine that can tell which transactions are open."""

    def settled(self) -> datetime | None:
        """No transaction that is open began before this moment; None where that cannot be seen."""
        ...


def settled_part(session: object, dataset: Dataset, field: Field, window: Window) -> Window:
    """The part of a window in which no row can come late any more; a merge reads the rest with its next window.

    SourceUnreachable where another kind of load would have to wait, or nothing is left; BadInput where neither the
    source nor the contract says how late a row may come.
    """
    merge = dataset.source.load is Load.MERGE
    if field.type.kind is Kind.DATE:
        _declared(dataset, merge=merge, why="a date does not say when its row was written")
        return _whole_days(dataset, window) if merge else window
    until = session.settled() if isinstance(session, Settles) else None
    if until is None:
        _declared(dataset, merge=merge, why="this source cannot tell which transactions are open")
        return window
    if until >= window.high:
        return window
    if merge and until > window.low:
        return Window(window.low, until)
    raise SourceUnreachable(
        f"{dataset.key}: a transaction that began before {until.isoformat()} is open at the source and may still "
        f"write rows into the window that ends {window.high.isoformat()}; it is read when that one has ended"
    )


def unsettled(session: object, dataset: Dataset, field: Field) -> str:
    """Why it stays unknown how late a row may come, where the engine could tell but this login may not know."""
    if field.type.kind is not Kind.TIMESTAMP or dataset.source.lag or not isinstance(session, Settles):
        return ""
    if session.settled() is not None:
        return ""
    return f"{field.source_name}: this login cannot see which transactions are open, so a row may come late unnoticed"


def _declared(dataset: Dataset, *, merge: bool, why: str) -> None:
    if merge and not dataset.source.lag:
        raise BadInput(
            f"{dataset.key}: yishu.source.lag: found nothing, expected how long a row may come late, e.g. PT10M "
            f"(PT0S where each window is closed when it is read): {why}"
        )


def _whole_days(dataset: Dataset, window: Window) -> Window:
    """A date stands for its whole day: read from the midnight of the first, and ended days only."""
    low, high = (_midnight(end) for end in (window.low, window.high))
    if low >= high:
        raise SourceUnreachable(f"{dataset.key}: no whole day has ended within {window} yet")
    return Window(low, high)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(SHANGHAI).date(), time(), SHANGHAI)
