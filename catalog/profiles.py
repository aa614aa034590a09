"""What validation told of the rows goes with them into the version's folder: their profile, and their groups."""

import shutil
from pathlib import Path

from catalog.lake.where import Lake, desk
from catalog.rows.writer import sha256_of
from schemas import lake as places
from schemas.errors import BadInput
from schemas.journey import Part, Verdict
from schemas.linkage import GROUPS
from schemas.profile import PROFILE, Profile
from schemas.record import from_json


def carry(verdict: Verdict, lake: Path, folder: Path) -> None:
    """Copy what the verdict has of both; BadInput where a file is not the one that it names."""
    for part, name in ((verdict.profile, PROFILE), (verdict.groups, GROUPS)):
        if part is not None:
            _copy(part, lake, folder / name)


def _copy(part: Part, lake: Path, to: Path) -> None:
    path = lake / part.path
    if not path.is_file() or sha256_of(path) != part.sha256:
        raise BadInput(f"{path}: not the file that the verdict names (digest {part.sha256[:12]}); validate again")
    shutil.copyfile(path, to)


def profile(lake: Lake, key: str, version: int) -> Profile | None:
    """The profile of a published version; None where its verdict had none."""
    file = desk(lake) / places.version(key, version) / PROFILE
    return from_json(Profile, file.read_bytes(), where=str(file)) if file.is_file() else None
