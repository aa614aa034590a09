"""Splicing: a scope as byte ranges of the published files equals the truth, and nothing else is in the bytes."""

import hashlib
import io
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.rows import thrift
from catalog.rows.pieces import PIECE
from catalog.rows.splice import Splice, splice
from catalog.shelf import Shelf
from schemas.access import Decision
from schemas.dataset import FieldType, Identifying, Kind, Load, ScopeRole, Source, Transform
from schemas.errors import NotReady
from tests.builders import DAY, NOW, make_dataset, make_field, make_verdict
from tests.catalog.test_row_reader import permit

COUNTIES = ("370402", "370403", "370481", "371202")
TOWNS = tuple(f"{county}{town:03d}000" for county in COUNTIES for town in (1, 2, 101))
VILLAGES = tuple(f"{town[:9]}{village:03d}" for town in TOWNS for village in (0, 201, 202))
FIELDS = (
    make_field("person_id", title="公民身份号码", key=1, identifying=Identifying.DIRECT),
    make_field("name", title="姓名", identifying=Identifying.DIRECT),
    make_field("phone", title="电话", element="mobile", transform=Transform.MASK, identifying=Identifying.DIRECT),
    make_field("born", title="出生日期", type=FieldType(Kind.DATE), transform=Transform.BUCKET),
    make_field("amount", title="金额", type=FieldType(Kind.DECIMAL, 14, 2)),
    make_field("members", title="人数", type=FieldType(Kind.INTEGER)),
    make_field("seen", title="时间", type=FieldType(Kind.TIMESTAMP)),
    make_field("poor", title="困难", type=FieldType(Kind.BOOLEAN)),
    make_field("household", title="户籍地", element="division", scope=ScopeRole.HOUSEHOLD),
    make_field("lives", title="居住地", element="division", scope=ScopeRole.RESIDENCE),
)
DATASET = make_dataset(fields=FIELDS)
DEFAULTS = {field.name: field.transform for field in FIELDS}


def mark(number: int) -> str:
    """Unlike all others, and nothing that an encoding could shorten."""
    return hashlib.sha256(f"name {number}".encode()).hexdigest()[:12]


def phone(number: int) -> str:
    return str(10**10 + int(hashlib.sha256(f"phone {number}".encode()).hexdigest(), 16) % 10**10)


def row(number: int, household: str) -> dict[str, Any]:
    return {
        "person_id": f"CANARY-{number:06d}",
        "name": f"样例{mark(number)}",
        "phone": phone(number),
        "born": date(1950, 1, 1) + timedelta(days=number),
        "amount": Decimal(number) / 100 if number % 7 else None,
        "members": number % 9,
        "seen": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
        "poor": number % 3 == 0 if number % 5 else None,
        "household": household,
        "lives": VILLAGES[(number * 7) % len(VILLAGES)],
    }


ROWS = [row(number, VILLAGES[number % len(VILLAGES)]) for number in range(3_600)]


MARKS = {mark(number).encode(): number for number in range(3_600)}
PHONES = {phone(number).encode() for number in range(3_600)}
NAME = re.compile("样例([0-9a-f]{12})".encode())
NUMBER = re.compile(rb"(?=(1\d{10}))")
WHERE = {number: told["household"] for number, told in enumerate(ROWS)}


@pytest.fixture
def stocked(sqlite_shelf: Shelf) -> Shelf:
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS), NOW)
    return sqlite_shelf


def allow(*divisions: str, **told: Any) -> Decision:
    transforms = DEFAULTS | told.pop("transforms", {})
    return permit(*divisions, dataset=DATASET, transforms=transforms, **told)


def spliced(shelf: Shelf, decision: Decision) -> Splice:
    made = splice(shelf.open_rows(decision))
    assert isinstance(made, Splice), made
    return made


def read(shelf: Shelf, decision: Decision) -> pa.Table:
    reader = shelf.open_rows(decision)
    return pa.Table.from_batches(list(reader), reader.schema)


def whole(made: Splice) -> bytes:
    return b"".join(made.read())


