"""Holds the headers that a source shows against the columns that a contract names."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.protocol import Problem
from schemas.dataset import Dataset
from schemas.errors import SourceChanged
from schemas.standards.licence_plate import is_licence_plate

_DATA = re.compile(
    r"^(?!(19|20)\d\d$)[-+]?\d[\d,]*(\.\d+)?%?$|^[男女]$|\d{7}|\d{4}[-/.年]\d{1,2}[-/.月]\d|[^@\s]@[^@\s]+\.", re.ASCII
)
TOLD = 20
"""Names that are listed where any number of them may be."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands among a source's columns."""

    headers: tuple[str, ...]
    positions: tuple[int | None, ...]
    """One for each field of the contract; None where an optional one is absent."""

    @property
    def extra(self) -> tuple[str, ...]:
        """Columns of the source that no field names; they are not read. What looks like data is not repeated."""
        left = ((i, h) for i, h in enumerate(self.headers) if i not in self.positions and h)
        return tuple(f"column {i + 1}, whose header looks like data" if like_data(h) else h for i, h in left)


def layout(dataset: Dataset, headers: Sequence[str], where: str, optional: tuple[str, ...] = ()) -> Layout:
    """SourceChanged when a column of the contract is missing or a header stands twice, naming found and expected."""
    needed = {f.source_name for f in dataset.fields}
    twice = sorted({h for h in headers if h in needed and headers.count(h) > 1})
    if twice:
        raise SourceChanged(f"{where}: the header {_listed(twice)} stands twice; {_found(dataset, headers)}")
    place = {h: i for i, h in enumerate(headers)}
    missing = [f.source_name for f in dataset.fields if f.source_name not in place and f.name not in optional]
    if missing:
        raise SourceChanged(f"{where}: no column {_listed(missing)}; {_found(dataset, headers)}")
    return Layout(tuple(headers), tuple(place.get(f.source_name) for f in dataset.fields))


def extra_columns(
    where: str, extra: Sequence[str], advice: str = "they are not read; add fields to the contract to take them"
) -> tuple[Problem, ...]:
    """The warning of columns, or names in records, that no field takes; none where there are none."""
    if not extra:
        return ()
    return (Problem("EXTRA_COLUMNS", f"{where}: columns that no field names: {_some(extra)}", advice, warning=True),)


def fingerprint(described: Iterable[str]) -> str:
    """Hex sha256 over a source's own words about its columns, in their order."""
    return hashlib.sha256("\n".join(described).encode()).hexdigest()


def like_data(header: str) -> bool:
    """Whether it is rather a value than a header: a number but a year, a long number, a day, an address, a plate."""
    return _DATA.search(header) is not None or is_licence_plate(header)


def _found(dataset: Dataset, headers: Sequence[str]) -> str:
    expected = [f.source_name for f in dataset.fields]
    return f"found {_shown(headers, expected)}; expected {_listed(expected)}"


def _shown(headers: Sequence[str], expected: Sequence[str]) -> str:
    """The headers; where one looks like data, and none is expected, none of them: the first row may be a person's."""
    data = [h for h in headers if like_data(h) and h not in expected]
    if not data:
        return _some(headers)
    if not set(headers) & set(expected):
        return f"{len(headers)} cells that look like data (is the header row missing?)"
    return f"{_listed(h for h in headers if h not in data)}, besides {len(data)} not shown: they look like data"


def _some(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    return _listed(names[:TOLD]) + (f" and {len(names) - TOLD} more" if len(names) > TOLD else "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(n) for n in names) or "none"
