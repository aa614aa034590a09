"""Copies are private, bounded, whole, and gone with their connector or, after a kill, with the next one."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path
from typing import IO

import pytest

from connectors.places.place import Entry
from connectors.places.spool import PREFIX, Spool, spool_home
from schemas.errors import NotReady, SourceUnreachable

WHEN = datetime(2026, 11, 20, tzinfo=UTC)


def entry(name: str, size: int) -> Entry:
    return Entry(name, size, WHEN)


def filled(size: int) -> tuple[int, str]:
    return size, "0" * 64


def writing(size: int) -> object:
    def fill(file: IO[bytes]) -> tuple[int, str]:
        file.write(bytes(size))
        return filled(size)

    return fill


def folders(home: Path) -> list[Path]:
    return sorted(home.glob(f"{PREFIX}*"))


def test_copies_are_for_this_user_alone_and_go_with_their_connector(tmp_path: Path) -> None:
    spool = Spool("sftp/host/in", tmp_path)
    copy = spool.take(entry("a.csv", 3), writing(3))
    (made,) = folders(tmp_path)
    assert made.stat().st_mode & 0o777 == 0o700
    assert copy.path == made / "sftp/host/in/a.csv"
    assert copy.path.stat().st_size == 3
    del spool
    assert folders(tmp_path) == []


def test_nothing_is_made_before_it_is_needed(tmp_path: Path) -> None:
    assert Spool("far", tmp_path).copy("a.csv") is None
    assert folders(tmp_path) == []


def test_the_oldest_copies_give_way(tmp_path: Path) -> None:
    spool = Spool("far", tmp_path, limit=100)
    for name in "abc":
        spool.take(entry(name, 50), writing(50))
    assert [name for name in "abc" if spool.copy(name)] == ["b", "c"]
    assert sorted(p.name for p in spool.folder.iterdir()) == ["b", "c"]


def test_a_file_beyond_the_bound_is_refused_before_it_is_begun(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="found 101 bytes, expected at most 100"):
        Spool("far", tmp_path, limit=100).take(entry("a", 101), writing(101))


def test_a_disk_without_room_is_told_before_a_file_is_begun(tmp_path: Path) -> None:
    most = shutil.disk_usage(tmp_path).free
    spool = Spool("far", tmp_path, limit=most * 4)
    with pytest.raises(NotReady, match=rf"a: no room for a copy in {tmp_path}: .* are free; make room"):
        spool.take(entry("a", most * 2), writing(1))


def test_a_disk_that_fills_up_is_told_and_leaves_no_half_copy(tmp_path: Path) -> None:
    def full(file: IO[bytes]) -> tuple[int, str]:
        file.write(b"half")
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    spool = Spool("far", tmp_path)
    with pytest.raises(NotReady, match=r"no room for a copy in .*No space left"):
        spool.take(entry("a", 8), full)
    assert list(spool.folder.iterdir()) == []
    assert spool.copy("a") is None


def test_what_breaks_off_leaves_no_half_copy(tmp_path: Path) -> None:
    def broken(file: IO[bytes]) -> tuple[int, str]:
        file.write(b"half")
        raise SourceUnreachable("gone")

    spool = Spool("far", tmp_path)
    spool.take(entry("a", 8), writing(8))
    with pytest.raises(SourceUnreachable):
        spool.take(entry("a", 8), broken)
    assert list(spool.folder.iterdir()) == []


def test_a_place_for_copies_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"no folder for copies can be made in .*not: No such file .*TMPDIR"):
        Spool("far", tmp_path / "not").take(entry("a", 1), writing(1))


CHILD = """
import sys, time
from pathlib import Path
from connectors.places.spool import Spool
spool = Spool("far", Path(sys.argv[1]))
print(spool.folder, flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_left_goes_with_the_next_one_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    made = [Path(child.stdout.readline().strip()) for child in children if child.stdout]
    try:
        children[0].send_signal(signal.SIGKILL)
        children[0].wait()
        assert made[0].exists()
        mine = Spool("far", tmp_path)
        assert mine.folder.exists()
        assert not made[0].parent.exists()
        assert made[1].exists()
    finally:
        for child in children:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()


def test_a_folder_without_a_lock_is_left_for_a_day(tmp_path: Path) -> None:
    young, old = tmp_path / f"{PREFIX}young", tmp_path / f"{PREFIX}old"
    for made in (young, old):
        made.mkdir()
    os.utime(old, (0, 0))
    assert Spool("far", tmp_path).folder
    assert young.exists()
    assert not old.exists()


def test_copies_lie_where_the_operator_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert spool_home() == tmp_path
    monkeypatch.delenv("TMPDIR")
    assert spool_home() == Path("/var/tmp")
