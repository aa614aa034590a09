"""Filters as callers write them: what they mean, and what is said of a mistake."""

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.filters.evaluate import passing
from catalog.filters.expression import DEEPEST, both, columns_in, outline
from catalog.filters.text import COMPARISONS, LISTED, read_filter
from schemas.dataset import FieldType, Kind
from schemas.errors import BadAsk
from tests.builders import LOW_INCOME_FIELDS, low_income_row, make_dataset, make_field, make_table

DATASET = make_dataset(
    fields=(
        *LOW_INCOME_FIELDS,
        make_field("备注"),
        make_field("date", type=FieldType(Kind.DATE)),
        make_field("seen", type=FieldType(Kind.TIMESTAMP)),
        make_field("n", type=FieldType(Kind.INTEGER)),
        make_field("share", type=FieldType(Kind.DOUBLE)),
        make_field("active", type=FieldType(Kind.BOOLEAN)),
    )
)
ROWS = [
    low_income_row(n, 备注=("O'Brien", "50%_x", None)[n % 3], n=n - 3, share=n / 2, active=n % 2 == 0)
    for n in range(12)
]
TABLE = make_table(DATASET, ROWS)


def one(column: str, op: str, value: Any) -> dict[str, Any]:
    return {"column": column, "op": op, "value": value}


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("amount >= 600.10", one("amount", ">=", "600.1")),
        ("amount = 00900.500", one("amount", "=", "900.5")),
        ("amount != -0.05", one("amount", "!=", "-0.05")),
        ("name = 'O''Brien'", one("name", "=", "O'Brien")),
        ("name = ''", one("name", "=", "")),
        ("\"备注\" like '张%'", one("备注", "starts", "张")),
        (r"name like '50\%\_%'", one("name", "starts", "50%_")),
        (r"name like 'a\\b\c%'", one("name", "starts", "a\\b\\c")),
        ("n in (1,-2, 3)", one("n", "in", [1, -2, 3])),
        ("n NOT IN (1)", {"not": one("n", "in", [1])}),
        ("born is null", one("born", "is_null", True)),
        ("born IS NOT NULL", one("born", "is_null", False)),
        ("date < date '2026-02-28'", one("date", "<", "2026-02-28")),
        ("seen > timestamp '2026-01-01T08:00:00+08:00'", one("seen", ">", "2026-01-01T00:00:00+00:00")),
        ("share <= 0.5", one("share", "<=", 0.5)),
        ("active = true", one("active", "=", True)),
        ("n=1 or n=2 and n=3", {"or": [one("n", "=", 1), {"and": [one("n", "=", 2), one("n", "=", 3)]}]}),
        ("(n=1 or n=2) and n=3", {"and": [{"or": [one("n", "=", 1), one("n", "=", 2)]}, one("n", "=", 3)]}),
        ("not n=1 and not (n=2)", {"and": [{"not": one("n", "=", 1)}, {"not": one("n", "=", 2)}]}),
        ("\n\tn\u3000=\u00a01 ", one("n", "=", 1)),
    ],
)
def test_a_text_becomes_the_typed_expression(text: str, expression: Any) -> None:
    assert read_filter(text, DATASET) == expression


