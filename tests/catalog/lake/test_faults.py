"""A bucket that fails: nothing half done counts, nothing half told looks finished, nothing damaged is served."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from catalog.lake.bucket import Bucket
from catalog.lake.cache import COMING, IN_USE, SLACK, Cache
from catalog.lake.exact import exactly
from catalog.lake.ranges import GAP, GET, copied
from catalog.rows.splice import splice
from catalog.shelf import Shelf
from schemas.errors import LakeUnreachable, NotReady
from schemas.journey import Part
from tests.catalog.lake.conftest import Site
from tests.catalog.lake.test_alike import COUNTY, publish
from tests.catalog.test_row_reader import people
from tests.catalog.test_splice import COUNTIES, DATASET, ROWS, VILLAGES, allow, row


def bucket_of(shelf: Shelf) -> Bucket:
    assert isinstance(shelf.lake, Bucket)
    return shelf.lake


def objects(shelf: Shelf) -> dict[str, int]:
    return {one.path.split("/", 2)[2]: one.size for one in bucket_of(shelf).listed("")}


def test_a_version_that_cannot_be_sent_does_not_appear(in_bucket: Site) -> None:
    assert in_bucket.tap is not None
    good = publish(in_bucket.shelf, DATASET, ROWS[:40])
    in_bucket.tap.cut()
    with pytest.raises(LakeUnreachable, match="does not answer"):
        publish(in_bucket.shelf, DATASET, ROWS, 1)
    in_bucket.tap.mend()
    assert in_bucket.shelf.latest(DATASET.key) == good
    assert people(in_bucket.another(), allow(*COUNTIES)) == sorted(row["person_id"] for row in ROWS[:40])
    assert publish(in_bucket.shelf, DATASET, ROWS, 1).version == 2


def test_nothing_is_sent_twice_and_nothing_stays_on_the_desk(in_bucket: Site) -> None:
    publish(in_bucket.shelf, DATASET, ROWS[:40])
    first = objects(in_bucket.shelf)
    publish(in_bucket.shelf, DATASET, ROWS[:40], 1)  # another window with the same rows
    added = set(objects(in_bucket.shelf)) - set(first)
    assert added == {f"datasets/{DATASET.key}/v=2/manifest.json"}
    assert not list((in_bucket.desk / "datasets" / DATASET.key).iterdir())


def test_a_manifest_in_the_bucket_names_what_lies_there(in_bucket: Site) -> None:
    snapshot = publish(in_bucket.shelf, DATASET, ROWS[:40])
    (file,) = snapshot.files
    assert file.masks is not None
    assert file.chunks is not None
    there = objects(in_bucket.shelf)
    for part in (file.part, file.masks, file.chunks):
        assert there[f"datasets/{DATASET.key}/{part.sha256}"] == part.size


@pytest.mark.parametrize("after", [0, 40_000])
def test_a_splice_that_breaks_off_says_so(in_bucket: Site, after: int) -> None:
    assert in_bucket.tap is not None
    publish(in_bucket.shelf, DATASET, ROWS)
    made = splice(in_bucket.another().open_rows(allow(*COUNTIES)))
    assert not isinstance(made, str)
    in_bucket.tap.cut(after)
    came = bytearray()
    with pytest.raises(LakeUnreachable):
        _gathered(made.read(), came)
    assert len(came) < made.size - len(made.footer)
    in_bucket.tap.mend()
    assert b"".join(made.read())[: len(came)] == came


def _gathered(pieces: Iterator[bytes], came: bytearray) -> None:
    for piece in pieces:
        came += piece


def test_a_server_that_dies_in_mid_read_leaves_what_came_and_an_error(in_bucket: Site) -> None:
    assert in_bucket.tap is not None
    (file,) = publish(in_bucket.shelf, DATASET, ROWS).files
    far = bucket_of(in_bucket.another()).far(file.part)
    whole = b"".join(copied([(far, 0, far.size)], most=4096))
    in_bucket.tap.cut(far.size // 2)
    came = bytearray()
    with pytest.raises(LakeUnreachable):
        _gathered(copied([(far, 0, far.size)], most=4096), came)
    assert 0 < len(came) < far.size
    assert whole.startswith(came)


def test_rows_that_break_off_say_so(in_bucket: Site) -> None:
    assert in_bucket.tap is not None
    many = [row(number, VILLAGES[number % 7]) for number in range(30_000)]  # more than is read together
    publish(in_bucket.shelf, DATASET, many)
    reader = in_bucket.another().open_rows(allow(*VILLAGES[:7]))
    batches = iter(reader)
    rows = next(batches).num_rows
    in_bucket.tap.cut(500)
    with pytest.raises(LakeUnreachable):
        rows += sum(batch.num_rows for batch in batches)
    assert rows < len(many)


def _cut_short(data: bytes) -> bytes:
    return data[:-1]


def _spoilt(data: bytes) -> bytes:
    return data[:50] + bytes([data[50] ^ 1]) + data[51:]


@pytest.mark.parametrize(("which", "how"), [("chunks", _spoilt), ("part", _cut_short), ("masks", _cut_short)])
def test_an_object_that_is_not_what_was_published_is_not_served(
    in_bucket: Site, which: str, how: Callable[[bytes], bytes]
) -> None:
    (file,) = publish(in_bucket.shelf, DATASET, ROWS).files
    part: Part = getattr(file, which)
    bucket = bucket_of(in_bucket.shelf)
    name = f"datasets/{DATASET.key}/{part.sha256}"
    data = bucket.read(name)
    assert data is not None
    altered = in_bucket.desk / "altered"
    altered.write_bytes(how(data))
    bucket.put(name, altered)
    with pytest.raises(NotReady, match="restore it"):
        splice(in_bucket.another().open_rows(allow(COUNTY)))


def test_an_object_that_is_gone_is_not_ready(in_bucket: Site) -> None:
    (file,) = publish(in_bucket.shelf, DATASET, ROWS[:40]).files
    bucket = bucket_of(in_bucket.shelf)
    bucket.drop(bucket.far(file.part).path)
    with pytest.raises(NotReady, match="gone; restore it"):
        in_bucket.another().open_rows(allow(COUNTY))


def test_whether_it_answers(in_bucket: Site) -> None:
    assert in_bucket.tap is not None
    bucket = bucket_of(in_bucket.shelf)
    assert bucket.answers()
    assert not replace(bucket, root="there-is-none/yishu").answers()
    in_bucket.tap.cut()
    assert not bucket.answers()


class Asked:
    """A far file of known bytes that tells what was asked of it."""

    def __init__(self, size: int) -> None:
        self.data = os.urandom(size)
        self.told: list[tuple[int, int]] = []

    def read(self, start: int, length: int) -> bytes:
        self.told.append((start, length))
        return self.data[start : start + length]


def test_ranges_that_nearly_touch_are_one_request_and_long_ones_several() -> None:
    far = Asked(3 * GET)
    wanted = [(0, 10), (10, 5), (100, 7), (100 + 7 + GAP, 9), (2 * GAP + 500, 1), (3 * GAP, 2 * GET)]
    found = b"".join(copied((far, start, length) for start, length in wanted))  # type: ignore[misc]
    assert found == b"".join(far.data[start : start + length] for start, length in wanted)
    asked = sorted(far.told)
    assert [start for start, _ in asked[:2]] == [0, 2 * GAP + 500]
    assert len(asked) == 4
    assert all(length <= GET for _, length in asked)


def test_who_stops_listening_stops_the_asking() -> None:
    far = Asked(12 * GET)
    pieces = copied([(far, 0, 12 * GET)])  # type: ignore[list-item]
    assert isinstance(pieces, Iterator)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert len(far.told) < 12


def test_the_cache_keeps_what_is_in_use_and_lets_the_longest_unasked_go(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", room=250)
    for number in range(4):
        file = cache.keep(f"{number}", lambda to: to.write_bytes(bytes(100)) and None)
        os.utime(file, (0, number))
    cache.keep("new", lambda to: to.write_bytes(bytes(100)) and None)
    assert {path.name for path in cache.folder.iterdir()} == {"new", "3"}
    young = Cache(tmp_path / "young", room=0)
    for number in range(3):
        young.keep(f"{number}", lambda to: to.write_bytes(bytes(100)) and None)
    assert len(list(young.folder.iterdir())) == 3
    assert timedelta(seconds=IN_USE) > timedelta(hours=2)


def test_the_cache_is_looked_through_after_so_many_bytes_and_not_for_each_small_file(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", room=SLACK * 1000)

    def keep(name: str, size: int) -> None:
        cache.keep(name, lambda to: to.write_bytes(bytes(size)) and None)

    keep("first", 10)
    left = cache.folder / f"{COMING}left"
    left.mkdir()
    os.utime(left, (0, 0))
    for number in range(10):
        keep(f"small {number}", 100)
    assert left.exists(), "nobody has looked since the first"
    keep("one more", 100)
    assert not left.exists()


def test_a_copy_that_a_power_cut_left_short_is_fetched_again(tmp_path: Path) -> None:
    bucket = Bucket(fs.LocalFileSystem(), str(tmp_path / "far"), tmp_path / "desk", Cache(tmp_path / "cache", 1 << 20))
    part = Part("datasets/one/v=1/part-0.parquet", 1, 5, hashlib.sha256(b"whole").hexdigest())
    (tmp_path / "far" / "datasets" / "one").mkdir(parents=True)
    (tmp_path / "far" / "datasets" / "one" / part.sha256).write_bytes(b"whole")
    bucket.fetched(part).write_bytes(b"")
    assert bucket.fetched(part).read_bytes() == b"whole"


def test_what_could_not_be_fetched_leaves_nothing_in_the_cache(in_bucket: Site) -> None:
    assert in_bucket.tap is not None
    (file,) = publish(in_bucket.shelf, DATASET, ROWS).files
    elsewhere = bucket_of(in_bucket.another())
    in_bucket.tap.cut(1000)
    with pytest.raises(LakeUnreachable):
        elsewhere.fetched(file.part)
    assert not list(elsewhere.cache.folder.iterdir())
    in_bucket.tap.mend()
    assert pq.read_metadata(elsewhere.fetched(file.part)).num_rows == file.part.rows


@pytest.mark.parametrize("length", [1, 2, 17, 5_000])
def test_a_read_is_whole_or_fails_whatever_came(length: int) -> None:
    data = os.urandom(10_000)
    assert exactly(pa.BufferReader(data), 7, length) == data[7 : 7 + length]
    assert exactly(pa.BufferReader(data), 9, 0) == b""
    marked = bytes(7) + bytes([0xA5, 0x5A] * 5_000)
    assert exactly(pa.BufferReader(marked), 7, length) == marked[7 : 7 + length]
    for part in (0, length - 1):
        with pytest.raises(OSError, match="fewer came"):
            exactly(Short(data, part), 7, length)


class Short:
    """A client that fills only a part of the memory and says that it was all."""

    def __init__(self, data: bytes, part: int) -> None:
        self.data, self.part, self.at = data, part, 0

    def seek(self, at: int) -> None:
        self.at = at

    def readinto(self, memory: bytearray) -> int:
        memory[: self.part] = self.data[self.at : self.at + self.part]
        return len(memory)


def test_wherever_an_answer_is_cut_a_read_is_right_or_fails(in_bucket: Site) -> None:
    """Between 100 and 700 bytes lies the end of the headers, which pyarrow by itself does not always notice."""
    assert in_bucket.tap is not None
    (file,) = publish(in_bucket.shelf, DATASET, ROWS).files
    far = bucket_of(in_bucket.another()).far(file.part)
    truth = far.read(0, 4_000)
    wrong = 0
    for after in (150, 300, 450, 3_000):
        in_bucket.tap.cut(after)
        try:
            assert far.read(0, 4_000) == truth
        except LakeUnreachable:
            wrong += 1
        in_bucket.tap.mend()
    assert wrong == 4
