"""How rows are packed: gzip for CSV, a codec inside Arrow, and texts that no spreadsheet may run."""

import gzip
import random
import zlib

import pyarrow as pa
import pytest

from api.formats import Format, choose, codec, takes_gzip
from catalog.rows.json_text import json_chunks
from catalog.rows.streams import csv_chunks, gzipped
from tests.api.conftest import City

ROWS = "/api/v1/datasets/civil_affairs.low_income/rows"
ARROW = "application/vnd.apache.arrow.stream"
MINE = {"purpose": "social_assistance"}


def raw(city: City, encoding: str, **told: str):  # type: ignore[no-untyped-def]
    """The answer and its bytes as they were sent."""
    headers = city.headers("tengzhou") | {"Accept-Encoding": encoding}
    with city.client.stream("GET", ROWS, params=MINE | told, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_csv_is_gzipped_on_the_way_for_who_takes_it(city: City) -> None:
    plain, text = raw(city, "identity", format="csv")
    packed, content = raw(city, "br, gzip;q=0.5", format="csv")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(content) == text
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_gzip_on_request_is_the_file_itself(city: City) -> None:
    answer, content = raw(city, "gzip", format="csv", compress="gzip", bom="1")
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Disposition"].endswith('.v1.csv.gz"')
    assert gzip.decompress(content).startswith("\ufeff".encode())


@pytest.mark.parametrize("format", ["arrow", "parquet", "json"])
def test_what_packs_inside_is_never_packed_again(city: City, format: str) -> None:
    answer, _ = raw(city, "gzip", format=format)
    assert "Content-Encoding" not in answer.headers
    refused, _ = raw(city, "gzip", format=format, compress="gzip")
    assert refused.status_code == 400


def test_a_gzip_that_breaks_off_has_no_end() -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield from (random.Random(n).randbytes(100_000) for n in range(5))
        raise OSError("disk")

    sent: list[bytes] = []
    with pytest.raises(OSError, match="disk"):
        sent.extend(gzipped(broken()))
    reader = zlib.decompressobj(wbits=31)
    assert len(reader.decompress(b"".join(sent))) > 100_000
    assert not reader.eof


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("gzip", True),
        ("GZIP;q=0.1", True),
        ("x-gzip", True),
        ("br, gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("identity", False),
        ("*", False),
        ("", False),
        ("gzip;q=x", False),
    ],
)
def test_accept_encoding_is_read_with_its_weights(told: str, taken: bool) -> None:
    assert takes_gzip(told) is taken


@pytest.mark.parametrize(
    ("accept", "found"),
    [
        (f'{ARROW}; codecs="zstd, lz4"', "zstd"),
        (f'{ARROW}; codecs="lz4,zstd"', "lz4"),
        (f'{ARROW};codecs="brotli, lz4"', "lz4"),
        (f"{ARROW}; codecs=zstd", "zstd"),
        (f'text/csv;q=0.5, {ARROW}; codecs="snappy, zstd";q=0.9', "zstd"),
        (f'{ARROW}; codecs="snappy"', None),
        (f'{ARROW}; codecs=""', None),
        (ARROW, None),
        ('text/csv; codecs="zstd"', None),
        ("", None),
    ],
)
def test_the_first_codec_that_we_have_is_taken(accept: str, found: str | None) -> None:
    assert codec(accept) == found


def test_a_comma_within_quotes_parts_nothing() -> None:
    assert choose(None, f'{ARROW}; codecs="zstd, text/csv"; q=0.9, text/csv;q=0.5') is Format.ARROW


@pytest.mark.parametrize("name", ["zstd", "lz4"])
def test_an_arrow_stream_says_its_codec_and_is_smaller(city: City, name: str) -> None:
    told = MINE | {"format": "arrow"}
    headers = city.headers("tengzhou") | {"Accept": f'{ARROW}; codecs="{name}"'}
    packed = city.client.get(ROWS, params=told, headers=headers)
    plain = city.client.get(ROWS, params=told, headers=city.headers("tengzhou"))
    assert packed.headers["Content-Type"] == f"{ARROW}; codecs={name}"
    assert plain.headers["Content-Type"] == ARROW
    table, other = (pa.ipc.open_stream(answer.content).read_all() for answer in (packed, plain))
    assert table.equals(other)
    assert packed.headers["ETag"] != plain.headers["ETag"]


RISKY = [
    "=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "\tx", "\rx", "\nx", " =1", "\u3000=1", "\u00a0+1",
    "\u200b=cmd|' /C calc'!A0", "\ufeff@x", "  \t -1", "\x00=1", "\u2003＝1", "\x7f=1", "\u2028=1",
]  # fmt: skip
HARMLESS = ["", " ", "a=1", "1-2", "滕州-1", "'=1", "x\ty", " x", "1", "#", "\u3000张"]


def test_every_text_that_a_spreadsheet_would_run_is_guarded_and_no_other() -> None:
    batch = pa.record_batch(
        {"text": [*RISKY, *HARMLESS], "n": pa.array([-1] * (len(RISKY) + len(HARMLESS)), pa.int64())}
    )
    text = b"".join(csv_chunks(batch.schema, [batch], bom=False)).decode()
    for one in RISKY:
        assert f'\n"\'{one}",-1' in text, repr(one)
    for one in HARMLESS:
        assert f'\n"{one}",-1' in text, repr(one)


def test_json_in_pieces_is_one_object() -> None:
    batch = pa.record_batch({"text": ["a", '"', None]})
    assert b"".join(json_chunks({"version": 2}, [batch, batch.slice(0, 0), batch.slice(2)])) == (
        b'{"version":2,"rows":[\n{"text":"a"},\n{"text":"\\""},\n{"text":null},\n{"text":null}]}'
    )
    assert b"".join(json_chunks({}, [])) == b'{"rows":[]}'
