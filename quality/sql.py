"""How names and texts stand in DuckDB's SQL: the one place of this room that quotes."""

from collections.abc import Iterable
from pathlib import Path


def name(text: str) -> str:
    """`order` -> `"order"`; any text can be a column's name."""
    return '"' + text.replace('"', '""') + '"'


def names(texts: Iterable[str]) -> str:
    """`a, b` quoted, comma between."""
    return ", ".join(name(text) for text in texts)


def text(value: str) -> str:
    """`O'x` -> `'O''x'`."""
    return "'" + value.replace("'", "''") + "'"


def parquet(files: Iterable[Path]) -> str:
    """`read_parquet([…])` over these files, in their order. Wildcards of a name are taken as they stand."""
    listed = ", ".join(text(pattern(file)) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def pattern(file: Path) -> str:
    """The pattern that only this file fits."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(file))
