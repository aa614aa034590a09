"""What a place of files has is told before there is a contract, and how files are written is proposed, never taken."""

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import openpyxl
import pytest

from connectors.exploring import Offer, Weight
from connectors.files.about import day_of
from connectors.files.csv_guess import csv_guess
from connectors.files.json_guess import MOST
from connectors.places.spool import fetched_once
from connectors.registry import kind_of
from connectors.sampling import kinds_reading, offers, rows_of, stream_of
from schemas.connection import Connection
from schemas.dataset import Source
from schemas.errors import BadInput, SourceChanged
from tests.connectors.conformance import NOW, dataset_of
from tests.connectors.far_place import FarPlace
from tests.connectors.mock_kafka import mock_kafka
from tests.connectors.paged_source import Service, ok, serving

TITLED = "枣庄市公交站点\r\n编号,名称,区划\r\n" + "".join(f"{n:03d},站点{n},370402\r\n" for n in range(60))


def folder(path: Path) -> Connection:
    return Connection("drop", "fs", host=str(path))


def one(connection: Connection, name: str) -> Offer:
    (found,) = offers(connection, name)
    return found


@pytest.mark.parametrize(
    ("content", "encoding", "certain"),
    [
        ("编号,名称\n1,甲\n".encode(), "utf-8", True),
        ("编号,名称\n1,甲\n".encode("utf-8-sig"), "utf-8", True),
        ("编号,名称\n1,甲\n".encode("utf-16"), "utf-16", True),
        ("编号,名称\n1,䶮\n".encode("gb18030"), "gb18030", False),
        (b"id,name\n1,a\n", "utf-8", True),
        (b"id,name\n1,\xff\xff\n", "windows-1252", False),
    ],
)
def test_an_encoding_is_certain_only_where_bytes_prove_it(content: bytes, encoding: str, certain: bool) -> None:
    found = csv_guess(content)["encoding"]
    assert (found.value, found.certain) == (encoding, certain)


def test_what_is_text_of_no_encoding_is_no_csv() -> None:
    with pytest.raises(BadInput, match=r"its first 6 bytes are text of no encoding .* --kind fixed_width"):
        csv_guess(b"01\xff\x81 \n")


