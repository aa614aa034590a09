"""An answer whose reading fails can never look finished: each format, over a real server, byte by byte."""

import io
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uvicorn

from catalog.shelf import Shelf
from schemas.access import Mode
from tests.api.conftest import City
from tests.builders import DAY, HEALTH, NOW, SHIZHONG, TENGZHOU, ZAOZHUANG, low_income_row, make_grant, make_verdict

KEY = "civil_affairs.low_income"
MANY = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    content: bytes
    finished: bool
    """Whether the transfer itself says that this was all: a last chunk, or the length that was told."""


@pytest.fixture
def damaged(city: City) -> City:
    """Versions 2 and 3 of which the last row group cannot be read, under grants for everything."""
    dataset = city.shelf.dataset(KEY)
    for day in (1, 2):
        rows = [low_income_row(n, (SHIZHONG, TENGZHOU)[n * 2 // MANY], amount=day) for n in range(MANY)]
        rows = [row | {"person_id": f"P{n:017d}"} for n, row in enumerate(rows)]
        city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, rows, DAY + timedelta(days=day)), NOW)
        spoil(city.shelf, 1 + day)
    city.shelf.grant(
        make_grant(HEALTH, purpose="statistics", modes=(Mode.BULK, Mode.DELTA), divisions=(ZAOZHUANG,)), NOW
    )
    return city


def spoil(shelf: Shelf, version: int) -> None:
    """Zeros where the pages of the last row group lie; footer, size and the other row groups stay."""
    (file,) = shelf.version(KEY, version).files
    path = shelf.lake / file.part.path
    last = pq.read_metadata(path).row_group(1)
    begin = min(
        last.column(n).dictionary_page_offset or last.column(n).data_page_offset for n in range(last.num_columns)
    )
    end = begin + sum(last.column(n).total_compressed_size for n in range(last.num_columns))
    data = bytearray(path.read_bytes())
    data[begin:end] = bytes(end - begin)
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.fixture
def port(damaged: City) -> Iterator[int]:
    """A real server on loopback."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(damaged.client.app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 60
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(60)


def ask(city: City, port: int, query: str, accept: str = "*/*") -> Answer:
    """One GET by hand, read to the end of the connection."""
    lines = [
        f"GET /api/v1/datasets/{KEY}/rows?purpose=statistics&{query} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {city.credentials['health']}",
        f"Accept: {accept}",
        "Connection: close",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        wire.sendall("\r\n".join([*lines, "", ""]).encode())
        raw = b"".join(iter(lambda: wire.recv(65536), b""))
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    content, finished = unchunked(body) if "chunked" in headers.get("transfer-encoding", "") else (body, False)
    if "content-length" in headers:
        finished = len(body) == int(headers["content-length"])
    return Answer(int(first.split()[1]), headers, content, finished)


def unchunked(body: bytes) -> tuple[bytes, bool]:
    """What the chunks hold, and whether the last one, of no length, came."""
    found = io.BytesIO()
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return found.getvalue(), True
        found.write(body[:length])
        body = body[length + 2 :]
    return found.getvalue(), False


WHOLE = "version=1"


@pytest.mark.parametrize("query", ["format=csv", "format=csv&compress=gzip", "format=arrow", "since=2&format=json"])
def test_a_stream_that_fails_has_no_last_chunk(damaged: City, port: int, query: str) -> None:
    broken = ask(damaged, port, query)
    if broken.status == 200:
        assert "content-length" not in broken.headers
        assert not broken.finished
    else:
        assert broken.status == 500
        assert b"P0000" not in broken.content
    whole = ask(damaged, port, "since=1&version=1&format=json" if "since" in query else f"{query}&{WHOLE}")
    assert (whole.status, whole.finished) == (200, True)


def test_csv_that_fails_in_the_middle_was_under_way(damaged: City, port: int) -> None:
    """The sound row group leaves before the spoilt one is reached: the case that a client could take for the whole."""
    broken = ask(damaged, port, "format=csv")
    assert (broken.status, broken.finished) == (200, False)
    assert 1 < broken.content.count(b"\n") <= 1 + MANY // 2


def test_an_arrow_stream_that_fails_has_no_end_of_stream(damaged: City, port: int) -> None:
    end = b"\xff\xff\xff\xff\x00\x00\x00\x00"
    whole = ask(damaged, port, f"format=arrow&{WHOLE}")
    assert whole.content.endswith(end)
    assert pa.ipc.open_stream(whole.content).read_all().num_rows == 36
    broken = ask(damaged, port, "format=arrow")
    assert (broken.status, broken.finished) == (200, False)
    assert not broken.content.endswith(end)


def test_gzip_that_fails_has_no_trailer(damaged: City, port: int) -> None:
    reader = zlib.decompressobj(wbits=31)
    reader.decompress(ask(damaged, port, f"format=csv&compress=gzip&{WHOLE}").content)
    assert reader.eof
    broken = ask(damaged, port, "format=csv&compress=gzip")
    reader = zlib.decompressobj(wbits=31)
    if broken.status == 200:
        reader.decompress(broken.content)
    assert not reader.eof


def test_a_parquet_file_that_fails_is_no_parquet_file(damaged: City, port: int) -> None:
    broken = ask(damaged, port, "format=parquet")
    with pytest.raises((pa.ArrowInvalid, OSError)):  # whether it was refused, cut off, or copied as it lies
        pq.read_table(io.BytesIO(broken.content))
    whole = ask(damaged, port, f"format=parquet&{WHOLE}")
    assert whole.finished
    assert pq.read_table(io.BytesIO(whole.content)).num_rows == 36


def test_what_failed_gives_its_slot_back(damaged: City, port: int) -> None:
    for _ in range(12):
        ask(damaged, port, "format=csv")
    assert ask(damaged, port, f"format=csv&{WHOLE}").finished
