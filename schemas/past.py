"""What was published before: the versions that a new one is held against, so that a drift is seen."""

from dataclasses import dataclass

from schemas.profile import Profile

MOST_VERSIONS = 10
"""So many earlier versions are looked at, at most."""


@dataclass(frozen=True, slots=True)
class PastVersion:
    """One published version of an earlier window."""

    version: int
    window: str
    """Key of the window that made it."""
    rows: int
    """Rows of that window: for a snapshot the whole version, for an append what the window added."""


@dataclass(frozen=True, slots=True)
class Past:
    """Published versions of earlier windows, the newest window first, each window once; empty for the first version."""

    versions: tuple[PastVersion, ...] = ()
    profile: Profile | None = None
    """Of the newest of them; None where it kept none."""

    @property
    def rows(self) -> tuple[int, ...]:
        """How many rows each had, newest first."""
        return tuple(one.rows for one in self.versions)


NO_PAST = Past()
