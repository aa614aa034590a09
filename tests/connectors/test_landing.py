"""A landing counts as a whole or not at all: killed, run twice or run side by side, no row is lost or doubled."""

import hashlib
import multiprocessing
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.landing import once
from connectors.landing.landing import MANIFEST, PLAN, land, make_plan, read_landing
from connectors.landing.parts import PartWriter
from connectors.protocol import Batch
from schemas import lake as places
from schemas.dataset import Severity
from schemas.errors import BadInput, HeldBack, SourceChanged
from schemas.journey import Landing, Plan
from tests.connectors.conformance import DAY, NOW, rejects_of, rows_of
from tests.connectors.slow_source import BATCHES, DATASET, ROWS, Slow, run

READ = BATCHES * (ROWS + 1)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def folder_of(lake: Path) -> Path:
    return lake / places.landing(DATASET.key, DAY)


def full(lake: Path, slow: Slow | None = None) -> Landing:
    slow = slow or Slow()
    return land(DATASET, make_plan(DATASET, slow, DAY, lake), slow, lake, NOW)


def assert_whole(lake: Path, landing: Landing) -> None:
    """Every row once, in parts or rejects, and every file as the manifest says."""
    rows, rejects = rows_of(lake, landing), rejects_of(lake, landing)
    assert landing.read == READ == len(rows) + len(rejects)
    assert landing.rejected == {"_row.misfit": BATCHES, "n.misfit": BATCHES}
    assert sorted(r["_row"] for r in rows + rejects) == list(range(1, READ + 1))
    assert len({r["id"] for r in rows}) == len(rows)
    assert sorted(r["_place"] for r in rows + rejects) == list(range(1, READ + 1))
    listed = [*landing.parts, *([landing.rejects] if landing.rejects else [])]
    for part in listed:
        data = (lake / part.path).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (part.size, part.sha256)
        assert pq.read_metadata(lake / part.path).num_rows == part.rows
    here = {f.name for f in folder_of(lake).iterdir()} - {"lock"}
    assert here == {PLAN, MANIFEST, *(Path(part.path).name for part in listed)}


def test_what_was_read_is_landed_or_rejected(lake: Path) -> None:
    landing = full(lake)
    assert_whole(lake, landing)
    assert read_landing(lake, DATASET.key, DAY) == landing


def test_a_committed_window_is_not_read_again(lake: Path) -> None:
    landing = full(lake)
    before = {f: f.stat().st_mtime_ns for f in folder_of(lake).glob("*.*")}
    assert full(lake, Slow(batches=0)) == landing
    assert {f: f.stat().st_mtime_ns for f in folder_of(lake).glob("*.*")} == before


def test_killed_at_any_moment_and_run_again_it_is_what_one_clean_run_gives(lake: Path) -> None:
    chance = random.Random(20261120)
    killed = 0
    for _ in range(8):
        process, _ = start(lake, pause=0.005)
        time.sleep(chance.uniform(0.0, 0.5))
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        if read_landing(lake, DATASET.key, DAY) is not None:
            break
    assert killed
    process, told = start(lake, pause=0.0)
    assert told.recv() == READ
    process.join()
    landing = read_landing(lake, DATASET.key, DAY)
    assert landing is not None
    assert_whole(lake, landing)


