"""When a file counts: its marker is there, or it has stood still; what is being written never does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from time import monotonic

from pydantic import Field

from connectors.options import Options
from connectors.places.line import Line
from connectors.places.place import Entry

BEGIN_UNFINISHED = (".", "~")
"""How the names of files begin that are hidden, or that an office program keeps while somebody edits."""
END_UNFINISHED = (
    *(".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".uploading", ".swp"),
    "~",
)
"""How the names of files end that a program has not finished writing."""
SETTLED = timedelta(days=1)
"""A file that was last written longer ago than this stands still, however the clocks of both machines go."""
NAME, STEM = "{name}", "{stem}"


class Ready(Options):
    """How a department shows that a file is whole. Without a word it must have stood still, as its place demands."""

    marker: str = Field(default="", pattern=r"^[^/\\]*$")
    """`{name}.done` or `{stem}.ok`: a file beside it, written last. Without placeholder one for all: `_SUCCESS`."""
    still: float | None = Field(default=None, ge=0, le=3600)
    """Seconds over which size and time must not change; none: 0 with a marker, else what the place demands."""

    def marker_of(self, name: str) -> str:
        """The name of a file's marker; empty where none is asked for."""
        return self.marker.replace(NAME, name).replace(STEM, PurePosixPath(name).stem)

    def is_marker(self, name: str) -> bool:
        """Whether a name is that of a marker, and so no data."""
        if not self.marker:
            return False
        before, _, after = self.marker.replace(STEM, NAME).partition(NAME)
        if before == self.marker:
            return name == self.marker
        return len(name) > len(before + after) and name.startswith(before) and name.endswith(after)


def unfinished(name: str) -> bool:
    """Whether a name says that the file is not whole, or nobody's data."""
    return name.startswith(BEGIN_UNFINISHED) or name.lower().endswith(END_UNFINISHED)


@dataclass(slots=True)
class Watch:
    """What was seen of a place's files, so that a later look tells what changed. `clock` counts seconds."""

    clock: Callable[[], float] = monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seen: dict[str, tuple[Entry, float]] = field(default_factory=dict)
    """Name -> the file as it is, and since when it was seen to be so."""

    def waiting(self, line: Line, entries: Sequence[Entry], ready: Ready) -> Mapping[str, str]:
        """Name -> why it does not count, of those that do not; waits and looks a second time where it must."""
        unmarked = {entry.name: why for entry in entries if (why := _unmarked(line, entry, ready))}
        told = 0.0 if ready.marker else line.place.still
        still = told if ready.still is None else ready.still
        moving = self._moving(line, [entry for entry in entries if entry.name not in unmarked], still)
        return unmarked | dict.fromkeys(moving, f"its size or time changed within {still:g} s: it is being written")

    def _moving(self, line: Line, entries: Sequence[Entry], still: float) -> Sequence[str]:
        young = [entry for entry in entries if self._due(entry, still) > 0]
        if not young:
            return ()
        line.hang_up()  # nobody's line is kept open for nothing
        line.wait(max(self._due(entry, still) for entry in young))
        moved = []
        for entry in young:
            if line.visit.entry(entry.name) == entry:
                self.seen[entry.name] = (entry, self.clock() - still)
            else:
                moved.append(entry.name)
        return moved

    def _due(self, entry: Entry, still: float) -> float:
        """Seconds until it will have stood still for long enough, if it does."""
        if entry.modified is not None and self.now() - entry.modified > SETTLED:
            return 0.0
        known, since = self.seen.get(entry.name, (None, 0.0))
        if known != entry:
            since = self.clock()
            self.seen[entry.name] = (entry, since)
        return still - (self.clock() - since)


def _unmarked(line: Line, entry: Entry, ready: Ready) -> str:
    name = ready.marker_of(entry.name)
    if not name:
        return ""
    marker = line.visit.entry(name)
    if marker is None:
        return f"its marker {name} is not there yet"
    if marker.modified and entry.modified and marker.modified < entry.modified:
        return f"its marker {name} is older than the file: it was written again"
    return ""
