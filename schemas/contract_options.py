"""The limits of a field's values: patterns, lengths and bounds, each of a kind that fits the field's type."""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pyarrow.compute as pc

from schemas.contract_page import Table
from schemas.contract_words import OPTIONS
from schemas.dataset import FieldType, Json, Kind
from schemas.journey import SHANGHAI

_NOT_EVERYWHERE = re.compile(r"(?<!\\)(?:\\\\)*(\(\?<|\\C)")
"""What newer engines alone know (`(?<name>`), or what would cut characters into bytes (`\\C`)."""
RE2_ONLY = "a regular expression of RE2: no look-around or back-references, repeats up to 1000, \\z for the end"


def read_options(table: Table, of: FieldType) -> dict[str, Json]:
    """`logicalTypeOptions` as they stand; what does not fit the type or the other end is a mistake."""
    if not table.has("logicalTypeOptions"):
        return {}
    below = table.page.table(table.entries["logicalTypeOptions"], OPTIONS)
    found = {key: table.page.plain(spot) for key, spot in below.entries.items() if key in OPTIONS}
    for key, value in found.items():
        expected = _option_mistake(key, value, of)
        if expected:
            below.wrong(key, expected)
    wrong = regex_mistake(found["pattern"]) if isinstance(found.get("pattern"), str) else ""
    if wrong:
        below.wrong("pattern", RE2_ONLY, wrong)
    for low, high in (("minLength", "maxLength"), ("minimum", "maximum")):
        ends = (bound(found.get(low), of), bound(found.get(high), of))
        if None not in ends and ends[0] > ends[1]:
            below.wrong(high, f"at least {low} ({found[low]})")
    return found


def bound(value: Json, of: FieldType) -> Json:
    """A bound as what can be compared: numbers as they are, days and moments read; None where it is neither."""
    if of.kind in (Kind.DATE, Kind.TIMESTAMP):
        return _moment(value, of.kind) if isinstance(value, str) else None
    return value if type(value) in (int, float) else _decimal(value)


def _moment(text: str, kind: Kind) -> date | None:
    try:
        read = date.fromisoformat(text) if kind is Kind.DATE else datetime.fromisoformat(text)
    except ValueError:
        return None
    return read.replace(tzinfo=SHANGHAI) if isinstance(read, datetime) and read.tzinfo is None else read


def _decimal(value: Json) -> Decimal | None:
    try:
        read = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return read if read is not None and read.is_finite() else None


def _option_mistake(key: str, value: Json, of: FieldType) -> str:
    text = of.kind is Kind.STRING
    if key in ("pattern", "minLength", "maxLength") and not text:
        return f"no {key} here: only strings have one"
    if key == "pattern":
        return "" if isinstance(value, str) and value else "a regular expression in quotes"
    if key in ("minLength", "maxLength"):
        return "" if type(value) is int and value >= 0 else "a whole number from 0"
    if of.kind in (Kind.DATE, Kind.TIMESTAMP):
        return "" if bound(value, of) is not None else 'a day in quotes, e.g. "1949-10-01"'
    if text or of.kind is Kind.BOOLEAN:
        return f"no {key} here: only numbers, dates and timestamps have one"
    return "" if type(value) in (int, float) else "a number"


def regex_mistake(pattern: str) -> str:
    """Why a pattern cannot be used; empty where it can. RE2 itself is asked, which looks neither ahead nor back."""
    if found := _NOT_EVERYWHERE.search(pattern):
        return f"a pattern with {found[1]}"
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as wrong:
        return f"a pattern that does not compile ({str(wrong).removeprefix('Invalid regular expression: ')})"
    return ""
