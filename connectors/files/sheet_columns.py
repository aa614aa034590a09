"""Rows of cells become values: what a cell holds, what a blank one takes from above, what is not to be trusted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from connectors.files.cells import Cells
from connectors.files.sheet_text import column_text
from connectors.files.sheet_typed import typed
from connectors.protocol import Misfit
from schemas import dataset as words


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
    missing: tuple[str, ...] = ()
    """The texts that mean "missing"."""
    above: str = ""
    useless: str = ""
    """Why the cell above is of no use; empty where it is."""

    def take(self, cells: Cells) -> tuple[pa.Array, dict[int, str]]:
        """These cells in their declared type or as texts, and of those that are not to be trusted why."""
        if not self.blank and (made := typed(cells, self.field, self.missing)) is not None:
            return made, {}
        texts, found = column_text(cells, self.field)
        wrong = dict(found) | dict(cells.errors)
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
    arrays: dict[str, pa.Array] = field(default_factory=dict)
    """Field -> its values in the declared type, or as texts."""
    columns: dict[str, SheetColumn] = field(default_factory=dict)
    wrong: dict[int, tuple[SheetColumn, str]] = field(default_factory=dict)
    """Row -> its first column that is not to be trusted, and why."""

    def take(self, column: SheetColumn) -> None:
        """Reads one more column."""
        name = column.field.name
        self.columns[name] = column
        self.arrays[name], wrong = column.take(self.block.cells(column.position))
        for row, why in wrong.items():
            self.wrong.setdefault(row, (column, why))

    def places(self) -> pa.Int64Array:
        """Numbers of the rows that can be trusted."""
        return self._kept(pa.arange(self.block.first, self.block.first + self.block.rows))

    def sound(self) -> dict[str, pa.Array]:
        """The values of these rows."""
        return {name: self._kept(array) for name, array in self.arrays.items()}

    def written(self) -> dict[str, pa.StringArray]:
        """The same as texts."""
        return {name: self._kept(self._text(name)) for name in self.arrays}

    def misfits(self) -> tuple[Misfit, ...]:
        """The other rows, as they stand in the sheet."""
        if not self.wrong:
            return ()
        texts = {name: self._text(name) for name in self.arrays}
        return tuple(self._misfit(row, texts) for row in sorted(self.wrong))

    def _text(self, name: str) -> pa.StringArray:
        array, column = self.arrays[name], self.columns[name]
        return (
            array if pa.types.is_string(array.type) else column_text(self.block.cells(column.position), column.field)[0]
        )

    def _kept(self, array: pa.Array) -> pa.Array:
        if not self.wrong:
            return array
        return array.filter(pc.invert(pc.is_in(pa.arange(0, self.block.rows), value_set=pa.array(list(self.wrong)))))

    def _misfit(self, row: int, texts: Mapping[str, pa.StringArray]) -> Misfit:
        column, why = self.wrong[row]
        shown = self.block.cells(column.position).shown(row)
        raw = json.dumps({name: found[row].as_py() for name, found in texts.items()}, ensure_ascii=False)
        return Misfit(self.block.first + row, column.field.name, shown, why, raw)
