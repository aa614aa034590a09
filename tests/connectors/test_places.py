"""Every place of files keeps what every source keeps, gives whole files or none, and says what stands in the way."""

import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import IO

import pytest

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

from connectors.files.drop import Drop
from connectors.files.pinned import pin
from connectors.places.http import Index
from connectors.places.known import CONNECTIONS, place_of
from connectors.places.place import Entry
from connectors.places.ready import Ready
from connectors.places.spool import Copy, Spool
from connectors.protocol import Connector
from connectors.registry import connector_for, kind_of
from schemas.connection import Connection
from schemas.dataset import Dataset, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from tests.connectors.conformance import DAY, SECRET, Conformance, Texts, dataset_of
from tests.connectors.conftest import open_far
from tests.connectors.far_place import OLD, FarPlace
from tests.connectors.ftp_server import ftp_server
from tests.connectors.s3_place import s3_place
from tests.connectors.test_csv_folder import written
from tests.connectors.web_server import web_server

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


def drop_at(far: FarPlace, spools: Path, pattern: str = PATTERN, folder: str = "", **ready: object) -> Drop:
    """The drop of a connector, whose waits are not waited for; a web server has an index for what is a glob."""
    place = place_of(far.connection, folder, Index(file="files.txt") if "*" in pattern else None)
    told = Ready.model_validate({"still": 0} | ready)
    return Drop(place, pattern, told, wait=lambda _: None, spool=Spool("far", spools))


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


@pytest.fixture(params=["sftp", "ftp", "ftps", "ftp-old", "http"])
def breaking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarPlace]:
    """A place whose server breaks off when it is told to."""
    with ExitStack() as held:
        yield open_far(request.param, tmp_path_factory.mktemp("far"), request, held)


def test_a_line_that_breaks_in_mid_file_is_gone_on_with(breaking: FarPlace, tmp_path: Path) -> None:
    breaking.put(NAME, CONTENT)
    breaking.cuts += [200_000, 600_000, 600_001]
    assert taken(drop_at(breaking, tmp_path)) == [CONTENT]
    assert not breaking.cuts
    if breaking.connection.kind != "sftp":
        offsets = [int(asked.partition("@")[2] or 0) for asked in breaking.asked]
        assert len(offsets) == 4
        assert offsets[0] == 0
        assert all(offsets[1:])


def test_a_line_that_stays_broken_is_unreachable_and_leaves_no_file(breaking: FarPlace, tmp_path: Path) -> None:
    breaking.put(NAME, CONTENT)
    breaking.cuts += [100_000] * 50
    drop = drop_at(breaking, tmp_path)
    with pytest.raises(SourceUnreachable, match="was not whole after 5 tries") as refusal:
        taken(drop)
    assert refusal.value.again
    assert SECRET not in str(refusal.value)
    assert [p for p in drop.folder.iterdir() if p.is_file()] == []


def test_a_file_that_ends_early_is_never_taken_for_whole(breaking: FarPlace, tmp_path: Path) -> None:
    breaking.put(NAME, CONTENT)
    breaking.short = 500_000
    with pytest.raises(SourceUnreachable, match="was not whole"):
        taken(drop_at(breaking, tmp_path))
    breaking.short = None
    assert taken(drop_at(breaking, tmp_path)) == [CONTENT]


