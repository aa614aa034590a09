"""CSV folders keep what every source keeps, and say exactly what is wrong with a file."""

import csv
import hashlib
import io
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Load, Source
from schemas.errors import SourceChanged, SourceUnreachable
from schemas.journey import Window
from tests.builders import make_field
from tests.connectors.conformance import (
    DAY,
    SECRET,
    Conformance,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)

CODE = make_field("code", source_name="代码", key=1)
NAME = make_field("name", source_name="名称")
PLAIN: dict[str, Any] = {"pattern": "*.csv", "encoding": "utf-8"}


def written(names: Sequence[str], rows: Sequence[Texts], codec: str) -> bytes:
    """A CSV file of these columns and rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([row[n] or "" for n in names] for row in rows)
    return text.getvalue().encode(codec)


@dataclass
class CsvBench:
    folder: Path
    encoding: str = "gb18030"
    counts = False
    knows_null = False

    def source(self) -> Source:
        return Source("csv_folder", "drop", {"pattern": "people_{yyyymmdd}.csv", "encoding": self.encoding})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        codec = {"gbk": "gb18030", "utf-8": "utf-8-sig"}.get(self.encoding, self.encoding)
        (self.folder / "people_20261120.csv").write_bytes(written(names, rows, codec))

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, Connection("drop", "fs", host=str(self.folder), password=SECRET))

    def state(self) -> object:
        return sorted((f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in self.folder.iterdir())


class TestCsvFolder(Conformance):
    @pytest.fixture(params=["gb18030", "gbk", "utf-8", "utf-16"])
    def bench(self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CsvBench:
        return CsvBench(tmp_path_factory.mktemp("drop"), request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def made(folder: Path, fields: Sequence[Any] = (CODE, NAME), **options: Any) -> tuple[Dataset, Connector]:
    dataset = dataset_of(Source("csv_folder", "drop", PLAIN | options), fields)
    return dataset, connector_for(dataset, Connection("drop", "fs", host=str(folder)))


def test_files_are_chosen_by_the_day_in_their_name(folder: Path) -> None:
    for day in (19, 20, 21):
        (folder / f"a_202611{day}.csv").write_text(f"代码,名称\n{day},甲\n")
    dataset, connector = made(folder, pattern="a_{yyyymmdd}.csv")
    assert typed(dataset, connector).column("code").to_pylist() == ["20"]
    three = Window(Window.of_day(date(2026, 11, 19)).low, Window.of_day(date(2026, 11, 21)).high)
    assert typed(dataset, connector, three).column("code").to_pylist() == ["19", "20", "21"]


def test_dashes_in_the_day_and_a_glob_beside_it_work_too(folder: Path) -> None:
    for name in ("b-2026-11-20-2.csv", "b-2026-11-20-1.csv", "b-2026-13-45-1.csv"):
        (folder / name).write_text(f"代码,名称\n{name},甲\n")
    dataset, connector = made(folder, pattern="b-{yyyy-mm-dd}-*.csv")
    assert typed(dataset, connector).column("code").to_pylist() == ["b-2026-11-20-1.csv", "b-2026-11-20-2.csv"]


def test_a_file_that_has_not_come_yet_is_worth_another_try(folder: Path) -> None:
    _, connector = made(folder, pattern="a_{yyyymmdd}.csv")
    with pytest.raises(SourceUnreachable, match=r"no file a_\{yyyymmdd\}\.csv for 2026-11-20 .* yet") as refusal:
        connector.plan(DAY)
    assert refusal.value.again
    (folder / "a_20261118.csv").write_text("代码,名称\n1,甲\n")
    (folder / "a_20261119.csv").write_text("代码,名称\n1,甲\n")
    with pytest.raises(SourceUnreachable, match=r"yet; the newest is a_20261119\.csv$"):
        connector.plan(DAY)


def test_the_newest_file_is_told_by_its_day_not_by_its_name(folder: Path) -> None:
    for name in ("b_20261118.csv", "a_20261119.csv", "c_99999999.csv"):
        (folder / name).write_text("代码,名称\n1,甲\n")
    _, connector = made(folder, pattern="*_{yyyymmdd}.csv")
    with pytest.raises(SourceUnreachable, match=r"yet; the newest is a_20261119\.csv$"):
        connector.plan(DAY)


def test_a_file_called_as_a_pattern_that_does_not_fit_it_is_told_at_once(folder: Path) -> None:
    (folder / "a[1].csv").write_text("代码,名称\n1,甲\n")
    dataset, connector = made(folder, pattern="a[1].csv")
    said = r"a file is called a\[1\]\.csv, but as a pattern that fits other names; for this one write a\[\[\]1\]\.csv"
    with pytest.raises(SourceChanged, match=said):
        connector.plan(DAY)
    assert connector.check()[0].code == "SOURCE_CHANGED"
    dataset, connector = made(folder, pattern="a[[]1].csv")
    assert typed(dataset, connector).column("code").to_pylist() == ["1"]


def test_utf_8_that_is_declared_as_gb18030_is_said_to_look_like_it(folder: Path) -> None:
    (folder / "a.csv").write_text("代码,名称\n1,甲乙\n", encoding="utf-8")
    _, connector = made(folder, encoding="gb18030")
    said = r"no column '代码', .*; a\.csv: declared GB18030, but it looks like UTF-8: .* declare encoding: utf-8"
    with pytest.raises(SourceChanged, match=said):
        connector.plan(DAY)
    assert "looks like UTF-8" in connector.check()[0].said
    (folder / "a.csv").write_text("代码,名称\n1,甲\n", encoding="utf-8")
    with pytest.raises(SourceChanged, match=r"found b2 0a, which is no GB18030; .* it looks like UTF-8"):
        connector.plan(DAY)
    (folder / "a.csv").write_text("代号,名称\n1,甲\n", encoding="gb18030")
    with pytest.raises(SourceChanged, match=r"expected '代码', '名称'$"):
        connector.plan(DAY)


@pytest.mark.parametrize("below", [False, True])
def test_a_link_that_leads_out_of_the_folder_is_refused_unless_the_connection_allows_it(
    folder: Path, tmp_path: Path, below: bool
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.csv").write_text("代码,名称\n1,甲\n")
    if below:
        (folder / "sub").symlink_to(tmp_path / "other")
    else:
        (folder / "a.csv").symlink_to(tmp_path / "other" / "a.csv")
    dataset = dataset_of(Source("csv_folder", "drop", PLAIN | {"folder": "sub" if below else ""}), (CODE, NAME))
    connector = connector_for(dataset, Connection("drop", "fs", host=str(folder)))
    with pytest.raises(SourceChanged, match=r"a\.csv: found a link that leads out of .*drop, expected the file itself"):
        connector.plan(DAY)
    with pytest.raises(SourceChanged, match="leads out"):
        connector.discover()
    assert "leads out" in connector.check()[0].said
    allowed = Connection("drop", "fs", host=str(folder), extra={"follow_links": True})
    assert typed(dataset, connector_for(dataset, allowed)).column("code").to_pylist() == ["1"]


def test_a_link_that_took_the_name_of_a_planned_file_is_not_read(folder: Path, tmp_path: Path) -> None:
    text = "代码,名称\n1,甲\n"
    (folder / "a.csv").write_text(text)
    (tmp_path / "secret.csv").write_text("x" * len(text.encode()))
    dataset = dataset_of(Source("csv_folder", "drop", PLAIN), (CODE, NAME))
    connector = connector_for(dataset, Connection("drop", "fs", host=str(folder)))
    plan = connector.plan(DAY)
    (folder / "a.csv").unlink()
    (folder / "a.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(SourceChanged, match="leads out"):
        list(connector.read(plan))


def test_links_within_the_folder_and_to_the_folder_are_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "kept").mkdir()
    (folder / "kept" / "a.txt").write_text("代码,名称\n1,甲\n")
    (folder / "a.csv").symlink_to("kept/a.txt")
    (tmp_path / "mounted").symlink_to(folder)
    dataset, connector = made(tmp_path / "mounted")
    assert typed(dataset, connector).column("code").to_pylist() == ["1"]


def test_hidden_files_and_those_that_somebody_edits_are_left_alone(folder: Path) -> None:
    for name in (".a.csv", "~$a.csv", "a.csv"):
        (folder / name).write_text("代码,名称\n1,甲\n")
    dataset, connector = made(folder)
    assert typed(dataset, connector).column("_piece").to_pylist() == ["a.csv"]


def test_a_file_that_changed_since_the_plan_is_refused(folder: Path) -> None:
    file = folder / "a.csv"
    file.write_text("代码,名称\n1,甲\n")
    _, connector = made(folder)
    plan = connector.plan(DAY)
    file.write_text("代码,名称\n1,乙\n")
    with pytest.raises(SourceChanged, match="changed since the plan was made"):
        list(connector.read(plan))
    file.write_text("代码,名称\n1,甲甲\n")
    with pytest.raises(SourceChanged, match="changed since the plan was made"):
        list(connector.read(plan))
    file.unlink()
    with pytest.raises(SourceChanged, match="no longer in the folder"):
        list(connector.read(plan))


def test_bytes_that_are_no_text_are_refused_with_their_offset_and_line(folder: Path) -> None:
    good = "代码,名称\n1,甲\n".encode("gb18030")
    (folder / "a.csv").write_bytes(good + b"2,\xff\xff\n")
    _, connector = made(folder, encoding="gb18030")
    with pytest.raises(SourceChanged, match=rf"a\.csv: byte {len(good) + 2} \(line 3\): found ff ff.*GB18030"):
        list(connector.read(connector.plan(DAY)))


def test_a_gb18030_file_declared_utf8_is_refused_with_the_place(folder: Path) -> None:
    rows = "".join(f"{n},䅟茬窑社区\n" for n in range(200_000))
    (folder / "a.csv").write_bytes(b"code,name\n" + b"1,x\n" * 300_000 + rows.encode("gb18030"))
    dataset, connector = made(folder, (make_field("code"), make_field("name")))
    with pytest.raises(SourceChanged, match=r"\(line 300002\): .* no UTF-8"):
        typed(dataset, connector)


def test_lines_with_a_wrong_number_of_cells_are_rejected_and_the_places_of_the_others_are_right(
    folder: Path, lake: Path
) -> None:
    lines = ["代码,名称", "1,甲", "2", "3,丙", '4,"丁', '丁"', "5,戊,多", "6,己"]
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    dataset, connector = made(folder)
    landing = landed(dataset, connector, lake)
    assert [(r["_place"], r["code"]) for r in rows_of(lake, landing)] == [(1, "1"), (3, "3"), (4, "4"), (6, "6")]
    found = [(r["_place"], r["field"], r["reason"], r["raw"]) for r in rejects_of(lake, landing)]
    assert found == [
        (2, "_row", "found 1 cells, expected 2", "2"),
        (5, "_row", "found 3 cells, expected 2", "5,戊,多"),
    ]
    assert landing.rejected == {"_row.misfit": 2}
    assert landing.read == 6


def test_places_are_right_across_many_blocks(folder: Path, lake: Path) -> None:
    lines = [f"{n},名{n}" if n % 97 else f"{n}" for n in range(1, 20_001)]
    (folder / "a.csv").write_text("代码,名称\n" + "\n".join(lines) + "\n")
    dataset, connector = made(folder, block_size=4096)
    landing = landed(dataset, connector, lake)
    assert all(row["_place"] == int(row["code"]) for row in rows_of(lake, landing))
    assert [row["_place"] for row in rejects_of(lake, landing)] == list(range(97, 20_001, 97))
    numbers = [row["_row"] for row in rows_of(lake, landing)] + [row["_row"] for row in rejects_of(lake, landing)]
    assert sorted(numbers) == list(range(1, 20_001))


def test_a_file_of_broken_lines_alone_lands_as_rejects(folder: Path, lake: Path) -> None:
    (folder / "a.csv").write_text("代码,名称\n1\n2\n")
    dataset, connector = made(folder)
    landing = landed(dataset, connector, lake)
    assert (landing.read, landing.rows, landing.rejected) == (2, 0, {"_row.misfit": 2})


def test_columns_that_no_field_names_are_noted_in_the_plan(folder: Path) -> None:
    (folder / "a.csv").write_text("代码,名称,备注\n1,甲,x\n")
    _, connector = made(folder)
    assert connector.plan(DAY).pieces[0]["extra"] == ["备注"]


def test_a_header_that_stands_twice_is_refused(folder: Path) -> None:
    (folder / "a.csv").write_text("代码,名称,名称\n1,甲,乙\n")
    _, connector = made(folder)
    with pytest.raises(SourceChanged, match="the header '名称' stands twice"):
        connector.plan(DAY)


def test_a_header_is_matched_to_the_letter_blanks_included(folder: Path) -> None:
    (folder / "a.csv").write_text("代码,名称 \n1,甲\n")
    _, connector = made(folder)
    with pytest.raises(SourceChanged, match="no column '名称'; found '代码', '名称 '"):
        connector.plan(DAY)


def test_rows_above_and_below_the_headers_are_skipped_as_declared(folder: Path, lake: Path) -> None:
    (folder / "a.csv").write_text('标题,"两\n行"\n代码,名称\n文本,文本\n1,甲\n2\n')
    dataset, connector = made(folder, header_row=2, skip_rows=1)
    landing = landed(dataset, connector, lake)
    assert [(r["_place"], r["code"]) for r in rows_of(lake, landing)] == [(1, "1")]
    assert [r["_place"] for r in rejects_of(lake, landing)] == [2]


def test_without_headers_the_columns_stand_in_field_order(folder: Path) -> None:
    (folder / "a.csv").write_bytes("1,甲,多\n2,乙,多\n".encode("utf-8-sig"))
    dataset, connector = made(folder, header_row=0)
    assert typed(dataset, connector).column("code").to_pylist() == ["1", "2"]
    assert "column 3" in connector.check()[0].said
    (folder / "a.csv").write_text("1\n")
    with pytest.raises(SourceChanged, match="found 1 columns, expected 2"):
        connector.plan(DAY)


@pytest.mark.parametrize("text", ["代码,名称", "代码,名称\n", "代码,名称\r\n\r\n"])
def test_a_file_of_headers_alone_is_empty_with_or_without_a_last_newline(folder: Path, lake: Path, text: str) -> None:
    (folder / "a.csv").write_bytes(text.encode())
    dataset, connector = made(folder)
    assert landed(dataset, connector, lake).read == 0


def test_a_file_that_ends_before_its_headers_is_refused(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"")
    _, connector = made(folder)
    with pytest.raises(SourceChanged, match="found 0 rows, expected the headers in row 1"):
        connector.plan(DAY)
    (folder / "a.csv").write_text("标题\n")
    _, connector = made(folder, header_row=3)
    with pytest.raises(SourceChanged, match="found 1 rows, expected the headers in row 3"):
        connector.plan(DAY)


def test_other_delimiters_and_no_quotes_are_read_as_declared(folder: Path) -> None:
    (folder / "a.csv").write_text('代码\t名称\n1\t"甲\n')
    dataset, connector = made(folder, delimiter="\t", quote="")
    assert typed(dataset, connector).column("name").to_pylist() == ['"甲']


def test_crlf_and_blank_lines_at_the_end_are_no_rows(folder: Path) -> None:
    (folder / "a.csv").write_bytes("代码,名称\r\n1,甲\r\n\r\n\r\n".encode())
    dataset, connector = made(folder)
    assert typed(dataset, connector).column("code").to_pylist() == ["1"]


def test_a_quotation_mark_without_its_pair_is_refused_not_swallowed(folder: Path) -> None:
    (folder / "a.csv").write_text("代码,名称\n" + '1,"甲\n' + "2,乙\n" * 5000)
    _, connector = made(folder, block_size=4096)
    with pytest.raises(SourceChanged, match="quotation mark"):
        list(connector.read(connector.plan(DAY)))


def test_a_column_that_older_files_lack_is_null_only_where_the_contract_says_so(folder: Path) -> None:
    (folder / "2019.csv").write_text("代码,名称\n1,甲\n")
    (folder / "2020.csv").write_text("代码,名称,备注\n2,乙,新\n")
    fields = (CODE, NAME, make_field("note", source_name="备注"))
    _, strict = made(folder, fields)
    with pytest.raises(SourceChanged, match=r"2019\.csv: no column '备注'"):
        strict.plan(DAY)
    dataset, connector = made(folder, fields, optional=["note"])
    assert typed(dataset, connector).column("note").to_pylist() == [None, "新"]


def test_a_required_field_cannot_be_optional(folder: Path) -> None:
    fields = (CODE, replace(NAME, required=True))
    dataset = dataset_of(Source("csv_folder", "drop", PLAIN | {"optional": ["name", "nam"]}), fields)
    mistakes = option_mistakes(dataset)
    assert "options.optional: found 'nam', expected one of code, name" in mistakes
    assert any("which the contract requires" in m for m in mistakes)


def test_null_markers_of_a_field_stand_for_those_of_the_source(folder: Path) -> None:
    (folder / "a.csv").write_text("代码,名称\nNA,NA\n-,-\n,\n")
    fields = (CODE, replace(NAME, null_markers=("-", "")))
    dataset, connector = made(folder, fields)
    table = typed(dataset, connector)
    assert table.column("code").to_pylist() == [None, "-", ""]
    assert table.column("name").to_pylist() == ["NA", None, None]


def test_blank_cells_take_the_value_above_where_declared(folder: Path) -> None:
    rows = "".join(f"{'县' + str(n) if n % 10 == 0 else ''},{n}\n" for n in range(5000))
    (folder / "a.csv").write_text("名称,代码\n" + rows)
    (folder / "b.csv").write_text("名称,代码\n,x\n")
    dataset, connector = made(folder, fill_down=["name"], block_size=1024)
    names = typed(dataset, connector).column("name").to_pylist()
    assert names[:-1] == [f"县{n // 10 * 10}" for n in range(5000)]
    assert names[-1] is None, "nothing of one file is handed down to the next"


def test_nothing_is_filled_down_across_a_broken_row(folder: Path, lake: Path) -> None:
    (folder / "a.csv").write_text("名称,代码\n滕州,1\n薛城,多,2\n,3\n峄城,4\n,5\n")
    dataset, connector = made(folder, fill_down=["name"])
    landing = landed(dataset, connector, lake)
    assert [(r["code"], r["name"]) for r in rows_of(lake, landing)] == [("1", "滕州"), ("4", "峄城"), ("5", "峄城")]
    assert [(r["_place"], r["field"]) for r in rejects_of(lake, landing)] == [(2, "_row"), (3, "name")]


def test_a_big5_file_declared_gb18030_is_warned_of(folder: Path) -> None:
    text = "代碼,名稱\n" + "".join(f"{n},臺北市政府民政局戶籍資料\n" for n in range(50))
    (folder / "a.csv").write_bytes(text.encode("big5"))
    fields = (make_field("code", source_name="代碼"), make_field("name", source_name="名稱"))
    garbled = [replace(f, source_name=f.source_name.encode("big5").decode("gb18030")) for f in fields]
    _, connector = made(folder, garbled, encoding="gb18030")
    (problem,) = connector.check()
    assert problem.warning
    assert "looks like BIG5" in problem.said


def test_a_utf8_file_declared_gb18030_is_warned_of_and_a_real_one_is_not(folder: Path) -> None:
    (folder / "a.csv").write_text("code,name\n" + "1,峄城区榴园镇\n" * 20, encoding="utf-8")
    _, connector = made(folder, (make_field("code"), make_field("name")), encoding="gb18030")
    assert "looks like UTF-8" in connector.check()[0].said
    (folder / "a.csv").write_text("代码,名称\n1,甲\n", encoding="utf-8")
    with pytest.raises(SourceChanged, match=r"found b2 0a, which is no GB18030; .* it looks like UTF-8"):
        connector.plan(DAY)
    (folder / "a.csv").write_text("code,name\n" + "1,峄城区榴园镇䶮𠮷\n" * 20, encoding="gb18030")
    assert connector.check() == ()


def test_an_append_of_all_files_each_time_is_a_mistake() -> None:
    source = Source("csv_folder", "drop", PLAIN, load=Load.APPEND)
    (mistake,) = option_mistakes(dataset_of(source, (CODE,)))
    assert "found '*.csv' with load append, which would add all files again each time" in mistake
    daily = replace(source, options=PLAIN | {"pattern": "a_{yyyymmdd}*.csv"})
    assert option_mistakes(dataset_of(daily, (CODE,))) == ()


def test_mistakes_of_the_options_are_all_told_at_once() -> None:
    options = {"pattern": "a/{month}.csv", "encoding": "gb", "header_row": "1", "folder": "../x", "colour": 1}
    mistakes = option_mistakes(dataset_of(Source("csv_folder", "drop", options), (CODE,)))
    assert len(mistakes) == 3
    told = " ".join(mistakes)
    assert "options.encoding: found 'gb'" in told
    assert "options.header_row: found '1'" in told
    assert "options.colour: unknown option" in told
    sound = {"pattern": "a/{month}.csv", "encoding": "gbk", "folder": "../x"}
    mistakes = option_mistakes(dataset_of(Source("csv_folder", "drop", sound), (CODE,)))
    assert [m.split(":")[0] for m in mistakes] == ["options.folder", "options.pattern"]


def test_a_field_that_is_no_number_names_file_and_row(folder: Path, lake: Path) -> None:
    (folder / "a.csv").write_text('代码,名称\n1,"1,234.50"\n2,1.005\n3,1.50\n')
    dataset, connector = made(folder, (CODE, replace(NAME, type=FieldType(Kind.DECIMAL, 18, 2))))
    landing = landed(dataset, connector, lake)
    found = [(r["_piece"], r["_place"], r["value"]) for r in rejects_of(lake, landing)]
    assert found == [("a.csv", 1, "1,234.50"), ("a.csv", 2, "1.005")]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_quotation_mark_without_its_pair_swallows_no_rows_unseen(folder: Path, encoding: str) -> None:
    (folder / "a.csv").write_text('代码,名称\n1,"甲\n2,乙\n3,丙\n', encoding=encoding)
    _, connector = made(folder, encoding=encoding)
    with pytest.raises(SourceChanged, match=r"the row that begins in line 2: .* without its pair"):
        list(connector.read(connector.plan(DAY)))


def test_a_quotation_mark_inside_a_bare_cell_is_text(folder: Path) -> None:
    (folder / "a.csv").write_text('代码,名称\n1,5" 管\n2,"两\n行"\n')
    dataset, connector = made(folder)
    assert typed(dataset, connector).column("name").to_pylist() == ['5" 管', "两\n行"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_byte_order_mark_is_no_part_of_the_first_header(folder: Path, encoding: str) -> None:
    (folder / "a.csv").write_bytes("\ufeff代码,名称\n1,甲\n".encode(encoding))
    dataset, connector = made(folder, encoding=encoding)
    assert typed(dataset, connector).column("code").to_pylist() == ["1"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("header_row", [0, 1])
def test_a_byte_order_mark_before_a_quoted_cell_is_no_part_of_it(folder: Path, encoding: str, header_row: int) -> None:
    above = '"代码,甲",名称\n' if header_row else ""
    (folder / "a.csv").write_bytes(f'\ufeff{above}"1,2",甲\n'.encode(encoding))
    fields = (make_field("code", source_name="代码,甲"), NAME)
    dataset, connector = made(folder, fields, encoding=encoding, header_row=header_row)
    assert typed(dataset, connector).column("code").to_pylist() == ["1,2"]


@pytest.mark.parametrize("text", ["x" * 9000, '"' + "x\n" * 90_000, '"x\n",' * 9000])
@pytest.mark.parametrize("header_row", [0, 1])
def test_a_file_without_line_breaks_is_not_read_on(folder: Path, text: str, header_row: int) -> None:
    (folder / "a.csv").write_text(text + "x" * 5_000_000)
    _, connector = made(folder, header_row=header_row, block_size=1024)
    tracemalloc.start()
    with pytest.raises(SourceChanged, match=r"a\.csv: found a row of more than 1024 characters.*|field larger than"):
        connector.plan(DAY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


@pytest.mark.parametrize(
    ("signs", "option", "said"),
    [
        ({"delimiter": "，"}, "delimiter", "expected a sign of ASCII"),
        ({"delimiter": "\n"}, "delimiter", "no line break"),
        ({"quote": "“"}, "quote", "expected a sign of ASCII"),
        ({"quote": "\r"}, "quote", "no line break"),
        ({"delimiter": "|", "quote": "|"}, "quote", "which is the delimiter"),
    ],
)
def test_signs_that_can_part_no_cells_are_mistakes(signs: dict[str, str], option: str, said: str) -> None:
    (mistake,) = option_mistakes(dataset_of(Source("csv_folder", "drop", PLAIN | signs), (CODE,)))
    assert mistake.startswith(f"options.{option}: found {signs[option]!r}, ")
    assert said in mistake
    assert option_mistakes(dataset_of(Source("csv_folder", "drop", PLAIN | {"quote": ""}), (CODE,))) == ()


@pytest.mark.parametrize("mark", ["", "\ufeff\ufeff"])
def test_utf_16_whose_mark_is_missing_or_doubled_is_refused_in_words(folder: Path, mark: str) -> None:
    (folder / "a.csv").write_bytes(f"{mark}代码,名称\n1,甲\n".encode("utf-16-le"))
    _, connector = made(folder, encoding="utf-16")
    with pytest.raises(SourceChanged, match=r"a\.csv: .*(declare utf-16-le or utf-16-be|no column)"):
        connector.plan(DAY)
