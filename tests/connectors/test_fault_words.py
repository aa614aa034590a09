"""A database's own words about a fault are told, but for the values that they quote."""

import re
import traceback
from collections.abc import Sequence

import pytest

from connectors.sql.fault_words import ADVICE, fault_words
from schemas.errors import SourceChanged
from tests.connectors.conformance import typed
from tests.connectors.databases import field, of
from tests.connectors.tables import MariaTables, PostgresTables

SECRET = "110101199003070011"
VIEWS: dict[str, Sequence[str]] = {
    "a whole number": (
        "create table raw (v text)",
        f"insert into raw values ('{SECRET}x')",
        "create view t as select cast(v as int) v from raw",
    ),
    "JSON": (
        "create table raw (v text)",
        f"insert into raw values ('{{\"id\": {SECRET}')",
        "create view t as select v::jsonb ->> 'id' v from raw",
    ),
}


@pytest.mark.parametrize("what", VIEWS)
def test_postgresql_s_words_hold_no_value(what: str, postgres_url: str) -> None:
    tables = PostgresTables(postgres_url)
    tables.told(*VIEWS[what])
    with pytest.raises(SourceChanged) as refused:
        typed(*of(tables.connection(), (field("v"),)))
    assert re.match("t: (invalid input syntax|value … is out of range) for type (json|integer) ", str(refused.value))
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    assert ADVICE in str(refused.value)


def test_mariadb_s_words_hold_no_value(mariadb_url: str) -> None:
    tables = MariaTables(mariadb_url)
    tables.told(f"create view t as select {SECRET} * 18446744073709551615 as v")
    with pytest.raises(SourceChanged, match="1690: BIGINT UNSIGNED value is out of range in …") as refused:
        typed(*of(tables.connection(), (field("v"),)))
    assert SECRET not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"Conversion failed when converting the varchar value '{SECRET}' to data type int.", "to data type int."),
        (f'State: 22018, Native error: 1, Message: for type integer: "{SECRET}";\nwhile', "for type integer: …;"),
        (f"ORA-01722: unable to convert string value containing '{SECRET}' to a number", "to a number"),
        (f'State: 23505: violates unique constraint "k"\nDETAIL: Key (id)=({SECRET}) exists.', "unique constraint"),
        (f"Cannot cast '{SECRET}X' to INT", "Cannot cast … to INT"),
        (f"Cannot parse string '{SECRET}X' as UInt32", "as UInt32"),
        (f"将 varchar 值 '{SECRET}' 转换成数据类型 int 时失败。", "转换成数据类型 int 时失败。"),
        (
            f"ODBC emitted an error calling 'SQLFetch':\nState: 22018, Native error: -6117, Message: \"{SECRET}\"",
            "State: 22018, Native error: -6117",
        ),
        (f"1292: Incorrect datetime value: '{SECRET}'", "datetime value"),
        (f'invalid input syntax for type integer: "a\n{SECRET}\'"', "type integer"),
        (f"Can't convert '{SECRET}X' to INT", "to INT"),
        (f"[HY000] Driver can't convert column 'id' value '{SECRET}X' to SQL_C_LONG", "to SQL_C_LONG"),
        (f"with unique index 'u'. The duplicate key value is (a, {SECRET[:5]}, ({SECRET})).", "key value is …."),
        (f"Duplicate key. The key value is ({SECRET}", "key value is …"),
        (f"Arithmetic overflow: value {SECRET} out of range for varchar(20)", "value … out of range for varchar(20)"),
        (f"[-6118] 字符串转换出错 A{SECRET}X", "[-6118] 字符串转换出错 …"),
        (f"State: 22018, Native error: 1000381, Message: varchar {SECRET}", "State: 22018, Native error: 1000381"),
        (f"重复键值为 ({SECRET})。", "键值为 …。"),
        (f'错误: 无效的类型 integer 输入语法: "{SECRET}X"', "无效的类型 integer 输入语法: …"),
        (f"ORA-01722: 无效数字 '{SECRET}'", "ORA-01722: 无效数字 …"),
        (f"数字 “{SECRET}” 超出范围", "数字 … 超出范围"),
        (f"无法将 '{SECRET}' 转化为数字", "转化为数字"),
        (f"'{SECRET}' 不是有效的日期", "不是有效的日期"),
        (f"Invalid value '{SECRET}' for type", "Invalid value … for type"),
        (f"Bad format for number '{SECRET}' in column 1", "in column 1"),
        (f'Value "{SECRET}X" is not a valid INTEGER', "is not a valid INTEGER"),
        (f"CAST('{SECRET}' AS INTEGER) failed", "AS INTEGER) failed"),
        (f"in words of its own '{SECRET}X'", "in words of its own …"),
        (f"NumberFormatException: For input string: 'X{SECRET[:9]}'", "For input string: …"),
        (f"Text 'X{SECRET[:9]}' could not be parsed at index 0", "could not be parsed at index 0"),
        (f"[CAST_INVALID_INPUT] The value 'X{SECRET[:9]}' of the type", "of the type"),
        (f"Numeric value 'X{SECRET[:9]}' is not recognized", "is not recognized"),
        (f"Key (name)=({SECRET[:9]}X) already exists.", "already exists."),
        (f'对于类型 integer 的输入语法无效: "X{SECRET[:9]}"', "的输入语法无效: …"),
    ],
)
def test_of_a_fault_in_a_value_the_kind_is_told_and_no_value(said: str, kept: str) -> None:
    told = fault_words(said)
    assert kept in told
    assert SECRET[:9] not in told
    assert told.endswith(f"({ADVICE})")


@pytest.mark.parametrize(
    "said",
    [
        'relation "person" does not exist',
        "ORA-00942: table or view 'X' does not exist",
        'ORA-00942: table or view "X"."DUPLICATES" does not exist',
        "permission denied for 'x'",
        "Invalid column name 'conversion_rate'",
        "Login failed for user 'converter'.",
        "Can't open lib '/opt/driver.so' : file not found",
        "Can't connect to server on 'db' (111)",
        "Invalid object name 'dbo.person_20240101'.",
        "对象名 'dbo.person' 无效。",
        "[-2106]:无效的表或视图名[PERSON]",
        'ORA-00904: "X": 标识符无效',
        "ORA-01017: 用户名/口令无效; 登录被拒绝",
    ],
)
def test_of_other_faults_the_words_stand(said: str) -> None:
    assert fault_words(f" {said}\n") == said


@pytest.mark.parametrize("piece", ["'", "'a", "“", "value ", "= ", "=(", "a.", "1", "超出", "日期 "])
def test_long_words_come_to_an_end(piece: str) -> None:
    assert len(fault_words(piece * (200_000 // len(piece)) + " overflow")) < 300_000