def test_delimiter_and_headers_are_proposed_with_their_reason() -> None:
    found = csv_guess("标题\n甲;乙\n1;2\n3;4\n".encode())
    assert (found["delimiter"].value, found["header_row"].value) == (";", 2)
    plain = csv_guess("甲,乙\n1,2\n".encode())
    assert set(plain) == {"encoding"}
    bare = csv_guess(b"1,2\n3,4\n")
    assert (bare["header_row"].value, bare["header_row"].certain) == (0, False)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\r1,2\r3,4\r", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        (b"title\ra;b\r1;2\r3;4\r", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        (b'a,b\r\n1,"x\ry"\r\n2,3\r\n', [{"a": "1", "b": "x\ry"}, {"a": "2", "b": "3"}]),
    ],
)
def test_lines_that_end_as_on_old_macs_are_drafted(
    tmp_path: Path, content: bytes, expected: list[dict[str, str]]
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    offer = one(folder(tmp_path), "a.csv")
    stream = stream_of(offer, folder(tmp_path))
    assert list(rows_of(offer, folder(tmp_path), stream, NOW)) == expected


def test_a_day_in_a_name_makes_a_pattern() -> None:
    assert day_of("pattern", "bus_stop_20261120.csv")["pattern"].value == "bus_stop_{yyyymmdd}.csv"
    assert day_of("pattern", "2026-11-20.csv")["pattern"].value == "{yyyy-mm-dd}.csv"
    assert day_of("pattern", "code_370402001013.csv") == {}


def test_a_file_with_a_title_line_is_read_as_proposed(tmp_path: Path) -> None:
    (tmp_path / "stop_20261120.csv").write_bytes(TITLED.encode("gb18030"))
    connection = folder(tmp_path)
    offer = one(connection, "stop_20261120.csv")
    assert (offer.kind, offer.options["pattern"]) == ("csv_folder", "stop_20261120.csv")
    assert offer.proposals["pattern"].value == "stop_{yyyymmdd}.csv"
    stream = stream_of(offer, connection)
    assert [c.name for c in stream.columns] == ["编号", "名称", "区划"]
    rows = list(rows_of(offer, connection, stream, NOW, most=5))
    assert len(rows) == 5
    assert rows[0] == {"编号": "000", "名称": "站点0", "区划": "370402"}


def test_sheets_are_offers_of_their_own_with_the_row_of_their_headers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "名单"
    for row in (["枣庄市名单", None], ["编号", "名称"], ["007", "甲"], ["008", "乙"]):
        sheet.append(row)
    book.create_sheet("说明").append(["无"])
    book.save(tmp_path / "book.xlsx")
    connection = folder(tmp_path)
    assert [o.name for o in offers(connection)] == ["book.xlsx"]
    assert [o.name for o in offers(connection, "book.xlsx")] == ["book.xlsx#名单", "book.xlsx#说明"]
    offer = one(connection, "book.xlsx#名单")
    assert (offer.proposals["header_rows"].value, offer.proposals["first_row"].value) == ([2], 3)
    stream = stream_of(offer, connection)
    assert [row["编号"] for row in rows_of(offer, connection, stream, NOW)] == ["007", "008"]


def test_folders_below_are_looked_into_and_unfinished_files_are_nobodys(tmp_path: Path) -> None:
    (tmp_path / "民政" / "2026").mkdir(parents=True)
    (tmp_path / "民政" / "2026" / "a.csv").write_text("x\n1\n", encoding="utf-8")
    (tmp_path / "b.csv.part").write_text("x", encoding="utf-8")
    (tmp_path / "c.jsonl").write_text('{"x": 1}\n', encoding="utf-8")
    found = {o.name: o for o in offers(folder(tmp_path))}
    assert {name: o.kind for name, o in found.items()} == {"民政/2026/a.csv": "csv_folder", "c.jsonl": "json_lines"}
    assert one(folder(tmp_path), "民政/2026/a.csv").options == {"folder": "民政/2026", "pattern": "a.csv"}


def test_folders_that_lie_too_deep_are_not_even_listed(tmp_path: Path) -> None:
    (tmp_path / "1" / "2" / "3" / "4").mkdir(parents=True)
    (tmp_path / "1" / "2" / "3" / "a.csv").write_text("x\n1\n", encoding="utf-8")
    listed: list[Path] = []
    watched = [True]

    def hear(event: str, told: tuple[object, ...]) -> None:
        if watched and event == "os.scandir":
            listed.append(Path(str(told[0])))

    sys.addaudithook(hear)
    assert offers(folder(tmp_path), wanted="csv_folder") == ()
    watched.clear()
    assert tmp_path / "1" / "2" in listed
    assert tmp_path / "1" / "2" / "3" not in listed


def test_links_to_nothing_and_to_themselves_end_no_listing(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for where in (tmp_path, tmp_path / "sub"):
        (where / "a.csv").write_text("x\n1\n", encoding="utf-8")
        (where / "loop.csv").symlink_to("loop.csv")
        (where / "gone.csv").symlink_to("/nowhere.csv")
        os.mkfifo(where / "pipe.csv")
    assert [o.name for o in offers(folder(tmp_path))] == ["a.csv", "sub/a.csv"]
    assert offers(folder(tmp_path), "sub/loop.csv") == ()


def test_a_connection_of_no_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"found conn_type pigeon, expected one of .*fs.*postgres"):
        kinds_reading(Connection("loft", "pigeon"))


def test_a_far_place_tells_what_it_has(far: FarPlace) -> None:
    far.put("stop_20261120.csv", TITLED.encode("gb18030"))
    offer = one(far.connection, "stop_20261120.csv")
    assert offer.proposals["header_row"].value == 2
    stream = stream_of(offer, far.connection)
    assert len(list(rows_of(offer, far.connection, stream, NOW, most=7))) == 7
    assert [o.name for o in offers(far.connection)] == ([] if far.connection.kind == "http" else [offer.name])


def test_who_looks_at_columns_and_at_rows_fetches_the_file_once(far: FarPlace) -> None:
    far.put("stop_20261120.csv", TITLED.encode("gb18030"))
    offer = one(far.connection, "stop_20261120.csv")
    begun = len(far.asked)
    with fetched_once():
        stream = stream_of(offer, far.connection)
        assert len(list(rows_of(offer, far.connection, stream, NOW, most=7))) == 7
    assert far.asked[begun:] in ([], ["stop_20261120.csv"])


def test_a_folder_that_could_be_written_and_a_file_from_the_future_are_warned_of(tmp_path: Path) -> None:
    told = kind_of("csv_folder").signs
    assert told is not None
    dataset = dataset_of(Source("csv_folder", "drop", {"pattern": "*.csv", "encoding": "gb18030"}))
    ahead = datetime.now(UTC) + timedelta(hours=1)
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    os.utime(tmp_path / "a.csv", (ahead.timestamp(), ahead.timestamp()))
    signs = {s.about: s for s in told(dataset, folder(tmp_path), lambda: datetime.now(UTC))}
    assert signs["write"].weight is Weight.WARNING
    assert signs["clock"].weight is Weight.WARNING
    (none,) = told(dataset, folder(tmp_path / "away"), lambda: datetime.now(UTC))
    assert none.weight is Weight.PROBLEM
    assert none.advice


def service(of: Service, **told: Any) -> Connection:
    return Connection("api", "http", host="127.0.0.1", port=of.port, **told)


def test_a_service_is_asked_by_a_path_and_its_paging_is_asked_for() -> None:
    with serving() as of:
        of.records = [{"id": str(n), "n": f"#{n}.50"} for n in range(30)]
        of.answer = lambda _asked: ok({"data": {"items": of.records, "total": 30}})
        assert offers(service(of)) == ()
        offer = one(service(of), "/persons")
        assert (offer.kind, offer.options) == ("rest", {"path": "/persons"})
        assert (offer.proposals["records"].value, offer.proposals["records"].certain) == ("data.items", True)
        page = offer.proposals["page"]
        assert not page.certain
        assert page.value["total"] == "data.total"
        stream = stream_of(offer, service(of))
        assert [(c.name, c.type) for c in stream.columns] == [("id", "string"), ("n", "number")]
        assert len(list(rows_of(offer, service(of), stream, NOW, most=10))) == 10


def test_a_service_that_shuts_us_out_and_one_that_is_not_encrypted_are_told() -> None:
    told = kind_of("rest").signs
    assert told is not None
    options = {"path": "/persons", "page": {"kind": "number"}}
    dataset = dataset_of(Source("rest", "api", options))
    with serving() as of:
        of.answer = lambda _asked: ok([])
        signs = {s.about: s for s in told(dataset, service(of), lambda: datetime.now(UTC))}
        assert signs["session"].weight is Weight.WARNING
        assert signs["reach"].weight is Weight.WELL
    away = list(told(dataset, service(of), lambda: datetime.now(UTC)))
    assert [(s.about, s.weight) for s in away] == [("reach", Weight.PROBLEM)]


def test_the_topics_of_a_cluster_are_listed_and_looked_into() -> None:
    with mock_kafka() as cluster:
        cluster.create("water", partitions=2)
        cluster.create("air")
        cluster.send([b'{"site": "a", "level": 1.25}', b'{"site": "b", "level": 2}'], topic="water", partition=1)
        connection = Connection("sensing", "kafka", host=cluster.host, port=cluster.port)
        assert [(o.name, o.form, o.comment) for o in offers(connection)] == [
            ("air", "topic", "1 partitions"),
            ("water", "topic", "2 partitions"),
        ]
        offer = one(connection, "water")
        stream = stream_of(offer, connection)
        assert [(c.name, c.type) for c in stream.columns] == [("site", "string"), ("level", "number")]
        rows = list(rows_of(offer, connection, stream, NOW))
        assert [row["level"] for row in rows] == ["1.25", "2"]


class Shut(BaseHTTPRequestHandler):
    """Answers nobody without a token, and is behind the clock of everybody."""

    date = "Fri, 20 Nov 2026 00:00:00 GMT"

    def do_HEAD(self) -> None:
        self.send_response_only(200 if self.headers.get("Authorization") == "Bearer open" else 401)
        self.send_header("Date", self.date)
        self.end_headers()

    def log_message(self, *told: object) -> None:
        del told


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Fri, 20 Nov 2026 00:05:00 -0000", "0.0 s from ours"),
        ("Fri, 20 Nov 2026 00:05:00", "0.0 s from ours"),
        ("Fri, 20 Nov 2026 00:00:00 +99999999999999", ""),
        ("today", ""),
    ],
)
def test_a_sloppy_date_of_a_service_ends_no_check(date: str, said: str) -> None:
    told = kind_of("rest").signs
    assert told is not None
    dataset = dataset_of(Source("rest", "api", {"path": "/persons", "page": {"kind": "number"}}))
    noon = datetime(2026, 11, 20, 0, 5, tzinfo=UTC)
    with HTTPServer(("127.0.0.1", 0), type("Sloppy", (Shut,), {"date": date})) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        connection = Connection("api", "http", "127.0.0.1", server.server_port, extra={"token": "open"})
        found = {s.about: s.said for s in told(dataset, connection, lambda: noon)}
        server.shutdown()
    assert found.get("clock", "") == said


