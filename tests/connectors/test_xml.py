"""XML keeps what every source keeps, fetches and expands nothing, and is read one element at a time."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from connectors.files.xml_head import has_doctype
from schemas.dataset import Source
from tests.builders import make_field
from tests.connectors.conformance import Conformance, Texts
from tests.connectors.folder_bench import FolderBench, Made, made

PEAK = Path("/proc/self/status")
CODE = make_field("code", key=1)
NAME = make_field("name")
NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class XmlBench(FolderBench):
    knows_null = True
    encoding = "UTF-8"

    def source(self) -> Source:
        return Source("xml", "drop", {"pattern": "people_{yyyymmdd}.xml", "records": "/people/list/person"})

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        if not rows and "person_id" not in names:
            rows = [dict.fromkeys(names)]  # without a record nothing has a name
        records = "".join(f"<person>{''.join(self.cell(n, row[n]) for n in names)}</person>\n" for row in rows)
        text = f'<?xml version="1.0" encoding="{self.encoding}"?>\n<people {NIL}><list>{records}</list></people>'
        (self.folder / "people_20261120.xml").write_bytes(text.encode("gb18030" if "GB" in self.encoding else "utf-8"))

    def cell(self, name: str, value: str | None) -> str:
        return f'<{name} xsi:nil="true"/>' if value is None else f"<{name}>{escape(value)}</{name}>"


class TestXml(Conformance):
    @pytest.fixture(params=["UTF-8", "GB18030", "GBK"])
    def bench(self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> XmlBench:
        bench = XmlBench(tmp_path_factory.mktemp("drop"))
        bench.encoding = request.param
        return bench


def xml(folder: Path, text: str | bytes, *fields: Any, **options: Any) -> Made:
    content = text if isinstance(text, bytes) else text.encode()
    return made(folder, "xml", content, fields or (CODE, NAME), **({"records": "/r/row"} | options))


def test_attributes_children_own_text_and_what_stands_around_are_named_by_paths(tmp_path: Path) -> None:
    text = """<r day="2026-11-20"><head><x>no record</x></head><rows town="榴园">
      <row id="1"><name lang="zh">甲<!-- ein Wort --></name><home><code>370404</code></home></row>
      <row id="2"><name lang="en"><![CDATA[a<b&c]]></name><home/>tail</row></rows></r>"""
    fields = (
        make_field("code", source_name="@id"),
        make_field("name"),
        make_field("lang", source_name="name/@lang"),
        make_field("home", source_name="home/code"),
        make_field("town", source_name="../@town"),
        make_field("day", source_name="../../@day"),
    )
    rows, rejects = xml(tmp_path, text, *fields, records="/r/rows/row", optional=["home"]).landed()
    assert [tuple(row.values()) for row in rows] == [
        ("1", "甲", "zh", "370404", "榴园", "2026-11-20", 1),
        ("2", "a<b&c", "en", None, "榴园", "2026-11-20", 2),
    ]
    assert rejects == []


def test_records_may_be_bare_texts_and_elements_of_a_namespace(tmp_path: Path) -> None:
    text = '<g:r xmlns:g="urn:x"><g:row>1</g:row><row>other</row><g:row g:a="y">2</g:row></g:r>'
    fields = (make_field("code", source_name="."), make_field("name", source_name="@g:a"))
    rows, _ = xml(tmp_path, text, *fields, records="/g:r/g:row", namespaces={"g": "urn:x"}, optional=["name"]).landed()
    assert [(row["code"], row["name"]) for row in rows] == [("1", None), ("2", "y")]
    text = '<r xmlns="urn:x"><row><code>1</code><name>甲</name></row></r>'
    (tmp_path / "b").mkdir()
    rows, _ = xml(tmp_path / "b", text, namespaces={"": "urn:x"}).landed()
    assert [(row["code"], row["name"]) for row in rows] == [("1", "甲")]


def test_a_record_inside_a_record_is_none_of_its_own(tmp_path: Path) -> None:
    text = "<r><row><code>1</code><name>x</name><row><code>9</code></row></row><other><row/></other></r>"
    rows, rejects = xml(tmp_path, text).landed()
    assert ([row["code"] for row in rows], rejects) == (["1"], [])


FIELDS = "<code>1</code><name>x</name>"
ELSEWHERE = {
    "below another": ("/r/row", f"<r><rows><row>{FIELDS}</row></rows></r>", "/r/rows/row"),
    "below another, without fields": ("/r/row", "<r><rows><row/></rows></r>", "/r/rows/row"),
    "renamed": ("/r/row", f"<r><item>{FIELDS}</item><count>1</count></r>", "/r/item"),
    "both": ("/r/row", f"<r><data><item>{FIELDS}</item></data></r>", "/r/data/item"),
    "in pages": ("/r/rows/row", f"<r><rows/><rows><page><row>{FIELDS}</row></page></rows></r>", "/r/rows/page/row"),
    "many": ("/r/row", f"<r><n/><rows>{f'<row>{FIELDS}</row>' * 5000}</rows>{'<n/>' * 20_000}</r>", "/r/rows/row"),
}
EMPTY = {
    "nothing": ("/r/row", "<r/>"),
    "what tells of the file": ("/r/row", "<r><head><day>20261120</day><name>民政局</name></head><count>0</count></r>"),
    "another list": ("/r/rows/row", f"<r><rows/><firms><firm>{FIELDS}</firm></firms>{'<n/>' * 20_000}</r>"),
    "another list of such records": ("/r/rows/row", f"<r><firms><row>{FIELDS}</row></firms><rows>\n</rows></r>"),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_records_that_stand_elsewhere_than_declared_are_no_empty_file(tmp_path: Path, what: str) -> None:
    path, text, found = ELSEWHERE[what]
    said = f"a.dat: found what looks like a record at {found}, expected records at {path}"
    assert xml(tmp_path, text, records=path).refused().endswith(said)
    assert not xml(tmp_path, text, records=path).connector.check()[0].warning


@pytest.mark.parametrize("what", EMPTY)
def test_a_list_without_records_is_an_empty_file(tmp_path: Path, what: str) -> None:
    path, text = EMPTY[what]
    assert xml(tmp_path, text, records=path).landed() == ([], [])


def test_what_is_absent_doubled_or_holds_elements_is_a_misfit_with_its_place(tmp_path: Path) -> None:
    text = (
        "<r><row><code>1</code></row><row><code>2</code><code>2</code><name/></row>"
        "<row><code>3</code><name>a<b/>c</name></row><row><code>4</code><name>x</name></row></r>"
    )
    rows, rejects = xml(tmp_path, text).landed()
    assert [row["code"] for row in rows] == ["4"]
    assert rejects == [
        (1, "name", "the record has no 'name'"),
        (2, "code", "found an array, expected one value"),
        (3, "name", "found an object, expected one value"),
    ]


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 100}">' for n in range(12))
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "a bomb of entities": (
        f"<!DOCTYPE r [{BOMB}]><r><row><code>&a11;</code></row></r>",
        "found a DOCTYPE, expected none",
    ),
    "a file from the disk": (
        '<?xml version="1.0"?>\n<!-- x --><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<r><row>&x;</row></r>',
        "found a DOCTYPE, expected none",
    ),
    "a definition from the net": ('<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r/>', "found a DOCTYPE"),
    "one in UTF-16": ('<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>'.encode("utf-16"), "found a DOCTYPE"),
    "an entity that nobody defined": (
        "<r><row><code>&x;</code></row></r>",
        "line 1.*: Entity 'x' not defined",
    ),
    "cut off": ("<r>\n<row><code>1</code><name>a</name></row>\n<row><code>", "a.dat: line 3, column .* up to its end"),
    "no bytes": ("", "line"),
    "no XML": ("code,name\n1,2\n", "line 1, column 1: Start tag expected"),
    "another encoding": ("<r><row><code>峄</code></row></r>".encode("gb18030"), "line 1, column"),
    "an encoding that is none": ('<?xml version="1.0" encoding="x-none"?><r/>', "[Ee]ncoding"),
    "deep": ("<r>" + "<a>" * 100_000, "depth"),
    "NUL bytes": (b"<r><row><code>\0\0</code></row></r>", "line 1, column"),
    "another root": ("<q><row/></q>", "found the root 'q', expected records at /r/row"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_was_made_to_harm_or_is_broken_is_refused_in_words(tmp_path: Path, what: str) -> None:
    text, said = HOSTILE[what]
    refused = xml(tmp_path, text, CODE).refused()
    assert "a.dat" in refused
    assert re.search(said, refused), refused


def test_a_doctype_is_looked_for_before_the_root_alone_and_however_many_comments_there_are() -> None:
    assert not has_doctype(b"<!-- a --><r/><!-- b --><!DOCTYPE r>")
    assert not has_doctype(b"<!-- a -->\n" * 10_000 + b"<r/>")
    assert has_doctype(b"\xef\xbb\xbf<?xml version='1.0'?>" + b"<!-- a -->\n" * 10_000 + b"<!DOCTYPE r>")


def test_a_declared_encoding_stands_for_the_one_that_the_file_tells(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><r><row><code>1</code><name>峄城䶮</name></row></r>'
    rows, _ = xml(tmp_path, text.encode("gb18030"), encoding="gbk").landed()
    assert rows[0]["name"] == "峄城䶮"


ROW = "<row><code>370402199001011234</code><name>峄城</name></row>\n"
FIRM = ROW.replace("row>", "firm>")
SHAPES = {
    "one list": ("/r/row", "<r>", ROW, "</r>"),
    "each record in an element of its own": ("/r/day/row", "<r>", f'<day d="1">{ROW}</day>', "</r>"),
    "another list before the records": ("/r/rows/row", "<r><firms>", FIRM, f"</firms><rows>{ROW}</rows></r>"),
    "another list behind the records": ("/r/rows/row", f"<r><rows>{ROW}</rows><firms>", FIRM, "</firms></r>"),
    "elements beside each record": ("/r/row", "<r>", f"<note>{'x' * 50}</note>{ROW}", "</r>"),
}
CHILD = """
import sys
from pathlib import Path
from tests.connectors.conformance import DAY
from tests.connectors.test_xml import xml

