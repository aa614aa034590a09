"""Records of JSON become rows of texts: each field by its name or dotted path, numbers as they were written."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from connectors.dotted import NOTHING, reach, steps
from connectors.headers import layout
from connectors.protocol import WHOLE_ROW, Batch, Column, Misfit
from schemas.dataset import Dataset, Field, Json
from schemas.fitting.column import markers

HALF = re.compile("[\ud800-\udfff]")
"""Half of a character: JSON can write it, no text can hold it."""
DEEP = 4
"""Objects within objects in which lists of records are looked for."""
DEEPEST = 100
"""Values within values; what walks through them later has less room than the parser."""
TOO_DEEP = "values are nested too deeply in one another"
MOST_NAMES = 200
"""Names of records, besides those that fields take, are told up to this many."""

Record = Mapping[str, Json]


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


class NoNumber(Number):
    """`NaN`, `Infinity` or `-Infinity`: what some programs write in place of a number, and JSON does not have."""

    __slots__ = ()


def parse(content: bytes | str) -> Json:
    """The JSON with its numbers as `Number`; ValueError (or RecursionError) where it is none or a name stands twice."""
    body: Json = json.loads(
        content, parse_float=Number, parse_int=Number, parse_constant=NoNumber, object_pairs_hook=_each_once
    )
    if deep(body):
        raise ValueError(TOO_DEEP)
    return body


def deep(value: Json) -> bool:
    """Whether more values stand within values than `DEEPEST`."""
    level = [value]
    for _ in range(DEEPEST):
        if not level:
            return False
        level = [inner for outer in level for inner in _inner(outer)]
    return bool(level)


def _inner(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _each_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {whole(twice)!r} stands twice in one object")
    return made


def lists(body: Json, path: str = "", deep: int = DEEP) -> Iterator[tuple[str, list[Json]]]:
    """Dotted path -> list of objects, of those that may be records; not those within records."""
    if isinstance(body, list) and body and all(isinstance(one, dict) for one in body):
        yield path, body
    if isinstance(body, dict) and deep:
        for name, value in body.items():
            if "." not in name:
                yield from lists(value, f"{path}.{name}" if path else name, deep - 1)


def no_number(dataset: Dataset, of: Field, found: NoNumber) -> str:
    """Why it is no value of a field, in words; empty where the contract says that it means "missing"."""
    why = f"found {found}, which is no JSON; expected a number or null"
    return "" if found in markers(dataset, of) else f"{why}: ask for that, or add it to null_markers if it means null"


def text_of(value: Json) -> str | None:
    """One value as text; NULL stays NULL."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def type_of(value: Json) -> str:
    """What JSON calls a value."""
    if isinstance(value, Number):
        return "number"
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names[type(value)]


def misfit(place: int, name: str, value: str, reason: str, record: Json) -> Misfit:
    """A record that cannot be trusted, as JSON."""
    return Misfit(place, name, value, reason, whole(json.dumps(record, ensure_ascii=False)))


def whole(text: str) -> str:
    """The text without halves of characters."""
    return HALF.sub("\ufffd", text)


