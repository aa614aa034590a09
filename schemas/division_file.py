"""Division tables as text: CSV with the columns code, name and perhaps parent, valid_from, valid_to, kind.

A bare year means 31 December of it, the day for which the yearly tables of the ministry speak.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path

from schemas.division import Change, Division, Lineage
from schemas.errors import BadInput, ContractBroken, Mistake
from schemas.standards.division_code import normalise, shorter, tier_of

REQUIRED = ("code", "name")
OPTIONAL = ("parent", "valid_from", "valid_to", "kind")
KINDS = ("division", "holder", "zone")
ENCODINGS = ("utf-8-sig", "gb18030")


def read_division_file(path: Path, encoding: str | None = None, known: Iterable[str] = ()) -> tuple[Division, ...]:
    """The divisions of a CSV file, UTF-8 (with or without BOM) tried first, then GB18030, unless declared.

    A parent must be in the file or among `known` (normalised codes). Raises ContractBroken with every mistake.
    """
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise BadInput(f"{path}: cannot be read: {wrong.strerror}") from wrong
    return division_entries(decoded(raw, encoding, path), str(path), known)


def division_entries(text: str, file: str, known: Iterable[str] | None = None) -> tuple[Division, ...]:
    """The divisions of a CSV text; `file` names it in mistakes, which are raised all at once.

    With `known`, every parent that is not empty must be in the text or among them.
    """
    mistakes: list[Mistake] = []
    lines = _lines(text, file, mistakes)
    entries: dict[tuple[str, date | None], tuple[int, Division]] = {}
    for number, row in lines:
        entry = _division(row, file, number, mistakes)
        if entry is None:
            continue
        key = (entry.code, entry.valid_from)
        if key in entries:
            mistakes.append(
                Mistake(file, number, "code", row["code"], f"each code once; line {entries[key][0]} has it")
            )
        else:
            entries[key] = (number, entry)
    mistakes += _overlaps(entries.values(), file)
    if known is not None:
        mistakes += _orphans(entries.values(), file, set(known))
    if mistakes:
        raise ContractBroken(sorted(mistakes, key=lambda m: m.line))
    return tuple(entry for _, entry in entries.values())


def lineage_entries(text: str) -> tuple[Lineage, ...]:
    """The changes of a CSV text with the columns old, new, when, kind."""
    rows = csv.DictReader(io.StringIO(text))
    return tuple(
        Lineage(normalise(r["old"]), normalise(r["new"]), _day(r["when"]) or date.min, Change(r["kind"])) for r in rows
    )


def decoded(raw: bytes, encoding: str | None, path: Path) -> str:
    """Its text: the declared encoding, or UTF-8 with or without BOM, then GB18030."""
    for tried in (encoding,) if encoding else ENCODINGS:
        try:
            return raw.decode(tried)
        except UnicodeDecodeError as wrong:
            line = raw.count(b"\n", 0, wrong.start) + 1
            last = Mistake(str(path), line, "encoding", f"bytes that are no {tried}", "UTF-8 or GB18030 text")
        except LookupError as wrong:
            raise BadInput(f"encoding {encoding!r} is unknown; expected one of {', '.join(ENCODINGS)}") from wrong
    raise ContractBroken([last])


def _lines(text: str, file: str, mistakes: list[Mistake]) -> list[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    header = reader.fieldnames or []
    missing = [c for c in REQUIRED if c not in header]
    strange = [c for c in header if c not in REQUIRED + OPTIONAL]
    if missing or strange:
        expected = f"the columns {', '.join(REQUIRED)} and perhaps {', '.join(OPTIONAL)}"
        mistakes.append(Mistake(file, 1, "header", ", ".join(header) or "nothing", expected))
        return []
    found: list[tuple[int, Mapping[str, str]]] = []
    for row in reader:
        if None in row:
            mistakes.append(Mistake(file, reader.line_num, "line", "too many cells", f"{len(header)} cells"))
            continue
        found.append((reader.line_num, row))
    return found


def _division(row: Mapping[str, str], file: str, number: int, mistakes: list[Mistake]) -> Division | None:
    before = len(mistakes)
    code = _code(row["code"], file, number, "code", mistakes)
    parent = _code(row["parent"], file, number, "parent", mistakes) if row.get("parent") else shorter(code)
    dates: dict[str, date | None] = {}
    for column in ("valid_from", "valid_to"):
        try:
            dates[column] = _day(row.get(column, ""))
        except ValueError:
            mistakes.append(Mistake(file, number, column, repr(row[column]), "a date (2018-12-26), a year or nothing"))
    kind = row.get("kind") or "division"
    if parent and code and tier_of(parent) >= tier_of(code):
        mistakes.append(Mistake(file, number, "parent", parent, f"a division of a higher tier than {code}"))
    if not row["name"].strip():
        mistakes.append(Mistake(file, number, "name", "nothing", "a name"))
    if kind not in KINDS:
        mistakes.append(Mistake(file, number, "kind", repr(kind), f"one of {', '.join(KINDS)}"))
    start, end = dates.get("valid_from"), dates.get("valid_to")
    if start and end and start >= end:
        mistakes.append(Mistake(file, number, "valid_to", str(end), f"a day after {start}"))
    if len(mistakes) > before:
        return None
    return Division(code, row["name"].strip(), tier_of(code), parent, start, end, kind)


def _code(text: str, file: str, number: int, column: str, mistakes: list[Mistake]) -> str:
    try:
        return normalise(text)
    except ValueError as wrong:
        mistakes.append(Mistake(file, number, column, repr(text), str(wrong).rsplit("expected ", 1)[-1]))
        return ""


def _day(text: str) -> date | None:
    if not text:
        return None
    return date(int(text), 12, 31) if len(text) == 4 and text.isascii() and text.isdigit() else date.fromisoformat(text)


def _overlaps(entries: Iterable[tuple[int, Division]], file: str) -> Iterator[Mistake]:
    """Entries of no days, and two of one code that are in force at the same time."""
    for (_, before), (number, after) in pairwise(sorted(entries, key=_by_code_and_day)):
        if before.code == after.code and (before.valid_to or date.max) > (after.valid_from or date.min):
            found = f"{after.code} from {after.valid_from} on"
            yield Mistake(file, number, "valid_from", found, f"a day not before {before.valid_to}, the end of the last")


def _by_code_and_day(numbered: tuple[int, Division]) -> tuple[str, date]:
    return numbered[1].code, numbered[1].valid_from or date.min


def _orphans(entries: Iterable[tuple[int, Division]], file: str, known: set[str]) -> list[Mistake]:
    found = list(entries)
    there = known | {entry.code for _, entry in found}
    expected = "a parent that is in the file or known already"
    return [
        Mistake(file, number, "parent", entry.parent, expected)
        for number, entry in found
        if entry.parent and entry.parent not in there
    ]
