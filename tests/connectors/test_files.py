"""What all kinds of dropped files share: packed ones are unpacked within limits, numbers are read as declared."""

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.files.drop import Drop
from connectors.files.folder import FolderOf
from connectors.files.pinned import Pinned
from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Json, Kind, Source
from schemas.errors import SourceChanged
from tests.builders import make_field
from tests.connectors.conformance import DAY, dataset_of, landed, rejects_of, rows_of, typed

CODE = make_field("code", source_name="代码", key=1)
NAME = make_field("name", source_name="名称")
AMOUNT = make_field("amount", source_name="金额", type=FieldType(Kind.DECIMAL, 18, 2))
TEXT = "代码,名称\n1,甲\n2,乙\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def made(folder: Path, *fields: Field, **options: Any) -> tuple[Dataset, Connector]:
    told = {"pattern": "*", "encoding": "utf-8"} | options
    dataset = dataset_of(Source("csv_folder", "drop", told), fields or (CODE, NAME))
    return dataset, connector_for(dataset, Connection("drop", "fs", host=str(folder)))


def archive(file: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)


def refused(connector: Connector) -> str:
    with pytest.raises(SourceChanged) as refusal:
        list(connector.read(connector.plan(DAY)))
    return str(refusal.value)


def test_a_gzipped_file_is_read_like_any_other(folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress(TEXT.encode("gb18030")))
    dataset, connector = made(folder, encoding="gb18030", gzip={})
    table = typed(dataset, connector)
    assert table.column("name").to_pylist() == ["甲", "乙"]
    assert table.column("_piece").to_pylist() == ["a.csv.gz", "a.csv.gz"]


def test_a_gzipped_file_that_is_cut_off_or_none_is_refused(folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress((TEXT * 1000).encode())[:-20])
    assert "only half there" in refused(made(folder, gzip={})[1])
    (folder / "a.csv.gz").write_text(TEXT)
    assert "Not a gzipped file" in refused(made(folder, gzip={})[1])


def test_a_gzipped_file_that_unpacks_beyond_its_limit_is_refused(folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress((TEXT + "3,丙\n" * 10_000).encode()))
    assert "unpacks to more" in refused(made(folder, gzip={"most_bytes": 1000})[1])
    (folder / "a.csv.gz").write_bytes(gzip.compress(TEXT.encode() + b"3," + b"x" * (70 << 20)))
    assert "unpacks to more" in refused(made(folder, gzip={}, block_size=80 << 20)[1])


def test_members_of_an_archive_are_pieces_of_their_own(folder: Path, tmp_path: Path) -> None:
    members = {"b.csv": TEXT.encode(), "in/a.csv": TEXT.replace("甲", "丙").encode(), "note.txt": b"x", "in/": b""}
    archive(folder / "a.zip", members | {"__MACOSX/._b.csv": b"x"})
    dataset, connector = made(folder, zip={"member": "*.csv"})
    plan = connector.plan(DAY)
    assert [(p["name"], p["member"]) for p in plan.pieces] == [("a.zip", "b.csv"), ("a.zip", "in/a.csv")]
    landing = landed(dataset, connector, tmp_path / "lake")
    found = [(r["_piece"], r["_place"], r["name"]) for r in rows_of(tmp_path / "lake", landing)]
    assert found[::3] == [("a.zip/b.csv", 1, "甲"), ("a.zip/in/a.csv", 2, "乙")]
    dataset, connector = made(folder, zip={"member": "in/*"})
    assert typed(dataset, connector).num_rows == 2


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_of_members_are_understood_as_chinese_programs_write_them(folder: Path, encoding: str) -> None:
    name = "低保名单.csv"
    (folder / "a.zip").write_bytes(_plain_names(name.encode(encoding)))
    dataset, connector = made(folder, zip={"member": "低保*.csv"})
    assert set(typed(dataset, connector).column("_piece").to_pylist()) == {"a.zip/低保名单.csv"}


