"""Publishing: whole or not at all, one division to a row group, windows appended and replaced, bad ones held back."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from catalog.database import serialise, writing
from catalog.rows.writer import Cut, Layout, write_parts
from catalog.runs import of_verdict
from catalog.shelf import Shelf
from schemas.access import Standing
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset, Load, Sharing, Source
from schemas.errors import BadInput, HeldBack, Unknown
from schemas.journey import Snapshot, Window
from schemas.record import from_json
from tests.builders import (
    DAY,
    NOW,
    OLD_LAIWU,
    SHIZHONG,
    TENGZHOU,
    XUECHENG,
    low_income_row,
    make_dataset,
    make_verdict,
)

PLACES = (TENGZHOU, SHIZHONG, XUECHENG, None, OLD_LAIWU)
ROWS = [low_income_row(n, PLACES[n % 5]) for n in range(500)]


def appended() -> Dataset:
    return make_dataset(source=Source("csv_folder", "human_resources", {}, load=Load.APPEND))


def read(shelf: Shelf, snapshot: Snapshot) -> pa.Table:
    return pa.concat_tables(pq.ParquetFile(shelf.lake / f.part.path).read() for f in snapshot.files)


def test_a_clean_verdict_becomes_version_one_with_a_manifest_beside_its_files(shelf: Shelf) -> None:
    dataset = make_dataset()
    snapshot = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    assert (snapshot.version, snapshot.rows) == (1, 500)
    manifest = shelf.lake / "datasets" / dataset.key / "v=1" / "manifest.json"
    assert from_json(Snapshot, manifest.read_bytes(), where="manifest") == snapshot == shelf.latest(dataset.key)
    assert shelf.version(dataset.key, 1) == snapshot
    assert read(shelf, snapshot).num_rows == 500
    assert shelf.watermark(dataset.key) == Window.of_day(DAY).high
    assert shelf.standing(dataset.key) == Standing(True, False, 1)
    assert [f.rule for f in shelf.findings(dataset.key)] == ["person_id.required"]


def test_each_row_group_holds_one_division_and_the_map_says_which(shelf: Shelf) -> None:
    dataset = make_dataset()
    snapshot = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    counted: Counter[str] = Counter()
    for file in snapshot.files:
        parquet = pq.ParquetFile(shelf.lake / file.part.path)
        assert [g.index for g in file.groups] == list(range(parquet.num_row_groups))
        for group in file.groups:
            places = parquet.read_row_group(group.index).column("household").to_pylist()
            assert set(places) == {group.division or None}
            counted[group.division] += group.rows
    assert counted == {TENGZHOU: 100, SHIZHONG: 100, XUECHENG: 100, OLD_LAIWU: 100, "": 100}


def test_the_files_tell_nothing_but_their_columns(shelf: Shelf) -> None:
    dataset = make_dataset()
    snapshot = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    metadata = pq.ParquetFile(shelf.lake / snapshot.files[0].part.path).metadata
    assert metadata.metadata is None
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert pq.read_schema(shelf.lake / snapshot.files[0].part.path).equals(arrow_schema(dataset))


def test_a_large_division_is_cut_and_a_division_across_pieces_is_joined(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("place", pa.string()), pa.field("n", pa.int64())])
    places = [None] * 5 + [SHIZHONG] * 100 + [TENGZHOU] * 30 + [XUECHENG] * 41
    whole = pa.table({"place": places, "n": range(len(places))}, schema=schema)
    pieces = (whole.slice(start, 17) for start in range(0, len(places), 17))
    files = write_parts(pieces, Layout(schema, "place", cut=Cut(rows=40, groups=3)), tmp_path)
    assert [[(g.division, g.rows) for g in f.groups] for f in files] == [
        [("", 5), (SHIZHONG, 40), (SHIZHONG, 40)],
        [(SHIZHONG, 20), (TENGZHOU, 30), (XUECHENG, 40)],
        [(XUECHENG, 1)],
    ]
    back = pa.concat_tables(pq.ParquetFile(tmp_path / f.part.path).read() for f in files)
    assert back.equals(whole)


def test_rows_out_of_order_make_more_row_groups_never_mixed_ones(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("place", pa.string())])
    mixed = pa.table({"place": [SHIZHONG, TENGZHOU, SHIZHONG, "乱码", None]}, schema=schema)
    (file,) = write_parts(iter([mixed]), Layout(schema, "place"), tmp_path)
    assert [(g.division, g.rows) for g in file.groups] == [
        (SHIZHONG, 1),
        (TENGZHOU, 1),
        (SHIZHONG, 1),
        ("", 2),
    ]


def test_the_same_verdict_again_is_the_same_version(shelf: Shelf) -> None:
    dataset = make_dataset()
    first = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    again = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW + timedelta(hours=1))
    assert again == first
    assert len(shelf.versions(dataset.key)) == 1
    assert len(list((shelf.lake / "datasets" / dataset.key).iterdir())) == 1


def test_the_same_rows_have_the_same_digest(shelf: Shelf) -> None:
    one, other = make_dataset(), make_dataset("civil_affairs.copy")
    digests = {shelf.publish(d, make_verdict(shelf.lake, d, ROWS), NOW).digest for d in (one, other)}
    assert len(digests) == 1


def test_a_snapshot_load_replaces_every_row(shelf: Shelf) -> None:
    dataset = make_dataset()
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    second = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS[:30], DAY + timedelta(days=1)), NOW)
    assert (second.version, second.rows) == (2, 30)
    assert shelf.version(dataset.key, 1).rows == 500


def test_an_older_window_never_replaces_a_newer_snapshot(shelf: Shelf) -> None:
    dataset = make_dataset()
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    with pytest.raises(HeldBack, match="later window 2026-11-19"):
        shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS[:30], DAY - timedelta(days=1)), NOW)
    assert shelf.latest(dataset.key).rows == 500


def test_an_appended_window_adds_its_rows_and_replaces_itself(shelf: Shelf) -> None:
    dataset, days = appended(), [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    for number, day in enumerate(days):
        shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS[number * 10 : number * 10 + 10], day), NOW)
    third = shelf.latest(dataset.key)
    assert third is not None
    assert third.rows == 30
    corrected = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS[100:103], days[1]), NOW)
    assert (corrected.version, corrected.rows) == (4, 23)
    expected = {row["person_id"] for row in (*ROWS[:10], *ROWS[20:30], *ROWS[100:103])}
    assert set(read(shelf, corrected).column("person_id").to_pylist()) == expected
    assert read(shelf, third).num_rows == 30
    assert shelf.watermark(dataset.key) == Window.of_day(days[2]).high


def test_an_old_window_can_come_back_to_what_it_was(shelf: Shelf) -> None:
    dataset = appended()
    for rows in (ROWS[:10], ROWS[:20], ROWS[:10]):
        shelf.publish(dataset, make_verdict(shelf.lake, dataset, rows), NOW)
    latest = shelf.latest(dataset.key)
    assert latest is not None
    assert (latest.version, latest.rows) == (3, 10)


def test_windows_published_at_once_all_arrive(shelf: Shelf) -> None:
    dataset = appended()
    shelf.register(dataset, NOW)
    verdicts = [
        make_verdict(shelf.lake, dataset, ROWS[d * 10 : d * 10 + 10], DAY + timedelta(days=d)) for d in range(6)
    ]
    with ThreadPoolExecutor(6) as at_once:
        snapshots = list(at_once.map(lambda verdict: shelf.publish(dataset, verdict, NOW), verdicts))
    assert sorted(s.version for s in snapshots) == [1, 2, 3, 4, 5, 6]
    assert shelf.latest(dataset.key).rows == 60


def test_a_blocked_verdict_is_held_back_and_the_last_good_version_stays(shelf: Shelf) -> None:
    dataset = make_dataset()
    good = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    bad = make_verdict(shelf.lake, dataset, ROWS[:3], DAY + timedelta(days=1), blocked=("row_count",), quarantined=7)
    for _ in range(2):
        with pytest.raises(HeldBack, match="row_count"):
            shelf.publish(dataset, bad, NOW)
    assert shelf.latest(dataset.key) == good
    assert shelf.standing(dataset.key) == Standing(True, False, 1)
    assert [(v.number, v.state, v.blocked) for v in shelf.versions(dataset.key)] == [
        (2, "held_back", ("row_count",)),
        (1, "published", ()),
    ]
    assert [f.failed for f in shelf.findings(dataset.key)] == [7]
    assert [f.failed for f in shelf.findings(dataset.key, 1)] == [0]
    with pytest.raises(Unknown):
        shelf.version(dataset.key, 2)


def test_one_that_is_held_back_waits_for_a_publication_and_holds_nothing_that_this_needs(shelf: Shelf) -> None:
    """Locks are taken in one order: else PostgreSQL ends one of two that wait for each other."""
    if shelf.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    dataset = make_dataset()
    bad = replace(make_verdict(shelf.lake, dataset, ROWS), blocked=("person_id.required",))
    with ThreadPoolExecutor(1) as pool:
        with writing(shelf.engine) as connection:
            serialise(connection, f"publish {dataset.key}")
            other = pool.submit(shelf.publish, dataset, bad, NOW)
            _until_somebody_waits(shelf)
            serialise(connection, f"dataset {dataset.key}")
        with pytest.raises(HeldBack):
            other.result()


def _until_somebody_waits(shelf: Shelf) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with shelf.engine.connect() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.05)
    pytest.fail("nobody came to wait")


def test_where_the_first_version_is_held_back_there_is_none(shelf: Shelf) -> None:
    dataset = make_dataset()
    with pytest.raises(HeldBack):
        shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS, blocked=("row_count",)), NOW)
    assert shelf.latest(dataset.key) is None
    assert shelf.standing(dataset.key) == Standing(False, True, 0)
    assert shelf.watermark(dataset.key) is None


def test_a_withdrawn_version_gives_way_to_the_one_before(shelf: Shelf) -> None:
    dataset = make_dataset()
    first = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS[:5], DAY + timedelta(days=1)), NOW)
    shelf.withdraw(dataset.key, 2)
    assert shelf.latest(dataset.key) == first
    assert shelf.standing(dataset.key, 2) == Standing(False, False, 0)


def test_an_empty_verdict_is_an_empty_version(shelf: Shelf) -> None:
    dataset = make_dataset()
    snapshot = shelf.publish(dataset, make_verdict(shelf.lake, dataset, []), NOW)
    assert (snapshot.rows, snapshot.files) == (0, ())


def test_a_verdict_that_does_not_belong_is_refused(shelf: Shelf) -> None:
    dataset = make_dataset()
    verdict = make_verdict(shelf.lake, dataset, ROWS)
    with pytest.raises(BadInput, match="validate again"):
        shelf.publish(dataset, replace(verdict, contract="0" * 64), NOW)
    with pytest.raises(BadInput, match="passed 501 rows"):
        shelf.publish(dataset, replace(verdict, passed=501, read=501), NOW)
    (shelf.lake / verdict.clean[0].path).write_bytes(b"rot")
    with pytest.raises(BadInput, match="not the file"):
        shelf.publish(dataset, verdict, NOW)
    assert shelf.latest(dataset.key) is None
    assert not list((shelf.lake / "datasets" / dataset.key).iterdir())


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from sqlalchemy import event
from catalog.database import connect
from catalog.shelf import Shelf
from tests.builders import NOW, low_income_row, make_dataset, make_verdict
stage, url, lake = sys.argv[1], sys.argv[2], Path(sys.argv[3])
engine = connect(url)

@event.listens_for(engine, "before_cursor_execute")
def die(_connection, _cursor, statement, *_):
    reached = {
        "files": any(lake.glob("datasets/*/.staging-*/part-*")),
        "folder": "INSERT INTO version" in statement,
        "row": "watermark" in statement,
    }
    if reached[stage]:
        os.kill(os.getpid(), signal.SIGKILL)

dataset = make_dataset()
rows = [low_income_row(n) for n in range(30)]
Shelf(engine, lake, b"p", b"t", None).publish(dataset, make_verdict(lake, dataset, rows, date(2026, 11, 20)), NOW)
"""


