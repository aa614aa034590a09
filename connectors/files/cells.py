"""One column of some rows of a spreadsheet: what its cells hold, each kind of value in an Arrow array of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import pyarrow as pa

Cell = str | float | int | bool | date | datetime | time | timedelta

ERROR = "the cell holds an error of the spreadsheet (#N/A, #REF!, …)"
UNWORKED = (
    "the cell holds a formula whose value was never worked out; open and save the workbook in the spreadsheet program"
)

_KINDS: Mapping[str, tuple[tuple[type, ...], pa.DataType]] = {
    "texts": ((str,), pa.string()),
    "numbers": ((float, int), pa.float64()),
    "truths": ((bool,), pa.bool_()),
    "moments": ((datetime,), pa.timestamp("us")),
    "days": ((date,), pa.date32()),
}


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column; where all of a row's arrays are NULL the cell is blank."""

    rows: int
    kinds: Mapping[str, pa.Array] = field(default_factory=dict)
    """`texts`, `numbers`, `truths`, `days`, `moments`, `clocks` (as texts): those that there are."""
    errors: Mapping[int, str] = field(default_factory=dict)
    """Row -> why its cell is not to be trusted, which is blank otherwise: an error, or a formula without its value."""

    def shown(self, row: int) -> str:
        """What a cell holds, for a person to find it by."""
        values = (array[row].as_py() for array in self.kinds.values())
        return next((str(value) for value in values if value is not None), "")


def cells_of(values: Sequence[Cell], errors: Mapping[int, str] = {}) -> Cells:
    """The same from Python's values, of which a blank cell is an empty text."""
    there = set(map(type, values))
    kinds = {name: (types, of) for name, (types, of) in _KINDS.items() if there & set(types)}
    if len(kinds) == 1 and len(there) == 1:
        ((name, (_, of)),) = kinds.items()
        return Cells(len(values), {name: pa.array(values, of)}, errors)
    arrays = {n: pa.array([v if type(v) in types else None for v in values], of) for n, (types, of) in kinds.items()}
    if there & {time, timedelta}:
        clocks = [_clock(v) if isinstance(v, time | timedelta) else None for v in values]
        arrays["clocks"] = pa.array(clocks, pa.string())
    return Cells(len(values), arrays, errors)


def _clock(value: time | timedelta) -> str:
    """A time of day, or how long something took: hours go on beyond a day, as a spreadsheet shows them."""
    if isinstance(value, time):
        return str(value)
    hours, rest = divmod(abs(value), timedelta(hours=1))
    sign = "-" if value < timedelta() else ""
    return f"{sign}{hours}{str(rest).removeprefix('0')}"
