"""Values as a driver gives them to Python, as exact texts; what has none makes its row a misfit."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pyarrow as pa

from connectors.protocol import Batch
from connectors.sql import unreadable
from connectors.sql.unreadable import SHOWN, Unreadable

ROWS = 32 * 1024
"""Rows that are turned into texts together."""

_LONG = 1 << 63


def batch(piece: str, first: int, names: Sequence[str], block: Sequence[Sequence[object]]) -> Batch:
    """Some rows of a table, a sequence each, as a batch of texts; the first has the place `first`."""
    found, wrong = [], []
    for name, values in zip(names, zip(*block, strict=True), strict=True):
        texts, unread = column(name, values)
        found.append(texts)
        wrong.append(unread)
    return unreadable.batch(piece, first, pa.record_batch(found, list(names)), unreadable.joined(wrong))


def column(name: str, values: Sequence[Any]) -> tuple[pa.Array, dict[int, Unreadable]]:
    """One column as text, NULL where a value has none, and what those are."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return pa.array(values, pa.string()), {}
    if kinds == {int} and all(v is None or -_LONG <= v < _LONG for v in values):
        return pa.array(values, pa.int64()).cast(pa.string()), {}
    if kinds <= _TEXT.keys():
        return pa.array([v if v is None else _TEXT[type(v)](v) for v in values], pa.string()), {}
    told = [_told(name, value) for value in values]
    wrong = {row: text for row, text in enumerate(told) if isinstance(text, Unreadable)}
    return pa.array([None if isinstance(text, Unreadable) else text for text in told], pa.string()), wrong


def utc(value: object) -> object:
    """A moment without a zone whose clock is UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _told(name: str, value: object) -> str | Unreadable | None:
    if value is None:
        return None
    if type(value) in _TEXT:
        return _TEXT[type(value)](value)
    if isinstance(value, bytes | bytearray | memoryview):
        return unreadable.of_bytes(name, bytes(value[:SHOWN]).hex())
    shown = str(value)[: 2 * SHOWN]
    return Unreadable(name, shown, f"found {type(value).__name__}, expected a text, a number or a moment")


def _decimal(value: Decimal) -> str:
    return format(value, "f") if value.is_finite() else str(value)


def _span(value: timedelta) -> str:
    """A time of day or a span as hours, minutes and seconds; both signs."""
    sign, micros = ("-", -value) if value < timedelta() else ("", value)
    seconds = micros.days * 86400 + micros.seconds
    clock = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}.{micros.microseconds:06d}" if micros.microseconds else clock


def _moment(value: datetime) -> str:
    return value.isoformat(sep=" ")


_TEXT: Mapping[type, Callable[..., str]] = MappingProxyType(
    {
        str: str,
        int: str,
        bool: lambda value: "true" if value else "false",
        float: repr,
        Decimal: _decimal,
        date: date.isoformat,
        datetime: _moment,
        time: time.isoformat,
        timedelta: _span,
        UUID: str,
    }
)
"""Type -> its exact text. No other has one that could not be read in two ways."""