def test_a_service_says_whether_it_lets_us_in_and_how_late_it_is() -> None:
    told = kind_of("rest").signs
    assert told is not None
    dataset = dataset_of(Source("rest", "api", {"path": "/persons", "page": {"kind": "number"}}))
    noon = datetime(2026, 11, 20, 0, 5, tzinfo=UTC)
    with HTTPServer(("127.0.0.1", 0), Shut) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        connection = Connection("api", "http", host="127.0.0.1", port=server.server_port)
        shut = {s.about: s for s in told(dataset, connection, lambda: noon)}
        let_in = replace(connection, extra={"token": "open"})
        open_ = {s.about: s for s in told(dataset, let_in, lambda: noon)}
        server.shutdown()
    assert (shut["login"].weight, "correct login or token" in shut["login"].advice) == (Weight.PROBLEM, True)
    assert open_["login"].weight is Weight.WELL
    assert (open_["clock"].weight, open_["clock"].said) == (Weight.WARNING, "300 s behind ours")


def xml(path: Path, body: str, name: str = "a.xml", encoding: str = "utf-8", declared: str = "") -> Connection:
    head = f'<?xml version="1.0" encoding="{declared or encoding}"?>'
    (path / name).write_bytes((head + body).encode(encoding))
    return folder(path)