@pytest.mark.parametrize(
    ("text", "place", "found", "expected"),
    [
        ("", 1, "the end", "a column, one of person_id, name, mobile, born"),
        ("nam = 'x'", 1, "'nam'", 'household, "备注", date'),
        ("NAME = 'x'", 1, "'NAME'", "one of person_id"),
        ("name", 5, "the end", "one of = != <"),
        ("name ~ 'x'", 6, "\"~ 'x'\"", "a column"),
        ("name = 'x", 8, '"\'x" that does not end', "'text'"),
        ("name = mobile", 8, "'mobile'", "a text in single quotes, since name is string"),
        ("name = 1", 8, "'1'", "a text in single quotes"),
        ("n = '1'", 5, "\"'1'\"", "a whole number"),
        ("n = 1.0", 5, "'1.0'", "a whole number"),
        ("n = 9223372036854775808", 5, "'9223372036854775808'", "64 bits"),
        ("n = 1e3", 5, "'1e3'", "a column"),
        ("n == 1", 4, "'='", "a whole number"),
        ("n <> 1", 4, "'>'", "a whole number"),
        ("n + 1 = 2", 3, "'+ 1 = 2'", "a column"),
        ("amount = 1.005", 10, "'1.005'", "decimal(18,2)"),
        ("amount = 12345678901234567", 10, "'12345678901234567'", "decimal(18,2)"),
        ("born = '2026-01-01'", 8, "\"'2026-01-01'\"", "date '2026-01-01', since born is date"),
        ("born = date '2026-02-30'", 13, "\"'2026-02-30'\"", "since born is date"),
        ("born = date '20260101'", 13, "\"'20260101'\"", "since born is date"),
        ("born = date 5", 13, "'5'", "a text in single quotes"),
        ("seen = timestamp '2026-01-01T00:00:00'", 18, "2026", "with its offset"),
        ("active = 1", 10, "'1'", "true or false"),
        ("name like '%x'", 11, "\"'%x'\"", "a beginning and one % at its end"),
        ("name like 'a%b%'", 11, "\"'a%b%'\"", "one % at its end"),
        ("name like 'a_%'", 11, "\"'a_%'\"", "one % at its end"),
        ("name like 'abc'", 11, "\"'abc'\"", "one % at its end"),
        ("name like '%'", 11, "\"'%'\"", "a beginning"),
        ("n like '1%'", 8, "\"'1%'\"", "like is for texts"),
        ("n in ()", 7, "')'", "a whole number"),
        ("n in (1", 8, "the end", ", or )"),
        ("n in 1", 6, "'1'", "( and the values of in"),
        ("n is 1", 6, "'1'", "null or not null"),
        ("n = null", 5, "'null'", "a whole number"),
        ("(n = 1", 7, "the end", "and, or or )"),
        ("n = 1)", 6, "')'", "and, or or the end"),
        ("n = 1 n = 2", 7, "'n'", "and, or or the end"),
        ("n = 1 and", 10, "the end", "a column"),
        ("or n = 1", 1, "'or'", "a column"),
        ("length(name) = 2", 1, "'length'", "a column"),
        ("name(mobile) = 2", 5, "'('", "one of = != <"),
        ("name.first = 'x'", 5, ".first", "a column"),
        ("n = 1; drop table x", 6, "'; drop table x'", "a column"),
        ("备注 = 'x'", 1, "\"备注 = 'x'\"", "in double quotes"),
    ],
)
def test_a_mistake_is_told_with_its_place_what_was_found_and_what_was_expected(
    text: str, place: int, found: str, expected: str
) -> None:
    with pytest.raises(BadAsk) as told:
        read_filter(text, DATASET)
    said = str(told.value)
    assert said.startswith(f"filter: at character {place}: found ")
    assert found in said
    assert expected in said


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000 + "n=1" + ")" * 1000,
        "not " * 400 + "n=1",
        " or ".join(["n=1"] * (COMPARISONS + 1)),
        f"n in ({','.join(['1'] * (LISTED + 1))})",
        "n=1 and (" * 8 + "n=1 or (n=2 and not (n=1))" + ")" * 8,
    ],
)
def test_its_size_and_depth_are_limited(text: str) -> None:
    with pytest.raises(BadAsk, match="at most"):
        read_filter(text, DATASET)


def test_the_deepest_that_is_read_can_still_be_joined_to_a_grants_filter() -> None:
    text = "n=0"
    for _ in range(6):
        text = f"n=1 or n=2 and ({text})"
    found = read_filter(text, DATASET)
    assert columns_in(both({"and": [one("n", "=", 1)]}, found)) == {"n"}
    assert DEEPEST == 16


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\"备注\" like 'O''%'", [0, 3, 6, 9]),
        (r"备注 like '50\%%'".replace("备注", '"备注"'), [1, 4, 7, 10]),
        ("not \"备注\" like 'O%'", [1, 4, 7, 10]),
        ('"备注" is null and n > 0', [5, 8, 11]),
        ("amount >= 610.00 or n in (-3)", [0, 10, 11]),
        ("born < date '1952-01-01'", [0, 1]),
        ("active = false and share > 4.4", [9, 11]),
    ],
)
def test_it_chooses_the_rows_that_it_says(text: str, kept: list[int]) -> None:
    whole = TABLE.append_column("row", pa.array([int(n[3:]) for n in TABLE.column("mobile").to_pylist()]))
    assert sorted(whole.filter(passing(whole, read_filter(text, DATASET))).column("row").to_pylist()) == kept


def test_an_outline_has_no_value_of_the_filter() -> None:
    text = "name = 'O''Brien' and (n in (41, 42) or not name like 'Zhang%') and born > date '1949-10-01'"
    told = outline(read_filter(text, DATASET))
    assert told == {
        "and": [
            {"column": "name", "op": "="},
            {"or": [{"column": "n", "op": "in", "values": 2}, {"not": {"column": "name", "op": "starts"}}]},
            {"column": "born", "op": ">"},
        ]
    }
    assert not re.search("Brien|41|Zhang|1949", repr(told))
    assert outline(None) is None


WORDS = st.sampled_from(
    ["n", "name", '"备注"', "born", "=", "!=", "<", "(", ")", ",", "in", "is", "not", "null", "like", "and", "or",
     "'a%'", "'", '"', "1", "-1.5", "date", "'2026-01-01'", "true", "%", "\\", "\0", "张", " "]
)  # fmt: skip


@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_is_either_a_filter_that_can_be_evaluated_or_a_bad_ask(text: str) -> None:
    try:
        expression = read_filter(text, DATASET)
    except BadAsk as told:
        assert "expected" in str(told)  # noqa: PT017 either is right, and which one is the text's affair
    else:
        assert columns_in(expression) <= {f.name for f in DATASET.fields}
        assert len(passing(TABLE, expression)) == TABLE.num_rows
