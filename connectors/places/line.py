"""A line to a place that is opened when it is needed, and again where it broke; and whole copies over it."""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Self

from connectors.places.fetching import fetched
from connectors.places.place import Entry, Place, Visit
from connectors.places.spool import Copy, Spool
from schemas.errors import NotReady, SourceUnreachable

TRIES = 5
"""How often in a row a file is gone on with without a byte more."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


class Rewritten(SourceUnreachable):
    """Somebody writes the file while it is fetched: later, it may be whole."""


@dataclass(slots=True)
class Line:
    """Used by one thread; left with `with`."""

    place: Place
    wait: Callable[[float], None]
    _held: ExitStack = field(default_factory=ExitStack)
    _visit: Visit | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()

    @property
    def visit(self) -> Visit:
        """The open one, or a new one."""
        if self._visit is None:
            self._visit = self._held.enter_context(self.place.visit())
        return self._visit

    def hang_up(self) -> None:
        """The next visit is another one."""
        self._visit = None
        self._held.close()

    def copy(self, entry: Entry, spool: Spool) -> Copy:
        """All bytes of a file, gone on with where the line breaks.

        SourceUnreachable where it stays broken, where the file is not as long as its place tells, or where somebody
        writes it meanwhile (`Rewritten`).
        """
        return spool.take(entry, lambda file: _Copying(self, entry, file, spool.limit).all())


@dataclass(slots=True)
class _Copying:
    """One file under way."""

    line: Line
    entry: Entry
    file: IO[bytes]
    most: int
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def all(self) -> tuple[int, str]:
        failures = 0
        while True:
            begun = self.size
            try:
                self._go_on()
                return self.size, self.digest.hexdigest()
            except Rewritten:
                raise
            except SourceUnreachable as broken:
                said = broken
            self.line.hang_up()
            failures = 0 if self.size > begun else failures + 1
            if failures >= TRIES:
                raise SourceUnreachable(f"{said}; {self._name} was not whole after {TRIES} tries") from said
            self._rewind()
            self.line.wait(min(FIRST_PAUSE_S * 2**failures, LONGEST_PAUSE_S))

    def _go_on(self) -> None:
        if self.size:
            self._unchanged()
        if self.entry.size is None or self.size < self.entry.size:
            for piece in self.line.visit.pieces(self.entry, self.size):
                self._take(piece)
        if self.entry.size not in (None, self.size):
            self._unchanged()
            raise SourceUnreachable(f"{self._name}: {self.size} bytes arrived, expected {self.entry.size}")
        self._unchanged()

    def _take(self, piece: bytes) -> None:
        self.file.write(piece)
        self.digest.update(piece)
        self.size += len(piece)
        fetched(self.entry.name, self.size, self.entry.size)
        if self.entry.size is not None and self.size > self.entry.size:
            raise Rewritten(f"{self._name}: has more than the {self.entry.size} bytes that it had when it was listed")
        if self.size > self.most:
            raise NotReady(f"{self._name}: found more than {self.most} bytes, which is what copies may take")

    def _unchanged(self) -> None:
        if self.line.visit.entry(self.entry.name) != self.entry:
            raise Rewritten(f"{self._name}: changed while it was fetched; the department seems to be writing it still")

    def _rewind(self) -> None:
        """Nothing tells whether the bytes are still the same ones: from the beginning."""
        if not self.entry.dated:
            self.file.seek(0)
            self.file.truncate()
            self.size, self.digest = 0, hashlib.sha256()

    @property
    def _name(self) -> str:
        return f"{self.line.place.shown}/{self.entry.name}"
