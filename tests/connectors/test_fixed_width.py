"""Records of fixed width are cut by bytes of their encoding; what is no whole record has its place."""

import gzip
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import connector_for, option_mistakes
from schemas.connection import Connection
from schemas.dataset import Dataset, Load, Source
from schemas.errors import SourceChanged
from tests.builders import make_field
from tests.connectors.conformance import DAY, ROWS, Conformance, Texts, dataset_of, landed, rejects_of, typed
from tests.connectors.folder_bench import FolderBench, Made, made

WIDTHS = {"person_id": 18, "division": 12, "name": 24, "amount": 20, "precise": 42, "note": 4}
CODE = make_field("code", key=1)
NAME = make_field("name")


def places(widths: dict[str, int]) -> dict[str, Any]:
    start, told = 1, {}
    for name, width in widths.items():
        told[name] = {"start": start, "width": width}
        start += width
    return told


class FixedBench(FolderBench):
    counts = True

    def source(self) -> Source:
        columns = places(WIDTHS)
        columns["name"]["fill"] = "#"
        options = {"pattern": "people_{yyyymmdd}.txt", "encoding": "gbk", "columns": columns, "trim": "right"}
        return Source("fixed_width", "drop", options | {"line_end": "none", "control": {"file": "{stem}.ctl"}})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        if not rows and "person_id" not in names:
            rows = [dict.fromkeys(names, "")]  # without a record nothing has a width
        content = b"".join(self.cell(n, row[n] or "") for row in rows for n in names)
        (self.folder / "people_20261120.txt").write_bytes(content)
        (self.folder / "people_20261120.ctl").write_text(str(len(rows)))

    def cell(self, name: str, text: str) -> bytes:
        return text.encode("gb18030").ljust(WIDTHS.get(name, 6), b"#" if name == "name" else b" ")


class TestFixedWidth(Conformance):
    """Two of the suite's sentences speak of headers, which such a file has not: here they speak of its length."""

    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> FixedBench:
        return FixedBench(tmp_path_factory.mktemp("drop"))

    def test_a_column_more_is_warned_of_and_not_read(  # type: ignore[override]
        self, bench: FixedBench, dataset: Dataset, tmp_path: Path
    ) -> None:
        bench.fill((*WIDTHS, "hobby"), [{**ROWS[0], "hobby": "围棋"}])
        landing = landed(dataset, bench.connector(dataset), tmp_path)
        (reject,) = rejects_of(tmp_path, landing)
        assert (landing.rows, reject["reason"]) == (1, "found 6 bytes, expected 120")

    def test_a_column_less_is_refused_with_the_names_found_and_expected(  # type: ignore[override]
        self, bench: FixedBench, dataset: Dataset
    ) -> None:
        bench.fill([n for n in WIDTHS if n != "amount"], ROWS[:1])
        connector = bench.connector(dataset)
        with pytest.raises(SourceChanged, match="found records of 100 bytes, expected 120"):
            typed(dataset, connector)
        (problem,) = connector.check()
        assert not problem.warning


def fixed(folder: Path, content: bytes, *fields: Any, **options: Any) -> Made:
    told = {"encoding": "gbk", "columns": places({"code": 6, "name": 8}), "trim": "right"} | options
    return made(folder, "fixed_width", content, fields or (CODE, NAME), **told)


def codes(rows: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["code"], row["name"]) for row in rows]


def test_widths_count_bytes_of_the_encoding_and_a_character_cut_in_two_is_a_misfit(tmp_path: Path) -> None:
    content = "370404榴园镇  \n370405x榴园镇 \r\n37040园区x榴园\n".encode("gbk")
    rows, rejects = fixed(tmp_path, content).landed()
    assert codes(rows) == [("370404", "榴园镇"), ("370405", "x榴园镇")]
    ((place, name, why),) = rejects
    assert (place, name) == (3, "code")
    assert why.startswith("bytes 1 to 6: found 33 37 30 34 30 d4, which is no GBK: is a character cut in two?")


APART = {"code": {"start": 1, "width": 2}, "name": {"start": 4, "width": 5}}


@pytest.mark.parametrize("encoding", ["gbk", "big5"])
def test_a_character_that_reaches_into_a_field_from_bytes_of_no_column_is_a_misfit(
    tmp_path: Path, encoding: str
) -> None:
    content = "01張三ok\n02x張三\n03 三ok\n".encode(encoding)
    rows, rejects = fixed(tmp_path, content, encoding=encoding, columns=APART, short_lines=True).landed()
    assert codes(rows) == [("02", "張三"), ("03", "三ok")]
    ((place, name, why),) = rejects
    begun = "張".encode(encoding)[:1].hex()
    assert (place, name) == (1, "name")
    assert why.startswith(f"byte 4: found the rest of a character that begins before the field, with {begun}: ")


def test_a_character_of_four_bytes_reaches_into_a_field_too(tmp_path: Path) -> None:
    columns = {"code": {"start": 1, "width": 2}, "name": {"start": 6, "width": 4}}
    content = "01xĮĮ\n02xxx甲乙xx\n".encode("gb18030")
    rows, rejects = fixed(tmp_path, content, columns=columns, length=11).landed()
    assert codes(rows) == [("02", "甲乙")]
    assert rejects[0][:2] == (1, "name")
    assert "with 81 30: " in rejects[0][2]


@pytest.mark.parametrize("between", [b"\xff\x8c", b"\x12\x8c", "甲".encode("gb18030"), b"ab"])
def test_bytes_of_no_column_need_not_be_text(tmp_path: Path, between: bytes) -> None:
    columns = {"code": {"start": 1, "width": 2}, "name": {"start": 5, "width": 4}}
    rows, rejects = fixed(tmp_path, b"01" + between + b"1234\n", columns=columns).landed()
    assert (codes(rows), rejects) == ([("01", "1234")], [])


