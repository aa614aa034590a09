"""`yishu source` tells how a source stands and what to do about it, and shows rows as their contract grades them."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql

from catalog import shapes
from catalog.deeds import record
from catalog.organisations import Organisation
from catalog.persons import Person
from catalog.shelf import open_shelf
from cli.door import Door, account
from cli.main import yishu
from cli.table_text import columns, table_lines
from schemas.access import Role, Tier
from schemas.contract import read_contract
from schemas.drift import Shape
from schemas.errors import BadInput, NotReady, Refused, SourceFault, SourceUnreachable
from schemas.index import read_dataset, write_index
from schemas.journey import SHANGHAI
from schemas.standards.resident_id import check_digit
from tests.mariadb import MariaDB

ROOT = Path(__file__).parents[2]
PASSWORD = "only-reads-4711"
PERSON = "37040219900101123" + check_digit("37040219900101123")
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: civil.relief
name: 临时救助
version: 1.0.0
status: active
description: {{purpose: 一笔临时救助, usage: 社会救助}}
customProperties:
  - {{property: yishu.title_en, value: "Relief"}}
  - property: yishu.owner
    value: {{credit_code: "11370400DEM000014H", name: 枣庄市民政局（演示）, division: "370400000000"}}
  - {{property: yishu.sharing, value: {{class: unconditional}}}}
  - {{property: yishu.update_cycle, value: P1D}}
  - property: yishu.source
    value: {{kind: sql_table, connection: db, options: {{table: {table}{more}}}{limits}}}
schema:
  - name: relief
    properties:
      - {{name: id, businessName: 编号, logicalType: integer, primaryKey: true}}
      - name: person
        businessName: 公民身份号码
        logicalType: string
        customProperties: [{{property: yishu.element, value: resident_id}}]
      - name: name
        businessName: 姓名
        logicalType: string
        customProperties: [{{property: yishu.grade, value: general-3}}]
      - name: secret
        businessName: 备注
        logicalType: string
        customProperties: [{{property: yishu.transform, value: drop}}]
      - {{name: amount, businessName: 金额, logicalType: number, physicalType: "DECIMAL(18,2)"}}
      - {{name: at, businessName: 更新时间, logicalType: timestamp}}
"""
TABLE = (
    "create table relief (id bigint primary key, person varchar(18), name varchar(60), secret text, "
    "amount numeric(18,2), at timestamp)"
)
ROW = (1, PERSON, "赵甲子", "住在河边", "1234.50", "2026-11-19 08:00:00")


def compiled(tmp_path: Path, table: str = "relief", more: str = "", limits: str = "") -> None:
    file = tmp_path / "contracts" / "civil" / "relief.odcs.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CONTRACT.format(table=table, more=more, limits=limits), encoding="utf-8")
    write_index([read_contract(file)], tmp_path / "home" / "registry")


def call(tmp_path: Path, connection: str, *arguments: str, ahead: float = 0) -> Result:
    environment = {"YISHU_HOME": "home"} | ({"AIRFLOW_CONN_DB": connection} if connection else {})
    door = Door(environment, tmp_path, lambda: datetime.now(SHANGHAI) - timedelta(seconds=ahead))
    return CliRunner().invoke(yishu, list(arguments), obj=door, standalone_mode=False)


def signs(result: Result) -> dict[str, tuple[str, str, str]]:
    return {s["about"]: (s["weight"], s["said"], s["advice"]) for s in json.loads(result.stdout)["signs"]}


@pytest.fixture
def database(postgres_url: str) -> str:
    with psycopg.connect(postgres_url, autocommit=True) as db:
        db.execute(TABLE)
        db.execute("insert into relief values (%s, %s, %s, %s, %s, %s)", ROW)
        db.execute("drop role if exists yishu_read")
        db.execute(sql.SQL("create role yishu_read login password {}").format(sql.Literal(PASSWORD)))
        db.execute("grant select on relief to yishu_read")
    return postgres_url