def start(lake: Path, pause: float) -> tuple[BaseProcess, Pipe]:
    """A process that lands; it has begun when this returns."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["tests.connectors.slow_source"])
    told, telling = forks.Pipe(duplex=False)
    process = forks.Process(target=run, args=(lake, pause, telling))
    process.start()
    assert told.recv() == "go"
    return process, told


def test_of_several_that_land_the_same_window_one_wins_and_all_see_it(lake: Path) -> None:
    with ThreadPoolExecutor(4) as together:
        landings = list(together.map(lambda _: full(lake, Slow(0.001)), range(4)))
    assert all(one == landings[0] for one in landings)
    assert_whole(lake, landings[0])


def test_the_first_manifest_stays_whoever_comes_later(lake: Path) -> None:
    lake.mkdir()
    with ThreadPoolExecutor(8) as together:
        won = list(together.map(lambda n: once.create(lake / "0.json", str(n).encode()), range(8)))
    assert sum(won) == 1
    assert not once.create(lake / "0.json", b"second")
    assert (lake / "0.json").read_bytes() == str(won.index(True)).encode()
    assert [f.name for f in lake.iterdir()] == ["0.json"]


def test_left_over_files_of_a_killed_run_are_swept(lake: Path) -> None:
    folder_of(lake).mkdir(parents=True)
    for name in ("part-00000.tmp", "part-00099.parquet", "rejects.tmp", "rejects.parquet", "plan.json.1.tmp"):
        (folder_of(lake) / name).write_bytes(b"half")
    assert_whole(lake, full(lake))


@dataclass(frozen=True, slots=True)
class Broken(Slow):
    """Breaks off in the middle."""

    def read(self, plan: Plan) -> Iterator[Batch]:
        yield from Slow(batches=3).read(plan)
        raise SourceChanged("the source went another way")


def test_a_source_that_breaks_off_commits_nothing_and_the_next_run_starts_from_zero(lake: Path) -> None:
    with pytest.raises(SourceChanged):
        full(lake, Broken())
    assert read_landing(lake, DATASET.key, DAY) is None
    assert_whole(lake, full(lake))


def test_where_the_contract_says_critical_a_misfit_holds_the_batch_back(lake: Path) -> None:
    strict = replace(DATASET, source=replace(DATASET.source, on_misfit=Severity.CRITICAL))
    plan = make_plan(strict, Slow(), DAY, lake)
    with pytest.raises(HeldBack, match=r"slow row 1000: n: found '1,0', .*a comma in a number.*on_misfit: critical"):
        land(strict, plan, Slow(), lake, NOW)
    assert read_landing(lake, DATASET.key, DAY) is None


def test_a_plan_is_made_once_and_made_anew_only_when_asked_or_under_another_contract(lake: Path) -> None:
    first = make_plan(DATASET, Slow(), DAY, lake)

    @dataclass(frozen=True, slots=True)
    class Other(Slow):
        def plan(self, window: object) -> Plan:
            return replace(first, fingerprint="other")

    assert make_plan(DATASET, Other(), DAY, lake) == first
    assert make_plan(DATASET, Other(), DAY, lake, anew=True).fingerprint == "other"
    changed = replace(DATASET, contract_hash="another contract")
    with pytest.raises(BadInput, match="expected one under contract another contract; plan anew"):
        land(changed, first, Slow(), lake, NOW)
    assert make_plan(changed, Slow(), DAY, lake).fingerprint == "f"
    full(lake)
    assert make_plan(changed, Other(), DAY, lake, anew=True).fingerprint == "f", "a landed plan stays"


def test_parts_end_at_their_size_and_row_groups_are_of_use(tmp_path: Path) -> None:
    schema = pa.schema([("n", pa.int64())])
    writer = PartWriter(tmp_path, ".", "part", schema)
    rows = pa.record_batch([pa.arange(0, 700_000)], schema=schema)
    writer.write(rows)
    parts = writer.close(at_least_one=True)
    assert [p.rows for p in parts] == [524_288, 175_712]
    read = pa.concat_tables(pq.read_table(tmp_path / p.path) for p in parts)
    assert read.column("n").combine_chunks().equals(rows.column("n"))


def test_a_row_costs_the_same_in_many_small_batches_as_in_few(tmp_path: Path) -> None:
    row = pa.record_batch({f"column {number}": [number] for number in range(10)})
    writer = PartWriter(tmp_path, ".", "part", row.schema)
    began = time.process_time()
    for _ in range(2_000):
        writer.write(row)
    assert [part.rows for part in writer.close(at_least_one=True)] == [2_000]
    assert time.process_time() - began < 5, "half a minute where each batch looks at all before it"