def decoded(made: Splice) -> pa.Table:
    return pq.read_table(io.BytesIO(whole(made)))


@pytest.mark.parametrize(
    "decision",
    [
        allow(),
        allow("370402000000"),
        allow("370481101000"),
        allow("370402001000", "370403000000"),
        allow("370116000000"),
        allow("370402000000", transforms={"phone": Transform.DROP, "born": Transform.DROP, "name": Transform.MASK}),
        allow("370402000000", transforms={"person_id": Transform.MASK, "phone": Transform.MASK}),
    ],
    ids=["all", "county", "town", "town and county", "merged away", "columns", "masks"],
)
def test_a_spliced_file_holds_what_the_reader_reads(stocked: Shelf, decision: Decision) -> None:
    made = spliced(stocked, decision)
    truth = read(stocked, decision)
    assert decoded(made).equals(truth)
    assert (made.rows, made.size) == (truth.num_rows, len(whole(made)))
    assert truth.num_rows


def test_other_readers_agree(stocked: Shelf, tmp_path: Path) -> None:
    decision = allow("370402000000", "370403000000")
    file = tmp_path / "scope.parquet"
    spliced(stocked, decision).write(file)
    truth = read(stocked, decision)
    assert file.read_bytes() == whole(spliced(stocked, decision))
    assert duckdb.sql(f"SELECT * FROM read_parquet('{file}')").to_arrow_table().cast(truth.schema).equals(truth)
    groups = pq.ParquetFile(file).metadata
    assert groups.num_row_groups == 6
    assert groups.row_group(0).column(0).statistics.min == min(truth.column(0).slice(0, 300).to_pylist())


def test_any_range_of_the_file_can_be_told(stocked: Shelf) -> None:
    made = spliced(stocked, allow("370402000000"))
    truth, chance = whole(made), random.Random(7)
    for _ in range(300):
        start, end = sorted(chance.choices(range(len(truth) + 1), k=2))
        assert b"".join(made.read(start, end)) == truth[start:end]
    assert b"".join(made.read(len(truth) + 5)) == b""
    assert b"".join(made.read(0, len(truth) + 5)) == truth
    assert max(map(len, made.read())) <= PIECE


def test_what_cannot_be_cut_out_is_left_to_the_reader_with_the_reason(stocked: Shelf) -> None:
    def why(decision: Decision) -> str | Splice:
        return splice(stocked.open_rows(decision))

    assert why(allow("370402001201")) == "a row group lies only partly in scope"
    assert why(allow("370402000000", column="lives")) == "a row group lies only partly in scope"
    assert why(allow("110000000000")) == "no row group lies in scope"
    assert why(allow("370402000000", keys=("CANARY-000000",), key_columns=("person_id",))) == (
        "rows are told apart by their values"
    )
    assert why(allow(filter={"column": "members", "op": "=", "value": 1})) == "rows are told apart by their values"
    assert why(allow(transforms={"name": Transform.TOKEN})) == "a column is made for this recipient alone"
    assert why(allow(transforms={"members": Transform.BUCKET})) == "no column is stored as members must leave"


def test_versions_of_an_older_release_are_read_row_by_row(stocked: Shelf) -> None:
    reader = stocked.open_rows(allow("370402000000"))
    older = replace(reader, files=tuple(replace(file, chunks=None, masks=None) for file in reader.files))
    assert str(splice(older)).startswith("the version has no map")
    assert pa.Table.from_batches(list(older), older.schema).num_rows == 900


def test_windows_of_an_append_are_spliced_into_one_file(sqlite_shelf: Shelf) -> None:
    dataset = replace(DATASET, source=Source("csv_folder", "civil_affairs", {}, load=Load.APPEND))
    for day in range(3):
        rows = ROWS[day * 1000 : day * 1000 + 1000]
        sqlite_shelf.publish(dataset, make_verdict(sqlite_shelf.lake, dataset, rows, DAY + timedelta(days=day)), NOW)
    decision = replace(allow("370402000000"), version=3)
    made = spliced(sqlite_shelf, decision)
    assert len({stretch.path for stretch in made.stretches}) == 6
    assert decoded(made).equals(read(sqlite_shelf, decision))


