"""Which division codes lie in scope, for single codes, for those of a row group, and for a column of them."""

from datetime import date
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from schemas.divisions import DivisionTree, normalise

FEW = 16
"""Values up to which each is looked at by itself: encoding them first would take longer."""


class Places:
    """Which division codes lie in scope; each distinct code is looked up in the tree once."""

    __slots__ = ("_at", "_known", "_roots", "_together", "_tree")

    def __init__(self, tree: DivisionTree, roots: tuple[str, ...], at: date) -> None:
        self._tree, self._roots, self._at = tree, roots, at
        self._known: dict[str, bool] = {}
        self._together: dict[tuple[str, ...], bool | None] = {}

    @property
    def tree(self) -> DivisionTree:
        """What is looked up in."""
        return self._tree

    def hold(self, code: str | None) -> bool:
        """Whether a code lies under one of the roots; what is no code lies nowhere."""
        if not code:
            return False
        if code not in self._known:
            self._known[code] = self._look(code)
        return self._known[code]

    def hold_all(self, codes: tuple[str, ...]) -> bool | None:
        """Whether all of the codes do, or none; None where only some do, or none is told."""
        if codes not in self._together:
            inside = {self.hold(code) for code in codes}
            self._together[codes] = inside == {True} if len(inside) == 1 else None
        return self._together[codes]

    def membership(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """For each value of a column of codes whether it lies in scope."""
        if len(column) <= FEW:
            return pa.chunked_array([[self.hold(code) for code in column.to_pylist()]], pa.bool_())
        encoded = pc.dictionary_encode(column).unify_dictionaries()
        chunks = []
        for chunk in encoded.chunks:
            inside = pa.array([self.hold(code) for code in chunk.dictionary.to_pylist()], pa.bool_())
            chunks.append(pc.fill_null(inside.take(chunk.indices), False))
        return pa.chunked_array(chunks, pa.bool_())

    def _look(self, code: str) -> bool:
        try:
            full = normalise(code)
        except ValueError:
            return False
        return any(self._tree.within(full, root, self._at) for root in self._roots)


places_of = lru_cache(maxsize=32)(Places)
"""Threads may share one: it only ever learns, and what it learns is true whoever looks."""
