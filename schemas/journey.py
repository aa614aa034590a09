"""The way of one dataset: Window, Plan, Landing, Verdict, Snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.dataset import Dimension, Json, Severity
from schemas.linkage import Linkage

SHANGHAI = ZoneInfo("Asia/Shanghai")

KEY_END = "%Y%m%dT%H%M%S.%f"
"""How an end of a window that is no day stands in its key, on Shanghai's clock."""

ROW = "_row"
"""Landed column: running number of the row in its landing, from 1 (int64)."""
PIECE = "_piece"
"""Landed column: the piece (file, table, page) the row came from (string)."""
PLACE = "_place"
"""Landed column: 1-based number of the row within its piece, headers not counted (int64)."""
SYSTEM_COLUMNS = (ROW, PIECE, PLACE)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span of data time `[low, high)`, fixed before reading; both ends know their offset."""

    low: datetime
    high: datetime

    def __post_init__(self) -> None:
        if self.low.tzinfo is None or self.high.tzinfo is None:
            raise ValueError(f"a window needs moments with an offset, found {self.low} and {self.high}")
        if self.low >= self.high:
            raise ValueError(f"a window must end after it starts, found {self.low} to {self.high}")

    @classmethod
    def of_day(cls, day: date) -> "Window":
        """The calendar day in Asia/Shanghai."""
        low = datetime.combine(day, time(), SHANGHAI)
        return cls(low, low + timedelta(days=1))

    @classmethod
    def parse(cls, text: str) -> "Window":
        """A day, two moments joined by `/`, or a `key`; ValueError says what was expected."""
        try:
            if "_" in text:
                ends = (datetime.strptime(end, KEY_END).replace(tzinfo=SHANGHAI) for end in text.split("_", 1))
                return cls(*ends)
            if "/" not in text:
                return cls.of_day(date.fromisoformat(text))
            low, high = text.split("/", 1)
            return cls(datetime.fromisoformat(low), datetime.fromisoformat(high))
        except ValueError as wrong:
            raise ValueError(
                f"window {text!r}: expected a day (2026-11-20) or two moments with offsets joined by '/': {wrong}"
            ) from wrong

    @property
    def day(self) -> date:
        """The day in Asia/Shanghai on which it starts."""
        return self.low.astimezone(SHANGHAI).date()

    @property
    def key(self) -> str:
        """Safe as a file name and as an Airflow partition key: the day, or both ends."""
        if self == Window.of_day(self.day):
            return self.day.isoformat()
        ends = (self.low.astimezone(SHANGHAI), self.high.astimezone(SHANGHAI))
        return "_".join(end.strftime(KEY_END) for end in ends)

    def overlaps(self, other: "Window") -> bool:
        """Whether some moment lies in both."""
        return self.low < other.high and other.low < self.high

    def __str__(self) -> str:
        return f"{self.low.isoformat()}/{self.high.isoformat()}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pull will read, fixed and on disk before the first row is."""

    dataset: str
    contract: str
    """Hash of the contract it was made under."""
    window: Window
    pieces: tuple[Mapping[str, Json], ...]
    """In reading order; each has a `name`, the rest is the connector's own (size, sha256, query bounds)."""
    fingerprint: str
    """Hash of the source's own column names and types where it tells them, else of the contract's."""
    reach: Window | None = None
    """Of a merge: the moments that are really read; the next window begins where they end. None: the window."""
    keys: bool = False
    """Whether all keys of the source are read after the rows, so that what is gone there is noticed."""


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file, nearly always Parquet. `path` is relative to the lake's root."""

    path: str
    rows: int
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Landing:
    """One committed pull: what was read lies in `parts` (declared types) or in `rejects` (as text, with reasons)."""

    dataset: str
    contract: str
    window: Window
    read: int
    parts: tuple[Part, ...]
    rejects: Part | None
    rejected: Mapping[str, int]
    """Misfit rule -> rows, e.g. `amount.misfit`; a row is counted once, under its first misfit."""
    collected_at: datetime
    fingerprint: str
    seconds: float = 0.0
    source_rows: int | None = None
    """As many rows as the source itself says that it has for the window; None where it does not tell."""
    reach: Window | None = None
    """As in its plan."""
    keys: tuple[Part, ...] | None = None
    """Every key that the source had after the rows were read; None where they were not read."""

    @property
    def rows(self) -> int:
        """Rows in `parts`."""
        return sum(part.rows for part in self.parts)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found."""

    rule: str
    expectation: str
    severity: Severity
    dimension: Dimension
    columns: tuple[str, ...]
    checked: int
    """Rows (or 1 for a rule about the whole) that were looked at."""
    failed: int
    """Rows that do not keep it (1 for a rule about the whole)."""
    success: bool
    observed: str = ""
    """What a rule about the whole saw, for a person to read."""
    title: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """How the rows of a window went into the version before: what of it stays, what they replace, what is removed."""

    base: int
    """Number of the version before; 0 where there was none to build on."""
    kept: int
    """Its rows that stay."""
    replaced: int
    """Its rows in whose place rows of the window stand."""
    removed: int
    """Its rows that are gone at the source."""
    landed: str
    """Digest of what was landed: the same landing again has the same."""
    collected_at: datetime
    """When the newest of the landings in it was collected."""
    until: datetime
    """Everything at the source before this moment is in it."""
    keys_at: datetime
    """When all keys of the source were looked at last, or the whole was read."""
    tombstones: Part | None = None
    """Keys of the removed rows; None where none was removed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a landing kept the promise. `read == passed + quarantined + duplicates` always holds."""

    dataset: str
    contract: str
    window: Window
    read: int
    passed: int
    quarantined: int
    """Rows in quarantine: misfits of the landing plus rows that an error rule refused."""
    duplicates: int
    """Exact copies of a row that stays, dropped."""
    findings: tuple[Finding, ...]
    scores: Mapping[Dimension, float]
    """Dimension -> share of checked rows that kept its rules, 0 to 1."""
    blocked: tuple[str, ...]
    """Names of critical rules that failed; empty lets the version through."""
    clean: tuple[Part, ...]
    """Passed rows, of a merge together with those that stay; without system columns, by (default scope, key)."""
    quarantine: tuple[Part, ...]
    checked_at: datetime
    seconds: float = 0.0
    profile: Part | None = None
    """`profile.json` of the clean rows."""
    linkage: Linkage | None = None
    """How well the clean rows hide a person; None where nothing tells people apart."""
    groups: Part | None = None
    """The groups that `linkage` was computed from; None as there."""
    merge: Merge | None = None
    """Of a merge: how the passed rows went into the version before."""

    def __post_init__(self) -> None:
        if self.read != self.passed + self.quarantined + self.duplicates:
            raise ValueError(
                f"{self.dataset}: read {self.read} rows, but passed {self.passed} + quarantined "
                f"{self.quarantined} + duplicates {self.duplicates} is another number"
            )


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Where one sharing unit lies in a file: row group `index` holds only rows of `division` and what is below it."""

    index: int
    division: str
    """The town of its rows (the division itself above towns), 12 digits; empty where rows have no place."""
    rows: int
    codes: tuple[str, ...]
    """Distinct division codes of its rows, normalised; empty text stands for rows without a place."""


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """One file of a published version and the map of its row groups."""

    part: Part
    window: str
    """Key of the window whose rows it holds."""
    groups: tuple[RowGroup, ...]
    sorted_by: str = ""
    """The division column whose values the map speaks of; empty where row groups are not cut by place."""
    masks: Part | None = None
    """Its shadow columns, in the same row groups; None where it has none."""
    chunks: Part | None = None
    """Where each column chunk of both lies; None in versions of an older release, which are read row by row."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The rows of one window once more, sorted by the subject's key in small batches."""

    part: Part
    window: str
    key: tuple[str, ...]
    """The columns that it is sorted by, in their order."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Windows of an append whose rows lie in the same files; in an older version each still has its own."""

    window: str
    """Key of those files: from the beginning of the first of the windows to the end of the last."""
    version: int
    """The older version."""
    members: tuple[str, ...]
    """Keys of the windows there; some may be folds themselves."""
    level: int
    """How often their rows were folded."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published, immutable version of a dataset."""

    dataset: str
    version: int
    """1, 2, 3…"""
    contract: str
    window: Window
    """The window whose landing made it."""
    files: tuple[SnapshotFile, ...]
    rows: int
    schema_hash: str
    digest: str
    """sha256 over the files' sha256 in their order: the same content has the same digest."""
    published_at: datetime
    keyed: tuple[KeyFile, ...] = ()
    """The same rows sorted by key, for looking one subject up; none where they are few or have no key."""
    beside: tuple[Part, ...] = ()
    """`profile.json` of this version, and `groups.parquet` of every window that it holds; versions of an older release
    name neither, and have them in the folders of their files."""
    merged: Merge | None = None
    """Of a merge: what it was made of."""
    folds: tuple[Fold, ...] = ()
    """Of an append: which of its windows lie together."""
