"""A draft says what its source says, marks what is likely, asks what nobody can know; nothing is guessed silently."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from cli.contract import mistakes_of
from cli.door import Door
from cli.main import yishu
from schemas.contract import read_draft
from schemas.errors import BadInput, NotReady
from schemas.journey import SHANGHAI
from schemas.lint_proposals import MARK
from schemas.standards.resident_id import check_digit

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=SHANGHAI)
SECRET = "kept-out-7391"
PERSONS = [f"37040219{50 + n % 40}0101{n:03d}" for n in range(80)]


def call(tmp_path: Path, source: str, *arguments: str) -> Result:
    door = Door({"YISHU_HOME": "home", "AIRFLOW_CONN_DB": source}, tmp_path, lambda: NOW)
    return CliRunner().invoke(yishu, ["contract", *arguments], obj=door, standalone_mode=False)


def lines_of(tmp_path: Path, name: str) -> list[str]:
    return (tmp_path / "contracts" / "civil" / f"{name}.odcs.yaml").read_text(encoding="utf-8").splitlines()


def of_field(lines: list[str], name: str) -> str:
    """The lines of one property."""
    text = "\n".join(lines)
    begin = text.index(f"- name: {name}\n") if f"- name: {name}\n" in text else text.index(f"- name: {name} ")
    return text[begin:].split("\n      - name: ")[0]


@pytest.fixture
def database(postgres_url: str) -> str:
    """A table with everything that a draft must be careful with."""
    with psycopg.connect(postgres_url) as db:
        db.execute(
            'create table relief (id bigint primary key, gmsfhm text not null, "State" varchar(10), rate numeric, '
            'amount numeric(18,2), born date, photo bytea, place bigint, "备注" text, updated_at timestamp unique)'
        )
        db.execute("comment on table relief is '临时救助'")
        db.execute("""comment on column relief."State" is '状态：0-停用\n1-启用'""")
        db.execute("comment on column relief.gmsfhm is '身份证号'")
        db.execute("comment on column relief.place is '行政区划代码'")
        for number, first in enumerate(PERSONS):
            row = (number, first + check_digit(first), "启用" if number % 2 else "停用", "1.2345", 370402)
            db.execute('insert into relief (id, gmsfhm, "State", rate, place) values (%s, %s, %s, %s, %s)', row)
        db.execute("create view summary as select id from relief")
        db.execute("analyze relief")
    return postgres_url


def test_without_a_table_the_source_lists_what_it_has(database: str, tmp_path: Path) -> None:
    said = call(tmp_path, database, "new", "civil.relief", "--from", "db")
    assert said.exception is None
    relief, summary, last = said.stdout.splitlines()
    assert relief.startswith("relief   table · about 80 rows · ")
    assert relief.endswith("临时救助")
    assert summary.startswith("summary  view")
    assert "--from db:NAME" in last
    listed = json.loads(call(tmp_path, database, "new", "civil.relief", "--from", "db", "--json").stdout)
    assert [one["name"] for one in listed] == ["relief", "summary"]
    assert not (tmp_path / "contracts").exists()


def test_what_the_source_says_stands_to_the_digit(database: str, tmp_path: Path) -> None:
    assert call(tmp_path, database, "new", "civil.relief", "--from", "db:relief").exception is None
    lines = lines_of(tmp_path, "relief")
    assert "physicalType: DECIMAL(18,2)" in of_field(lines, "amount")
    number = of_field(lines, "id")
    assert "primaryKey: true" in number
    assert "logicalType: integer" in number
    assert "logicalType: date" in of_field(lines, "born")
    assert 'businessName: "身份证号"\n' in of_field(lines, "gmsfhm")
    assert "required: true\n" in of_field(lines, "gmsfhm")
    assert "unique: true\n" in of_field(lines, "updated_at")
    assert '{property: yishu.source_name, value: "State"}' in of_field(lines, "state")
    assert [line for line in lines if "# left out: photo: bytea" in line]
    assert [line for line in lines if line.strip().startswith("# window_column:") and MARK in line]


def test_what_is_likely_is_marked_and_what_nobody_says_is_asked(database: str, tmp_path: Path) -> None:
    call(tmp_path, database, "new", "civil.relief", "--from", "db:relief")
    lines = lines_of(tmp_path, "relief")
    person = of_field(lines, "gmsfhm")
    assert f"value: resident_id}}  {MARK} called 身份证号, and of 80 sampled values 100% keep its form" in person
    assert "TODO DECIMAL(p,s)" in of_field(lines, "rate")
    assert "80 sampled values need 1 before and 4 after the point" in of_field(lines, "rate")
    place = of_field(lines, "place")
    assert "logicalType: integer\n" in place
    assert "# - {property: yishu.element, value: division}" in place
    assert "codes are text" in place
    state = of_field(lines, "state")
    assert f'businessName: "状态"  {MARK}' in state
    assert 'value_set: ["停用", "启用"]' in state
    assert all(line.lstrip().startswith("#") for line in state.splitlines() if "value_set" in line)


def test_no_value_of_a_person_stands_in_a_draft_and_no_secret(database: str, tmp_path: Path) -> None:
    call(tmp_path, database, "new", "civil.relief", "--from", "db:relief")
    text = "\n".join(lines_of(tmp_path, "relief"))
    assert not [one for one in PERSONS if one[:12] in text]
    assert database.split(":")[2].split("@", maxsplit=1)[0] not in text


def test_a_draft_has_no_mistake_but_its_todos_and_lint_counts_its_marks(database: str, tmp_path: Path) -> None:
    call(tmp_path, database, "new", "civil.relief", "--from", "db:relief", "--title-en", "Relief")
    file = tmp_path / "contracts" / "civil" / "relief.odcs.yaml"
    mistakes = read_draft(file).mistakes
    assert mistakes
    assert [m for m in mistakes if not m.found.startswith("'TODO")] == []
    assert len({m.where for m in mistakes}) == len(mistakes)
    refused = call(tmp_path, database, "lint", "contracts")
    assert "proposal-open" in refused.stdout


def test_a_wrong_name_is_told_with_the_nearest_ones(database: str, tmp_path: Path) -> None:
    refused = call(tmp_path, database, "new", "civil.relief", "--from", "db:releif").exception
    assert isinstance(refused, BadInput)
    assert "found no 'releif' among 2; most like it: relief" in str(refused)


def test_a_missing_connection_and_a_wrong_kind_tell_the_next_step(tmp_path: Path) -> None:
    refused = call(tmp_path, "", "new", "civil.relief", "--from", "db:relief").exception
    assert isinstance(refused, NotReady)
    assert "export AIRFLOW_CONN_DB as JSON" in str(refused)
    strange = call(tmp_path, "pigeon://loft", "new", "civil.relief", "--from", "db").exception
    assert isinstance(strange, BadInput)
    assert "found conn_type pigeon, expected one of" in str(strange)


def test_what_is_there_already_is_never_overwritten(database: str, tmp_path: Path) -> None:
    call(tmp_path, database, "new", "civil.relief", "--from", "db:relief")
    refused = call(tmp_path, database, "new", "civil.relief", "--from", "db:relief").exception
    assert isinstance(refused, BadInput)
    assert "is there already" in str(refused)


def test_a_sqlite_file_is_drafted_too_and_its_comments_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "relief.db"
    with sqlite3.connect(file) as db:
        db.execute("create table relief (no text not null, xm text, n integer, v, primary key (no))")
        db.execute("insert into relief values ('1', '甲', 1, 'x')")
    db.close()
    said = call(tmp_path, f"sqlite:///{file}", "new", "civil.relief", "--from", "db:relief")
    assert said.exception is None
    lines = lines_of(tmp_path, "relief")
    assert "primaryKeyPosition: 1" in of_field(lines, "no")
    assert f"value: mask}}  {MARK}" in of_field(lines, "xm")
    assert 'businessName: "TODO the Chinese name of v"' in of_field(lines, "v")


def drop(tmp_path: Path) -> str:
    (tmp_path / "drop").mkdir(exist_ok=True)
    return json.dumps({"conn_type": "fs", "host": str(tmp_path / "drop")})


def test_fields_that_records_lack_are_proposed_as_optional_and_arrays_are_left_out(tmp_path: Path) -> None:
    lines = [{"no": f"{n:03d}", "tags": [1, 2]} | ({"phone": "x"} if n % 2 else {}) for n in range(100)]
    source = drop(tmp_path)
    (tmp_path / "drop" / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    said = call(tmp_path, source, "new", "civil.relief", "--from", "db:a.jsonl")
    assert said.exception is None
    assert "100 rows sampled" in said.stdout
    told = lines_of(tmp_path, "relief")
    assert f'        optional: ["phone"]  {MARK} missing in 50 of 100 records' in told
    assert [line for line in told if "# left out: tags: an array, and a field takes one value" in line]
    assert "# required: true" in of_field(told, "no")
    assert "# required: true" not in of_field(told, "phone")
    del lines[1]["phone"]
    (tmp_path / "drop" / "b.jsonl").write_text(
        "\n".join(json.dumps(one | ({"x": 1} if "phone" in one else {})) for one in lines), encoding="utf-8"
    )
    call(tmp_path, source, "new", "civil.more", "--from", "db:b.jsonl")
    why = "missing of 100 records: phone in 51, x in 51"
    assert f'        optional: ["phone", "x"]  {MARK} {why}' in lines_of(tmp_path, "more")


def test_a_draft_of_records_with_names_beyond_number_asks_whether_they_are_names(tmp_path: Path) -> None:
    source = drop(tmp_path)
    (tmp_path / "drop" / "a.json").write_text(json.dumps([{f"k{n}": 1 for n in range(5000)}] * 2), encoding="utf-8")
    said = call(tmp_path, source, "new", "civil.relief", "--from", "db:a.json")
    assert said.stdout.splitlines()[1].startswith("200 columns")
    assert [line for line in lines_of(tmp_path, "relief") if f"{MARK} the first 200 names of the records" in line]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "db: a.csv is empty, expected a file with rows"),
        ("a.zip", b"PK", "db: a.zip is an archive, .* pattern: 'a.zip', zip: {member: \"\\*.csv\"}"),
        ("a.csv.gz", b"x", "db: a.csv.gz is an archive, .* gzip: {}"),
    ],
)
def test_what_nothing_can_be_drafted_from_is_said_with_the_way_round(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    source = drop(tmp_path)
    (tmp_path / "drop" / name).write_bytes(content)
    with pytest.raises(BadInput, match=said):
        raise call(tmp_path, source, "new", "civil.relief", "--from", f"db:{name}").exception or AssertionError
    assert not (tmp_path / "contracts").exists()


def test_a_mistake_of_the_options_says_once_what_was_found_and_expected(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "docs" / "examples" / "transport" / "bus_stop.odcs.yaml"
    wrong = example.read_text(encoding="utf-8").replace('encoding: "gb18030"', "")
    (tmp_path / "transport").mkdir()
    (tmp_path / "transport" / example.name).write_text(wrong, encoding="utf-8")
    (mistake,) = mistakes_of(read_draft(tmp_path / "transport" / example.name))
    assert str(mistake).endswith("options: options.encoding: found nothing, expected a value")
