"""A folder of this machine, or one that is mounted here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import ELOOP
from pathlib import Path
from stat import S_ISREG

from connectors.places.place import PIECE, Entry, Fits
from schemas.errors import SourceChanged, SourceUnreachable


@dataclass(frozen=True, slots=True)
class Folder:
    """Its own visit: there is nothing to connect to. Its files are read where they lie."""

    folder: Path
    within: Path | None = None
    """No link is followed that leads out of here, the folder that the connection names. None: wherever it leads."""
    lists = True
    still = 1.0
    """Short: a copy that goes on is noticed between plan and last byte, too."""

    @property
    def shown(self) -> str:
        """Its path."""
        return str(self.folder)

    @property
    def here(self) -> Path:
        """Its path."""
        return self.folder

    @contextmanager
    def visit(self) -> Iterator["Folder"]:
        """SourceUnreachable where there is no such folder."""
        if not self.folder.is_dir():
            raise SourceUnreachable(f"no folder at {self.folder}; expected the one into which the files are dropped")
        yield self

    def entries(self, fits: Fits) -> Sequence[Entry]:
        """What lies in it."""
        with reachable(self.folder):
            found = (self.entry(path.name) for path in self.folder.iterdir() if fits(path.name))
            return [one for one in found if one is not None]

    def entry(self, name: str) -> Entry | None:
        """Size and time to the nanosecond; None of what is no file: a folder, a link to nothing or to itself."""
        with reachable(self.folder / name):
            try:
                told = (self.folder / name).stat()
            except FileNotFoundError:
                return None
            except OSError as wrong:
                if wrong.errno == ELOOP:
                    return None
                raise
        if not S_ISREG(told.st_mode):
            return None
        return Entry(name, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC), str(told.st_mtime_ns))

    def file(self, name: str) -> Path:
        """Where it lies; SourceChanged where it is reached by a link that leads out.

        Who may upload here could else have any file read that this process may read.
        """
        file = self.folder / name
        with reachable(file):
            out = self.within is not None and not file.resolve().is_relative_to(self.within.resolve())
        if out:
            raise SourceChanged(
                f"{file}: found a link that leads out of {self.within}, expected the file itself; ask for that, or let "
                "`follow_links` of the connection's extra be true"
            )
        return file

    def pieces(self, entry: Entry, start: int) -> Iterator[bytes]:
        """Its bytes."""
        with reachable(self.folder / entry.name), self.file(entry.name).open("rb") as file:
            file.seek(start)
            while piece := file.read(PIECE):
                yield piece


@contextmanager
def reachable(where: Path) -> Iterator[None]:
    """What the operating system refuses is worth another try; the message says where."""
    try:
        yield
    except OSError as wrong:
        raise SourceUnreachable(f"{where}: {wrong.strerror or wrong}") from wrong