def reading(url: str, login: str = "yishu_read", password: str = PASSWORD) -> str:
    parts = urlsplit(url)
    return f"postgres://{login}:{password}@{parts.hostname}:{parts.port}{parts.path}"


class TestCheckOfPostgres:
    def test_a_source_that_is_well_is_told_sign_by_sign(self, database: str, tmp_path: Path) -> None:
        compiled(tmp_path)
        told = signs(call(tmp_path, reading(database), "source", "check", "civil.relief", "--json"))
        assert {weight for weight, _, _ in told.values()} == {"well"}
        assert list(told) == ["reach", "login", "version", "read", "write", "session", "clock", "encoding", "columns"]
        assert told["session"][1] == "read-only; a query is given up after 1h"
        assert told["write"][1] == "yishu_read cannot write relief"
        assert call(tmp_path, reading(database), "source", "check", "civil.relief").stdout.endswith("in the way\n")

    def test_a_login_that_can_write_is_warned_of_with_what_to_run(self, database: str, tmp_path: Path) -> None:
        compiled(tmp_path)
        with psycopg.connect(database) as db:
            db.execute("grant insert, delete on relief to yishu_read")
        told = signs(call(tmp_path, reading(database), "source", "check", "civil.relief", "--json"))
        assert told["write"] == (
            "warning",
            "yishu_read can write relief (INSERT, DELETE)",
            'REVOKE INSERT, DELETE ON "relief" FROM yishu_read;',
        )
        with psycopg.connect(database) as db:
            db.execute('revoke insert, delete on "relief" from yishu_read')
        told = signs(call(tmp_path, reading(database), "source", "check", "civil.relief", "--json"))
        assert told["write"][0] == "well"
        boss = signs(call(tmp_path, database, "source", "check", "civil.relief", "--json"))
        assert "is a superuser" in boss["write"][1]

    def test_a_table_that_may_not_be_read_says_which_right_is_missing(self, database: str, tmp_path: Path) -> None:
        compiled(tmp_path)
        with psycopg.connect(database) as db:
            db.execute("revoke select on relief from yishu_read")
        refused = call(tmp_path, reading(database), "source", "check", "civil.relief", "--json")
        assert isinstance(refused.exception, SourceFault)
        assert signs(refused)["read"] == (
            "problem",
            "yishu_read may not read relief",
            'GRANT SELECT ON "relief" TO yishu_read;',
        )

    def test_a_wrong_table_a_wrong_password_and_nobody_there_tell_the_next_step(
        self, database: str, tmp_path: Path
    ) -> None:
        compiled(tmp_path, "releif")
        wrong = signs(call(tmp_path, reading(database), "source", "check", "civil.relief", "--json"))
        assert wrong["read"][0] == "problem"
        assert "no table releif" in wrong["read"][1]
        assert "options.table" in wrong["read"][2]
        shut = call(tmp_path, reading(database, password="guessed-77"), "source", "check", "civil.relief", "--json")
        assert signs(shut)["login"][0] == "problem"
        assert "correct login, password and database in the connection db" in signs(shut)["login"][2]
        assert "guessed-77" not in shut.output + str(shut.exception)
        away = signs(call(tmp_path, "postgres://a:b@127.0.0.1:1/x", "source", "check", "civil.relief", "--json"))
        assert away == {"reach": ("problem", "at 127.0.0.1:1 nobody listens", away["reach"][2])}
        none = signs(call(tmp_path, "", "source", "check", "civil.relief", "--json"))
        assert "export AIRFLOW_CONN_DB as JSON" in none["set-up"][1]

    def test_a_clock_that_differs_and_a_window_without_an_index_are_warned_of(
        self, database: str, tmp_path: Path
    ) -> None:
        compiled(tmp_path, more=", window_column: at")
        told = signs(call(tmp_path, reading(database), "source", "check", "civil.relief", "--json", ahead=90))
        assert told["clock"][0] == "warning"
        assert "ahead of ours" in told["clock"][1]
        assert told["window"][0] == "warning"
        assert 'CREATE INDEX CONCURRENTLY ON "relief" ("at");' in told["window"][2]
        with psycopg.connect(database) as db:
            db.execute("create index on relief (at)")
        told = signs(call(tmp_path, reading(database), "source", "check", "civil.relief", "--json"))
        assert "GRANT pg_read_all_stats TO yishu_read" in told["window"][2]