def _plain_names(name: bytes) -> bytes:
    """An archive of one stored member whose name is these bytes, without the mark of UTF-8."""
    data = TEXT.encode()
    crc = zlib.crc32(data)
    sizes = struct.pack("<HHHIIIHH", 0, 0, 0, crc, len(data), len(data), len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<HH", 20, 0) + sizes + name + data
    central = b"PK\x01\x02" + struct.pack("<HHH", 20, 20, 0) + sizes + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


HOSTILE: dict[str, tuple[dict[str, bytes], str]] = {
    "another member": ({"b.txt": b"x"}, r"no member fits '\*.csv'; found 'b.txt'"),
    "a way out": ({"a.csv": b"x", "../../etc/passwd": b"x"}, "points out of the archive"),
    "an absolute path": ({"/a.csv": b"x"}, "points out of the archive"),
    "an archive in it": ({"a.csv.zip": b"x"}, "is an archive itself"),
    "a bomb": ({"a.csv": b"0" * (70 << 20)}, "made to fill a memory"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_archives_that_were_made_to_harm_are_refused(folder: Path, what: str) -> None:
    members, said = HOSTILE[what]
    archive(folder / "a.zip", members)
    with pytest.raises(SourceChanged, match=said):
        made(folder, zip={"member": "*.csv*" if what == "an archive in it" else "*.csv"})[1].plan(DAY)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_whose_unpacking_has_no_bound_are_refused_whatever_size_they_tell(folder: Path, method: int) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w", method) as opened:
        opened.writestr("a.csv", TEXT)
    assert f"packed by method {method}; expected a member packed by deflate" in refused(made(folder, zip={})[1])


def test_what_is_no_whole_archive_is_refused(folder: Path) -> None:
    archive(folder / "a.zip", {"a.csv": TEXT.encode() * 100})
    whole = (folder / "a.zip").read_bytes()
    (folder / "a.zip").write_bytes(whole[:-30])
    assert "only half there" in refused(made(folder, zip={})[1])
    (folder / "a.zip").write_bytes(whole[:60] + b"\xff\xff\xff" + whole[63:])
    assert "a.zip: a.csv: " in refused(made(folder, zip={})[1])
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    (folder / "a.zip").write_bytes(locked)
    assert "needs a password" in refused(made(folder, zip={})[1])


def test_members_that_unpack_beyond_the_limit_are_refused(folder: Path) -> None:
    archive(folder / "a.zip", {"a.csv": TEXT.encode() * 100})
    assert "raise most_bytes" in refused(made(folder, zip={"most_bytes": 1000})[1])


def test_an_archive_that_changed_since_the_plan_is_refused(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as opened:
        opened.writestr("a.csv", TEXT)
    _, connector = made(folder, zip={})
    plan = connector.plan(DAY)
    with zipfile.ZipFile(folder / "a.zip", "w") as opened:
        opened.writestr("a.csv", TEXT.replace("甲", "丁"))
    with pytest.raises(SourceChanged, match="changed since the plan was made"):
        list(connector.read(plan))


@dataclass(frozen=True, slots=True)
class Meddled(Drop):
    """A place where something happens whenever a planned file has just been opened."""

    then: Callable[[], object] = list

    @contextmanager
    def pinned(self, piece: Mapping[str, Json]) -> Iterator[Pinned]:
        with Drop.pinned(self, piece) as pinned:
            self.then()
            yield pinned


def meddled(connector: Connector, then: Callable[[], object]) -> Connector:
    """The same connector on such a place."""
    assert isinstance(connector, FolderOf)
    of = connector.drop
    return replace(connector, drop=Meddled(of.place, of.pattern, of.ready, of.wait, spool=of.spool, then=then))


def test_an_archive_is_opened_and_hashed_once_however_many_members_it_has(folder: Path) -> None:
    archive(folder / "a.zip", {f"{n}.csv": f"代码,名称\n{n},甲\n".encode() for n in range(50)})
    archive(folder / "b.zip", {"a.csv": TEXT.encode()})
    opened: list[int] = []
    connector = meddled(made(folder, zip={})[1], lambda: opened.append(1))
    assert sum(batch.rows.num_rows for batch in connector.read(connector.plan(DAY))) == 52
    assert len(opened) == 2


def parquet(names: Sequence[str], value: str) -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table({name: [f"{value}{name}"] for name in names}), made)
    return made.getvalue()


def csv(names: Sequence[str], value: str) -> bytes:
    return f"{','.join(names)}\n{','.join(value + name for name in names)}\n".encode()


def zipped(names: Sequence[str], value: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr("a.csv", csv(names, value))
    return made.getvalue()


PACKED: Mapping[str, tuple[Callable[[Sequence[str], str], bytes], dict[str, Any]]] = {
    "plain": (csv, {"encoding": "utf-8"}),
    "gzip": (lambda names, value: gzip.compress(csv(names, value)), {"encoding": "utf-8", "gzip": {}}),
    "zip": (zipped, {"encoding": "utf-8", "zip": {}}),
    "parquet": (parquet, {}),
}


@pytest.mark.parametrize("what", PACKED)
def test_what_takes_the_place_of_a_file_while_it_is_read_does_not_land_in_its_name(folder: Path, what: str) -> None:
    write, options = PACKED[what]
    (folder / "a").write_bytes(write(["代码", "名称"], "planned "))
    of = dataset_of(
        Source("parquet" if what == "parquet" else "csv_folder", "drop", {"pattern": "a"} | options), (CODE, NAME)
    )
    connector = connector_for(of, Connection("drop", "fs", host=str(folder)))
    plan = connector.plan(DAY)
    (folder.parent / "other").write_bytes(write(["名称", "代码"], "another "))
    reading = meddled(connector, lambda: os.replace(folder.parent / "other", folder / "a")).read(plan)
    found = [row for batch in reading for row in batch.rows.to_pylist()]
    assert found == [{"code": "planned 代码", "name": "planned 名称"}]
    with pytest.raises(SourceChanged, match="changed since the plan was made"):
        list(connector.read(plan))


def test_an_archive_that_is_written_over_while_it_is_read_is_refused(folder: Path) -> None:
    members = {f"{n}.csv": f"代码,名称\n{n},甲\n" for n in range(9)}
    for name in ("a.zip", "b.zip"):
        with zipfile.ZipFile(folder / name, "w") as opened:
            for member, text in members.items():
                opened.writestr(member, text if name == "a.zip" else text.replace("甲", "丁"))
    after = (folder / "b.zip").read_bytes()
    (folder / "b.zip").unlink()
    _, connector = made(folder, zip={})
    reading = connector.read(connector.plan(DAY))
    next(reading)
    (folder / "a.zip").write_bytes(after)
    with pytest.raises(SourceChanged, match=r"changed since the plan was made|is broken or only half there"):
        list(reading)


def test_a_member_that_is_gone_since_the_plan_is_named(folder: Path) -> None:
    archive(folder / "a.zip", {"a.csv": TEXT.encode()})
    _, connector = made(folder, zip={})
    plan = connector.plan(DAY)
    with pytest.raises(SourceChanged, match=r"a\.zip: changed since the plan was made: it holds no 'b\.csv' any more"):
        list(connector.read(replace(plan, pieces=({**plan.pieces[0], "member": "b.csv"},))))


def by_windows(file: Path, name: str, system: int = 0) -> None:
    """An archive with one member and a folder, named as programs of Windows do; `system` 3 says that it was Unix."""
    with zipfile.ZipFile(file, "w") as opened:
        for written, text in (("data\\", ""), (name, TEXT)):
            entry = zipfile.ZipInfo(written)
            entry.create_system = system
            opened.writestr(entry, text)


def test_members_that_windows_names_with_backslashes_lie_in_folders(folder: Path) -> None:
    by_windows(folder / "a.zip", "data\\a.csv")
    dataset, connector = made(folder, zip={"member": "data/*.csv"})
    assert typed(dataset, connector).column("name").to_pylist() == ["甲", "乙"]
    assert connector.plan(DAY).pieces[0]["member"] == "data/a.csv"


def test_a_character_that_ends_like_a_backslash_parts_no_path(folder: Path) -> None:
    name = "data\\誠.csv"
    assert name.encode("gb18030").count(b"\\") == 2
    (folder / "a.zip").write_bytes(_plain_names(name.encode("gb18030")))
    _, connector = made(folder, zip={})
    assert connector.plan(DAY).pieces[0]["member"] == "data/誠.csv"


@pytest.mark.parametrize("name", ["..\\a.csv", "\\a.csv", "C:\\a.csv", "in\\..\\..\\a.csv"])
def test_backslashes_that_lead_out_of_an_archive_are_refused_and_so_are_those_of_other_systems(
    folder: Path, name: str
) -> None:
    by_windows(folder / "a.zip", name)
    assert "points out of the archive" in refused(made(folder, zip={})[1])
    by_windows(folder / "a.zip", "data\\a.csv", system=3)
    assert "points out of the archive" in refused(made(folder, zip={})[1])


WRITTEN: list[tuple[dict[str, str], dict[str, str | None]]] = [
    (
        {"thousands": ","},
        {
            "1,234.50": "1234.50",
            "12": "12.00",
            "-1,234,567": "-1234567.00",
            "1,23": None,
            "12,34.5": None,
            ",123": None,
        },
    ),
    (
        {"thousands": ".", "decimal": ","},
        {"1.234,50": "1234.50", "0,5": "0.50", "1.500": "1500.00", "1.5": None, "1,234.50": None},
    ),
    ({"decimal": ","}, {"1234,5": "1234.50", "1.5": None, "7": "7.00"}),
    ({"thousands": " "}, {"12 345": "12345.00", " 12": None, "1 2": None}),
]


@pytest.mark.parametrize(("numbers", "texts"), WRITTEN)
def test_numbers_are_read_as_declared_and_a_sign_in_a_wrong_place_is_a_misfit(
    folder: Path, tmp_path: Path, numbers: dict[str, str], texts: dict[str, str | None]
) -> None:
    lines = "".join(f'{n},"{text}"\n' for n, text in enumerate(texts, 1))
    (folder / "a.csv").write_text("代码,金额\n" + lines)
    dataset, connector = made(folder, CODE, AMOUNT, numbers={"amount": numbers})
    landing = landed(dataset, connector, tmp_path / "lake")
    good = {row["_place"]: row["amount"] for row in rows_of(tmp_path / "lake", landing)}
    assert good == {n: Decimal(found) for n, found in enumerate(texts.values(), 1) if found}
    wrong = rejects_of(tmp_path / "lake", landing)
    assert [r["value"] for r in wrong] == [text for text, found in texts.items() if found is None]
    assert all("a sign stands in a wrong place" in r["reason"] for r in wrong)


def test_what_means_missing_is_no_number_in_a_wrong_shape(folder: Path) -> None:
    (folder / "a.csv").write_text('代码,金额\n1,.\n2,"1,000"\n')
    dataset, connector = made(
        folder, CODE, replace(AMOUNT, null_markers=(".",)), numbers={"amount": {"thousands": ","}}
    )
    assert typed(dataset, connector).column("amount").to_pylist() == [None, Decimal("1000.00")]


def test_a_row_with_a_nul_is_a_misfit(folder: Path, tmp_path: Path) -> None:
    (folder / "a.csv").write_bytes(TEXT.encode() + b"3,\0\0\n4,x\n")
    dataset, connector = made(folder)
    landing = landed(dataset, connector, tmp_path / "lake")
    (reject,) = rejects_of(tmp_path / "lake", landing)
    assert (reject["_place"], reject["field"]) == (3, "name")
    assert "NUL" in reject["reason"]
    assert landing.rows == 3


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_dirty_headers_are_cleaned_where_the_contract_says_so(folder: Path, encoding: str) -> None:
    text = "\ufeff 代码 ,\ufeff名称\u3000,名称,,备注\n1,甲,乙,丙,丁\n"
    (folder / "a.csv").write_bytes(text.encode(encoding))
    fields = (CODE, NAME, make_field("again", source_name="名称#2"), make_field("blank", source_name="column 4"))
    dataset, connector = made(folder, *fields, encoding=encoding, trim_headers=True, number_repeats=True)
    (row,) = typed(dataset, connector).select(["code", "name", "again", "blank"]).to_pylist()
    assert row == {"code": "1", "name": "甲", "again": "乙", "blank": "丙"}
    assert "no column '代码'" in refused(made(folder, *fields, encoding=encoding)[1])


def test_rows_that_end_early_are_filled_with_null_only_where_declared(folder: Path, tmp_path: Path) -> None:
    lines = ["代码,名称,备注", "1,甲,x", "2", '3,"丙', '丙"', "4,丁,y,z", "5,戊,z", "6,己"]
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    fields = (CODE, NAME, make_field("note", source_name="备注"))
    assert landed(*made(folder, *fields), tmp_path / "a").rejected == {"_row.misfit": 4}
    dataset, connector = made(folder, *fields, short_rows=True)
    landing = landed(dataset, connector, tmp_path / "b")
    rows = [(r["_place"], r["code"], r["name"], r["note"]) for r in rows_of(tmp_path / "b", landing)]
    assert rows == [
        (1, "1", "甲", "x"), (2, "2", None, None), (3, "3", "丙\n丙", None), (5, "5", "戊", "z"), (6, "6", "己", None),
    ]  # fmt: skip
    assert [r["_place"] for r in rejects_of(tmp_path / "b", landing)] == [4]


def test_a_file_of_short_rows_alone_and_blocks_between_them_keep_their_order(folder: Path) -> None:
    (folder / "a.csv").write_text("代码,名称\n1\n2\n")
    dataset, connector = made(folder, short_rows=True)
    assert typed(dataset, connector).column("code").to_pylist() == ["1", "2"]
    lines = "".join(f"{n}\n" if n % 7 == 0 else f"{n},名{n}\n" for n in range(1, 5001))
    (folder / "a.csv").write_text("代码,名称\n" + lines)
    dataset, connector = made(folder, short_rows=True, block_size=4096)
    table = typed(dataset, connector)
    assert table.column("code").to_pylist() == [str(n) for n in range(1, 5001)]
    assert table.column("_place").to_pylist() == list(range(1, 5001))
    assert table.column("name").null_count == 5000 // 7


def test_without_headers_a_byte_order_mark_is_no_part_of_the_first_cell(folder: Path) -> None:
    (folder / "a.csv").write_bytes("\ufeff1,甲\n2,乙\n".encode("gb18030"))
    dataset, connector = made(folder, encoding="gb18030", header_row=0)
    assert typed(dataset, connector).column("code").to_pylist() == ["1", "2"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf16_is_read_in_every_order_of_its_bytes_and_half_a_character_is_refused(folder: Path, encoding: str) -> None:
    (folder / "a.csv").write_bytes("代码,名称\n1,䶮𠮷\n".encode(encoding))
    dataset, connector = made(folder, encoding=encoding)
    assert typed(dataset, connector).column("name").to_pylist() == ["䶮𠮷"]
    cut = (folder / "a.csv").read_bytes()[:-3]
    (folder / "a.csv").write_bytes(cut)
    assert "UTF-16" in refused(made(folder, encoding=encoding)[1])


def test_mistakes_of_shared_options_are_told() -> None:
    told: dict[str, Any] = {"pattern": "*", "encoding": "utf-8"}
    odd = [
        (told | {"zip": {}, "gzip": {}}, "options.zip: found beside options.gzip"),
        (told | {"numbers": {"money": {}}}, "options.numbers: found 'money', expected one of code, name"),
        (told | {"numbers": {"code": {"thousands": "."}}}, "a sign between thousands that is no digit"),
        (told | {"zip": {"member": ""}}, "options.zip.member"),
    ]
    for options, said in odd:
        (mistake,) = option_mistakes(dataset_of(Source("csv_folder", "drop", options), (CODE, NAME)))
        assert said in mistake
