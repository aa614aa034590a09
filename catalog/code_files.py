"""Codes as Parquet files of the lake, for the rules of quality to look values up in: column `code`."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.standards.code_tables import codes

FOLDER = "reference/codes"
_MARK = b"yishu.codes"


def code_table(lake: Path, table: str) -> Path:
    """The Parquet file of a code table's codes; KeyError for a table that there is not."""
    return keep_codes(lake / FOLDER / f"{table}.parquet", [line.code for line in codes(table)])


def keep_codes(file: Path, known: Sequence[str]) -> Path:
    """The file itself, written anew only where it does not hold these codes."""
    mark = f"{len(known)} {_hash_of(known)}".encode()
    if file.is_file() and (pq.read_schema(file).metadata or {}).get(_MARK) == mark:
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([pa.field("code", pa.string())], metadata={_MARK: mark})
    half = file.with_name(f".{file.name}.{os.getpid()}")
    pq.write_table(pa.table([pa.array(known, pa.string())], schema=schema), half, compression="zstd")
    half.replace(file)
    return file


def _hash_of(known: Sequence[str]) -> str:
    """Hex sha256 over codes in their order."""
    return hashlib.sha256("\n".join(known).encode()).hexdigest()
