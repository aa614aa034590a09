"""What every place of files promises: list, look, and hand out the bytes of a file; nothing there is ever changed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

PATIENCE_S = 30.0
"""Seconds for connecting, and without a byte of any answer."""
PIECE = 4 << 20
"""Bytes that are held at a time."""

Fits = Callable[[str], bool]
"""Whether a name is one that is asked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as its place tells of it; two that are equal are taken to have the same bytes, if `dated`."""

    name: str
    size: int | None
    """Bytes; None where the place does not tell."""
    modified: datetime | None = None
    tag: str = ""
    """What else the place says that changes with the bytes, such as an ETag."""

    @property
    def dated(self) -> bool:
        """Whether the place tells anything by which other bytes of the same size would show."""
        return self.modified is not None or bool(self.tag)


class Visit(Protocol):
    """One connection to a place, used by one thread. Each method raises SourceUnreachable or NotReady."""

    def entries(self, fits: Fits) -> Sequence[Entry]:
        """The files whose names fit, in any order; folders are none."""
        ...

    def entry(self, name: str) -> Entry | None:
        """One file; None where there is none."""
        ...

    def pieces(self, entry: Entry, start: int) -> Iterator[bytes]:
        """The bytes from `start` on, at most `PIECE` at a time; whoever takes them counts them."""
        ...


class Place(Protocol):
    """A folder somewhere, and what its kind of place is like."""

    @property
    def shown(self) -> str:
        """How messages call it: kind, host and folder, no secret."""
        ...

    @property
    def here(self) -> Path | None:
        """The folder itself where it lies on this machine's disk; None where bytes must be fetched."""
        ...

    @property
    def lists(self) -> bool:
        """Whether it says by itself what it has; where it does not, names must be known beforehand."""
        ...

    @property
    def still(self) -> float:
        """For how many seconds a file must not have changed to count, where the contract does not say."""
        ...

    def visit(self) -> AbstractContextManager[Visit]:
        """Connect and sign in. SourceUnreachable, or NotReady where the connection must be corrected."""
        ...
