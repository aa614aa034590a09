"""The ask of a subscription, made anew for each try by the system as it is now."""

from datetime import datetime

from catalog import subjects
from catalog.shelf import Shelf
from schemas.access import Ask, Decision
from schemas.subscription import Subscription


def decided(shelf: Shelf, one: Subscription, version: int, now: datetime, reads: int) -> Decision:
    """The access rule's answer now, on that version."""
    with shelf.engine.connect() as connection:
        subject = subjects.of_system(connection, one.system, now)
    ask = Ask(
        subject=subject,
        dataset=one.dataset,
        mode=one.mode,
        purpose=one.purpose,
        moment=now,
        columns=one.columns,
        division=one.division,
        grant=one.grant,
        basis=one.basis,
        reads=reads,
    )
    return shelf.decide(ask, version)
