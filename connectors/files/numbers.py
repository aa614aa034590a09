"""Numbers that are not written as `1234.5`: parted in thousands, or with a decimal comma, as a contract declares."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from connectors.files.aside import put_aside
from connectors.options import Options
from connectors.protocol import Batch
from schemas.dataset import Dataset
from schemas.fitting.column import markers

_MARKS = ".,'’ \u00a0\u202f，"
"""What may part digits somewhere."""


class Numbers(Options):
    """How the numbers of one field are written."""

    thousands: str = Field(default="", max_length=1)
    """What stands between groups of three digits, where they are grouped; empty: nothing does."""
    decimal: Literal[".", ","] = "."
    """What stands before the fraction."""

    @model_validator(mode="after")
    def _two_signs(self) -> "Numbers":
        if self.thousands == self.decimal or self.thousands.isalnum() or (self.thousands and self.thousands in "+-"):
            raise ValueError(f"a sign between thousands that is no digit or letter and not {self.decimal!r}")
        return self

    @property
    def pattern(self) -> str:
        """RE2 pattern of a number that is written so."""
        point, mark = re.escape(self.decimal), re.escape(self.thousands)
        grouped = f"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|" if self.thousands else ""
        return f"^[+-]?(?:{grouped}[0-9]+)(?:{point}[0-9]*)?$"

    @property
    def said(self) -> str:
        """For messages: an example."""
        return f"1{self.thousands}234{self.decimal}5"


def as_declared(batches: Iterator[Batch], dataset: Dataset, numbers: Mapping[str, Numbers]) -> Iterator[Batch]:
    """The same batches, the numbers of these fields as everybody else writes them.

    A text in which a point, a comma or another mark stands where it may not is a misfit: in `1.500` it would be a
    guess whether a thousand is meant. What holds no mark at all is left for the declared type to judge.
    """
    for batch in batches:
        rows, wrong = batch.rows, dict[int, tuple[str, str]]()
        for name, of in numbers.items():
            column = rows.column(name)
            if pa.types.is_string(column.type):
                plain, strange = _plain(column, of, markers(dataset, dataset.field(name)))
                rows = rows.set_column(rows.schema.get_field_index(name), name, plain)
                found = {row: (name, _why(column[row].as_py(), of)) for row in pc.indices_nonzero(strange).to_pylist()}
                wrong = found | wrong
        yield put_aside(replace(batch, rows=rows), wrong)


def _why(text: str, of: Numbers) -> str:
    return f"found {text!r}, expected a number written as {of.said}; a sign stands in a wrong place"


def _plain(column: pa.Array, of: Numbers, missing: tuple[str, ...]) -> tuple[pa.Array, pa.Array]:
    """The column without its marks, and which of its texts have one in a wrong place."""
    fits = pc.fill_null(pc.match_substring_regex(column, of.pattern), fill_value=False)
    bare = pc.replace_substring(column, of.thousands, "") if of.thousands else column
    bare = pc.replace_substring(bare, ",", ".") if of.decimal == "," else bare
    marked = pc.fill_null(pc.match_substring_regex(column, f"[{re.escape(_MARKS + of.thousands)}]"), fill_value=False)
    marked = pc.and_not(marked, pc.is_in(column, value_set=pa.array(missing, pa.string())))
    return pc.if_else(fits, bare, column), pc.and_not(marked, fits)