def test_a_field_within_another_begins_with_a_character(tmp_path: Path) -> None:
    columns = {"code": {"start": 1, "width": 6}, "name": {"start": 4, "width": 2}}
    rows, rejects = fixed(tmp_path, "a甲乙b\nab甲乙\n".encode("gb18030"), columns=columns).landed()
    assert codes(rows) == [("a甲乙b", "乙")]
    assert rejects[0][:2] == (2, "name")


def test_rare_characters_of_four_bytes_are_whole(tmp_path: Path) -> None:
    rows, _ = fixed(tmp_path, "370404䶮𠮷\n".encode("gb18030"), columns=places({"code": 6, "name": 6})).landed()
    assert codes(rows) == [("370404", "䶮𠮷")]


def test_fields_are_trimmed_as_declared_and_no_further(tmp_path: Path) -> None:
    columns = places({"code": 6, "name": 8})
    content = b"000042  ab    \n"
    wanted = {"none": "  ab    ", "left": "ab    ", "right": "  ab", "both": "ab"}
    for trim, name in wanted.items():
        (tmp_path / trim).mkdir()
        told = {"code": {**columns["code"], "trim": "left", "fill": "0"}, "name": columns["name"]}
        rows, _ = fixed(tmp_path / trim, content, columns=told, trim=trim).landed()
        assert codes(rows) == [("42", name)]


def test_a_record_of_another_length_is_rejected_with_its_line(tmp_path: Path) -> None:
    content = b"title\n000001abcdefgh\n000002abc\n\n000004abcdefghi\n000005abcdefgh"
    rows, rejects = fixed(tmp_path, content, skip_lines=1).landed()
    assert [row["_place"] for row in rows] == [1, 5]
    assert rejects == [
        (2, "_row", "found 9 bytes, expected 14"),
        (4, "_row", "found 15 bytes, expected 14"),
    ]
    (tmp_path / "b").mkdir()
    rows, rejects = fixed(tmp_path / "b", content, skip_lines=1, short_lines=True).landed()
    assert codes(rows) == [("000001", "abcdefgh"), ("000002", "abc"), ("", ""), ("000005", "abcdefgh")]
    assert [place for place, _, _ in rejects] == [4]


def test_records_without_ends_and_bytes_that_no_column_covers(tmp_path: Path) -> None:
    columns = {"code": {"start": 3, "width": 6}, "name": {"start": 11, "width": 4}}
    content = "xx000001yy榴园zzxx000002\nyab  zzxx0".encode("gbk")
    rows, rejects = fixed(tmp_path, content, columns=columns, length=16, line_end="none").landed()
    assert codes(rows) == [("000001", "榴园"), ("000002", "ab")]
    assert rejects == [(3, "_row", "found 3 bytes, expected 16")]


def test_a_file_of_another_layout_is_refused_and_one_with_nuls_is_not_landed(tmp_path: Path) -> None:
    assert (
        "found records of 3, 5 bytes, expected 14; is it another layout" in fixed(tmp_path, b"abc\nabcde\n").refused()
    )
    rows, rejects = fixed(tmp_path, b"000001abcdefgh\n" + b"\0" * 14 + b"\n").landed()
    assert len(rows) == 1
    assert [(place, name) for place, name, _ in rejects] == [(2, "code")]


def test_mistakes_of_a_layout_are_told() -> None:
    options = {"pattern": "*", "encoding": "gbk", "columns": places({"code": 6, "nam": 8}), "length": 10}
    mistakes = option_mistakes(dataset_of(Source("fixed_width", "drop", options), (CODE, NAME)))
    assert mistakes == (
        "options.columns: found nothing for 'name', expected its place",
        "options.columns: found 'nam', expected one of code, name",
        "options.columns.nam: ends beyond the length of a record, which is 10 bytes",
    )


@pytest.mark.parametrize(("load", "counted", "said"), [
    (Load.SNAPSHOT, "", "a_20261120.dat: found 0 bytes, expected the whole of health.conformance"),
    (Load.SNAPSHOT, "3", "a_20261120.dat: found 0 bytes"),
    (Load.SNAPSHOT, "0", ""),
    (Load.APPEND, "", ""),
])  # fmt: skip
def test_a_snapshot_without_a_byte_is_refused_unless_the_department_says_so(
    tmp_path: Path, load: Load, counted: str, said: str
) -> None:
    for packed in (False, True):
        control = {"control": {"file": "{stem}.ctl"}} if counted else {}
        told = control | {"pattern": "a_{yyyymmdd}.dat"} | ({"gzip": {}} if packed else {})
        one = fixed(tmp_path, gzip.compress(b"") if packed else b"", **told)
        dataset = replace(one.dataset, source=replace(one.dataset.source, load=load))
        (tmp_path / "drop" / "a.dat").rename(tmp_path / "drop" / "a_20261120.dat")
        (tmp_path / "drop" / "a_20261120.ctl").write_text(counted)
        connector = connector_for(dataset, Connection("drop", "fs", host=str(tmp_path / "drop")))
        assert [problem.code for problem in connector.check()] == (["SOURCE_CHANGED"] if said else [])
        if said:
            with pytest.raises(SourceChanged, match=said):
                connector.plan(DAY)
        else:
            assert [batch.rows.num_rows for batch in connector.read(connector.plan(DAY)) if batch.rows.num_rows] == []
