"""Rows of cells become texts: what a cell holds, what a blank one takes from above, and what is not to be trusted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.sheet_text import Cell, column_text
from connectors.protocol import Misfit
from schemas import dataset as words

ERROR = "the cell holds an error of the spreadsheet (#N/A, #REF!, …)"


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a sheet, one after the other."""

    first: int
    """Number of the first one in the sheet, from 1."""
    columns: Sequence[Sequence[Cell]]
    rows: int

    def cells(self, position: int) -> Sequence[Cell]:
        """The cells of one column; blank ones where the sheet is not that wide."""
        return self.columns[position] if 0 <= position < len(self.columns) else [""] * self.rows


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

    def take(self, block: Block, errors: Sequence[int]) -> tuple[pa.StringArray, dict[int, str]]:
        """The texts of these rows' cells, and of those that are not to be trusted why; `errors` hold none."""
        texts, found = column_text(block.cells(self.position), self.field)
        wrong = dict(found) | dict.fromkeys(errors, ERROR)
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

    def take(self, column: SheetColumn, errors: Sequence[int]) -> None:
        """Reads one more column."""
        self.texts[column.field.name], wrong = column.take(self.block, errors)
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
        shown = str(self.block.cells(column.position)[row])
        raw = {name: texts[row].as_py() for name, texts in self.texts.items()}
        return Misfit(
            self.block.first + row, column.field.name, shown, why, json.dumps(raw, ensure_ascii=False, default=str)
        )
