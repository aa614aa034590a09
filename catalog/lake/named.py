"""Files with a name of their own in a lake: put there whole, replaced whole, listed and removed."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pyarrow as pa

from catalog.lake.where import Lake


@dataclass(frozen=True, slots=True)
class Named:
    """One that was listed."""

    path: str
    """As `drop` wants it."""
    at: datetime
    """When it was put there."""

    @property
    def stem(self) -> str:
        """Its name without folder and ending."""
        return PurePosixPath(self.path).stem


def put(lake: Lake, name: str, file: Path) -> None:
    """Move a finished file there, in place of what has that name."""
    if isinstance(lake, Path):
        (lake / name).parent.mkdir(parents=True, exist_ok=True)
        file.replace(lake / name)
    else:
        lake.put(name, file)
        file.unlink()


def source(lake: Lake, name: str) -> Path | pa.BufferReader | None:
    """What pyarrow reads a small file from; None where there is none."""
    if isinstance(lake, Path):
        return lake / name if (lake / name).is_file() else None
    found = lake.read(name)
    return None if found is None else pa.BufferReader(found)


def listed(lake: Lake, folder: str) -> Iterator[Named]:
    """All files of a folder."""
    if isinstance(lake, Path):
        for path in (lake / folder).glob("*"):
            with suppress(FileNotFoundError):  # gone, or renamed, since its folder was read
                yield Named(str(path), datetime.fromtimestamp(path.stat().st_mtime, UTC))
    else:
        for found in lake.listed(folder):
            yield Named(found.path, found.mtime)


def drop(lake: Lake, one: Named) -> None:
    """Remove it, where it is still there."""
    if isinstance(lake, Path):
        Path(one.path).unlink(missing_ok=True)
    else:
        lake.drop(one.path)


def sweep(lake: Lake, folder: str, wanted: Collection[str], before: datetime) -> None:
    """Remove what is older than that and whose stem nothing names any more."""
    for one in listed(lake, folder):
        if one.at < before and one.stem not in wanted:
            drop(lake, one)


def folders(lake: Lake, folder: str, having: str = "") -> frozenset[str]:
    """Names of the folders in a folder that hold something, or a file of the name `having`."""
    if isinstance(lake, Path):
        inside = (path for path in (lake / folder).glob("*") if path.is_dir())
        return frozenset(path.name for path in inside if (path / having).exists())
    below = (PurePosixPath(one.path).relative_to(f"{lake.root}/{folder}").parts for one in lake.listed(folder))
    return frozenset(parts[0] for parts in below if len(parts) > 1 and (not having or parts[1:] == (having,)))


def text(lake: Lake, name: str) -> bytes | None:
    """The whole of a small file; None where there is none."""
    if isinstance(lake, Path):
        return (lake / name).read_bytes() if (lake / name).is_file() else None
    return lake.read(name)
