"""Why one text does not fit its declared type, in a sentence that a clerk can act on."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from schemas.dataset import Field, FieldType, Kind

_EXPECTED = {
    Kind.STRING: "a text",
    Kind.INTEGER: "an integer such as -12",
    Kind.DOUBLE: "a number such as -12.5",
    Kind.BOOLEAN: "one of true, false, 1, 0, t, f, 是, 否",
    Kind.DATE: "a date such as 2026-11-20",
    Kind.TIMESTAMP: "a moment such as 2026-11-20T08:00:00+08:00",
}
_EXPECTED_ZH = {
    Kind.STRING: "文本",
    Kind.INTEGER: "整数，如 -12",
    Kind.DOUBLE: "数值，如 -12.5",
    Kind.BOOLEAN: "true、false、1、0、t、f、是、否之一",
    Kind.DATE: "日期，如 2026-11-20",
    Kind.TIMESTAMP: "时刻，如 2026-11-20T08:00:00+08:00",
}
_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)


def reason(text: str, field: Field) -> str:
    """One sentence: what was found, what was expected, and the likely cause where one is plain."""
    found = cause(text, field)
    return f"found {_short(text)!r}, expected {expected(field)}" + (f": {found}" if found else "")


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "…"


def expected(field: Field) -> str:
    """What a text of this field looks like."""
    if field.type.kind is Kind.DECIMAL:
        whole = field.type.precision - field.type.scale
        return f"a number with at most {whole} digits before the point and {field.type.scale} after it"
    return f"{_EXPECTED[field.type.kind]}, written as {field.format}" if field.format else _EXPECTED[field.type.kind]


def expected_zh(field: Field) -> str:
    """The same in Chinese."""
    if field.type.kind is Kind.DECIMAL:
        whole = field.type.precision - field.type.scale
        return f"数值，小数点前至多 {whole} 位，小数点后至多 {field.type.scale} 位"
    said = _EXPECTED_ZH[field.type.kind]
    return f"{said}，写法为 {field.format}" if field.format else said


def cause(text: str, field: Field) -> str:
    """The likely cause of a misfit, without its value; empty where none is plain."""
    if text == "":
        return "the cell is empty, and empty is no null marker of this field"
    if text != text.strip():
        return "there are spaces around it"
    if text != (plain := unicodedata.normalize("NFKC", text)) and plain.isascii():
        return "it holds full-width or compatibility characters"
    if field.type.kind in _NUMBERS:
        return _number(text, field.type)
    if field.type.kind in (Kind.DATE, Kind.TIMESTAMP):
        return _moment(text, field)
    return ""


def _number(text: str, of: FieldType) -> str:
    if "," in text:
        grouped = re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", text)
        return "thousands separators" if grouped else "a comma in a number"
    if re.fullmatch(r"[+-]?(nan|inf|infinity)", text, re.IGNORECASE):
        return "not a finite number"
    try:
        value = Decimal(text)
    except InvalidOperation:
        return ""
    if of.kind is Kind.INTEGER:
        return _integer(text)
    if of.kind is Kind.DOUBLE:
        return "too large for a double"
    return _decimal(value, of)


def _integer(text: str) -> str:
    if "e" in text.lower():
        return "scientific notation, digits may be lost"
    if "." in text:
        return "a decimal point"
    return "a plus sign" if text.startswith("+") else "beyond 64 bits"


def _decimal(value: Decimal, of: FieldType) -> str:
    _, digits, exponent = value.as_tuple()
    if value and isinstance(exponent, int):  # without any arithmetic: a cell may say 1E+1000000
        after = len("".join(map(str, digits)).rstrip("0")) - len(digits) - exponent
        if after > of.scale:
            return f"{after} digits after the point, and nothing is rounded"
    return "too many digits before the point"


def _moment(text: str, field: Field) -> str:
    if text.lower() in ("infinity", "-infinity"):
        return "not a day of the calendar"
    if re.match(r"(0000|-)", text) or re.match(r"[0-9]{5,}-", text) or text.endswith("BC"):
        return "the year is outside 1 to 9999"
    if field.type.kind is Kind.TIMESTAMP and re.fullmatch(r"(19(8[6-9]|9[01]))-.*[0-9]", text):
        return "if it is a real moment, the clock of Asia/Shanghai skipped or passed it twice: give the offset"
    return ""
