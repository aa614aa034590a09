"""What a contract says of changes at its source."""

from dataclasses import dataclass
from enum import StrEnum


class OnChange(StrEnum):
    """What becomes of rows when the source changes; the words are those of dlt's schema contracts.

    `evolve` is none of ours: a column is shared once a contract names it. Nor is `discard_value` of a type: what does
    not fit is kept with its reason, and never becomes NULL.
    """

    FREEZE = "freeze"
    """Nothing is collected until somebody has looked."""
    DISCARD_ROW = "discard_row"
    """Rows whose values still fit are collected, the others are kept as misfits."""
    DISCARD_VALUE = "discard_value"
    """All rows are collected without what is new."""


OF_COLUMNS = (OnChange.DISCARD_VALUE, OnChange.FREEZE)
"""What a contract may say of columns that no field names."""
OF_TYPES = (OnChange.FREEZE, OnChange.DISCARD_ROW)
"""What it may say of columns that the source retyped."""


@dataclass(frozen=True, slots=True)
class SchemaContract:
    """What a contract says of both; a column that is gone always stops the collection."""

    columns: OnChange = OnChange.DISCARD_VALUE
    data_type: OnChange = OnChange.FREEZE


AS_USUAL = SchemaContract()
