"""Every place of files keeps what every source keeps, gives whole files or none, and says what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

from connectors.files.drop import Drop
from connectors.files.pinned import pin
from connectors.places.known import place_of
from connectors.places.ready import Ready
from connectors.places.spool import Spool
from connectors.protocol import Connector
from connectors.registry import connector_for
from schemas.dataset import Dataset, Source
from schemas.errors import SourceChanged
from tests.connectors.conformance import DAY, Conformance, Texts
from tests.connectors.far_place import FarPlace
from tests.connectors.test_csv_folder import written

NAME = "人口_20261120.csv"
PATTERN = "人口_{yyyymmdd}.csv"
LATER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CONTENT = b"".join(b"%09d,\r\n" % n for n in range(100_000))
"""1.1 MB with line ends that a text mode would rewrite."""


@dataclass
class FarBench:
    """CSV files at a place that is not on this machine."""

    far: FarPlace
    counts = False
    knows_null = False

    def source(self) -> Source:
        listed = {"index": {"file": "files.txt"}} if self.far.connection.kind == "http" else {}
        return Source("csv_folder", "drop", {"pattern": PATTERN, "encoding": "gb18030", **listed})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        self.far.put("files.txt", f"{NAME}\nother.csv\n".encode())
        self.far.put(NAME, written(names, rows, "gb18030"))

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, self.far.connection)

    def state(self) -> object:
        return self.far.state()


class TestCsvFromAfar(Conformance):
    @pytest.fixture
    def bench(self, far: FarPlace) -> FarBench:
        return FarBench(far)


def drop_at(far: FarPlace, spools: Path, pattern: str = PATTERN, **ready: object) -> Drop:
    """The drop of a connector, whose waits are not waited for."""
    told = Ready.model_validate({"still": 0} | ready)
    return Drop(place_of(far.connection, ""), pattern, told, wait=lambda _: None, spool=Spool("far", spools))


def taken(drop: Drop) -> list[bytes]:
    return [file.read_bytes() for file in drop.of_window(DAY)]


def test_a_file_is_fetched_once_for_plan_and_reading(far: FarPlace, tmp_path: Path) -> None:
    far.put(NAME, CONTENT)
    drop = drop_at(far, tmp_path)
    (file,) = drop.of_window(DAY)
    assert taken(drop) == [CONTENT]
    with drop.pinned(pin(file)) as pinned:
        assert pinned.read() == CONTENT
        pinned.confirm()
    assert far.asked in ([], [NAME])


def test_what_was_planned_is_read_by_another_process_too(far: FarPlace, tmp_path: Path) -> None:
    far.put(NAME, CONTENT)
    first = drop_at(far, tmp_path)
    piece = pin(*first.of_window(DAY))
    with drop_at(far, tmp_path).pinned(piece) as pinned:
        assert pinned.read() == CONTENT
        pinned.confirm()


def test_a_file_that_was_written_again_since_the_plan_is_refused_and_the_same_bytes_are_not(
    far: FarPlace, tmp_path: Path
) -> None:
    far.put(NAME, CONTENT)
    drop = drop_at(far, tmp_path)
    (file,) = drop.of_window(DAY)
    piece = pin(file)
    far.put(NAME, CONTENT, LATER)
    with drop.pinned(piece) as pinned:
        pinned.confirm()
    far.put(NAME, CONTENT[::-1], LATER + timedelta(hours=1))
    with pytest.raises(SourceChanged, match="changed since the plan was made"), drop.pinned(piece) as pinned:
        pinned.confirm()
    far.put(NAME, CONTENT + b"more", LATER)
    with pytest.raises(SourceChanged, match="changed since the plan was made"), drop.pinned(piece):
        pass
    far.remove(NAME)
    with pytest.raises(SourceChanged, match="stands in the plan, but is no longer in the folder"), drop.pinned(piece):
        pass
