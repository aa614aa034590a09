"""Which files of a place belong to a window, whether they are whole, and their bytes, pinned by size and sha256."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Protocol

from connectors.files.named import GLOB, day_in, day_of, fitting, literal, names_of, within
from connectors.files.pinned import Pinned, changed
from connectors.places.folder import Folder, reachable
from connectors.places.http import Index
from connectors.places.known import place_of
from connectors.places.line import Line
from connectors.places.place import Entry, Place
from connectors.places.ready import Ready, Watch, unfinished
from connectors.places.spool import Spool, spool_for
from connectors.protocol import Problem
from schemas.connection import Connection
from schemas.dataset import Json
from schemas.errors import NotReady, SourceChanged, SourceFault, SourceUnreachable
from schemas.journey import SHANGHAI, Window

NEWEST = 3
"""So many of the newest files are looked at to find one that is whole."""
LATELY = timedelta(days=7)
"""How far a place that lists nothing is asked back for its newest file."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A place into which a department drops files. They are read where they lie, or as copies."""

    place: Place
    pattern: str
    """A glob, with at most one placeholder of a day."""
    ready: Ready
    wait: Callable[[float], None] = sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    watch: Watch = field(default_factory=Watch, repr=False, compare=False)
    spool: Spool = field(default_factory=Spool, repr=False, compare=False)
    _open: list[Line] = field(default_factory=list, repr=False, compare=False)

    @property
    def folder(self) -> Path:
        """Where the files lie here: their own folder, or that of their copies."""
        return self.place.here or self.spool.folder

    def check(self, look: Callable[[Path], tuple[Problem, ...]]) -> tuple[Problem, ...]:
        """What stands in the way from the connection up to the newest whole file, and what `look` finds in that."""
        try:
            with self.line() as line:
                newest = self.listed(line, None)[-NEWEST:]
                if not newest:
                    self._not_literal(line)
                    said = f"no file {self.pattern} in {self.place.shown}"
                    return (Problem(SourceUnreachable.code, said, "wait for the drop"),)
                waiting = self.watch.waiting(line, newest, self.ready)
                whole = [entry for entry in newest if entry.name not in waiting]
                told = self._unready(waiting, blocks=not whole)
                if not whole:
                    return told
                file = self._at_hand(line, whole[-1])
            with reachable(file):
                return (*told, *look(file))
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), _advice(fault)),)

    def found(self) -> tuple[Path, ...]:
        """Files to look at, by name: all that lie here, else a copy of the newest that is whole."""
        with self.line() as line:
            listed = self.listed(line, None)
            if self.place.here is not None:
                return tuple(self._at_hand(line, entry) for entry in listed)
            waiting = self.watch.waiting(line, listed[-NEWEST:], self.ready)
            whole = [entry for entry in listed[-NEWEST:] if entry.name not in waiting]
            return tuple(self._at_hand(line, entry) for entry in whole[-1:])

    def of_window(self, window: Window) -> Iterator[Path]:
        """Files whose day starts within the window, by name; all where the pattern names no day.

        SourceUnreachable where there is none yet, or where one is not whole yet: a window is collected once. Each is at
        hand until the next is asked for. SourceChanged where none can ever come, as the pattern is written.
        """
        with self.line() as line:
            entries = self.listed(line, window)
            if not entries:
                self._not_literal(line)
                said = f"no file {self.pattern} for {window.key} in {self.place.shown} yet"
                raise SourceUnreachable(said + self._newest(line))
            waiting = self.watch.waiting(line, entries, self.ready)
            if waiting:
                raise SourceUnreachable(f"{self.place.shown}: {_listed(waiting)}; nothing of {window.key} is taken yet")
            for entry in entries:
                yield self._at_hand(line, entry)

    @contextmanager
    def pinned(self, piece: Mapping[str, Json]) -> Iterator["Pinned"]:
        """A planned file to be read; SourceChanged when it is gone, or no longer the planned one."""
        with reachable(self.folder / piece["name"]):
            if isinstance(self.place, Folder):
                self.place.file(piece["name"])  # a link may have taken its name since the plan
            else:
                self._fetch_again(piece)
            with Pinned(self.folder, piece) as pinned:
                yield pinned

    def beside(self, name: str) -> Path | None:
        """Another file of the same folder, such as one that says how many rows there are; None where there is none."""
        with self.line() as line:
            entry = line.visit.entry(name)
            return None if entry is None else self._at_hand(line, entry)

    @contextmanager
    def line(self) -> Iterator[Line]:
        """The one that is open already, or a new one."""
        if self._open:
            yield self._open[-1]
            return
        with Line(self.place, self.wait) as line:
            self._open.append(line)
            try:
                yield line
            finally:
                self._open.remove(line)

    def listed(self, line: Line, window: Window | None) -> Sequence[Entry]:
        """What the place has of the pattern's names (and of the window), by name."""

        def wanted(name: str) -> bool:
            return self._fits(name) and (window is None or within(self.pattern, name, window))

        found = line.visit.entries(wanted) if self.place.lists else self._asked_for(line, window)
        for entry in found:
            if any("\udc80" <= letter <= "\udcff" for letter in entry.name):
                raise SourceChanged(
                    f"{self.place.shown}: the name {entry.name!a} is not written as declared; let `encoding` of "
                    "the connection name what file names are written in (utf-8 or gb18030)"
                )
        return sorted(found, key=lambda entry: entry.name)

    def _fits(self, name: str) -> bool:
        plain = "/" not in name and "\\" not in name and not unfinished(name) and not self.ready.is_marker(name)
        return plain and fitting(self.pattern).fullmatch(name) is not None

    def _not_literal(self, line: Line) -> None:
        """SourceChanged where nothing fits the pattern, and yet a file is called just as it is written."""
        if set(self.pattern) & set(GLOB) and not day_in(self.pattern) and line.visit.entry(self.pattern) is not None:
            raise SourceChanged(
                f"{self.place.shown}: a file is called {self.pattern}, but as a pattern that fits other names; "
                f"for this one write {literal(self.pattern)}"
            )

    def _newest(self, line: Line) -> str:
        """What there is of other windows, for a person; nothing where the place lists no names."""
        names = [entry.name for entry in line.visit.entries(self._fits)] if self.place.lists else []
        dated = [(day_of(self.pattern, name), name) for name in names if name.isprintable()]
        days = [(day, name) for day, name in dated if day is not None]
        return f"; the newest is {max(days)[1]}" if days else ""

    def _asked_for(self, line: Line, window: Window | None) -> Sequence[Entry]:
        if set(self.pattern) & set(GLOB):
            raise NotReady(
                f"{self.place.shown}: a web server tells no names that {self.pattern!r} could fit; "
                "declare options.index, or a name without *, ? and ["
            )
        today = self.now().astimezone(SHANGHAI)
        names = names_of(self.pattern, window or Window(today - LATELY, today + timedelta(days=1)))
        found = (line.visit.entry(name) for name in names)
        return [entry for entry in found if entry is not None]

    def _at_hand(self, line: Line, entry: Entry) -> Path:
        if isinstance(self.place, Folder):
            return self.place.file(entry.name)
        copy = self.spool.copy(entry.name)
        if copy is None or copy.entry != entry or not entry.dated:
            copy = line.copy(entry, self.spool)
        return copy.path

    def _fetch_again(self, piece: Mapping[str, Json]) -> None:
        """A copy of what lies under a planned name now, unless the one that there is still is that."""
        with self.line() as line:
            entry = line.visit.entry(piece["name"])
            where = f"{self.place.shown}/{piece['name']}"
            if entry is None:
                raise SourceChanged(f"{where}: stands in the plan, but is no longer in the folder")
            if entry.size not in (None, piece["size"]):
                raise SourceChanged(changed(where, piece))
            self._at_hand(line, entry)

    def _unready(self, waiting: Mapping[str, str], *, blocks: bool) -> tuple[Problem, ...]:
        advice = "wait, or ask the department to finish its upload (and its marker, where the contract names one)"
        code = SourceUnreachable.code if blocks else "FILE_NOT_WHOLE"
        return tuple(
            Problem(code, f"{self.place.shown}/{name}: does not count: {why}", advice, warning=not blocks)
            for name, why in waiting.items()
        )


class Where(Protocol):
    """What the options of a kind say of where its files lie."""

    folder: str
    ready: Ready
    index: Index | None


def drop(connection: Connection | None, where: Where, pattern: str) -> Drop:
    """The drop at the place that the connection leads to; nothing is asked yet."""
    place = place_of(connection, where.folder, where.index)
    return Drop(place, pattern, where.ready, spool=spool_for(_label(place)))


def _advice(fault: SourceFault | NotReady) -> str:
    return "correct the connection or this machine" if isinstance(fault, NotReady) else fault.advice


def _listed(waiting: Mapping[str, str]) -> str:
    shown = [f"{name} does not count: {why}" for name, why in list(waiting.items())[:5]]
    return "; ".join(shown) + (f"; and {len(waiting) - 5} more" if len(waiting) > 5 else "")


def _label(place: Place) -> str:
    """Folders that are called as messages call the place."""
    told = place.shown.replace("://", " ").replace("..", "").split()
    return "/".join(part.strip("/").replace(":", "_") or "_" for part in told)
