"""Where an officer confirms that rows are rightly gone at the source: in the ledger first, then for the next run."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from catalog import tables, versions
from catalog.database import writing
from catalog.deeds import book, record
from catalog.merging import confirmed
from catalog.merging.confirmed import Confirmed
from catalog.shelf import Shelf
from schemas.deed import Act, Deed, Done, Right, Word, reason
from schemas.errors import BadInput
from schemas.journey import Finding
from schemas.merging import SHARE_RULE


def confirm(shelf: Shelf, key: str, window: str, word: Word, now: datetime) -> Done:
    """Put it on record, receipt first; the window of that key passes when it is run again, if no more is gone by then.

    BadInput where nothing waits for it, or no reason is given; Refused where it is not this person's to say.
    """
    dataset = shelf.dataset(key)
    reason(word.reason)
    record.officer(shelf, dataset, word.by.person)
    with shelf.engine.connect() as connection:
        version, finding = _waiting(connection, key, window)
    facts = {"window": window, "version": version, "removed": finding.failed, "of": finding.checked}
    by = replace(word.by, organisation=dataset.owner)
    done = record.receipted(shelf, Deed(Act.CONFIRM_DELETES, by, Right.OWNER, word.reason, dataset.key, facts), now)
    with writing(shelf.engine) as connection:
        if _waiting(connection, key, window) != (version, finding):
            raise BadInput(f"{key} {window}: another version was held back meanwhile; look at it first")
        confirmed.enter(connection, Confirmed(key, window, version, finding.failed, done.receipt))
        book.enter(connection, done)
    return done


def listed(shelf: Shelf, key: str) -> tuple[Done, ...]:
    """What was confirmed of a dataset, the newest first; for its operator."""
    shelf.dataset(key)
    return record.listed(shelf, key, Act.CONFIRM_DELETES)


def _waiting(connection: Connection, key: str, window: str) -> tuple[int, Finding]:
    """The version that was held back last for that window, and how many rows were seen gone."""
    table = tables.version
    wanted = select(table.c.number, table.c.state).where(table.c.dataset == key, table.c.window == window)
    last = connection.execute(wanted.order_by(table.c.number.desc()).limit(1)).one_or_none()
    if last is not None and last.state == "held_back":
        for finding in versions.findings(connection, key, last.number):
            if finding.rule == SHARE_RULE and not finding.success:
                return last.number, finding
    raise BadInput(
        f"{key} {window}: found no version that is held back for this window because too many rows are "
        f"gone; `yishu run {key} --window {window}` says how it stands"
    )