def test_a_bucket_whose_line_breaks_is_unreachable(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with s3_place(request.getfixturevalue("s3_server")) as far:
        far.put(NAME, CONTENT)
        far.tap.cut(after=300_000)
        drop = drop_at(far, tmp_path)
        with pytest.raises(SourceUnreachable, match="s3 http://127"):
            taken(drop)
        far.tap.mend()
        assert taken(drop) == [CONTENT]


def test_an_object_that_is_written_again_within_its_second_is_another_one(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with s3_place(request.getfixturevalue("s3_server")) as far, place_of(far.connection, "").visit() as visit:
        drop, contents, before = drop_at(far, tmp_path), cycle((CONTENT, CONTENT[::-1])), None
        while True:
            far.put(NAME, content := next(contents))
            (after,) = visit.entries(lambda _: True)
            assert visit.entry(NAME) == after
            assert taken(drop) == [content]
            if before is not None and before.modified == after.modified:
                break  # else a second ended between the two
            before = after
        assert before.size == after.size


def test_a_file_that_is_written_while_it_is_fetched_is_not_taken(far: FarPlace, tmp_path: Path) -> None:
    far.put(NAME, CONTENT)
    drop = drop_at(far, tmp_path)

    class Watched(Spool):
        def take(self, entry: Entry, fill: Callable[[IO[bytes]], tuple[int, str]]) -> Copy:
            def and_then(file: IO[bytes]) -> tuple[int, str]:
                far.put(NAME, CONTENT[::-1], LATER)
                return fill(file)

            return super().take(entry, and_then)

    with pytest.raises(SourceUnreachable, match="changed while it was fetched"):
        taken(replace(drop, spool=Watched("far", tmp_path)))


def test_a_file_counts_when_its_marker_is_there_and_not_older(far: FarPlace, tmp_path: Path) -> None:
    far.put("files.txt", f"{NAME}\n{NAME}.done".encode())
    far.put(NAME, CONTENT, LATER)
    drop = drop_at(far, tmp_path, "人口_*csv*", marker="{name}.done")
    with pytest.raises(
        SourceUnreachable, match=r"its marker 人口_20261120\.csv\.done is not there yet; nothing of"
    ) as refusal:
        taken(drop)
    assert refusal.value.again
    (problem,) = drop.check(lambda _: ())
    assert (problem.code, problem.warning) == ("SOURCE_UNREACHABLE", False)
    assert "is not there yet" in problem.said
    far.put(f"{NAME}.done", b"", LATER)
    assert taken(drop) == [CONTENT]
    assert drop.check(lambda _: ()) == ()


def test_a_marker_of_an_earlier_upload_is_no_marker(breaking: FarPlace, tmp_path: Path) -> None:
    breaking.put(f"{NAME}.done", b"", OLD)
    breaking.put(NAME, CONTENT, LATER)
    breaking.put("files.txt", NAME.encode())
    drop = drop_at(breaking, tmp_path, "*_{yyyymmdd}.csv", marker="{name}.done")
    with pytest.raises(SourceUnreachable, match="is older than the file: it was written again"):
        taken(drop)
    assert "older" in drop.check(lambda _: ())[0].said


def test_a_file_that_grows_between_two_looks_does_not_count(far: FarPlace, tmp_path: Path) -> None:
    far.put("files.txt", NAME.encode())
    far.put(NAME, CONTENT[:1000], datetime.now(UTC))
    waited: list[float] = []

    def grow(seconds: float) -> None:
        waited.append(seconds)
        far.put(NAME, CONTENT[: 1000 + len(waited)], datetime.now(UTC))

    drop = replace(drop_at(far, tmp_path, still=30.0), wait=grow)
    with pytest.raises(SourceUnreachable, match=r"changed within 30 s: it is being written; nothing of 2026-11-20"):
        taken(drop)
    assert waited == [pytest.approx(30.0, abs=1.0)]
    again = replace(drop, wait=waited.append)
    assert taken(again) == [CONTENT[:1001]]
    assert taken(again) == [CONTENT[:1001]]
    assert len(waited) == 2, "what stood still once and has not changed since is not waited for again"


def test_what_was_written_long_ago_is_not_waited_for(breaking: FarPlace, tmp_path: Path) -> None:
    breaking.put(NAME, CONTENT, datetime.now(UTC) - timedelta(days=2))
    waited: list[float] = []
    assert taken(replace(drop_at(breaking, tmp_path, still=30.0), wait=waited.append)) == [CONTENT]
    assert waited == []


@pytest.mark.parametrize("name", ["人口.csv.part", "人口.csv.filepart", "人口.csv.TMP", "人口.csv~", "~$人口.csv"])
def test_what_is_being_written_never_counts(breaking: FarPlace, tmp_path: Path, name: str) -> None:
    breaking.put("人口.csv", b"whole")
    breaking.put(name, b"half")
    breaking.put("files.txt", f"人口.csv\n{name}".encode())
    assert taken(drop_at(breaking, tmp_path, "*人口.csv*")) == [b"whole"]


def test_a_window_waits_for_the_last_of_its_files(breaking: FarPlace, tmp_path: Path) -> None:
    breaking.put("files.txt", b"a_20261120_1.csv\na_20261120_2.csv\na_20261119_1.csv")
    for name in ("a_20261120_1.csv", "a_20261120_2.csv", "a_20261119_1.csv", "a_20261120_1.ok"):
        breaking.put(name, name.encode())
    drop = drop_at(breaking, tmp_path, "a_{yyyymmdd}_*.csv", marker="{stem}.ok")
    with pytest.raises(SourceUnreachable, match=r"a_20261120_2\.csv does not count: its marker a_20261120_2\.ok"):
        taken(drop)
    breaking.put("a_20261120_2.ok", b"")
    assert taken(drop) == [b"a_20261120_1.csv", b"a_20261120_2.csv"]


def test_a_newest_file_that_is_not_whole_is_warned_of_and_the_one_before_is_looked_at(
    far: FarPlace, tmp_path: Path
) -> None:
    far.put("files.txt", b"a_20261119.csv\na_20261120.csv")
    for name in ("a_20261119.csv", "a_20261119.csv.done", "a_20261120.csv"):
        far.put(name, name.encode())
    drop = drop_at(far, tmp_path, "*_{yyyymmdd}.csv", marker="{name}.done")
    seen: list[bytes] = []
    (problem,) = drop.check(lambda file: tuple(seen.append(file.read_bytes()) or ()))
    assert (problem.code, problem.warning) == ("FILE_NOT_WHOLE", True)
    assert seen == [b"a_20261119.csv"]


def test_a_wrong_password_is_the_operator_s_to_mend(breaking: FarPlace, tmp_path: Path) -> None:
    breaking.put(NAME, CONTENT)
    wrong = replace(breaking, connection=replace(breaking.connection, password="another-word"))
    drop = drop_at(wrong, tmp_path)
    with pytest.raises(NotReady, match="correct login") as refusal:
        taken(drop)
    assert "another-word" not in str(refusal.value)
    (problem,) = drop.check(lambda _: ())
    assert (problem.code, problem.warning) == ("NOT_READY", False)
    assert "correct the connection" in problem.advice


def test_a_missing_folder_is_told(far: FarPlace, tmp_path: Path) -> None:
    drop = drop_at(far, tmp_path, "*.csv", "not/there")
    with pytest.raises(SourceUnreachable, match="there is no such") as refusal:
        taken(drop)
    assert "not/there" in str(refusal.value)
    assert drop.check(lambda _: ())[0].code == "SOURCE_UNREACHABLE"


def test_nobody_at_the_address_is_unreachable(far: FarPlace, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken_once:
        port = taken_once.getsockname()[1]
    extra = {**far.connection.extra, "endpoint_url": f"http://127.0.0.1:{port}"}
    gone = replace(far, connection=replace(far.connection, port=port, extra=extra))
    with pytest.raises(SourceUnreachable) as refusal:
        taken(drop_at(gone, tmp_path))
    assert str(port) in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_a_server_that_stands_still_is_left(breaking: FarPlace, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = replace(breaking.connection, port=silent.getsockname()[1])
        place = replace(place_of(told, ""), patience=0.3)
        begun = time.monotonic()
        with pytest.raises(SourceUnreachable):
            taken(replace(drop_at(breaking, tmp_path), place=place))
        assert time.monotonic() - begun < 10


def test_names_that_lead_out_of_the_folder_are_no_names(tmp_path: Path) -> None:
    with web_server(tmp_path) as far:
        far.put("files.txt", b"../a.csv\n/etc/a.csv\nx\\a.csv\na.csv")
        far.put("a.csv", b"in")
        assert taken(drop_at(far, tmp_path, "*a.csv")) == [b"in"]


@pytest.mark.parametrize("old", [False, True])
def test_a_name_that_is_not_written_as_declared_is_refused(tmp_path: Path, old: bool) -> None:
    (tmp_path / "files").mkdir()
    with ftp_server(tmp_path / "files", encoding="gb18030", old=old) as far:
        far.put(NAME, CONTENT)
        told = replace(far.connection, extra={})
        drop = drop_at(replace(far, connection=told), tmp_path, "*_{yyyymmdd}.csv")
        with pytest.raises(SourceChanged, match="is not written as declared; let `encoding`"):
            taken(drop)
        with pytest.raises(NotReady, match="encoding: found 'big5', expected one of utf-8"):
            taken(drop_at(replace(far, connection=replace(told, extra={"encoding": "big5"})), tmp_path))


def test_another_kind_of_connection_has_no_files() -> None:
    with pytest.raises(NotReady, match="found kind 'postgres', where files lie is one of fs, "):
        place_of(Connection("x", "postgres"), "")


def signs_of(far: FarPlace, now: datetime = LATER) -> list[tuple[str, str]]:
    dataset = dataset_of(FarBench(far).source())
    found = kind_of("csv_folder").signs
    assert found is not None
    return [(sign.about, sign.weight.value) for sign in found(dataset, far.connection, lambda: now)]


def test_source_check_tells_reach_login_list_and_read(far: FarPlace) -> None:
    far.put("files.txt", NAME.encode())
    far.put(NAME, CONTENT, LATER)
    reached = [] if far.connection.kind == "aws" else [("reach", "well")]
    now = datetime.now(UTC) if far.connection.kind == "aws" else LATER
    assert signs_of(far, now) == [*reached, ("login", "well"), ("list", "well"), ("read", "well")]
    ahead = signs_of(far, now - timedelta(hours=1))
    assert ahead[-1] == ("clock", "warning")


def test_source_check_tells_where_it_ends(breaking: FarPlace) -> None:
    breaking.put("files.txt", b"")
    assert signs_of(breaking) == [("reach", "well"), ("login", "well")]
    wrong = replace(breaking, connection=replace(breaking.connection, password="another-word"))
    assert signs_of(wrong) == [("reach", "well"), ("login", "problem")]
    with socket.create_server(("127.0.0.1", 0)) as taken_once:
        port = taken_once.getsockname()[1]
    gone = replace(breaking, connection=replace(breaking.connection, port=port))
    assert signs_of(gone) == [("reach", "problem")]


def test_source_check_of_a_folder_tells_of_its_files(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT)
    here = FarPlace(tmp_path, Connection("drop", "fs", str(tmp_path)))
    read = [("login", "well"), ("list", "well"), ("read", "well")]
    assert signs_of(here, datetime.now(UTC)) == [*read, ("write", "warning")]
    nowhere = FarPlace(tmp_path, Connection("drop", "fs", str(tmp_path / "not")))
    assert signs_of(nowhere) == [("list", "problem")]


def test_a_copy_that_grows_in_a_folder_of_this_machine_does_not_count(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_bytes(CONTENT[:1000])
    waited: list[float] = []

    def grow(seconds: float) -> None:
        waited.append(seconds)
        file.write_bytes(CONTENT[: 1000 + 1000 * len(waited)])

    drop = Drop(place_of(None, str(tmp_path)), PATTERN, Ready(), wait=grow)
    with pytest.raises(SourceUnreachable, match="changed within 1 s: it is being written"):
        taken(drop)
    assert waited == [pytest.approx(1.0, abs=0.5)]
    assert taken(replace(drop, wait=waited.append)) == [CONTENT[:2000]]


def test_the_page_of_places_tells_how_long_each_place_waits() -> None:
    rows = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text(encoding="utf-8").splitlines()
    for kind in CONNECTIONS:
        (row,) = [one for one in rows if f"`{kind}`" in one.partition(" |")[0] and re.search(r"\| \d+ s", one)]
        assert row.split("|")[4].split()[0] == f"{place_of(Connection('x', kind, 'host'), '').still:g}", kind