@pytest.mark.parametrize("stage", ["files", "folder", "row"])
def test_killed_at_any_step_the_last_good_version_stays_and_the_next_try_succeeds(shelf: Shelf, stage: str) -> None:
    dataset = make_dataset()
    good = shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    url = shelf.engine.url.render_as_string(hide_password=False)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, stage, url, str(shelf.lake)], cwd=root, check=False, env=os.environ
    )
    assert done.returncode == -signal.SIGKILL
    assert shelf.latest(dataset.key) == good
    assert read(shelf, good).num_rows == 500
    rows = [low_income_row(n) for n in range(30)]
    again = shelf.publish(dataset, make_verdict(shelf.lake, dataset, rows, date(2026, 11, 20)), NOW)
    assert (again.version, again.rows) == (2, 30)
    assert read(shelf, again).num_rows == 30


def test_a_run_balances_or_is_not_recorded(shelf: Shelf) -> None:
    dataset = make_dataset()
    shelf.register(dataset, NOW)
    verdict = make_verdict(shelf.lake, dataset, ROWS, quarantined=3, duplicates=2)
    run = replace(of_verdict(verdict, "manual", NOW, 1), seconds={"land": 1.5}, airflow_run="scheduled__1")
    shelf.record_run(run)
    shelf.record_run(run)
    assert shelf.runs(dataset.key) == (run,) == shelf.runs()
    assert (run.read, run.published, run.quarantined, run.duplicates) == (505, 500, 3, 2)
    assert run.rules == {"person_id.required": 3}
    with pytest.raises(BadInput, match="read 506 rows"):
        shelf.record_run(replace(run, read=506))
    held = of_verdict(replace(verdict, blocked=("row_count",)), "held", NOW)
    assert (held.state, held.published, held.held_back) == ("held_back", 0, 500)
    shelf.record_run(held)


