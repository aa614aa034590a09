"""What every route needs at hand: the shelf, the clock, the scan slots, the counters, the seal of cursors, the pace."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from api.ckan.offsets import Offsets
from api.counters import Counters
from api.hand import Hand
from api.pace import Pace
from api.scans import Scans
from api.seal import Seal
from api.verify_guesses import Guesses
from catalog.aggregates.desk import Tables
from catalog.shelf import Shelf
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """One running application's things; kept in `app.state.desk`."""

    shelf: Shelf
    settings: Settings
    now: Callable[[], datetime]
    scans: Scans
    counters: Counters
    seal: Seal
    pace: Pace
    """Of verifies, for each credential."""
    requests: Pace | None = None
    """Of all requests, for each credential; None means no limit."""
    pushes: Scans = field(default_factory=lambda: Scans(of="pushes"))
    """Pushes that are taken at the same time."""
    push_pace: Pace | None = None
    """Of pushes, for each credential; None means no limit."""
    guesses: Guesses = field(default_factory=Guesses)
    """Comparisons that failed, for each credential and subject."""
    hand: Hand = field(default_factory=Hand)
    """Row groups that pages were last cut from."""
    tables: Tables = field(default_factory=Tables)
    """Figures of versions that were last asked for."""
    offsets: Offsets = field(default_factory=Offsets)
    """Places of the pages of clients that count rows."""


def desk(request: Request) -> Desk:
    """The desk of the application that answers this request."""
    found: Desk = request.app.state.desk
    return found


async def at_desk(request: Request) -> Desk:
    """The same for routes; asynchronous, so that no thread is taken for it."""
    return desk(request)


TheDesk = Annotated[Desk, Depends(at_desk)]
