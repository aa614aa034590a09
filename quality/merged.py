"""What became of the rows of a window that was merged into the version before it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the window's rows and of those of the version."""

    passed: int
    """Rows of the window that stand in the whole."""
    left_out: int
    """Rows of the window that the version has just so, or in a later state."""
    replaced: int
    removed: int
    """Rows that are gone at the source."""
    kept: int
    written: dict[str, Path]
    """The whole, and the keys of what was removed."""
    unsaid: int = 0
    """Rows that are gone and whose keys nobody has agreed to."""
