"""The profile of a version: what its values look like, column by column, without showing anybody's."""

from dataclasses import dataclass
from datetime import datetime

from schemas.dataset import Field, Grade, Identifying, Transform

PROFILE = "profile.json"
"""Name of its file, beside the verdict and in a version's folder."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
LEAST = 5
"""A value, length or pattern that fewer rows have is not shown; a column with fewer values shows none."""
MOST = 10
"""At most so many values, and so many patterns, of a column."""
LONGEST = 40
"""A pattern describes so many characters; what is longer ends in `…`."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many rows have one value, one length or one pattern."""

    value: str
    rows: int


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. Nulls, extremes and lengths are exact, anything else as near as it says.

    Values are texts as DuckDB writes them, moments in Shanghai.
    """

    name: str
    nulls: int
    distinct: int
    """Approximate (HyperLogLog, a few per cent off), never more than there are values."""
    masked: bool
    """The values may point at a person or are graded too high: only counts are kept."""
    least: str = ""
    """Least value of numbers, dates and moments; empty for anything else."""
    greatest: str = ""
    quantiles: tuple[str, ...] = ()
    """At `QUANTILES`, of numbers, dates and moments; approximate (t-digest)."""
    top: tuple[Share, ...] = ()
    """The most frequent values, most frequent first; of many rows approximate: those of every n-th, extrapolated."""
    lengths: tuple[Share, ...] = ()
    """Of text: characters -> rows, shortest first."""
    patterns: tuple[Share, ...] = ()
    """Of text: digits as 9, letters as A, Chinese as 字; most frequent first; of many rows approximate like `top`."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The columns of the clean rows of one window, which for a snapshot are those of the whole version."""

    dataset: str
    window: str
    """Key of the window."""
    rows: int
    columns: tuple[ColumnProfile, ...]
    made_at: datetime
    every: int = 1
    """Frequent values and patterns are counted in every n-th row and extrapolated; 1: in all, and exact."""


def shows_values(field: Field) -> bool:
    """Whether values of a field may stand in a profile: shared, in clear, below general-3, and pointing at nobody."""
    open_enough = field.shareable and field.grade < Grade.GENERAL_3
    return open_enough and field.identifying is Identifying.NONE and field.transform is Transform.CLEAR
