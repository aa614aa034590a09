"""Patterns of contracts in Spark, whose own are Java's: only what both understand alike is left to Java.

Contracts mean RE2, as DuckDB does. Java's `$` also fits before a last line end, its `.` knows more line ends, its
classes nest, and repeated groups can exhaust its stack. A pattern with anything that the two might read differently is
looked for by RE2 itself, in pyarrow, in Spark's Python workers.
"""

import re
from collections.abc import Callable, Iterator
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column
from pyspark.sql import functions as sf

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_CONTROLS = "tnrf"
_REPEAT = re.compile(r"\{[0-9]+(,[0-9]*)?\}")
_SAFE = re.compile(r"[\w\s<>=!@#%~:;,\"'`-]|[^\x00-\x7f]")


class _Unclear(ValueError):
    """A part of a pattern that RE2 and Java may read differently."""


def found(column: Column, pattern: str) -> Column:
    """Whether the pattern is found anywhere in the value; NULL where there is no value."""
    same = java(pattern)
    return column.rlike(same) if same is not None else _by_re2(pattern)(column)


def java(pattern: str) -> str | None:
    """The pattern in Java's words; None where the two might differ."""
    try:
        return "".join(_parts(pattern))
    except _Unclear:
        return None


def _by_re2(pattern: str) -> Callable[[Column], Column]:
    def look(values: pa.Array) -> pa.Array:
        return pc.match_substring_regex(values, pattern=pattern)

    return cast(Callable[[Column], Column], sf.arrow_udf(look, "boolean"))


def _parts(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        part, after = _next(pattern, at)
        yield part
        at = after


def _next(pattern: str, at: int) -> tuple[str, int]:
    """What stands at a place, in Java's words, and where it ends."""
    one = pattern[at]
    if one == "[":
        return _class(pattern, at)
    if one == "\\":
        return _escape(pattern, at), at + 2
    if one in "*+?{":
        return _repeat(pattern, at)
    plain = {"^": r"\A", "$": r"\z", ".": r"[^\n]", "|": "|", ")": ")"}.get(one)
    if plain is not None:
        return plain, at + 1
    if one == "(":
        return _group(pattern, at)
    if _SAFE.fullmatch(one):
        return one, at + 1
    raise _Unclear(one)


def _group(pattern: str, at: int) -> tuple[str, int]:
    if not pattern.startswith("(?", at):
        return "(", at + 1
    if pattern.startswith("(?:", at):
        return "(?:", at + 3
    raise _Unclear(pattern[at : at + 3])


def _repeat(pattern: str, at: int) -> tuple[str, int]:
    told = _REPEAT.match(pattern, at) if pattern[at] == "{" else None
    if pattern[at] == "{" and told is None:
        raise _Unclear("{")
    text = told.group() if told else pattern[at]
    endless = text in "*+" or text.endswith(",}")
    if at == 0 or pattern[at - 1] in "^$|(" or (endless and pattern[at - 1] == ")"):
        raise _Unclear(text)
    return text, at + len(text)


def _escape(pattern: str, at: int) -> str:
    one = pattern[at + 1 : at + 2]
    if one.lower() in _CLASSES:
        return f"[{'^' if one.isupper() else ''}{_CLASSES[one.lower()]}]"
    if one in _CONTROLS or one in ("A", "z") or (one.isascii() and one and not one.isalnum()):
        return f"\\{one}"
    raise _Unclear(f"\\{one}")


def _class(pattern: str, at: int) -> tuple[str, int]:
    """A class of characters: ranges, single ones, `\\d \\w \\s`; no class in a class, no `]` at its beginning."""
    told, place = "[", at + 1
    if pattern.startswith("^", place):
        told, place = "[^", place + 1
    if pattern.startswith("]", place):
        raise _Unclear("[]")
    while not pattern.startswith("]", place):
        one = pattern[place : place + 1]
        if one == "\\":
            told, place = told + _inside(pattern[place + 1 : place + 2]), place + 2
        elif one and one not in "[&^":
            told, place = told + one, place + 1
        else:
            raise _Unclear(one)
    return told + "]", place + 1


def _inside(one: str) -> str:
    if one in _CLASSES:
        return _CLASSES[one]
    if one and (one in _CONTROLS or (one.isascii() and not one.isalnum())):
        return f"\\{one}"
    raise _Unclear(one)
