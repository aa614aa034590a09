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
    ],
)
def test_of_a_fault_in_a_value_the_kind_is_told_and_no_value(said: str, kept: str) -> None:
    told = fault_words(said)
    assert kept in told
    assert SECRET not in told
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
    ],
)
def test_of_other_faults_the_words_stand(said: str) -> None:
    assert fault_words(f" {said}\n") == said
