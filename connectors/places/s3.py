"""A folder of a bucket in an object store that speaks S3."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pyarrow import fs

from connectors.places.place import PATIENCE_S, PIECE, Entry, Fits
from connectors.trust import ca_file, ca_of, in_the_clear
from schemas.certificates import untrusted
from schemas.connection import Connection
from schemas.errors import NotReady, SourceUnreachable

TRIES = 3
AT_ONCE = 16
"""Objects that are looked at at once: a listing tells no ETag."""
KEYS = ("ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "HTTP status 403")
"""By what pyarrow's words show that the store does not let us in."""


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
        extra = self.connection.extra
        return f"s3 {extra.get('endpoint_url') or 'AWS'} {self._root}"

    @property
    def _root(self) -> str:
        return "/".join(filter(None, (str(self.connection.extra.get("bucket") or ""), self.folder.strip("/"))))

    @contextmanager
    def visit(self) -> Iterator["S3Visit"]:
        """A client; it asks when it is asked."""
        told, extra = self.connection, self.connection.extra
        if not (extra.get("bucket") and told.login and told.password):
            raise NotReady(f"connection {told.id}: expected login and password (the access key) and extra bucket")
        scheme, _, address = str(extra.get("endpoint_url") or "").rpartition("://")
        if scheme == "http":
            in_the_clear(told, "an endpoint_url that begins with https://")
        with ca_file(told) as authority:
            store = fs.S3FileSystem(
                access_key=told.login,
                secret_key=told.password,
                region=str(extra.get("region_name") or "us-east-1"),
                endpoint_override=address.rstrip("/") or None,
                scheme=scheme or "https",
                force_virtual_addressing=bool(extra.get("virtual_addressing")),
                connect_timeout=self.patience,
                request_timeout=self.patience,
                retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=TRIES),
                tls_ca_file_path=authority,
            )
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
            if any(word in str(failed) for word in KEYS):
                raise NotReady(
                    f"{self.place.shown}: does not let us in; correct login and password (the access key) of the "
                    f"connection {self.place.connection.id}, or ask for the right to list and read"
                ) from failed
            if why := untrusted(str(failed), ca_of(self.place.connection)):
                raise NotReady(f"{self.place.shown}: {why}") from failed
            raise SourceUnreachable(f"{self.place.shown}: {failed}") from failed