def test_elements_that_repeat_are_proposed_as_records_and_their_fields_are_found(tmp_path: Path) -> None:
    row = '<row id="{0}"><name>站点{0}</name><phone at="home">1</phone></row>'
    rows = "".join(row.format(number) for number in range(20))
    connection = xml(tmp_path, f"<report><head><day>2026-11-20</day></head><rows>{rows}</rows></report>")
    offer = one(connection, "a.xml")
    records = offer.proposals["records"]
    assert (offer.kind, records.value, records.certain) == ("xml", "/report/rows/row", True)
    assert records.why == "20 of these in the first 64 KiB, and no other outermost element repeats"
    stream = stream_of(offer, connection)
    assert [column.name for column in stream.columns] == ["@id", "name", "phone", "phone/@at"]
    assert [row["@id"] for row in rows_of(offer, connection, stream, NOW, most=2)] == ["0", "1"]


def test_where_several_elements_repeat_a_person_names_one(tmp_path: Path) -> None:
    columns, rows = '<column name="x"/>' * 3, "<row><x>1</x></row>" * 5
    connection = xml(tmp_path, f"<t><head>{columns}</head><body>{rows}</body></t>")
    assert [found.name for found in offers(connection, "a.xml")] == ["a.xml#/t/body/row", "a.xml#/t/head/column"]
    offer = one(connection, "a.xml#/t/body/row")
    assert offer.proposals["records"].value == "/t/body/row"
    assert "others repeat as well: /t/head/column" in offer.proposals["records"].why
    assert [column.name for column in stream_of(offer, connection).columns] == ["x"]


def test_of_a_file_in_which_nothing_repeats_the_records_are_asked_for(tmp_path: Path) -> None:
    connection = xml(tmp_path, "<report><row><name>x</name><at><town>y</town></at></row></report>")
    records = one(connection, "a.xml").proposals["records"]
    assert (records.value, records.certain) == ("/report/row", False)


def test_namespaces_of_names_are_taken_from_the_file(tmp_path: Path) -> None:
    rows = "<g:row><g:name>x</g:name></g:row>" * 2
    connection = xml(tmp_path, f'<list xmlns="urn:a" xmlns:g="urn:b" xmlns:unused="urn:c">{rows}</list>')
    offer = one(connection, "a.xml")
    assert offer.options["namespaces"] == {"": "urn:a", "g": "urn:b"}
    assert offer.proposals["records"].value == "/list/g:row"
    stream = stream_of(offer, connection)
    assert [row["g:name"] for row in rows_of(offer, connection, stream, NOW)] == ["x", "x"]


