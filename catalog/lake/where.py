"""A lake, as the catalogue sees it: its files by the parts that manifests name, and a desk on this machine's disk."""

from pathlib import Path

from schemas.journey import Part

Lake = Path
"""The folder of a lake that lies on this machine's disk."""
Place = Path
"""Where a finished file can be read at any offset."""


def desk(lake: Lake) -> Path:
    """The folder on this machine's disk for work in progress and for what can be made again; below the same names."""
    return lake


def readable(lake: Lake, part: Part) -> Place:
    """Where to read a published file; nothing is looked up yet."""
    return lake / part.path


def at_hand(lake: Lake, part: Part) -> Path:
    """The whole file on this machine's disk, under its path below the desk."""
    return lake / part.path