def test_a_file_that_is_gone_or_cut_off_never_looks_whole(stocked: Shelf) -> None:
    made = spliced(stocked, allow("370402000000"))
    path = made.stretches[-1].path
    data = path.read_bytes()
    path.write_bytes(data[: made.stretches[-1].start + 3])
    with pytest.raises(NotReady, match="restore it"):
        whole(made)
    path.unlink()
    with pytest.raises(NotReady, match="restore it"):
        whole(made)


def test_the_digest_can_be_worked_out_from_the_file_alone(stocked: Shelf) -> None:
    made = spliced(stocked, allow("370402000000"))
    data, digest = whole(made), hashlib.sha256()
    for start, length in ranges(footer(data)):
        digest.update(hashlib.sha256(data[start : start + length]).digest())
    digest.update(hashlib.sha256(data[-len(made.footer) :]).digest())
    assert digest.hexdigest() == made.digest


def test_a_thousand_random_scopes_leak_nothing(stocked: Shelf) -> None:
    """Each file as raw bytes: its chunks fill it, and no page, dictionary, statistic or name is out of scope."""
    chance = random.Random(20261120)
    roots = (*TOWNS, *(f"{county}000000" for county in COUNTIES), "370400000000", "370116000000")
    ways = {f.name: (Transform.DROP, Transform.CLEAR) for f in FIELDS}
    ways |= {"phone": (Transform.DROP, Transform.MASK), "name": (Transform.DROP, Transform.CLEAR, Transform.MASK)}
    ways |= {"born": (Transform.DROP, Transform.BUCKET)}
    seen = 0
    for _ in range(1_000):
        transforms = {name: chance.choice(choices) for name, choices in ways.items()}
        decision = allow(*chance.sample(roots, chance.randint(1, 3)), transforms=transforms)
        if not decision.served:
            continue
        made = spliced(stocked, decision)
        data = whole(made)
        inside = {number for number, place in WHERE.items() if held(place, decision.rows.divisions)}
        told = b"".join(pages(data)) + made.footer
        assert made.rows == len(inside)
        assert decoded(made).column_names == [c.name for c in decision.served]
        found = {MARKS[one] for one in NAME.findall(told)}
        assert found == (inside if transforms["name"] is Transform.CLEAR else set())
        assert not set(NUMBER.findall(told)) & PHONES
        hidden = [name for name, transform in transforms.items() if transform is Transform.DROP]
        assert not [name for name in hidden if name.encode() in made.footer]
        seen += len(found)
    assert seen > 10_000


def held(place: str, roots: tuple[str, ...]) -> bool:
    """Written apart from the division tree; 莱芜's old code lies in its new one."""
    successor = place.replace("371202", "370116", 1)
    stems = [root[:9] if root[6:9] != "000" else root[:6] if root[4:6] != "00" else root[:4] for root in roots]
    return any(place.startswith(stem) or successor.startswith(stem) for stem in stems)


def footer(data: bytes) -> thrift.Struct:
    length = int.from_bytes(data[-8:-4], "little")
    return thrift.Reader(data[-8 - length : -8]).struct()


def ranges(told: thrift.Struct) -> Iterator[tuple[int, int]]:
    for group in told[4][1][1]:
        for entry in group[1][1][1]:
            meta = entry[3][1]
            yield min(meta[n][1] for n in (9, 11) if n in meta), meta[7][1]


def pages(data: bytes) -> Iterator[bytes]:
    """Every page of the file, unpacked; the chunks must fill the file from its first to its last byte."""
    told, place = footer(data), 4
    assert 5 not in told, "no key-value metadata"
    for start, length in ranges(told):
        assert start == place
        while place < start + length:
            header = thrift.Reader(data[place : place + 4096]).struct()
            page = place + len(thrift.struct_bytes(header))
            place = page + header[3][1]
            yield pa.Codec("zstd").decompress(data[page:place], header[2][1]).to_pybytes()
        assert place == start + length
    assert place == len(data) - 8 - int.from_bytes(data[-8:-4], "little")