def test_bytes_that_are_not_what_an_xml_file_declares_are_told(tmp_path: Path) -> None:
    rows = "<row><name>枣庄</name></row>" * 2
    offer = one(xml(tmp_path, f"<t>{rows}</t>", encoding="gbk", declared="utf-8"), "a.xml")
    assert (offer.proposals["encoding"].value, offer.proposals["encoding"].certain) == ("gb18030", False)
    assert "encoding" not in one(xml(tmp_path, f"<t>{rows}</t>", encoding="gbk", declared="GB2312"), "a.xml").proposals
    assert "encoding" not in one(xml(tmp_path, f"<t>{rows}</t>", encoding="utf-16"), "a.xml").proposals


def test_only_the_beginning_of_a_large_xml_file_is_looked_at(tmp_path: Path) -> None:
    connection = xml(tmp_path, f"<t>{'<row><name>枣庄</name></row>' * 50_000}")
    assert one(connection, "a.xml").proposals["records"].value == "/t/row"


def test_each_of_several_default_namespaces_has_a_prefix_of_its_own(tmp_path: Path) -> None:
    rows = '<r k="1"/><r k="2"/>'
    connection = xml(tmp_path, f'<a xmlns="u:1"><b xmlns="u:2"><c xmlns="u:3">{rows}</c></b></a>')
    offer = one(connection, "a.xml")
    assert offer.options["namespaces"] == {"": "u:1", "n2": "u:2", "n3": "u:3"}
    assert offer.proposals["records"].value == "/a/n2:b/n3:c/n3:r"


def test_an_xml_file_that_would_bring_in_others_is_refused_when_it_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text('<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><t><row>&x;</row></t>')
    offer = one(folder(tmp_path), "a.xml")
    with pytest.raises(SourceChanged, match="found a DOCTYPE"):
        stream_of(offer, folder(tmp_path))


def test_the_lists_of_a_json_document_are_proposed_as_records(tmp_path: Path) -> None:
    body = '{"total": 2, "data": {"rows": [{"编号": "001", "n": 1.50}, {"编号": "002", "n": 2}]}}'
    (tmp_path / "a.json").write_text(body, encoding="gb18030")
    offer = one(folder(tmp_path), "a.json")
    records, encoding = offer.proposals["records"], offer.proposals["encoding"]
    assert (records.value, records.certain, encoding.value, encoding.certain) == ("data.rows", True, "gb18030", False)
    stream = stream_of(offer, folder(tmp_path))
    assert [row["n"] for row in rows_of(offer, folder(tmp_path), stream, NOW)] == ["1.50", "2"]
    (tmp_path / "b.json").write_text('{"towns": [{"a": 1}], "villages": [{"b": 1}]}', encoding="utf-8")
    assert [found.name for found in offers(folder(tmp_path), "b.json")] == ["b.json#towns", "b.json#villages"]
    assert [c.name for c in stream_of(one(folder(tmp_path), "b.json#villages"), folder(tmp_path)).columns] == ["b"]
    (tmp_path / "c.json").write_text('[{"a": [{"b": 1}]}]', encoding="utf-8")
    assert one(folder(tmp_path), "c.json").proposals == {}


@pytest.mark.parametrize("content", [b"", b'{"a": [{"b": 1}', b"[" * 5000, b'{"a": [{"b": 1}], "a": 2}'], ids=range(4))
def test_what_is_no_json_document_is_offered_without_a_proposal(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert one(folder(tmp_path), "a.json").proposals == {}


SOME = [{"id": f"{n:03d}", "姓名": "张三"} | ({"电话": "y"} if n % 2 else {"备注": "x"}) for n in range(100)]


def test_records_that_lack_one_name_or_another_are_sampled_and_what_they_lack_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, SOME)), encoding="utf-8")
    rows = "".join(f"<row>{''.join(f'<{k}>{v}</{k}>' for k, v in one.items())}</row>" for one in SOME)
    xml(tmp_path, f"<t>{rows}</t>")
    for name in ("a.jsonl", "a.xml"):
        offer = one(folder(tmp_path), name)
        stream = stream_of(offer, folder(tmp_path))
        assert {c.name: c.missing for c in stream.columns} == {
            "id": (0, 100),
            "姓名": (0, 100),
            "电话": (50, 100),
            "备注": (50, 100),
        }
        sample = list(rows_of(offer, folder(tmp_path), stream, NOW))
        assert len(sample) == 100
        assert sample[0] == {"id": "000", "姓名": "张三", "电话": None, "备注": "x"}


