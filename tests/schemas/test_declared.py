"""A source's own types become the contract's exactly, or a question; nothing is made up."""

import pytest

from schemas.dataset import Kind
from schemas.declared import declared


@pytest.mark.parametrize(
    ("told", "type_of"),
    [
        ("numeric(18,2)", "decimal(18,2)"),
        ("NUMBER(12)", "decimal(12,0)"),
        ("decimal(38, 18)", "decimal(38,18)"),
        ("bigint", "integer"),
        ("int(11) unsigned", "integer"),
        ("bigint unsigned", "decimal(20,0)"),
        ("bigint(20) unsigned", "decimal(20,0)"),
        ("double precision", "double"),
        ("boolean", "boolean"),
        ("date", "date"),
        ("timestamp(3) without time zone", "timestamp"),
        ("timestamp with time zone", "timestamp"),
        ("datetime(6)", "timestamp"),
        ("DATETIME2", "timestamp"),
        ("character varying(20)", "string"),
        ("char(18)", "string"),
        ("text", "string"),
        ("", "string"),
    ],
)
def test_what_the_source_says_to_the_digit_is_declared_so(told: str, type_of: str) -> None:
    found = declared(told)
    assert (str(found.type), found.asks, found.left_out) == (type_of, False, False)


@pytest.mark.parametrize("told", ["numeric", "NUMBER", "decimal", "numeric(50,10)", "numeric(10,-2)", "numeric(2,4)"])
def test_a_number_whose_digits_nobody_says_or_nothing_holds_is_asked_for(told: str) -> None:
    found = declared(told)
    assert (found.type.kind, found.asks) == (Kind.DECIMAL, True)
    assert told in found.remark


@pytest.mark.parametrize("told", ["bytea", "BLOB", "varbinary(20)", "longblob"])
def test_bytes_are_left_out_and_said(told: str) -> None:
    assert declared(told).left_out


@pytest.mark.parametrize("told", ["jsonb", "integer[]", "interval", "inet", "geometry(Point,4326)", "mood"])
def test_what_has_no_type_of_ours_comes_as_text_with_a_word_about_it(told: str) -> None:
    found = declared(told)
    assert (found.type.kind, found.left_out) == (Kind.STRING, False)
    assert told in found.remark
