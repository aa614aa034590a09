"""Holds the headers that a source shows against the columns that a contract names."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.dataset import Dataset
from schemas.errors import SourceChanged


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands among a source's columns."""

    headers: tuple[str, ...]
    positions: tuple[int | None, ...]
    """One for each field of the contract; None where an optional one is absent."""

    @property
    def extra(self) -> tuple[str, ...]:
        """Columns of the source that no field names; they are not read."""
        return tuple(h for i, h in enumerate(self.headers) if i not in self.positions and h)


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


def fingerprint(described: Iterable[str]) -> str:
    """Hex sha256 over a source's own words about its columns, in their order."""
    return hashlib.sha256("\n".join(described).encode()).hexdigest()


def _found(dataset: Dataset, headers: Sequence[str]) -> str:
    return f"found {_listed(headers)}; expected {_listed([f.source_name for f in dataset.fields])}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(n) for n in names) or "none"
