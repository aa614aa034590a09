"""What a bounded sample of a column's values suggests about it, each with its reason, for a person to take or not.

A sample proves nothing about the rows that are not in it. Values are told only where few of them repeat and nothing
says that they are about a person.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.dataset import Kind

ENOUGH = 50
"""Values below which a sample suggests no check."""
FEW = 12
"""Distinct values up to which a column looks like an enumeration."""
LONGEST = 20
"""Characters of a value of an enumeration."""
MISSING = ("无", "暂无", "-", "--", "/", "NA", "N/A", "null", "NULL", "None", r"\N")
_FORMS = (
    (Kind.INTEGER, "", r"-?(0|[1-9][0-9]{0,17})", "whole numbers"),
    (Kind.DECIMAL, "", r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?", "numbers"),
    (Kind.DATE, "", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "days"),
    (Kind.DATE, "%Y/%m/%d", r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", "days"),
    (Kind.TIMESTAMP, "", r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?", "moments"),
    (Kind.TIMESTAMP, "%Y/%m/%d %H:%M:%S", r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2} [0-9]{1,2}:[0-9]{2}:[0-9]{2}", "moments"),
)


@dataclass(frozen=True, slots=True)
class Sampled:
    """What was seen of one column."""

    values: tuple[str, ...]
    """Those that are there."""
    missing: int
    """NULL or empty."""

    @property
    def rows(self) -> int:
        """How many were looked at."""
        return len(self.values) + self.missing


@dataclass(frozen=True, slots=True)
class Typed:
    """The type that all values of a text column would fit."""

    kind: Kind
    format: str
    why: str
    digits: tuple[int, int] = (0, 0)
    """Most digits before and after the point."""


def sampled(values: Sequence[str | None]) -> Sampled:
    """Values that are there apart from those that are not."""
    there = tuple(v for v in values if v not in (None, "") and v is not None)
    return Sampled(there, len(values) - len(there))


def likely_type(of: Sampled) -> Typed | None:
    """The type that every value would fit; None where there is none, or where digits are a code and stay text."""
    values = [v for v in of.values if v not in MISSING]
    if len(values) < ENOUGH or _code(values):
        return None
    for kind, written, form, called in _FORMS:
        if all(re.fullmatch(form, v) for v in values):
            return Typed(kind, written, f"all {len(values)} sampled values are {called}", digits(values))
    return None


def digits(values: Sequence[str]) -> tuple[int, int]:
    """Most digits before and after the point."""
    parts = [v.lstrip("+-").partition(".") for v in values if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", v)]
    return max((len(p[0]) for p in parts), default=0), max((len(p[2]) for p in parts), default=0)


def markers(of: Sampled) -> dict[str, int]:
    """Texts that often mean "missing", and how often they stand there."""
    return {word: times for word, times in Counter(of.values).items() if word in MISSING}


def never_missing(of: Sampled) -> bool:
    """Whether no value of enough is missing."""
    return of.rows >= ENOUGH and not of.missing and not markers(of)


def all_apart(of: Sampled) -> bool:
    """Whether every value of enough stands once."""
    return len(of.values) >= ENOUGH and len(set(of.values)) == len(of.values)


def enumeration(of: Sampled) -> tuple[str, ...]:
    """The few values that repeat again and again; empty where there are many, long or single ones."""
    counted = Counter(v for v in of.values if v not in MISSING)
    few = 1 < len(counted) <= FEW and len(of.values) >= ENOUGH
    if not few or min(counted.values()) < 2 or any(len(v) > LONGEST for v in counted):
        return ()
    return tuple(sorted(counted))


def form(of: Sampled) -> str:
    """The pattern of values that are all digits, or letters and digits, of one length; empty where they are not."""
    lengths = {len(v) for v in of.values}
    if len(of.values) < ENOUGH or len(lengths) != 1 or min(lengths) < 4:
        return ""
    (length,) = lengths
    for characters in ("0-9", "A-Z0-9", "A-Za-z0-9"):
        if all(re.fullmatch(f"[{characters}]+", v) for v in of.values):
            return f"^[{characters}]{{{length}}}$"
    return ""


def _code(values: Sequence[str]) -> bool:
    """Digits that begin with zeros, or that all have one length of at least six: nobody adds those up."""
    if not all(v.isascii() and v.isdigit() for v in values):
        return False
    lengths = {len(v) for v in values}
    return any(v[0] == "0" and len(v) > 1 for v in values) or (len(lengths) == 1 and min(lengths) >= 6)