def test_a_service_whose_records_lack_a_name_is_sampled_too() -> None:
    with serving() as of:
        of.records = [dict(one) for one in SOME]
        of.answer = lambda _asked: ok(of.records)
        offer = one(service(of), "/persons")
        stream = stream_of(offer, service(of))
        assert {c.name: c.missing[0] for c in stream.columns} == {"id": 0, "姓名": 0, "电话": 50, "备注": 50}
        assert len(list(rows_of(offer, service(of), stream, NOW, most=80))) == 80


def test_what_is_no_single_value_spoils_no_sample(tmp_path: Path) -> None:
    lines = [{"n": f"{n}", "of": {"town": "x"} if n else None, "tags": ["a", "b"]} for n in range(20)]
    lines[3]["n"] = ["3"]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    offer = one(folder(tmp_path), "a.jsonl")
    stream = stream_of(offer, folder(tmp_path))
    assert {c.name: c.type for c in stream.columns} == {"n": "string", "of.town": "string", "tags": "array"}
    sample = list(rows_of(offer, folder(tmp_path), stream, NOW))
    assert [row["of.town"] for row in sample[:2]] == [None, "x"]
    assert len(sample) == 19


@pytest.mark.parametrize("name", ["a[1] (2).csv", "what?.csv", "a*b_20261120.csv", "a{1}.csv", "[x].jsonl", "[x].json"])
def test_a_name_with_letters_of_a_glob_is_offered_as_itself(tmp_path: Path, name: str) -> None:
    content = '{"x": "1"}\n' if name.endswith("jsonl") else '[{"x": "1"}]' if name.endswith("json") else "x\n1\n"
    (tmp_path / name).write_text(content, encoding="utf-8")
    offer = one(folder(tmp_path), name)
    stream = stream_of(offer, folder(tmp_path))
    assert [c.name for c in stream.columns] == ["x"]
    assert list(rows_of(offer, folder(tmp_path), stream, NOW)) == [{"x": "1"}]
    if "20261120" in name:
        assert offer.proposals["pattern"].value == "a[*]b_{yyyymmdd}.csv"


def test_a_file_that_is_gone_since_it_was_offered_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n", encoding="utf-8")
    offer = one(folder(tmp_path), "a.csv")
    (tmp_path / "a.csv").unlink()
    with pytest.raises(SourceChanged, match=r"a\.csv: found nothing to look at"):
        stream_of(offer, folder(tmp_path))


def test_of_a_large_json_document_a_person_names_the_list(tmp_path: Path) -> None:
    filler = "枣" * (MOST // 2)
    body = f'{{"firms": [{{"a": "{filler}"}}, {{"a": "{filler}"}}], "persons": [{{"id": "1", "name": "张"}}]}}'
    (tmp_path / "a.json").write_text(body, encoding="utf-8")
    with pytest.raises(BadInput, match=r"larger than 16 MB, .* name the one that holds .* e\.g\. a\.json#data"):
        offers(folder(tmp_path), "a.json")
    offer = one(folder(tmp_path), "a.json#persons")
    assert (offer.proposals["records"].value, set(offer.proposals)) == ("persons", {"records"})
    assert offer.name == "a.json#persons"
    stream = stream_of(offer, folder(tmp_path))
    assert list(rows_of(offer, folder(tmp_path), stream, NOW)) == [{"id": "1", "name": "张"}]
    (tmp_path / "b.json").write_text(f' [{{"id": "{filler}"}}, {{"id": "{filler}"}}]', encoding="gb18030")
    listed = one(folder(tmp_path), "b.json")
    assert (listed.name, listed.proposals["encoding"].value) == ("b.json", "gb18030")
    assert [c.name for c in stream_of(listed, folder(tmp_path)).columns] == ["id"]
