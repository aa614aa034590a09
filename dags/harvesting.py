"""Reads foreign catalogues and enters what was found: each by itself, so that one that is away stops no other."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from catalog.database import writing
from catalog.harvest import book
from catalog.shelf import Shelf
from connectors.harvest.read import read
from schemas.errors import BadInput, SourceFault

LOG = logging.getLogger(__name__)


def harvest_each(shelf: Shelf, name: str, now: Callable[[], datetime]) -> list[dict[str, Any]]:
    """All catalogues, or that one; what changed in each, or why it could not be read. What is gone is told by title."""
    with shelf.engine.connect() as reads:
        wanted = book.listed(reads, name)
    return [_harvest(shelf, one, now) for one in wanted]


def _harvest(shelf: Shelf, shown: book.Shown, now: Callable[[], datetime]) -> dict[str, Any]:
    name = shown.catalogue.name
    told: dict[str, Any] = {
        "name": name,
        "entries": shown.entries,
        "added": 0,
        "changed": 0,
        "removed": [],
        "error": "",
    }
    try:
        found = read(shown.catalogue)
    except (SourceFault, BadInput) as wrong:
        with writing(shelf.engine) as writes:
            book.failed(writes, name, str(wrong), now())
        LOG.warning("harvest of %s: %s", name, wrong)
        return told | {"error": str(wrong)}
    with writing(shelf.engine) as writes:
        done = book.enter(writes, name, found, now())
    if done.removed:
        LOG.warning("harvest of %s: %d entries are gone there", name, len(done.removed))
    return told | {"entries": done.entries, "added": done.added, "changed": done.changed, "removed": list(done.removed)}
