"""A lake in a bucket that speaks S3: files are named by the sha256 of their bytes, manifests by their paths."""

import hashlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyarrow import fs

from catalog.lake.cache import Cache
from catalog.lake.exact import Windowed, exactly
from schemas.certificates import Peer, untrusted_store
from schemas.errors import LakeUnreachable, NotReady
from schemas.journey import Part
from schemas.settings import BucketAt

PIECE = 8 << 20
"""Bytes that are fetched at once when a whole file is."""
_STORE = Peer(
    authority="the file that YISHU_S3_CA names",
    host="YISHU_S3_ENDPOINT",
    port="YISHU_S3_ENDPOINT",
    keeper="whoever runs the store",
    ours="a lake shows none: ask whoever runs the store for one that wants none",
)


@dataclass(frozen=True, slots=True, eq=False)
class Bucket:
    """One prefix of a bucket, with this machine's disk beside it. Safe to share between threads."""

    system: fs.FileSystem
    root: str
    """Bucket and prefix."""
    desk: Path
    """Work in progress, and what can be made again."""
    cache: Cache

    def __str__(self) -> str:
        return f"s3://{self.root}"

    def answers(self) -> bool:
        """Whether the bucket is there and may be asked."""
        try:
            self.look()
        except NotReady:
            return False
        return True

    def look(self) -> None:
        """LakeUnreachable where the bucket is not there, or may not be asked: what was found, and what to do."""
        bucket = self.root.split("/", 1)[0]
        with reached(bucket, "look at YISHU_S3_ENDPOINT, YISHU_S3_REGION and the credentials of AWS"):
            found = self.system.get_file_info(bucket)
        if found.type is not fs.FileType.Directory:
            raise LakeUnreachable(f"s3://{bucket}: there is no bucket of that name; make it, or correct YISHU_LAKE_URL")

    def far(self, part: Part) -> "Far":
        """Where a finished file lies; nothing is looked up yet."""
        return Far(self, f"{self.root}/{_named(part)}", part.size)

    def fetched(self, part: Part) -> Path:
        """A whole copy in the cache, checked against the sha256 of its part; one that a power cut left short goes."""
        copy = self.cache.folder / _copy_of(part)
        with suppress(FileNotFoundError):
            if copy.stat().st_size != part.size:
                copy.unlink()
        return self.cache.keep(_copy_of(part), lambda to: _fetch(self.far(part), part.sha256, to))

    def keep(self, part: Part, file: Path) -> None:
        """Send a finished file, unless it is there already; it stays at hand in the cache."""
        name = f"{self.root}/{_named(part)}"
        with reached(name):
            if self.system.get_file_info(name).size != part.size:
                self._send(name, file)
        self.cache.adopt(_copy_of(part), file)

    def put(self, name: str, file: Path) -> None:
        """Send a file under a name of its own, in place of what has that name; whole or not at all."""
        with reached(f"{self.root}/{name}"):
            self._send(f"{self.root}/{name}", file)

    def _send(self, name: str, file: Path) -> None:
        """In one write: a fault of the disk in mid-file would otherwise end in an object that looks finished."""
        data = pa.memory_map(str(file)).read_buffer() if file.stat().st_size else pa.py_buffer(b"")
        with self.system.open_output_stream(name) as out:
            out.write(data)
        sent = self.system.get_file_info(name).size
        if sent != file.stat().st_size:
            raise OSError(f"{file.stat().st_size} bytes were sent, {sent} are there")

    def read(self, name: str) -> bytes | None:
        """What has a name of its own; None where nothing has."""
        with reached(f"{self.root}/{name}"):
            try:
                with self.system.open_input_file(f"{self.root}/{name}") as file:
                    if not file.size():
                        raise OSError("an answer without a length came; none of these files is empty")
                    return exactly(file, 0, file.size())
            except FileNotFoundError:
                return None

    def listed(self, folder: str) -> list[fs.FileInfo]:
        """What lies below a folder; nothing where there is none."""
        with reached(f"{self.root}/{folder}"):
            everything = fs.FileSelector(f"{self.root}/{folder}", recursive=True, allow_not_found=True)
            return [one for one in self.system.get_file_info(everything) if one.is_file]

    def rename(self, old: str, new: str) -> None:
        """Another name for what has a name of its own; nothing where nothing has it. Not at once: a copy, then gone."""
        with reached(f"{self.root}/{old}"):
            if self.system.get_file_info(f"{self.root}/{old}").is_file:
                self.system.move(f"{self.root}/{old}", f"{self.root}/{new}")

    def copy(self, old: str, new: str) -> None:
        """The same under a second name, in place of what has that; nothing where nothing has the first."""
        with reached(f"{self.root}/{old}"):
            if self.system.get_file_info(f"{self.root}/{old}").is_file:
                self.system.copy_file(f"{self.root}/{old}", f"{self.root}/{new}")

    def drop(self, path: str) -> None:
        """Remove one of those that were listed, where it is still there, and its copy on this disk."""
        self.cache.forget(PurePosixPath(path).name)
        with reached(path), suppress(FileNotFoundError):
            self.system.delete_file(path)


