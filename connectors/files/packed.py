"""Files that are packed: gzip, and the members of a ZIP archive, unpacked within limits and never onto the disk."""

import fnmatch
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from errno import EINVAL
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from pydantic import Field

from connectors.files.content import Content, Raw
from connectors.files.pinned import Pinned
from connectors.options import Options
from schemas.errors import SourceChanged

MOST = 4 << 30
RATIO = 200
"""Real tables shrink to a twentieth at best; what unpacks to more than this many times its size was made to."""
SMALL = 64 << 20
"""Below so many bytes no ratio is of interest."""
_ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst")
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_ENCRYPTED = 0x1
_UTF8 = 0x800
_WINDOWS = 0
_METHODS = "expected a member packed by deflate, or not at all"
"""What bzip2 and LZMA unpack cannot be bounded while it is unpacked: a kilobyte may fill a memory."""


class Gzip(Options):
    """Limit of what is unpacked."""

    most_bytes: int = Field(default=MOST, ge=1)
    """A file that unpacks to more is refused."""


class Zip(Options):
    """Which members of an archive are read, and the limit of what they unpack to together."""

    member: str = Field(default="*", min_length=1)
    """A glob on the member's name; with `/` in it, on its whole path."""
    most_bytes: int = Field(default=MOST, ge=1)
    """Members that unpack to more, all together, are refused."""


class Packing(Protocol):
    """What a contract says of how its files are packed."""

    zip: Zip | None
    gzip: Gzip | None


@contextmanager
def contents(file: Path, packing: Packing, pinned: Pinned | None = None) -> Iterator[tuple[Content, ...]]:
    """What is to be read of a dropped file: itself, or its members in the order of their names, while it is open."""
    if packing.zip is None:
        unpack = partial(_ungzip, file, packing.gzip.most_bytes) if packing.gzip else None
        yield (Content(file, str(file), file.name, unpack, pinned=pinned),)
        return
    with ExitStack() as opened:
        raw = opened.enter_context(file.open("rb") if pinned is None else pinned.beside())
        with _sound(str(file)):
            archive = opened.enter_context(zipfile.ZipFile(raw))
            members = _members(file, packing.zip, archive, pinned)
        yield members


def _ungzip(file: Path, most: int, packed: Raw) -> io.RawIOBase:
    return Unpacked(gzip.GzipFile(fileobj=packed), str(file), min(most, max(SMALL, file.stat().st_size * RATIO)))


def _members(file: Path, of: Zip, archive: zipfile.ZipFile, pinned: Pinned | None) -> tuple[Content, ...]:
    named = [(_name(entry), entry) for entry in archive.infolist()]
    entries = [(name, entry) for name, entry in named if not name.endswith("/")]
    found = dict(entries)
    if len(found) < len(entries):
        raise SourceChanged(f"{file}: two members have the same name; expected each once")
    names = sorted(name for name in found if _wanted(name, of.member))
    if not names:
        listed = ", ".join(map(repr, sorted(found)[:20])) or "none"
        raise SourceChanged(f"{file}: no member fits {of.member!r}; found {listed}")
    for name in found:
        _straight(file, name)
    for name in names:
        _openable(file, name, found[name])
    _small(file, of.most_bytes, [found[name] for name in names])
    return tuple(
        Content(
            file,
            f"{file}: {name}",
            f"{file.name}/{name}",
            member=name,
            pinned=pinned,
            entry=partial(_unzip, archive, found[name], f"{file}: {name}"),
        )
        for name in names
    )


def _unzip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> io.RawIOBase:
    with _sound(where):
        return Unpacked(archive.open(entry), where, entry.file_size)


def _name(entry: zipfile.ZipInfo) -> str:
    """The member's path; old programs of Windows part it by backslashes."""
    name = _decoded(entry)
    return name.replace("\\", "/") if entry.create_system == _WINDOWS else name


def _decoded(entry: zipfile.ZipInfo) -> str:
    """The member's name; where the archive does not say that it is UTF-8, UTF-8 if it can be, else GB18030."""
    if entry.flag_bits & _UTF8 or entry.filename.isascii():
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _wanted(name: str, pattern: str) -> bool:
    bare = PurePosixPath(name).name
    if name.startswith(_LITTER) or bare in _LITTER or bare.startswith("."):
        return False
    return fnmatch.fnmatchcase(name if "/" in pattern else bare, pattern)


def _straight(file: Path, name: str) -> None:
    if name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts:
        raise SourceChanged(
            f"{file}: the member {name!r} points out of the archive; nobody packs a table so: ask who made it"
        )


def _openable(file: Path, name: str, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise SourceChanged(f"{file}: the member {name!r} needs a password; expected one without")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SourceChanged(f"{file}: {name!r} is packed by method {entry.compress_type}; {_METHODS}")
    if name.lower().endswith(_ARCHIVES):
        raise SourceChanged(f"{file}: the member {name!r} is an archive itself; expected the file in it")


def _small(file: Path, most: int, entries: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > most:
        raise SourceChanged(
            f"{file}: its members unpack to {unpacked} bytes, expected at most {most}; "
            "if they are meant to be so large, raise most_bytes"
        )
    if unpacked > max(SMALL, packed * RATIO):
        raise SourceChanged(
            f"{file}: {packed} bytes that unpack to {unpacked} are no table, but made to fill a memory; "
            f"expected at most {RATIO} times the size"
        )


class Unpacked(io.RawIOBase):
    """An unpacked stream that ends with a refusal where it is broken or longer than it may be."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, where: str, most: int) -> None:
        self._stream, self._where, self._left = stream, where, most

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Reads on; SourceChanged says what is broken."""
        with _sound(self._where):
            found = self._stream.read(size if size >= 0 else self._left + 1)
        self._left -= len(found)
        if self._left < 0:
            raise SourceChanged(
                f"{self._where}: unpacks to more bytes than most_bytes or its size allow; ask who made it"
            )
        return found

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fills the buffer as far as there is something."""
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        """Closes what is below, too."""
        self._stream.close()
        super().close()


@contextmanager
def _sound(where: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as wrong:
        raise SourceChanged(
            f"{where}: {wrong or 'ends too early'}; the archive is broken or only half there: ask for it again"
        ) from wrong
    except OSError as wrong:
        if wrong.errno != EINVAL:
            raise
        raise SourceChanged(f"{where}: it points outside itself; the archive is broken: ask for it again") from wrong
    except (NotImplementedError, RuntimeError) as wrong:
        raise SourceChanged(f"{where}: {wrong}; {_METHODS}") from wrong
