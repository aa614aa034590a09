"""How the files of a version come into a lake: finished files first, then what names them."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from catalog.lake.where import Lake
from schemas.journey import Part

MANIFEST = "manifest.json"


def send(lake: Lake, folder: Path, parts: Iterable[Part]) -> None:
    """The finished files of `folder`, by their bare names in `parts`, which say where they will be found.

    Sent to a bucket before anything names them; in a lake on the disk they wait where they are.
    """
    if not isinstance(lake, Path):
        for part in parts:
            lake.keep(part, folder / Path(part.path).name)


def appear(lake: Lake, folder: Path, name: str) -> None:
    """The finished `folder`, its manifest in it, becomes `name` of the lake; one that stands there was left by a run
    that died before its catalogue row.
    """
    if isinstance(lake, Path):
        _put_in_place(folder, lake / name)
    else:
        lake.put(f"{name}/{MANIFEST}", folder / MANIFEST)


def _put_in_place(staging: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    staging.rename(folder)
    parent = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
