"""JSON documents and JSON Lines keep what every source keeps; numbers keep every digit, what is broken its place."""

import hashlib
import io
import json
import re
import resource
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.files.content import BLOCK
from connectors.files.json_list import JsonList
from connectors.protocol import Connector
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import SourceChanged
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

CODE = make_field("code", key=1)
NAME = make_field("name")


@dataclass
class JsonBench:
    folder: Path
    kind: str
    encoding: str = "utf-8"
    counts = False
    knows_null = True

    def source(self) -> Source:
        options = {"pattern": "people_{yyyymmdd}.json", "encoding": self.encoding}
        return Source(self.kind, "drop", options | ({"records": "data.rows"} if self.kind == "json" else {}))

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        records = [{n: row[n] for n in names} for row in rows]
        if not rows and "person_id" not in names:
            records = [dict.fromkeys(names)]  # without a record nothing has a name
        if self.kind == "json":
            text = json.dumps({"code": 0, "data": {"total": 3, "rows": records, "more": []}}, ensure_ascii=False)
        else:
            text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records) or "\n"
        (self.folder / "people_20261120.json").write_bytes(text.encode(self.encoding))

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, Connection("drop", "fs", host=str(self.folder), password=SECRET))

    def state(self) -> object:
        return sorted((f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in self.folder.iterdir())


class TestJson(Conformance):
    @pytest.fixture(params=["utf-8", "gb18030"])
    def bench(self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> JsonBench:
        return JsonBench(tmp_path_factory.mktemp("drop"), "json", request.param)


class TestJsonLines(Conformance):
    @pytest.fixture(params=["utf-8", "gb18030"])
    def bench(self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> JsonBench:
        return JsonBench(tmp_path_factory.mktemp("drop"), "json_lines", request.param)


def made(
    folder: Path, text: str | bytes, *fields: Field, kind: str = "json", **options: Any
) -> tuple[Dataset, Connector]:
    (folder / "drop").mkdir(exist_ok=True)
    (folder / "drop" / "a.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    dataset = dataset_of(Source(kind, "drop", {"pattern": "*.json"} | options), fields or (CODE, NAME))
    return dataset, connector_for(dataset, Connection("drop", "fs", host=str(folder / "drop")))


def refused(connector: Connector) -> str:
    with pytest.raises(SourceChanged) as refusal:
        list(connector.read(connector.plan(DAY)))
    return str(refusal.value)


def told(folder: Path, made: tuple[Dataset, Connector]) -> tuple[list[Any], list[tuple[int, str, str]]]:
    """Codes that were landed, and of each reject place, field and reason."""
    landing = landed(*made, folder / "lake")
    rejects = rejects_of(folder / "lake", landing)
    return (
        [r["code"] for r in rows_of(folder / "lake", landing)],
        [(r["_place"], r["field"], r["reason"]) for r in rejects],
    )


@pytest.mark.parametrize("kind", ["json", "json_lines"])
def test_numbers_keep_every_digit_as_written(tmp_path: Path, kind: str) -> None:
    records = [
        '{"code": 370402199001011234, "name": 1.10, "d": 0.1000000000000000055511151231257827}',
        '{"code": 1E2, "name": true, "d": 12345678901234567890.5}',
    ]
    text = f"[{','.join(records)}]" if kind == "json" else "\n".join(records)
    precise = make_field("d", type=FieldType(Kind.DECIMAL, 38, 34))
    dataset, connector = made(tmp_path, text, CODE, NAME, make_field("d"), kind=kind)
    found = typed(dataset, connector).select(["code", "name", "d"]).to_pylist()
    assert found[0] == {"code": "370402199001011234", "name": "1.10", "d": "0.1000000000000000055511151231257827"}
    assert found[1] == {"code": "1E2", "name": "true", "d": "12345678901234567890.5"}
    dataset, connector = made(tmp_path, text, precise, kind=kind)
    assert typed(dataset, connector).column("d").to_pylist()[:1] == [Decimal("0.1000000000000000055511151231257827")]


@pytest.mark.parametrize("kind", ["json", "json_lines"])
def test_what_is_written_in_place_of_a_number_is_a_misfit_unless_it_means_missing(tmp_path: Path, kind: str) -> None:
    names = ["NaN", "-Infinity", "Infinity", '"NaN"', "[NaN]", "1"]
    records = [f'{{"code": {n}, "name": {name}, "unread": NaN}}' for n, name in enumerate(names, 1)]
    text = f"[{','.join(records)}]" if kind == "json" else "\n".join(records)
    codes, rejects = told(tmp_path, made(tmp_path, text, kind=kind))
    assert codes == ["4", "6"]
    assert [(place, name) for place, name, _ in rejects] == [(1, "name"), (2, "name"), (3, "name"), (5, "name")]
    assert rejects[1][2].startswith("found -Infinity, which is no JSON; expected a number or null: ask for that, or")
    dataset, connector = made(tmp_path, text, CODE, replace(NAME, null_markers=("NaN",)), kind=kind)
    assert typed(dataset, connector).select(["code", "name"]).to_pylist()[0] == {"code": "1", "name": None}


def test_nested_records_are_flattened_by_declared_paths(tmp_path: Path) -> None:
    rows = '[{"person": {"id": "1", "a.b": "x"}, "tel": ["7", "8"]}, {"person": null, "tel": []}]'
    text = f'{{"data": {{"n": 9, "rows": {rows}}}}}'
    fields = (
        make_field("code", source_name="person.id"),
        make_field("name", source_name="person.a\\.b"),
        make_field("second", source_name="tel.1"),
    )
    dataset, connector = made(tmp_path, text, *fields, records="data.rows", optional=["second"])
    found = typed(dataset, connector).select(["code", "name", "second"]).to_pylist()
    assert found == [{"code": "1", "name": "x", "second": "8"}, {"code": None, "name": None, "second": None}]
    assert [c.name for c in connector.discover()[0].columns] == ["person.id", "person.a\\.b", "tel", "tel.1"]


def test_a_name_with_a_point_in_it_is_found_as_it_is(tmp_path: Path) -> None:
    fields = (make_field("code", source_name="PM2.5"), make_field("name", source_name="a.b"))
    dataset, connector = made(tmp_path, '[{"PM2.5": 35, "a": {"b": "x"}}]', *fields)
    (row,) = typed(dataset, connector).select(["code", "name"]).to_pylist()
    assert row == {"code": "35", "name": "x"}
    assert connector.check() == ()


def test_lists_in_lists_take_fields_of_the_records_around(tmp_path: Path) -> None:
    text = json.dumps([
        {"code": "37", "children": [{"code": "3704", "children": [{"code": "370402"}, {"code": "370403"}]}]},
        {"code": "11", "children": [{"code": "1101"}]},
    ])  # fmt: skip
    fields = (
        CODE,
        make_field("name", source_name="^code"),
        make_field("province", source_name="^^code"),
    )
    dataset, connector = made(tmp_path, text, *fields, records="*.children.*.children")
    found = [tuple(r.values())[:3] for r in typed(dataset, connector).to_pylist()]
    assert found == [("370402", "3704", "37"), ("370403", "3704", "37")]
    assert connector.check() == ()
    assert "leads to a list in none of 2 elements" in refused(made(tmp_path, text, records="*.childs")[1])


@pytest.mark.parametrize("kind", ["json", "json_lines"])
def test_what_is_no_single_value_is_a_misfit_with_its_place(tmp_path: Path, kind: str) -> None:
    records = [
        '{"code": "1", "name": {"a": 1}}',
        '{"code": "2"}',
        '{"code": "3", "name": "\\ud83d"}',
        '{"code": "4", "name": "x", "name": "y"}',
        '{"code": "5", "name": "\\u0000"}',
        "17",
        '{"code": "7", "name": null}',
    ]
    text = "[" + ",\n".join(records) + "]" if kind == "json" else "\n".join(records)
    codes, rejects = told(tmp_path, made(tmp_path, text, CODE, replace(NAME), kind=kind))
    assert codes == ["7"]
    assert [(place, name) for place, name, _ in rejects] == [
        (1, "name"), (2, "name"), (3, "name"), (4, "_row"), (6, "_row"), (5, "name"),
    ]  # fmt: skip
    said = " ".join(why for _, _, why in rejects)
    for words in ("found an object", "has no 'name'", "half a character", "'name' stands twice", "NUL", "object"):
        assert words in said


def test_a_broken_line_is_rejected_with_its_number_and_the_others_land(tmp_path: Path) -> None:
    text = (
        b'\xef\xbb\xbf{"code": "1", "name": "a"}\r\n\r\n{"code": "3", "na\n'
        b'{"code": "4", "name": "\xff"}\n{"code": "5"} x\n' + b"[" * 100_000 + b'\n{"code": "7", "name": "g"}'
    )
    codes, rejects = told(tmp_path, made(tmp_path, text, kind="json_lines"))
    assert codes == ["1", "7"]
    assert [place for place, _, _ in rejects] == [3, 4, 5, 6]
    whys = [why for _, _, why in rejects]
    assert "the line is no JSON: character 15" in whys[0]
    assert whys[1] == "byte 24 of the line: found ff 22 7d, which is no UTF-8"
    assert "the line goes on behind its record, from character 14" in whys[2]
    assert "nested too deeply" in whys[3]


def test_a_file_of_which_no_line_is_an_object_is_refused(tmp_path: Path) -> None:
    pretty = json.dumps([{"code": "1", "name": "a"}, {"code": "2", "name": "b"}], indent=1)
    _, connector = made(tmp_path, "\n" + pretty, kind="json_lines")
    said = "none of the first 10 lines is a JSON object; line 2: the line is no JSON: .*; is it a JSON document"
    assert re.search(said, refused(connector))
    (problem,) = connector.check()
    assert not problem.warning
    assert told(tmp_path, made(tmp_path, '[\n{"code": "1", "name": "a"}\n]', kind="json_lines"))[0] == ["1"]


def nested(deep: int) -> str:
    return f'{{"code": "1", "name": "a", "x": {"[" * (deep - 2)}{"]" * (deep - 2)}}}'


@pytest.mark.parametrize("kind", ["json", "json_lines"])
def test_a_record_of_more_than_a_hundred_values_within_values_is_refused(tmp_path: Path, kind: str) -> None:
    def of(record: str) -> tuple[Dataset, Connector]:
        return made(tmp_path, (f"[{record}]" if kind == "json" else f"{record}\n{nested(9)}").encode(), kind=kind)

    wide = nested(100).replace('"x"', '"y": [[], [], {}], "x"')
    assert told(tmp_path, of(wide))[0] == ["1"] * (1 if kind == "json" else 2)
    for deep in (102, 500, 5000):
        _, connector = of(nested(deep))
        if kind == "json":
            assert "nested too deeply" in refused(connector)
        else:
            whys = [misfit.reason for batch in connector.read(connector.plan(DAY)) for misfit in batch.misfits]
            assert ["nested too deeply" in why for why in whys] == [True]


HOSTILE: dict[str, tuple[bytes, str]] = {
    "cut off in a record": (b'{"data": [{"code": "1", "name": "a"}, {"code": "2', "line 1: Unterminated string"),
    "cut off behind one": (b'{"data": [{"code": "1", "name": "a"}', r"expected ',' or '\]'; found the end of the file"),
    "not closed": (b'{"data": [{"code": "1", "name": "a"}]', "found the end of the file"),
    "more behind it": (b'{"data": []}\n{"data": []}', "line 2: the document goes on behind its end"),
    "broken in the middle": (b'{"data": [\n{"code": "1" "name": "a"}' + b" " * 200 + b"]}", "line 2: Expecting ','"),
    "a list that is none": (b'{"data": {"rows": []}}', "found no list at data, expected the records"),
    "another name": (b'{"date": []}', "found no list at data"),
    "twice": (b'{"data": [], "data": []}', "a second list at data"),
    "no bytes": (b"", "line 1: Expecting value; found the end of the file"),
    "bytes of another encoding": (
        '{"data": [{"code": "1", "name": "峄城"}]}'.encode("gb18030"),
        "byte 3[0-9]: found .* no UTF-8",
    ),
    "deep": (b'{"data": ' + b"[" * 200_000, "nested too deeply"),
    "deep beside it": (b'{"x": ' + b'{"a":' * 200_000, "nested too deeply"),
    "NUL bytes": (b'{"data": [\0\0\0\0]}', "line 1: Expecting value"),
    "UTF-16": ('{"data": []}'.encode("utf-16"), "byte 0: found ff fe"),
    "a comma too many": (b'{"data": [{"code": "1", "name": "a"},]}', "a comma too many"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_document_that_cannot_be_read_to_its_end_is_refused_in_words(tmp_path: Path, what: str) -> None:
    text, said = HOSTILE[what]
    _, connector = made(tmp_path, text, records="data")
    with pytest.raises(SourceChanged, match=said) as refusal:
        list(connector.read(connector.plan(DAY)))
    assert "a.json" in str(refusal.value)


def test_a_record_that_is_split_between_blocks_is_whole(tmp_path: Path) -> None:
    class Drops:
        """Gives a few bytes at a time."""

        def __init__(self, content: bytes) -> None:
            self.content = content

        def read(self, _size: int = -1) -> bytes:
            found, self.content = self.content[:3], self.content[3:]
            return found

    records = [{"n": 10**20 + n, "t": '峄城\U00020bb7"\\', "d": -1.5e-7, "x": [True, None, {}]} for n in range(50)]
    text = json.dumps({"a": [1, {"b": -2}], "n": 12, "rows": records, "z": 345}, ensure_ascii=False, indent=1).encode()
    found = list(JsonList(Drops(text), "x", "utf-8").elements(("rows",)))  # type: ignore[arg-type]
    assert [e.value["n"] for e in found] == [str(10**20 + n) for n in range(50)]
    assert all(json.loads(e.raw) == r for e, r in zip(found, records, strict=True))


@pytest.mark.parametrize("kind", ["json", "json_lines"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    one = json.dumps({"code": "370402199001011234", "name": "x" * 1000})
    text = "[" + ",".join([one] * 60_000) + "]" if kind == "json" else f"{one}\n" * 60_000
    _, connector = made(tmp_path, text, kind=kind)
    plan = connector.plan(DAY)
    del text
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = sum(batch.rows.num_rows for batch in connector.read(plan))
    assert rows == 60_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


def test_names_beyond_number_are_told_up_to_a_bound(tmp_path: Path) -> None:
    record = ", ".join(f'"k{n}": {n}' for n in range(5000))
    fields = (make_field("last", source_name="k4999"), make_field("first", source_name="k0"))
    dataset, connector = made(tmp_path, f"[{{{record}}}]", *fields)
    assert typed(dataset, connector).to_pylist()[0]["last"] == "4999"
    (problem,) = connector.check()
    assert problem.said.endswith("'k20' and 179 more")
    assert len(connector.discover()[0].columns) == 201


@pytest.mark.parametrize("number", ["1.", "1e", "1.5e-", "1.5E+"])
def test_a_number_beside_the_records_at_the_edge_of_a_block_is_read_to_its_end(number: str) -> None:
    before = '{"bounds": [' + "1," * 1000
    text = f'{before}{" " * (BLOCK - len(before) - len(number))}{number}5], "rows": [{{"a": "x"}}]}}'
    found = JsonList(io.BufferedReader(io.BytesIO(text.encode())), "a.json", "utf-8").elements(("rows",))
    assert [one.value for one in found] == [{"a": "x"}]
