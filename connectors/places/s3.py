"""A folder of a bucket in an object store that speaks S3."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pyarrow import fs

from connectors.object_store import folder_of, shown, shut, store_of
from connectors.places.place import PATIENCE_S, PIECE, Entry, Fits
from schemas.connection import Connection
from schemas.errors import NotReady, SourceUnreachable

AT_ONCE = 16
"""Objects that are looked at at once: a listing tells no ETag."""


@dataclass(frozen=True, slots=True)
class S3Place:
    """Login and password are the key; `extra`: `bucket`, `folder`, `endpoint_url`, `region_name`, `ca` and the like."""

    connection: Connection
    folder: str
    patience: float = PATIENCE_S
    here = None
    lists = True
    still = 0.0
    """An object appears when all of it is there."""

    @property
    def shown(self) -> str:
        """Endpoint, bucket and folder."""
        return shown(self.connection, self._root)

    @property
    def _root(self) -> str:
        return folder_of(self.connection, self.folder)

    @contextmanager
    def visit(self) -> Iterator["S3Visit"]:
        """A client; it asks when it is asked."""
        with store_of(self.connection, self.patience) as store:
            yield S3Visit(self, store, self._root)


@dataclass(frozen=True, slots=True)
class S3Visit:
    """One store."""

    place: S3Place
    store: fs.FileSystem
    root: str

    def entries(self, fits: Fits) -> Sequence[Entry]:
        """The objects directly below the folder."""
        with self._answers():
            try:
                found = self.store.get_file_info(fs.FileSelector(self.root))
            except FileNotFoundError as missing:
                raise SourceUnreachable(
                    f"{self.place.shown}: there is no such bucket or folder; ask the department, or correct the "
                    "connection's bucket and options.folder"
                ) from missing
        names = [one.base_name for one in found if one.type is fs.FileType.File and fits(one.base_name)]
        with ThreadPoolExecutor(AT_ONCE) as several:
            return [one for one in several.map(self.entry, names) if one is not None]

    def entry(self, name: str) -> Entry | None:
        """One object with its ETag (and version): its time tells seconds, in which it may be written again."""
        with self._answers():
            try:
                with self.store.open_input_file(f"{self.root}/{name}") as file:
                    told = {key: value.decode() for key, value in file.metadata().items()}
            except FileNotFoundError:
                return None
        tag = " ".join(filter(None, (told.get(key, "") for key in ("ETag", "VersionId"))))
        return Entry(name, int(told["Content-Length"]), datetime.fromisoformat(told["Last-Modified"]), tag)

    def pieces(self, entry: Entry, start: int) -> Iterator[bytes]:
        """Range after range."""
        with self._answers(), self.store.open_input_file(f"{self.root}/{entry.name}") as file:
            file.seek(start)
            while piece := file.read(PIECE):
                yield piece

    @contextmanager
    def _answers(self) -> Iterator[None]:
        try:
            yield
        except OSError as failed:
            if why := shut(failed, self.place.connection, "the department", "list and read"):
                raise NotReady(f"{self.place.shown}: {why}") from failed
            raise SourceUnreachable(f"{self.place.shown}: {failed}") from failed
