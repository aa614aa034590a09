"""Where a derived field comes from, why it may be graded below that, and which value of it calls its officer."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class How(StrEnum):
    """What a query does with an input column: hand it on, compute with it, or only choose and join rows by it."""

    DIRECT = "direct"
    COMPUTED = "computed"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Origin:
    """One input column of a derived dataset, and the field that it feeds."""

    field: str
    """Name of the derived field; empty for a condition, which bears on every row."""
    dataset: str
    """Key of the input."""
    column: str
    how: How


@dataclass(frozen=True, slots=True)
class Assessment:
    """Who found, when and why, that derived data may be shared more widely than what they were made of."""

    by: str
    date: date
    why: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A vital sign 生态体征: a field whose value, above or below a threshold, calls an officer."""

    value: str
    """Name of the field."""
    threshold: str
    """A decimal in text, so that no digit is lost."""
    direction: str
    """`above` or `below`: on which side of the threshold is the alert; the threshold itself is still well."""
    officer: str

    @property
    def rule(self) -> str:
        """Name of the rule that finds the crossing rows."""
        return f"indicator.{self.value}"
