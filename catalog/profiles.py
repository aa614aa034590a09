"""What validation told of the rows goes with them into the version's folder: profile, groups, keys of removed rows."""

import shutil
from dataclasses import replace
from pathlib import Path

from catalog.lake.where import Lake, at_hand
from catalog.rows.writer import sha256_of
from schemas import lake as places
from schemas.errors import BadInput
from schemas.journey import Part, Snapshot, Verdict
from schemas.linkage import GROUPS
from schemas.merging import TOMBSTONES
from schemas.profile import PROFILE, Profile
from schemas.record import from_json


def carry(verdict: Verdict, desk: Path, folder: Path) -> tuple[Part, ...]:
    """Copy what the verdict has of them, by bare names; BadInput where a file is not the one that it names."""
    removed = verdict.merge.tombstones if verdict.merge else None
    told = ((verdict.profile, PROFILE), (verdict.groups, GROUPS), (removed, TOMBSTONES))
    there = [(part, name) for part, name in told if part is not None]
    for part, name in there:
        copy(part, desk, folder / name)
    return tuple(replace(part, path=name) for part, name in there)


def of_verdict(verdict: Verdict, desk: Path) -> Profile | None:
    """The profile that validation made, for a first guess; None where it made none, or where it is another by now."""
    part = verdict.profile
    if part is None or not (desk / part.path).is_file() or sha256_of(desk / part.path) != part.sha256:
        return None
    return from_json(Profile, (desk / part.path).read_bytes(), where=part.path)


def copy(part: Part, desk: Path, to: Path) -> None:
    """The very file that a verdict names; BadInput where it is another."""
    path = desk / part.path
    if not path.is_file() or sha256_of(path) != part.sha256:
        raise BadInput(f"{path}: not the file that the verdict names (digest {part.sha256[:12]}); validate again")
    shutil.copyfile(path, to)


def profile(lake: Lake, snapshot: Snapshot) -> Profile | None:
    """The profile of a published version; None where its verdict had none."""
    file = beside(lake, snapshot, f"{places.version(snapshot.dataset, snapshot.version)}/{PROFILE}")
    return from_json(Profile, file.read_bytes(), where=str(file)) if file is not None else None


def beside(lake: Lake, snapshot: Snapshot, path: str) -> Path | None:
    """A file that lies beside the rows of a version, on this machine's disk; None where there is none."""
    if isinstance(lake, Path):
        return lake / path if (lake / path).is_file() else None
    return next((at_hand(lake, part) for part in snapshot.beside if part.path == path), None)
