"""The row groups that pages were last cut from, so that the next page need not decode them again; bounded in bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

import pyarrow as pa

BESIDES = 1 << 10
"""Bytes of what stands around each chunk of a column; of a few rows that is more than the rows."""


class Hand:
    """Tables by what they depend on, the longest unused dropped first. Every ask is decided before it looks here."""

    def __init__(self, most: int = 64 << 20) -> None:
        self.most = most
        """Bytes."""
        self._held: OrderedDict[Hashable, pa.Table] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def table(self, key: Hashable, make: Callable[[], pa.Table]) -> pa.Table:
        """The table of that key, made where it is not at hand."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._keep(key, made)
        return made

    def _keep(self, key: Hashable, made: pa.Table) -> None:
        if key in self._held or weight(made) > self.most // 4:
            return
        self._held[key] = made
        self._bytes += weight(made)
        while self._bytes > self.most:
            _, oldest = self._held.popitem(last=False)
            self._bytes -= weight(oldest)


def weight(table: pa.Table) -> int:
    """Bytes that a table takes in memory, about."""
    besides: int = BESIDES * sum(max(1, column.num_chunks) for column in table.columns)
    rows: int = table.get_total_buffer_size()
    return rows + besides
