"""Rosters: all whose consent is in force, 16 sorted bytes each; drawn once for each change of the book, then kept."""

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection, select

from catalog.consents import book, tables
from schemas.access import Roster

SIZE = 16
"""Bytes that are kept of a person."""
AT_ONCE = 10_000
"""Rows of the book that are fetched at once."""

_BOOK = tables.consent


@dataclass(frozen=True, slots=True)
class Crowd:
    """A roster and who stands in it."""

    roster: Roster
    persons: bytes = field(repr=False)
    starts: Sequence[int] = field(repr=False)
    """Where in `persons` those begin whose first two bytes are so: 65,537 places, counted in persons."""

    @property
    def size(self) -> int:
        """Bytes, about."""
        return len(self.persons) + len(self.starts) * 8

    def __contains__(self, person: bytes) -> bool:
        first = person[0] << 8 | person[1]
        low, high = self.starts[first] * SIZE, self.starts[first + 1] * SIZE
        place = self.persons.find(person, low, high)
        while place >= 0 and place % SIZE:
            place = self.persons.find(person, place + 1, high)
        return place >= 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose consents: to this dataset of this owner, for this recipient and purpose."""

    owner: str
    dataset: str
    recipient: str
    purpose: str


class Rosters:
    """Rosters by what they are of, the longest unused dropped first; safe to share between threads."""

    def __init__(self, most: int = 256 << 20) -> None:
        self.most = most
        """Bytes that are kept, of persons and of where they begin."""
        self._held: OrderedDict[Wanted, tuple[int, Crowd]] = OrderedDict()
        self._lock = Lock()

    def crowd(self, connection: Connection, wanted: Wanted, moment: datetime) -> Crowd:
        """Who consents at this moment, by the book as it is now."""
        turn = book.turn(connection, wanted.owner, wanted.recipient)
        with self._lock:
            found = self._held.get(wanted)
            if found is not None:
                self._held.move_to_end(wanted)
        if found is not None and found[0] == turn and _at(found[1].roster, moment):
            return found[1]
        drawn = draw(connection, wanted, moment, turn)
        with self._lock:
            self._keep(wanted, turn, drawn)
        return drawn

    def _keep(self, wanted: Wanted, turn: int, drawn: Crowd) -> None:
        self._held[wanted] = (turn, drawn)
        self._held.move_to_end(wanted)
        while len(self._held) > 1 and sum(crowd.size for _, crowd in self._held.values()) > self.most:
            self._held.popitem(last=False)


def draw(connection: Connection, wanted: Wanted, moment: datetime, turn: int) -> Crowd:
    """The roster at a moment, read from the book a piece at a time.

    Its mark has the book's turn in it: what was kept of rows that somebody's consent opened for a while is not found
    again when that consent is taken back and the persons are the same as before.
    """
    persons, last, until = bytearray(), b"", None
    for person, begins, ends in _living(connection, wanted, moment):
        change = begins if begins > moment else ends
        until = change if until is None else min(until, change)
        if begins <= moment and person != last:
            persons += person
            last = person
    mark = hashlib.sha256(turn.to_bytes(8, "big") + persons).hexdigest()[:32]
    roster = Roster(wanted.dataset, wanted.recipient, wanted.purpose, len(persons) // SIZE, mark, moment, until)
    return _indexed(roster, bytes(persons))


def _living(connection: Connection, wanted: Wanted, moment: datetime) -> Iterator[tuple[bytes, datetime, datetime]]:
    """(person, begins, ends), by person."""
    where = (
        _BOOK.c.owner == wanted.owner,
        _BOOK.c.recipient == wanted.recipient,
        _BOOK.c.purpose == wanted.purpose,
        _BOOK.c.dataset.in_(("", wanted.dataset)),
        _BOOK.c.withdrawn_at.is_(None),
        _BOOK.c.ends > moment,
    )
    rows = select(_BOOK.c.person, _BOOK.c.begins, _BOOK.c.ends).where(*where).order_by(_BOOK.c.person)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(rows):
        yield bytes(row.person), row.begins, row.ends


def _indexed(roster: Roster, persons: bytes) -> Crowd:
    counts = array("Q", bytes(8 * 65537))
    for place in range(0, len(persons), SIZE):
        counts[(persons[place] << 8 | persons[place + 1]) + 1] += 1
    for first in range(1, 65537):
        counts[first] += counts[first - 1]
    return Crowd(roster, persons, counts)


def _at(roster: Roster, moment: datetime) -> bool:
    return roster.since <= moment and (roster.until is None or moment < roster.until)
