"""Rows as a table for a terminal: Chinese characters are two columns wide, and too wide a table stands row by row."""

import unicodedata
from collections.abc import Iterator, Sequence

LONGEST = 28
"""Columns that a cell may take; what is longer ends with …."""


def table_lines(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """One line a row under its headers where `width` columns are enough, else one line a cell."""
    shown = [[_short(_plain(cell)) for cell in row] for row in (headers, *rows)]
    widths = [max(map(columns, column)) for column in zip(*shown, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) <= width:
        yield from ("  ".join(map(_padded, row, widths)).rstrip() for row in shown)
        return
    most = max(map(columns, shown[0]), default=0)
    for number, row in enumerate(shown[1:], 1):
        yield f"── {number} ──"
        yield from (f"{_padded(header, most)}  {cell}".rstrip() for header, cell in zip(shown[0], row, strict=True))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _plain(text: str) -> str:
    """On one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


def _short(text: str) -> str:
    if columns(text) <= LONGEST:
        return text
    kept = ""
    for character in text:
        if columns(kept + character) >= LONGEST:
            break
        kept += character
    return f"{kept}…"