@dataclass(frozen=True, slots=True)
class Far:
    """A finished file in a bucket. It may be read by several threads at once."""

    bucket: Bucket
    path: str
    size: int
    """Bytes, as its manifest says."""

    def __str__(self) -> str:
        return f"s3://{self.path}"

    def look(self) -> None:
        """NotReady where the file is gone or has another length, or nobody answers; asked once while it is in use."""
        with self._handle():
            return

    def file(self) -> pa.PythonFile:
        """As pyarrow's readers want it."""
        self.look()
        return pa.PythonFile(Windowed(self.read, self.size), mode="r")

    def read(self, start: int, length: int) -> bytes:
        """Just so many bytes from an offset on."""
        if start + length > self.size:
            raise NotReady(f"{self}: ends before byte {start + length}; restore it")
        with self._handle() as file, reached(self.path):
            return exactly(file, start, length)

    @contextmanager
    def _handle(self) -> Iterator[pa.NativeFile]:
        """A name and a size, no connection. One that was lent is used again, by one thread at a time."""
        free = _free(self)
        try:
            file = free.pop()
        except IndexError:
            file = _opened(self)
        yield file
        free.append(file)


@lru_cache(maxsize=1024)
def _free(far: Far) -> deque[pa.NativeFile]:  # noqa: ARG001 - part of what is remembered by
    """Handles of a file that nobody uses now."""
    return deque()


def _opened(far: Far) -> pa.NativeFile:
    with reached(far.path):
        file = far.bucket.system.open_input_file(far.path)
    if far.size and not file.size():
        raise LakeUnreachable(f"{far}: an answer without a length came")
    if file.size() != far.size:
        raise NotReady(f"{far}: has {file.size()} bytes, was published with {far.size}; restore it")
    return file


@contextmanager
def reached(path: str, otherwise: str = "") -> Iterator[None]:
    """What goes wrong with a bucket, in our words; `otherwise` is what to do about what nothing better is known of."""
    try:
        yield
    except FileNotFoundError as wrong:
        raise NotReady(f"s3://{path}: a file of the lake is gone; restore it") from wrong
    except OSError as wrong:
        unknown = "; ".join(filter(None, (f"the bucket does not answer as it should: {wrong}", otherwise)))
        raise LakeUnreachable(f"s3://{path}: {untrusted_store(str(wrong), _STORE) or unknown}") from wrong


def _fetch(far: Far, sha256: str, to: Path) -> None:
    digest = hashlib.sha256()
    with to.open("wb") as out:
        for start in range(0, far.size, PIECE):
            piece = far.read(start, min(PIECE, far.size - start))
            digest.update(piece)
            out.write(piece)
    if digest.hexdigest() != sha256:
        raise NotReady(f"{far}: not the file that its manifest names (sha256 {sha256[:12]}); restore it")


def _named(part: Part) -> str:
    """`<kind>/<dataset>/<sha256>`: nobody can put other bytes under it."""
    return "/".join((*PurePosixPath(part.path).parts[:2], part.sha256))


def _copy_of(part: Part) -> str:
    return part.sha256 + PurePosixPath(part.path).suffix


def open_bucket(at: BucketAt, desk: Path, cache: Path) -> Bucket:
    """The bucket of an installation; who asks is told by the usual variables of AWS. Nothing is looked up yet."""
    scheme, _, host = at.endpoint.rpartition("://")
    named = {"endpoint_override": host, "scheme": scheme or "https"} if host else {}
    if at.region:
        named["region"] = at.region
    if at.ca:
        named["tls_ca_file_path"] = at.ca
    system = fs.S3FileSystem(**named, check_directory_existence_before_creation=False)
    return Bucket(system, at.root, desk, Cache(cache, at.cache))
