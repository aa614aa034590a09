"""Runs in an interpreter of its own: draws what a resource yields and writes it to a pipe. Needs Python 3.9 alone.

Frames are one letter, eight bytes of length and as many of content: `R` a JSON list of rows whose values are
`null`, a text, or `[type, text]`; `A` an Arrow IPC stream; `E` an error as JSON; `Z` the end.
"""

import datetime
import decimal
import importlib
import json
import os
import sys
import uuid
from typing import Any, BinaryIO

ROWS = 5000


class Pipe:
    """Where frames go; whatever the resource prints goes to the error output."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.rows: list[Any] = []

    def frame(self, letter: bytes, content: bytes) -> None:
        """One frame."""
        self.out.write(letter + len(content).to_bytes(8, "big") + content)
        self.out.flush()

    def row(self, row: Any) -> None:
        """One mapping, kept until there are enough."""
        self.rows.append({str(name): value_of(value) for name, value in row.items()})
        if len(self.rows) >= ROWS:
            self.flush()

    def flush(self) -> None:
        """What was kept."""
        if self.rows:
            self.frame(b"R", json.dumps(self.rows).encode())
            self.rows = []

    def arrow(self, batches: Any) -> None:
        """A table or batch."""
        import pyarrow as pa  # noqa: PLC0415 — only who yields Arrow has it

        self.flush()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batches.schema) as writer:
            writer.write(batches)
        self.frame(b"A", sink.getvalue().to_pybytes())


def value_of(value: Any) -> Any:
    """A value as text, with its type where it is none."""
    if value is None or type(value) is str:
        return value
    for kind, written in WRITTEN:
        if isinstance(value, kind):
            return [NAMES.get(kind, type(value).__name__), written(value)]
    return [type(value).__name__, repr(value)[:200]]


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


WRITTEN: Any = (
    (bool, lambda value: str(value).lower()),
    ((datetime.datetime, datetime.date, datetime.time), lambda value: value.isoformat()),
    (float, repr),
    (decimal.Decimal, lambda value: format(value, "f") if value.is_finite() else str(value)),
    ((int, uuid.UUID), str),
    (dict, _json),
    ((list, tuple), _json),
    (str, str),
)
"""Type -> how it is written; a bool is an int as well, so it stands before."""
NAMES: Any = {float: "float", dict: "object", (list, tuple): "array"}


def resource_of(told: Any) -> Any:
    """What the name leads to, called with its arguments; of a source the one resource that is named after `/`."""
    sys.path[:0] = told["paths"]
    place, _, within = told["resource"].partition("/")
    module, _, name = place.partition(":")
    found = getattr(importlib.import_module(module), name)
    made = found(**told["arguments"]) if callable(found) else found
    return made.resources[within] if within else made


def draw(pipe: Pipe, resource: Any) -> None:
    """Everything that it yields: mappings, lists of them, Arrow tables and batches."""
    for item in resource:
        for one in item if isinstance(item, (list, tuple)) else (item,):
            if hasattr(one, "items"):
                pipe.row(one)
            elif type(one).__module__.partition(".")[0] == "pyarrow":
                pipe.arrow(one)
            else:
                raise TypeError(f"yields {type(one).__module__}.{type(one).__name__}, expected mappings or Arrow")
    pipe.flush()


def main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    pipe = Pipe(out)
    try:
        draw(pipe, resource_of(json.load(sys.stdin)))
        pipe.frame(b"Z", b"")
    except Exception as wrong:  # noqa: BLE001 — whatever a resource raises is told over the pipe
        cause: Any = wrong
        names: list[str] = []
        while cause is not None:
            names += [one.__name__ for one in type(cause).__mro__]
            cause = cause.__cause__ or cause.__context__
        pipe.frame(b"E", json.dumps({"names": names, "said": f"{type(wrong).__name__}: {wrong}"}).encode())


if __name__ == "__main__":
    main()
