"""Rows of cells become texts: what a cell holds, what a blank one takes from above, and what is not to be trusted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.cells import Cells
from connectors.files.sheet_text import column_text
from connectors.protocol import Misfit
from schemas import dataset as words

ERROR = "the cell holds an error of the spreadsheet (#N/A, #REF!, …)"


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a sheet, one after the other."""

    first: int
    """Number of the first one in the sheet, from 1."""
    rows: int
    columns: Mapping[int, Cells]
    """Position -> its cells; a column that is blank here may be left out."""

    def cells(self, position: int) -> Cells:
        """The cells of one column."""
        return self.columns.get(position) or Cells(self.rows)


@dataclass(slots=True)
class SheetColumn:
    """One field, where it stands, and what a blank cell in it takes over."""

    field: words.Field
    position: int
    blank: frozenset[str]
    """The texts that are filled from above; empty where nothing is."""
    above: str = ""
    useless: str = ""
    """Why the cell above is of no use; empty where it is."""

    def take(self, cells: Cells) -> tuple[pa.StringArray, dict[int, str]]:
        """The texts of these cells, and of those that are not to be trusted why."""
        texts, found = column_text(cells, self.field)
        wrong = dict(found) | dict.fromkeys(cells.errors, ERROR)
        return self._filled(texts.to_pylist(), wrong) if self.blank else (texts, wrong)

    def _filled(self, texts: list[str], wrong: dict[int, str]) -> tuple[pa.StringArray, dict[int, str]]:
        for row, text in enumerate(texts):
            if row in wrong:
                self.useless = f"the cell is blank, and the one above to fill it from is of no use: {wrong[row]}"
            elif text not in self.blank:
                self.above, self.useless = text, ""
            elif self.useless:
                wrong[row] = self.useless
            else:
                texts[row] = self.above
        return pa.array(texts, pa.string()), wrong


@dataclass(slots=True)
class Read:
    """What was read of a block."""

    block: Block
    texts: dict[str, pa.StringArray] = field(default_factory=dict)
    wrong: dict[int, tuple[SheetColumn, str]] = field(default_factory=dict)
    """Row -> its first column that is not to be trusted, and why."""

    def take(self, column: SheetColumn) -> None:
        """Reads one more column."""
        self.texts[column.field.name], wrong = column.take(self.block.cells(column.position))
        for row, why in wrong.items():
            self.wrong.setdefault(row, (column, why))

    def sound(self) -> tuple[dict[str, pa.StringArray], pa.Int64Array]:
        """The texts of the rows that can be trusted, and the numbers of these rows."""
        places = pa.arange(self.block.first, self.block.first + self.block.rows)
        if not self.wrong:
            return self.texts, places
        keep = pc.invert(pc.is_in(pa.arange(0, self.block.rows), value_set=pa.array(list(self.wrong), pa.int64())))
        return {name: texts.filter(keep) for name, texts in self.texts.items()}, places.filter(keep)

    def misfits(self) -> tuple[Misfit, ...]:
        """The other rows, as they stand in the sheet."""
        return tuple(self._misfit(row, *self.wrong[row]) for row in sorted(self.wrong))

    def _misfit(self, row: int, column: SheetColumn, why: str) -> Misfit:
        shown = self.block.cells(column.position).shown(row)
        raw = {name: texts[row].as_py() for name, texts in self.texts.items()}
        return Misfit(
            self.block.first + row, column.field.name, shown, why, json.dumps(raw, ensure_ascii=False, default=str)
        )