class TestCheckOfMariaDB:
    @pytest.fixture
    def login(self, mariadb: MariaDB, mariadb_url: str) -> str:
        name = urlsplit(mariadb_url).path.lstrip("/")
        mariadb.execute(
            f"create table {name}.relief (id bigint primary key, person varchar(18), name varchar(60), secret text, "
            "amount decimal(18,2), at datetime, key (at)) comment '临时救助'",
            f"create user {name}_read@'%' identified by '{PASSWORD}'",
            f"grant select on {name}.* to {name}_read@'%'",
        )
        return f"{name}_read"

    def test_rights_clock_encoding_and_index_are_told(self, mariadb: MariaDB, login: str, tmp_path: Path) -> None:
        compiled(tmp_path, more=", window_column: at")
        name = login.removesuffix("_read")
        connection = f"mysql://{login}:{PASSWORD}@127.0.0.1:{mariadb.port}/{name}"
        told = signs(call(tmp_path, connection, "source", "check", "civil.relief", "--json"))
        assert {weight for weight, _, _ in told.values()} == {"well"}, told
        assert "MariaDB" in told["version"][1]
        assert "utf8mb4" in told["encoding"][1]
        mariadb.execute(f"grant insert on {name}.relief to {login}@'%'")
        told = signs(call(tmp_path, connection, "source", "check", "civil.relief", "--json"))
        assert told["write"][0] == "warning"
        assert f"REVOKE INSERT ON `{name}`.`relief` FROM '{login}'@'%'" in told["write"][2]

    def test_tables_are_listed_and_drafted(self, mariadb: MariaDB, login: str, tmp_path: Path) -> None:
        connection = f"mysql://{login}:{PASSWORD}@127.0.0.1:{mariadb.port}/{login.removesuffix('_read')}"
        listed = json.loads(call(tmp_path, connection, "contract", "new", "civil.x", "--from", "db", "--json").stdout)
        assert [(one["name"], one["comment"]) for one in listed] == [("relief", "临时救助")]
        assert call(tmp_path, connection, "contract", "new", "civil.relief", "--from", "db:relief").exception is None
        text = (tmp_path / "contracts" / "civil" / "relief.odcs.yaml").read_text(encoding="utf-8")
        assert "physicalType: DECIMAL(18,2)" in text
        assert "primaryKeyPosition: 1" in text


class TestCheckOfSqlite:
    def test_a_file_that_could_be_written_and_a_window_without_an_index_are_warned_of(self, tmp_path: Path) -> None:
        file = tmp_path / "relief.db"
        with sqlite3.connect(file) as db:
            db.execute(TABLE)
        db.close()
        compiled(tmp_path, more=", window_column: at")
        told = signs(call(tmp_path, f"sqlite:///{file}", "source", "check", "civil.relief", "--json"))
        assert told["reach"][0] == "well"
        assert "opened read-only" in told["reach"][1]
        assert told["encoding"][1] == "texts are stored as UTF-8"
        assert told["window"][0] == "warning"
        assert 'ON "relief" ("at")' in told["window"][2]
        with sqlite3.connect(file) as db:
            db.execute("create index moved on relief (at)")
        db.close()
        told = signs(call(tmp_path, f"sqlite:///{file}", "source", "check", "civil.relief", "--json"))
        assert told["window"][:2] == ("well", "at has an index")

    def test_options_that_this_release_does_not_know_are_told_before_the_source_is_asked(self, tmp_path: Path) -> None:
        compiled(tmp_path, more=", colour: red")
        refused = call(tmp_path, f"sqlite:///{tmp_path}/none.db", "source", "check", "civil.relief", "--json")
        assert signs(refused)["contract"][0] == "problem"
        assert "options.colour: unknown option" in signs(refused)["contract"][1]

    def test_a_file_that_is_not_there_is_told_with_its_path(self, tmp_path: Path) -> None:
        compiled(tmp_path)
        gone = call(tmp_path, f"sqlite:///{tmp_path}/none.db", "source", "check", "civil.relief", "--json")
        assert signs(gone)["reach"][0] == "problem"
        assert "none.db" in signs(gone)["reach"][1]


