"""The connector keeps what every kind of source keeps; what is its own is tested beside."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.conformance import Conformance
from connectors.conformance_bench import NAMES, ROWS, SECRET, Texts, dataset_of, typed
from connectors.protocol import Connector
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.errors import SourceChanged


@dataclass
class BlockBench:
    """A folder that the suite fills, changes and looks at."""

    folder: Path
    counts = False
    knows_null = True

    def source(self) -> Source:
        return Source("record_blocks", "notices", {"file": "people.blocks"})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        lines = [f"# {' '.join(names)}"]
        for row in rows:
            lines += ["", *(f"{name} = {json.dumps(row[name], ensure_ascii=False)}" for name in names)]
        (self.folder / "people.blocks").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, Connection("notices", "fs", host=str(self.folder), password=SECRET))

    def state(self) -> object:
        return sorted((f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in self.folder.iterdir())


class TestRecordBlocks(Conformance):
    """Every test of the suite, on a file of blocks."""

    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> BlockBench:
        return BlockBench(tmp_path_factory.mktemp("notices"))

    def test_a_line_that_is_none_is_refused_with_its_number(self, bench: BlockBench, dataset: Dataset) -> None:
        file = bench.folder / "people.blocks"
        file.write_text(file.read_text(encoding="utf-8").replace('amount = "7"', "amount: 7"), encoding="utf-8")
        with pytest.raises(SourceChanged, match=r"line [0-9]+: expected `name = \"value\"`"):
            typed(dataset, bench.connector(dataset))

    def test_it_is_found_by_its_name(self, bench: BlockBench) -> None:
        bench.fill(NAMES, ROWS)
        assert typed(dataset_of(bench.source()), bench.connector(dataset_of(bench.source()))).num_rows == len(ROWS)
