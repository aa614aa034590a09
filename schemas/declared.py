"""A source's own name of a type as the type that a contract declares: exactly, or as a question for a person.

Nothing is inferred from values here. `numeric(18,2)` is decimal(18,2); `numeric` says no digits, so a person must; what
has no type of ours (an interval, an array, an address of a network) comes as the text that the source makes of it.
"""

import re
from dataclasses import dataclass

from schemas.dataset import FieldType, Kind

_TEXT = """
char character varchar character_varying nchar nvarchar varchar2 nvarchar2 bpchar text tinytext mediumtext longtext
ntext clob nclob string enum citext name longvarchar
"""
_AS_TEXT = (
    "uuid uniqueidentifier json jsonb xml inet cidr macaddr interval time time_without_time_zone timetz set rowid"
)
_INTEGER = "smallint int integer bigint int2 int4 int8 mediumint tinyint smallserial serial bigserial year"
_DECIMAL = "numeric decimal dec number fixed"
_DOUBLE = "real float double double_precision float4 float8 binary_float binary_double"
_MOMENT = "timestamp timestamptz datetime datetime2 datetimeoffset smalldatetime"
_BYTES = "bytea blob tinyblob mediumblob longblob binary varbinary image raw"
_KINDS = {
    **dict.fromkeys((*_TEXT.split(), *_AS_TEXT.split()), Kind.STRING),
    **dict.fromkeys(_INTEGER.split(), Kind.INTEGER),
    **dict.fromkeys(_DOUBLE.split(), Kind.DOUBLE),
    **dict.fromkeys(("boolean", "bool"), Kind.BOOLEAN),
    **dict.fromkeys(("date",), Kind.DATE),
    **dict.fromkeys(_MOMENT.split(), Kind.TIMESTAMP),
}
_SHAPE = re.compile(r"(?P<word>[a-z][a-z0-9_ ]*)(\((?P<digits>[^)]*)\))?(?P<rest>[a-z ]*)(?P<array>(\[\])*)")
MOST_DIGITS = 38
NESTED = ("array", "object")
"""What JSON calls values that are not one value, and that no field takes."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a column is declared as, and what a person should know or decide about it."""

    type: FieldType
    remark: str = ""
    """Why it is not simply that; empty where it is."""
    asks: bool = False
    """Whether a person must say the type: the source does not."""
    left_out: bool = False
    """Whether no contract can take it: it holds bytes, or no single value."""


def declared(told: str) -> Declared:
    """The contract's type for a type as its source names it, e.g. `character varying(20)`, `bigint unsigned`."""
    plain = " ".join(told.casefold().replace('"', "").split())
    if plain in NESTED:
        return _nested(plain)
    shape = _SHAPE.fullmatch(plain)
    if not plain or shape is None or shape["array"]:
        return _text(f"the source's {told}, as the text that it makes of it" if plain else "")
    word, digits = shape["word"].strip().replace(" ", "_"), shape["digits"] or ""
    unsigned = word.endswith("_unsigned") or "unsigned" in shape["rest"]
    word = word.removesuffix("_unsigned").removesuffix("_zerofill")
    if word in _BYTES.split():
        return Declared(FieldType(Kind.STRING), f"{told} holds bytes; a contract has no type for them", left_out=True)
    if word in _DECIMAL.split():
        return _decimal(told, digits)
    if word == "bigint" and unsigned:
        return Declared(FieldType(Kind.DECIMAL, 20, 0), f"{told} goes beyond 64 bits")
    return _simple(told, _word(word), digits)


def _word(word: str) -> str:
    """`timestamp without time zone` is a timestamp: its digits and its zone say how it is written."""
    return next((moment for moment in _MOMENT.split() if word.startswith(f"{moment}_")), word)


def _simple(told: str, word: str, digits: str) -> Declared:
    kind = _KINDS.get(word)
    if kind is None or word in _AS_TEXT.split():
        return _text(f"the source's {told}, as the text that it makes of it")
    if word == "tinyint" and digits == "1":
        return Declared(FieldType(Kind.INTEGER), "tinyint(1) often means yes and no; logicalType boolean takes 0 and 1")
    return Declared(FieldType(kind))


def _decimal(told: str, digits: str) -> Declared:
    parts = [part.strip() for part in digits.split(",")] if digits else []
    if not parts or not all(part.isdigit() for part in parts) or len(parts) > 2:
        return Declared(FieldType(Kind.DECIMAL), f"the source says {told}, without digits", asks=True)
    precision, scale = int(parts[0]), int(parts[1]) if len(parts) == 2 else 0
    if not 1 <= precision <= MOST_DIGITS or scale > precision:
        return Declared(FieldType(Kind.DECIMAL), f"the source says {told}; at most 38 digits fit", asks=True)
    return Declared(FieldType(Kind.DECIMAL, precision, scale))


def _nested(plain: str) -> Declared:
    way = "of a file a path may name one, as `phones.0`" if plain == "array" else "name the path of a value in it"
    return Declared(FieldType(Kind.STRING), f"an {plain}, and a field takes one value: {way}", left_out=True)


def _text(remark: str) -> Declared:
    return Declared(FieldType(Kind.STRING), remark)
