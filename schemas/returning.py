"""Data return 数据返还: what a lower tier collected, what of it came back, and how far behind that is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.dataset import Dataset


class Way(StrEnum):
    """How a return reaches its division."""

    FILE = "file"
    """Each version as a file at its own place."""
    WEBHOOK = "webhook"
    """A signed word for each version, which it then fetches."""
    API = "api"
    """It is told in its inbox, and fetches."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What an organisation has taken of a dataset under its right of return."""

    version: int
    """The newest version that it took rows of."""
    rows: int
    """Rows of that version; pages are added up."""
    whole: bool
    """Whether one answer held all of it and arrived whole."""
    at: datetime
    receipt: str


@dataclass(frozen=True, slots=True)
class Return:
    """One line of the return list 返还清单: an organisation's right to what was collected within its division."""

    dataset: Dataset
    organisation: str
    division: str
    """Of the organisation, 12 digits."""
    version: int
    """The newest version."""
    rows: int
    """Rows of it that were collected within the division."""
    published_at: datetime
    way: Way
    withheld: str = ""
    """Code of the refusal where the access rule gives none of it, e.g. `GRADE_TOO_HIGH`; mostly empty."""
    columns: int = 0
    """Items that come back."""
    left_out: tuple[str, ...] = ()
    """Items that their grade withholds."""
    taken: Taken | None = None

    @property
    def current(self) -> bool:
        """Whether the newest version has come back whole."""
        return self.taken is not None and self.taken.version == self.version and self.coverage == 1

    @property
    def coverage(self) -> float:
        """Share of the rows of the newest version that have come back, 0 to 1; 1 where there are none."""
        if not self.rows:
            return 1.0
        if self.taken is None or self.taken.version != self.version:
            return 0.0
        return 1.0 if self.taken.whole else min(1.0, self.taken.rows / self.rows)

    def lag(self, now: datetime) -> timedelta:
        """For how long the newest version has been there without having come back; nothing once it has."""
        return timedelta(0) if self.current or not self.rows else max(now - self.published_at, timedelta(0))
