"""Texts of databases that need a last touch to be exact and short: floats, and moments of more than six decimals."""

import pyarrow as pa
import pyarrow.compute as pc


def double(column: pa.Array) -> pa.Array:
    """A double in the fewest digits that mean it."""
    return column.cast(pa.float64()).cast(pa.string())


def single(column: pa.Array) -> pa.Array:
    """A float of four bytes, told as the double that it is, in the fewest digits that mean the same float."""
    return column.cast(pa.float64()).cast(pa.float32()).cast(pa.string())


def micros(column: pa.Array) -> pa.Array:
    """Moments without the zeros past their microseconds; other digits stay there, for the value to be refused."""
    return pc.replace_substring_regex(column, r"(\.\d{6})0+(Z?)$", r"\1\2")
