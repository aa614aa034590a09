"""Rows of a body as they were sent, so many at a time, and the rows that are no rows of the dataset at all."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from schemas.dataset import Dataset
from schemas.errors import TooLarge
from schemas.push import MOST_ROWS, Fault

ROWS = 4096
"""Rows of one slice, at most…"""
CHARACTERS = 4 << 20
"""…and of so many characters, nearly."""
LONGEST = 1 << 20
"""Bytes of one record, nearly: of CSV and JSON its characters."""
SHAPE = "row.shape"
"""Rule of a row that is refused as a whole."""

Texts = list[str | None]
"""One text for each field of the contract, in its order."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows: columns by the fields' names, of text or of the declared types."""

    rows: pa.RecordBatch
    places: tuple[int, ...]
    """Number of each row in the body, from 1."""
    faults: tuple[Fault, ...]
    """Of rows that are not in `rows`."""


@dataclass(slots=True)
class Gathering:
    """Texts of rows that become slices."""

    dataset: Dataset
    texts: list[Texts] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    size: int = 0

    def take(self, place: int, found: Texts | list[Fault]) -> None:
        """One row, or what is wrong with it."""
        faults = [one for one in found if isinstance(one, Fault)]
        if faults:
            self.faults += faults
            return
        texts = [one for one in found if not isinstance(one, Fault)]
        self.texts.append(texts)
        self.places.append(place)
        self.size += sum(len(text) for text in texts if text)

    @property
    def full(self) -> bool:
        """Whether it should become a slice now."""
        return len(self.texts) + len(self.faults) >= ROWS or self.size >= CHARACTERS

    def slice(self) -> Slice:
        """What was gathered; and begins anew."""
        columns = list(zip(*self.texts, strict=True)) or [()] * len(self.dataset.fields)
        arrays = [pa.array(column, pa.string()) for column in columns]
        rows = pa.record_batch(arrays, [one.name for one in self.dataset.fields])
        made = Slice(rows, tuple(self.places), tuple(self.faults))
        self.texts, self.places, self.faults, self.size = [], [], [], 0
        return made


def gathered(dataset: Dataset, rows: Iterable[tuple[int, Texts | list[Fault]]]) -> Iterator[Slice]:
    """Rows with their numbers as slices."""
    so_far = Gathering(dataset)
    for place, found in rows:
        so_far.take(place, found)
        if so_far.full:
            yield so_far.slice()
    yield so_far.slice()


def within(place: int) -> None:
    """TooLarge where a body has come to more rows, blank ones with them, than one push may have."""
    if place > MOST_ROWS:
        raise TooLarge(f"body: found more than {MOST_ROWS} rows, which is the limit; split it")


def shape(place: int, found: str, expected: str, expected_en: str) -> list[Fault]:
    """The fault of a row that is none."""
    return [Fault(place, "", SHAPE, found, expected, expected_en)]


def names_of(dataset: Dataset) -> Mapping[str, int]:
    """What the source calls each field -> its place in the contract."""
    return {one.source_name: place for place, one in enumerate(dataset.fields)}