@dataclass(slots=True)
class Seen:
    """The names that records showed so far: fields that some record has, and names that no field takes."""

    dataset: Dataset
    beside: frozenset[str] = frozenset()
    """Fields whose value does not stand in the record."""
    records: int = 0
    types: dict[str, str] = field(default_factory=dict)
    _times: Counter[str] = field(default_factory=Counter)
    """Name -> records that have it, while they are few enough to be told."""
    _waiting: list[str] = field(default_factory=list)
    """Source names of fields that no record has shown yet."""
    _known: set[str] = field(default_factory=set)
    """First steps of the fields' paths, and names that were looked at."""

    def __post_init__(self) -> None:
        self._waiting = [f.source_name for f in self.dataset.fields if f.name not in self.beside]
        self._known = {step for name in self._waiting for step in steps(name)[:1]}

    def look(self, record: Record) -> None:
        """Notes what one record shows."""
        self.records += 1
        for name in list(self._waiting):
            found = reach(record, name)
            if found is not NOTHING:
                self.types[name] = type_of(found)
                self._waiting.remove(name)
        if len(self.types) < MOST_NAMES:
            self._times.update(record.keys())
        if not record.keys() <= self._known and len(self.types) < MOST_NAMES:
            for name in [n for n in record if n not in self._known][: MOST_NAMES - len(self.types)]:
                self.types[name] = type_of(record[name])
            self._known |= record.keys()

    def columns(self) -> tuple[Column, ...]:
        """For discovery: the names, what JSON calls their first values, and how many records lack them."""
        counted = self._times if len(self.types) < MOST_NAMES else Counter(dict.fromkeys(self.types, self.records))
        return tuple(
            Column(name, of, missing=(self.records - counted[name], self.records)) for name, of in self.types.items()
        )

    def untaken(self, where: str, optional: Iterable[str] = ()) -> tuple[str, ...]:
        """Names that no field takes; SourceChanged when a field's name stands in none of the records."""
        if not self.records:
            return ()
        return layout(self.dataset, list(self.types), where, (*optional, *self.beside)).extra


@dataclass(slots=True)
class Rows:
    """Rows of texts and misfits, until they are handed on as a batch."""

    dataset: Dataset
    optional: tuple[str, ...] = ()
    texts: list[list[str | None]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    size: int = 0
    """About how many characters it holds."""

    def __len__(self) -> int:
        return len(self.texts) + len(self.misfits)

    def add(self, place: int, record: Record, beside: Mapping[str, str | None] = {}) -> None:
        """One record; `beside` holds the fields whose value stands beside it."""
        texts = self._texts(place, record, beside)
        if isinstance(texts, Misfit):
            self.refuse(texts)
            return
        self.texts.append(texts)
        self.places.append(place)
        self.size += sum(len(text) for text in texts if text)

    def refuse(self, wrong: Misfit) -> None:
        """What cannot be trusted goes to the rejects."""
        self.misfits.append(wrong)
        self.size += len(wrong.raw)

    def batch(self, piece: str) -> Batch:
        """All of them; nothing is left."""
        columns: Sequence[Sequence[str | None]] = list(zip(*self.texts, strict=True)) or [()] * len(self.dataset.fields)
        arrays = [pa.array(column, pa.string()) for column in columns]
        rows = pa.record_batch(arrays, [f.name for f in self.dataset.fields])
        made = Batch(piece, 1, rows, pa.array(self.places, pa.int64()), tuple(self.misfits))
        self.texts, self.places, self.misfits, self.size = [], [], [], 0
        return made

    def _texts(self, place: int, record: Record, beside: Mapping[str, str | None]) -> list[str | None] | Misfit:
        texts: list[str | None] = []
        for one in self.dataset.fields:
            value = beside[one.name] if one.name in beside else reach(record, one.source_name)
            if value is NOTHING:
                if one.name not in self.optional:
                    return misfit(place, one.name, "", f"the record has no {one.source_name!r}", record)
                value = None
            if isinstance(value, NoNumber) and (said := no_number(self.dataset, one, value)):
                return misfit(place, one.name, str(value), said, record)
            if isinstance(value, dict | list):
                said = f"found an {type_of(value)}, expected one value"
                return misfit(place, one.name, type_of(value), said, record)
            text = text_of(value)
            if text is not None and HALF.search(text):
                return misfit(place, one.name, ascii(text), "found half a character (a lone surrogate)", record)
            texts.append(text)
        return texts


def unreadable(place: int, content: bytes, reason: str) -> Misfit:
    """A message that is no record: its text, or `base64:` and its bytes where it is no text."""
    try:
        raw = content.decode()
    except UnicodeDecodeError:
        raw = "base64:" + base64.b64encode(content).decode()
    return Misfit(place, WHOLE_ROW, raw[:80], reason, raw)