class TestSample:
    @pytest.fixture
    def file(self, tmp_path: Path) -> str:
        file = tmp_path / "relief.db"
        with sqlite3.connect(file) as db:
            db.execute(TABLE.replace("numeric(18,2)", "text"))
            db.execute("insert into relief values (?, ?, ?, ?, ?, ?)", ROW)
            db.execute("insert into relief values (2, '370402', '孙', null, '约三百', null)")
        db.close()
        compiled(tmp_path)
        return f"sqlite:///{file}"

    def test_rows_are_masked_as_the_contract_grades_them(self, file: str, tmp_path: Path) -> None:
        shown = call(tmp_path, file, "source", "sample", "civil.relief", "--json")
        told = json.loads(shown.stdout)
        assert told["rows"] == [
            {
                "id": "1",
                "person": f"370402********{PERSON[-2:]}",
                "name": "赵**",
                "secret": "‹not shown›",
                "amount": "1234.50",
                "at": "2026-11-19 00:00:00+00:00",
            }
        ]
        assert told["unfit"] == [{"place": 2, "field": "amount"}]
        text = call(tmp_path, file, "source", "sample", "civil.relief").output
        assert PERSON not in text + shown.output
        assert "约三百" not in text + shown.output
        assert "河边" not in text + shown.output

    def test_in_clear_only_with_a_reason_that_is_on_record_before(self, file: str, tmp_path: Path) -> None:
        bare = call(tmp_path, file, "source", "sample", "civil.relief", "--plain")
        assert isinstance(bare.exception, BadInput)
        early = call(tmp_path, file, "source", "sample", "civil.relief", "--plain", "--reason", "核对乱码")
        assert isinstance(early.exception, NotReady)
        assert PERSON not in bare.output + early.output
        call(tmp_path, file, "db", "upgrade")
        shown = call(tmp_path, file, "source", "sample", "civil.relief", "--plain", "--reason", "核对乱码", "--json")
        told = json.loads(shown.stdout)
        assert told["rows"][0]["person"] == PERSON
        shelf = open_shelf(Door({"YISHU_HOME": "home"}, tmp_path, lambda: datetime.now(SHANGHAI)).settings)
        (receipt,) = shelf.ledger.receipts()
        assert receipt.number == told["receipt"]
        assert (receipt.body["event"], receipt.body["account"]) == ("sample", account())
        assert "核对乱码" not in json.dumps(receipt.body, ensure_ascii=False)
        (done,) = record.listed(shelf, "civil.relief")
        assert (done.deed.said, done.receipt, record.holds(shelf, done)) == ("核对乱码", receipt.number, True)
        assert PERSON not in json.dumps(receipt.body)
        shelf.ledger.close()

    def test_no_rows_say_so(self, file: str, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "relief.db") as db:
            db.execute("delete from relief")
        db.close()
        assert "no rows in this window" in call(tmp_path, file, "source", "sample", "civil.relief").stdout


