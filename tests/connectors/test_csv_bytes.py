"""Rows that are parted before they are decoded are the rows of the decoded file, broken ones among them."""

import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files.content import Content, Given
from connectors.files.csv_bytes import decoding
from connectors.files.pinned import Pinned, pin
from schemas.errors import SourceChanged
from tests.connectors.conformance import DAY, landed, rejects_of, rows_of
from tests.connectors.test_csv_folder import made

ENCODINGS = ("gb18030", "big5", "windows-1252")
LETTERS = {
    "gb18030": "枣庄䶮𠮷䅟€ \t,\"'\n\r\x1f0a\\|~",
    "big5": '許功蓋臺北 ,"\n\x1f0a\\|~',
    "windows-1252": 'é€ÿ ,"\n\x1f0a\\|~',
}
CUT = {"gb18030": b"\x81", "big5": b"\xa4", "windows-1252": b"\x81"}
"""Bytes that end no character in each of them."""


@settings(deadline=None)
@given(st.data(), st.sampled_from(ENCODINGS))
def test_each_value_is_what_the_codec_makes_of_it(data: st.DataObject, codec: str) -> None:
    texts = data.draw(st.lists(st.text(LETTERS[codec], max_size=8)))
    decode = decoding(codec, ",", '"')
    assert decode is not None
    column = pa.array([text.encode(codec) for text in ["", *texts]], pa.binary()).slice(1)
    assert decode(pa.record_batch({"a": column})).column("a").to_pylist() == texts


@pytest.mark.parametrize("codec", ENCODINGS)
def test_half_a_character_is_not_ended_by_the_next_value(codec: str) -> None:
    decode = decoding(codec, ",")
    assert decode is not None
    with pytest.raises(UnicodeDecodeError):
        decode(pa.record_batch({"a": pa.array([CUT[codec], b"0A", b"\xa1"], pa.binary())}))


def test_a_sign_that_may_be_the_second_byte_of_a_character_parts_nothing() -> None:
    assert decoding("gb18030", "|", '"') is None
    assert decoding("gb18030", "0", '"') is None
    assert decoding("gb18030", ",", "~") is None
    assert all(decoding("gb18030", sign, "") is not None for sign in "\t;,")
    assert decoding("utf-16", ",", '"') is None


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.text("枣𠮷a,\"'\n", max_size=4), st.text("䶮1|\r\n", max_size=4)), max_size=30),
    st.sampled_from([",", ";", "|"]),
)
def test_a_file_lands_as_a_reader_of_texts_reads_it(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str
) -> None:
    place = tmp_path_factory.mktemp("drop")
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("代码", "名称"), *rows])
    (place / "a.csv").write_bytes(text.getvalue().encode("gb18030"))
    _, connector = made(place, encoding="gb18030", delimiter=delimiter, block_size=1 << 10)
    found = [tuple(row.values()) for b in connector.read(connector.plan(DAY)) for row in b.rows.to_pylist()]
    assert found == rows


@pytest.mark.parametrize("start", ["锘科技".encode("gb18030"), b"\xef\xbb\xbfA", '\ufeff"1"'.encode("gb18030"), b"1"])
def test_a_file_without_headers_begins_with_the_characters_that_it_begins_with(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(start + b",b\n2,d\n")
    dataset, connector = made(tmp_path, encoding="gb18030", header_row=0)
    landing = landed(dataset, connector, tmp_path / "lake")
    first = start.decode("gb18030").removeprefix("\ufeff").strip('"')
    assert [row["code"] for row in rows_of(tmp_path / "lake", landing)] == [first, "2"]


def test_a_short_row_whose_cells_cannot_be_told_apart_refuses_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('代码,名称,x\n"2"x\n3,甲\n', "gb18030")
    _, connector = made(tmp_path, encoding="gb18030", short_rows=True)
    with pytest.raises(SourceChanged, match=r"the row that begins in line 2: .* without its pair"):
        list(connector.read(connector.plan(DAY)))


def test_rows_after_a_broken_one_keep_their_places_and_come_once(tmp_path: Path) -> None:
    lines = [f"{n},枣庄{n}" if n % 4_000 else f"{n},枣庄,多" for n in range(1, 10_001)]
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a.csv").write_text("\n".join(["代码,名称", *lines]), "gb18030")
    dataset, connector = made(tmp_path / "drop", encoding="gb18030", block_size=1 << 14)
    landing = landed(dataset, connector, tmp_path / "lake")
    told = [(row["_place"], row["code"], row["name"]) for row in rows_of(tmp_path / "lake", landing)]
    assert told == [(n, str(n), f"枣庄{n}") for n in range(1, 10_001) if n % 4_000]
    assert [(row["_place"], row["raw"]) for row in rejects_of(tmp_path / "lake", landing)] == [
        (4_000, "4000,枣庄,多"),
        (8_000, "8000,枣庄,多"),
    ]


def test_what_is_read_again_must_be_what_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"1,2\n3,4\n")
    with Pinned(tmp_path, pin(file)) as pinned:
        content = Content(file, str(file), "a.csv", pinned=pinned)
        assert content.once().read(4) == b"1,2\n"
        assert content.again().read(8) == b"1,2\n3,4\n"
        pinned.confirm()
    with Pinned(tmp_path, pin(file)) as pinned:
        content = Content(file, str(file), "a.csv", pinned=pinned)
        content.once().read(4)
        file.write_bytes(b"1,9\n3,4\n")
        with pytest.raises(SourceChanged, match="changed since the plan was made"):
            content.again()


def test_what_was_taken_away_is_at_its_end() -> None:
    raw = io.BytesIO(b"1,2\n3,4\n")
    given = Given(raw)
    assert given.read(4) == b"1,2\n"
    given.take()
    assert (given.read(4), raw.read()) == (b"", b"3,4\n")