def test_what_a_dead_run_left_behind_is_swept_away_after_a_day(shelf: Shelf) -> None:
    dataset = make_dataset()
    left = shelf.lake / "datasets" / dataset.key / ".staging-dead"
    fresh = shelf.lake / "datasets" / dataset.key / ".staging-alive"
    for folder, age in ((left, timedelta(days=2)), (fresh, timedelta(hours=2))):
        folder.mkdir(parents=True)
        os.utime(folder, times=((NOW - age).timestamp(),) * 2)
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS[:3]), NOW)
    assert (left.exists(), fresh.exists()) == (False, True)


def test_villages_of_one_town_share_a_row_group_and_the_map_names_them(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("place", pa.string())])
    villages = ["370402001001", "370402001002", "370402002001", "370402002001001"]
    (file,) = write_parts(iter([pa.table({"place": villages}, schema=schema)]), Layout(schema, "place"), tmp_path)
    assert [(g.division, g.rows, g.codes) for g in file.groups] == [
        ("370402001000", 2, ("370402001001", "370402001002")),
        ("370402002000", 2, ("370402002001", "370402002001001")),
    ]


def test_a_run_under_a_contract_that_was_changed_meanwhile_publishes_nothing(shelf: Shelf) -> None:
    begun = make_dataset()
    verdict = make_verdict(shelf.lake, begun, ROWS)
    withheld = make_dataset(sharing=Sharing.WITHHELD, withheld_basis="依据", version="2.0.0")
    shelf.register(begun, NOW)
    shelf.register(withheld, NOW)
    with pytest.raises(BadInput, match="changed while this run was under way"):
        shelf.publish(begun, verdict, NOW)
    assert shelf.dataset(begun.key).sharing is Sharing.WITHHELD
    assert shelf.latest(begun.key) is None


def test_windows_that_share_a_day_are_held_back(shelf: Shelf) -> None:
    dataset = appended()
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, ROWS), NOW)
    window = Window(Window.of_day(DAY).low - timedelta(days=3), Window.of_day(DAY).high)
    verdict = replace(make_verdict(shelf.lake, dataset, ROWS[:5], DAY + timedelta(days=1)), window=window)
    with pytest.raises(HeldBack, match="rows would stand twice"):
        shelf.publish(dataset, verdict, NOW)
    earlier = replace(verdict, window=Window(window.low, Window.of_day(DAY).low))
    assert shelf.publish(dataset, earlier, NOW).rows == len(ROWS) + 5
