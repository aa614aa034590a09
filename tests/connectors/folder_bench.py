"""A folder of one file that the tests of a file format fill, and what they ask of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.protocol import Connector
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, Source
from schemas.errors import SourceChanged
from tests.connectors.conformance import DAY, SECRET, dataset_of, landed, rejects_of, rows_of


@dataclass
class FolderBench:
    """What the bench of every file format has; each adds `source` and `fill`."""

    folder: Path
    counts = False
    knows_null = False

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, Connection("drop", "fs", host=str(self.folder), password=SECRET))

    def state(self) -> object:
        return sorted((f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in self.folder.iterdir())


@dataclass(frozen=True)
class Made:
    """A dataset and its connector on one file, in a folder of its own."""

    dataset: Dataset
    connector: Connector
    lake: Path

    def landed(self) -> tuple[list[dict[str, Any]], list[tuple[int, str, str]]]:
        """The rows, without system columns but `_place`, and of each reject place, field and reason."""
        landing = landed(self.dataset, self.connector, self.lake)
        rows = rows_of(self.lake, landing)
        names = [*(f.name for f in self.dataset.fields), "_place"]
        rejects = rejects_of(self.lake, landing)
        return [{n: row[n] for n in names} for row in rows], [(r["_place"], r["field"], r["reason"]) for r in rejects]

    def refused(self) -> str:
        """What the refusal of reading it says."""
        with pytest.raises(SourceChanged) as refusal:
            list(self.connector.read(self.connector.plan(DAY)))
        return str(refusal.value)


def made(folder: Path, kind: str, content: bytes, fields: Sequence[Field], **options: Any) -> Made:
    """The connector of these fields on one file `a.dat`."""
    (folder / "drop").mkdir(exist_ok=True)
    (folder / "drop" / "a.dat").write_bytes(content)
    dataset = dataset_of(Source(kind, "drop", {"pattern": "*.dat"} | options), fields)
    connector = connector_for(dataset, Connection("drop", "fs", host=str(folder / "drop")))
    return Made(dataset, connector, folder / "lake")