class TestHours:
    @pytest.fixture
    def closed(self, tmp_path: Path) -> str:
        """A source whose file is not there, so that whoever asks it is noticed, and that may be asked in two hours."""
        now = datetime.now(SHANGHAI)
        low, high = (f"{now + timedelta(hours=ahead):%H:%M}" for ahead in (2, 4))
        compiled(tmp_path, limits=f', limits: {{hours: ["{low}-{high}"]}}')
        return f"sqlite:///{tmp_path}/none.db"

    def test_a_check_outside_the_hours_asks_nothing_and_says_when_it_may(self, closed: str, tmp_path: Path) -> None:
        refused = call(tmp_path, closed, "source", "check", "civil.relief", "--json")
        assert isinstance(refused.exception, SourceFault)
        told = signs(refused)
        assert list(told) == ["hours"]
        assert told["hours"][0] == "problem"
        assert "its source may be asked" in told["hours"][1]
        assert "ask again then" in told["hours"][2]

    @pytest.mark.parametrize(
        "words",
        [
            ("discover", "civil.relief"),
            ("sample", "civil.relief"),
            ("sample", "civil.relief", "--plain", "--reason", "核对乱码"),
            ("accept", "civil.relief", "--person", "reviewer", "--reason", "按新标准加长"),
        ],
    )
    def test_nothing_else_asks_it_then_and_nothing_goes_on_record(
        self, closed: str, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        assert call(tmp_path, closed, "db", "upgrade").exit_code == 0
        refused = call(tmp_path, closed, "source", *words)
        assert isinstance(refused.exception, SourceUnreachable)
        assert "its source may be asked" in str(refused.exception)
        assert "sample" not in call(tmp_path, closed, "deeds", "list", "civil.relief").stdout


class TestTables:
    def test_chinese_characters_are_two_columns_wide(self) -> None:
        header, *rows = table_lines(["姓名", "n"], [["赵甲子", "1"], ["a", "22"]], 80)
        assert (header, rows) == ("姓名    n", ["赵甲子  1", "a       22"])
        assert {columns(line[: line.rindex(" ")]) for line in (header, *rows)} == {7}

    def test_what_is_too_wide_stands_row_by_row_and_long_cells_are_cut(self) -> None:
        lines = list(table_lines(["姓名", "地址"], [["赵", "很长的" * 20]], 20))
        assert lines[0] == "── 1 ──"
        assert lines[1] == "姓名  赵"
        assert lines[2].endswith("…")
        assert columns(lines[2]) <= 6 + 28

    def test_what_a_terminal_would_obey_is_not_passed_on(self) -> None:
        assert "\x1b" not in "".join(table_lines(["a"], [["\x1b[2J红"]], 80))


def test_a_source_that_changed_is_accepted_with_a_reason_and_one_that_was_never_read_is_not(tmp_path: Path) -> None:
    compiled(tmp_path)
    file = tmp_path / "relief.db"
    db = sqlite3.connect(file)
    db.execute(TABLE)
    where = json.dumps({"conn_type": "sqlite", "host": str(file)})
    assert call(tmp_path, where, "db", "upgrade").exit_code == 0
    wanted = ("source", "accept", "civil.relief", "--person", "reviewer", "--reason", "按新标准加长")
    settings = Door({"YISHU_HOME": "home"}, tmp_path, lambda: datetime.now(SHANGHAI)).settings
    dataset, shelf, now = read_dataset(settings.registry, "civil.relief"), open_shelf(settings), datetime.now(SHANGHAI)
    assert "was never read" in str(call(tmp_path, where, *wanted).exception)
    shelf.register(dataset, now)
    before = Shape({"id": "bigint", "name": "varchar(30)"})
    shapes.look(shelf.engine, dataset, before, now)
    assert isinstance(call(tmp_path, where, *wanted).exception, Refused)
    shelf.parties.add_organisation(Organisation(dataset.owner, dataset.owner_name, "", "370400000000", Tier.CITY))
    shelf.parties.add_person(Person("reviewer", dataset.owner, "审核员", frozenset({Role.SOURCE_REVIEWER})))
    told = call(tmp_path, where, *wanted, "--json")
    assert json.loads(told.stdout) == {"accepted": ["name was varchar(30), is varchar(60)"]}
    assert call(tmp_path, where, *wanted).stdout == "nothing had changed that stops it\n"
    (line,) = call(tmp_path, where, "deeds", "list", "civil.relief").stdout.splitlines()
    assert line.endswith("change_accepted  civil.relief  reviewer  按新标准加长  (as on record)")
    shelf.engine.dispose()
    db.close()
