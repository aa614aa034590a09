"""Nested records become rows: each field is taken from its declared path, and what is not one value is a misfit."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pyarrow as pa

from connectors.dotted import NOTHING, follow, steps
from connectors.protocol import WHOLE_ROW, Batch, Column, Misfit
from connectors.records import HALF, MOST_NAMES, NoNumber, no_number, type_of, whole
from schemas.dataset import Dataset, Field, Json

SAMPLE = 1000
"""So many records are looked at for the names that a file has."""
ROWS = 8192
UP = "^"
"""Before a path: from the record that encloses this one; twice: from the one around that."""


class Element(dict[str, Json]):
    """An XML element: attributes under `@name`, children under their names; without any, its text under `.`."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file."""

    place: int
    value: Json
    """Nested mappings, lists, texts (numbers, too, as they were written), booleans and None."""
    raw: str = ""
    """As it stands in the file; empty where that is not kept."""
    above: tuple[Json, ...] = ()
    """The records that enclose it, the outermost first."""
    wrong: str = ""
    """Why it is no record; empty where it is one."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where a field stands in a record: under its source name as it is, else at the end of its steps."""

    field: Field
    up: int
    steps: tuple[str, ...]
    optional: bool

    def value(self, record: Record) -> Json:
        """What stands there; `NOTHING` where nothing does, None where there is none on the way."""
        if self.up > len(record.above):
            return NOTHING
        found = record.above[-self.up] if self.up else record.value
        if len(self.steps) > 1 and isinstance(found, dict) and self.field.source_name in found:
            return found[self.field.source_name]
        return follow(found, self.steps)


class NotOneValue(ValueError):
    """A field of a record is no single value; the message says why."""

    def __init__(self, field: str, value: str, why: str) -> None:
        super().__init__(why)
        self.field, self.value, self.why = field, value, why


@dataclass(slots=True)
class _Seen:
    """The names that records showed so far, and what their values are."""

    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)
    """Names under which some record has more than NULL, an empty text or nothing."""

    def look(self, leaves: Iterator[tuple[str, Json]]) -> None:
        """One record. Where names are beyond number, they are rather values, and the first ones do."""
        for name, value in leaves:
            if name not in self.kinds and len(self.kinds) >= MOST_NAMES:
                continue
            self.kinds.setdefault(name, Counter())[kind_of(value)] += 1
            if value or value is False:
                self.filled.add(name)

    def types(self, between: str) -> dict[str, str]:
        """Name -> its usual kind; without those that are only empty where other records have names within."""
        around = {name[:place] for name in self.kinds for place, letter in enumerate(name) if letter == between}
        told = (name for name in self.kinds if name in self.filled or name not in around)
        return {name: _usual(self.kinds[name]) for name in told}

    def missing(self, name: str, of: int) -> tuple[int, int]:
        """In how many of so many records it was not found; of one that a declared path leads to that is not told."""
        return (of - self.kinds[name].total(), of) if name in self.kinds else (0, of)


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of all fields of a contract."""

    dataset: Dataset
    paths: tuple[Path, ...]
    between: str = "."
    """What parts the steps of a path."""

    @property
    def needed(self) -> frozenset[str]:
        """The first steps of the paths into a record that every record has."""
        return frozenset(path.steps[0] for path in self.paths if not path.up and not path.optional)

    def columns(self, records: Iterator[Record]) -> tuple[Column, ...]:
        """The first paths of values in the first records and what they are; of no records what the contract names.

        A declared path that leads to a value of any of them counts, too: from a list, or from an enclosing record.
        """
        seen = _Seen()
        some = [record for record in islice(records, SAMPLE) if not record.wrong]
        for record in some:
            seen.look(_leaves(record.value, "", self.between))
        types = seen.types(self.between)
        for path in self.paths:
            name = path.field.source_name
            if name not in types and (not some or any(path.value(r) is not NOTHING for r in some)):
                types[name] = ""
        return tuple(Column(name, of, missing=seen.missing(name, len(some))) for name, of in types.items())

    def batches(self, piece: str, records: Iterator[Record]) -> Iterator[Batch]:
        """The records as texts under the contract's names."""
        while some := list(islice(records, ROWS)):
            yield self._batch(piece, some)

    def _batch(self, piece: str, records: Sequence[Record]) -> Batch:
        kept: list[list[str | None]] = []
        places: list[int] = []
        misfits: list[Misfit] = []
        for record in records:
            try:
                kept.append(self._texts(record))
                places.append(record.place)
            except NotOneValue as wrong:
                misfits.append(Misfit(record.place, wrong.field, wrong.value, wrong.why, _raw(record)))
        names = [f.name for f in self.dataset.fields]
        columns = list(zip(*kept, strict=True)) or [()] * len(names)
        rows = pa.record_batch([pa.array(column, pa.string()) for column in columns], names)
        return Batch(piece, records[0].place, rows, pa.array(places, pa.int64()), tuple(misfits))

    def _texts(self, record: Record) -> list[str | None]:
        if record.wrong:
            raise NotOneValue(WHOLE_ROW, record.raw[:80], record.wrong)
        texts = [_text(path, path.value(record)) for path in self.paths]
        for path, text in zip(self.paths, texts, strict=True):
            if text is not None and not text.isascii() and HALF.search(text):
                raise NotOneValue(path.field.name, ascii(text), "found half a character (a lone surrogate)")
            if isinstance(text, NoNumber) and (why := no_number(self.dataset, path.field, text)):
                raise NotOneValue(path.field.name, text, why)
        return texts


def paths_of(dataset: Dataset, optional: tuple[str, ...]) -> Paths:
    """The paths that the fields' source names are: steps parted by `.`, of which `\\.` is part of a name."""
    return Paths(dataset, tuple(_path(field, field.name in optional) for field in dataset.fields))


def kind_of(value: Json) -> str:
    """What JSON calls a value; an element is an object."""
    return "object" if isinstance(value, dict) else type_of(value)


def _path(field: Field, optional: bool) -> Path:
    bare = field.source_name.lstrip(UP)
    return Path(field, len(field.source_name) - len(bare), steps(bare), optional)


def _text(path: Path, value: Json) -> str | None:
    if isinstance(value, Element) and "." in value:
        value = value["."]
    if isinstance(value, str):
        return value
    if value is None or (value is NOTHING and path.optional):
        return None
    if value is NOTHING:
        raise NotOneValue(path.field.name, "", f"the record has no {path.field.source_name!r}")
    if isinstance(value, bool):
        return str(value).lower()
    of = kind_of(value)
    raise NotOneValue(path.field.name, of, f"found an {of}, expected one value")


def _usual(kinds: Counter[str]) -> str:
    return max(kinds, key=lambda kind: (kind != "null", kinds[kind]))


def _leaves(value: Json, before: str, between: str) -> Iterator[tuple[str, Json]]:
    if isinstance(value, Mapping) and (value or not before):
        for name, inner in value.items():
            if name == "." and before and isinstance(value, Element):
                yield before, inner
            else:
                plain = name.replace(".", "\\.") if before and between == "." else name
                yield from _leaves(inner, f"{before}{between}{plain}" if before else plain, between)
    else:
        yield before, value


def _raw(record: Record) -> str:
    return whole(record.raw or json.dumps(record.value, ensure_ascii=False))
