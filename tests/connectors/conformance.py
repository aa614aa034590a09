"""The conformance suite of the package, under the names that the tests of our own kinds import."""

from connectors.conformance import Conformance
from connectors.conformance_bench import (
    DAY,
    FIELDS,
    NAMES,
    NOW,
    ROWS,
    SECRET,
    Bench,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)

__all__ = [
    "DAY",
    "FIELDS",
    "NAMES",
    "NOW",
    "ROWS",
    "SECRET",
    "Bench",
    "Conformance",
    "Texts",
    "dataset_of",
    "landed",
    "rejects_of",
    "rows_of",
    "typed",
]