records, before, many, after = sys.argv[2:]
for times in (20_000, 100_000):
    folder = Path(sys.argv[1]) / str(times)
    folder.mkdir()
    connector = xml(folder, "", records=records).connector
    with (folder / "drop" / "a.dat").open("w") as file:
        file.write(before)
        file.writelines(many for _ in range(times))
        file.write(after)
    rows = sum(batch.rows.num_rows for batch in connector.read(connector.plan(DAY)))
    peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    print(rows - many.count("<row>") * times - (before + after).count("<row>"), peak.split()[1])
"""


@pytest.mark.skipif(not PEAK.exists(), reason="NOT TESTED: this system does not tell a process's peak of memory")
@pytest.mark.parametrize("shape", SHAPES)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, shape: str) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path), *SHAPES[shape]]
    said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert said.returncode == 0, said.stderr
    (missed, small), (missed_too, large) = (map(int, line.split()) for line in said.stdout.splitlines())
    assert (missed, missed_too) == (0, 0)
    assert large - small < 8_000


def test_records_that_came_into_a_namespace_are_no_empty_list(tmp_path: Path) -> None:
    text = '<r><rows xmlns="urn:x"><row><code>1</code><name>a</name></row></rows></r>'
    assert "looks like a record at /r/{urn:x}rows/{urn:x}row" in xml(tmp_path, text, records="/r/rows/row").refused()


def test_another_root_is_refused_before_the_file_is_read(tmp_path: Path) -> None:
    said = xml(tmp_path, '<R xmlns="urn:x"><row><code>1', records="/r/row").refused()
    assert "found the root '{urn:x}R', expected records at /r/row" in said
