"""The sketch of a column: a keyed sample of its values by which two columns are held against each other unread.

A value is in the sample of level n where its last four characters are, and those are where a keyed hash of them begins
with n zero bits: one in 2**n. All columns sample by the same key, so that a value which is in two columns is in both
samples or in neither. Of a sampled value eight bytes of a keyed hash are kept: without the key nobody can make them
from a value, nor ask whether a value is among them. Arrow looks at the last characters of all values; Python hashes
those of the sample alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc

MOST = 16_384
"""Values of a sample."""
LAST = 4
"""Characters that choose."""
LEAST = 10
"""Sampled values of the smaller column below which nothing is said of two columns."""
SIZE = 8
"""Bytes of a token."""
FIRST = 16_384
"""Values that are looked at together while all of them are sampled."""
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Sketch:
    """The sample of one column."""

    field: str
    level: int
    """One value in 2**level is sampled."""
    tokens: Mapping[bytes, int]
    """Token -> the deepest level that it is in."""

    @property
    def values(self) -> int:
        """About so many different values."""
        return len(self.tokens) << self.level

    def at(self, level: int) -> frozenset[bytes]:
        """The sample of a deeper level."""
        return frozenset(token for token, deepest in self.tokens.items() if deepest >= level)

    def within(self, most: int) -> "Sketch":
        """A sample of at most so many values."""
        level, tokens = self.level, dict(self.tokens)
        while len(tokens) > most and level < DEEPEST:
            level += 1
            tokens = {token: deepest for token, deepest in tokens.items() if deepest >= level}
        return Sketch(self.field, level, tokens if len(tokens) <= most else {})


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of one column is in another, both ways, from `sampled` values of the smaller."""

    mine_in_theirs: float
    theirs_in_mine: float
    together: float
    """Share of what both have of all that either has."""
    sampled: int


def overlap(mine: Sketch, theirs: Sketch) -> Overlap | None:
    """None where the samples are too small to tell."""
    level = max(mine.level, theirs.level)
    here, there = mine.at(level), theirs.at(level)
    if min(len(here), len(there)) < LEAST:
        return None
    both = len(here & there)
    return Overlap(both / len(here), both / len(there), both / len(here | there), min(len(here), len(there)))


def merged(one: Sketch, other: Sketch) -> Sketch:
    """The sketch of the values of both columns together."""
    level = max(one.level, other.level)
    tokens = {t: deepest for some in (one, other) for t, deepest in some.tokens.items() if deepest >= level}
    return Sketch(one.field, level, tokens).within(MOST)


class Sketching:
    """Takes a column batch by batch; memory grows with the sample and the endings of values, not with rows."""

    def __init__(self, field: str, key: bytes, distinct: int = 0, ends: dict[str, int] | None = None) -> None:
        self._field, self._key = field, key
        self._level = (max(0, distinct - 1) // MOST).bit_length()
        """Begins where about so many different values would leave a sample of its size; 0: nobody has counted."""
        self._tokens: dict[bytes, int] = {}
        self._levels: dict[str, int] = {} if ends is None else ends
        """Last characters -> the deepest level that they are in; columns that are looked at together share it."""

    def take(self, values: pa.Array) -> None:
        """Values of any type; missing ones do not count."""
        texts = values.drop_null().cast(pa.string())
        for start in range(0, len(texts), FIRST if self._level == 0 else max(len(texts), 1)):
            self._take(texts[start : start + FIRST] if self._level == 0 else texts[start:])

    def done(self) -> Sketch:
        """The sample so far."""
        return Sketch(self._field, self._level, self._tokens).within(MOST)

    def _take(self, texts: pa.StringArray) -> None:
        ends = pc.utf8_slice_codeunits(texts, start=-LAST)
        for end in pc.unique(ends).to_pylist():
            if end not in self._levels:
                self._levels[end] = _depth(sha256(self._key + b"end" + end.upper().encode()).digest())
        if self._level:
            wanted = [end for end, depth in self._levels.items() if depth >= self._level]
            texts = texts.filter(pc.is_in(ends, value_set=pa.array(wanted, pa.string())))
        key, levels, tokens = self._key, self._levels, self._tokens
        for text in texts.to_pylist():
            tokens[sha256(key + text.strip().upper().encode()).digest()[:SIZE]] = levels[text[-LAST:]]
        if len(tokens) > MOST:
            smaller = Sketch(self._field, self._level, tokens).within(MOST)
            self._level, self._tokens = smaller.level, dict(smaller.tokens)


def pack(sketch: Sketch) -> bytes:
    """Its tokens, each with its level, in order."""
    return b"".join(token + bytes((level,)) for token, level in sorted(sketch.tokens.items()))


def unpack(field: str, level: int, packed: bytes) -> Sketch:
    """The sketch that `pack` wrote."""
    size = SIZE + 1
    pieces = (packed[at : at + size] for at in range(0, len(packed), size))
    return Sketch(field, level, {piece[:SIZE]: piece[SIZE] for piece in pieces})


def _depth(digest: bytes) -> int:
    """How many zero bits it begins with, up to `DEEPEST`."""
    first = int.from_bytes(digest[:SIZE], "big")
    return min(SIZE * 8 - first.bit_length(), DEEPEST)
