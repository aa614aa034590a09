"""Entries in files: XLSX in the guide's form, the same as CSV with BOM, JSON Lines; read again exactly as written."""

import csv
import io
import json
from collections.abc import Iterable

from schemas.entry import Entry
from schemas.entry_form import Brought, File, lines, read_lines
from schemas.entry_json import entry_json, read_entry
from schemas.errors import BadInput, Mistake, SecretData
from schemas.workbook import read_workbook, write_workbook

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
}
"""Kind -> media type."""
SHEET = "政务信息资源目录"
_GUARDED = ("=", "+", "-", "@", "'", "\t")
"""A text that begins so would be a formula in a spreadsheet program; CSV has an apostrophe before it."""


def write_entries(entries: Iterable[Entry], kind: str) -> bytes:
    """The file."""
    if kind == "xlsx":
        return write_workbook(lines(entries), SHEET)
    if kind == "csv":
        out = io.StringIO(newline="")
        csv.writer(out).writerows([_guarded(text) for text in row] for row in lines(entries))
        return out.getvalue().encode("utf-8-sig")
    return b"".join(json.dumps(entry_json(one), ensure_ascii=False).encode() + b"\n" for one in entries)


def read_entries(raw: bytes, kind: str, file: str) -> File:
    """Its entries and all its mistakes, by lines; SecretData where one is marked secret: nothing of it is kept."""
    if kind == "xlsx":
        return read_lines(read_workbook(raw), file)
    text = _decoded(raw, file)
    if kind == "csv":
        return read_lines(_cells(text, file), file)
    return _json_lines(text, file)


def kind_of(file: str) -> str:
    """Kind by the ending of a name."""
    kind = file.rpartition(".")[2].lower()
    if kind not in KINDS:
        raise BadInput(f"{file}: found the ending {kind!r}, expected one of {', '.join(KINDS)}")
    return kind


def _cells(text: str, file: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        return [[_plain(cell) for cell in row] for row in rows]
    except csv.Error as wrong:
        raise BadInput(f"{file}:{rows.line_num}: found no CSV that can be read ({wrong})") from wrong


def _json_lines(text: str, file: str) -> File:
    found, mistakes = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except (ValueError, RecursionError) as wrong:  # digits of a number beyond any are a ValueError of their own
            mistakes.append(Mistake(file, number, "line", str(wrong)[:100], "one JSON object"))
            continue
        try:
            found.append(Brought(number, read_entry(told)))
        except SecretData as wrong:
            raise SecretData(f"{file}:{number}: {wrong}") from None
        except BadInput as wrong:
            mistakes.append(Mistake(file, number, "entry", str(wrong)[:300], "words that fit"))
    untitled = [
        Mistake(file, one.line, "title", "nothing", "the name of the data")
        for one in found
        if not one.entry.title.strip()
    ]
    return File(tuple(one for one in found if one.entry.title.strip()), (*mistakes, *untitled))


def _decoded(raw: bytes, file: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{file}: found bytes that are neither UTF-8 nor GB18030")


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_GUARDED) else text


def _plain(text: str) -> str:
    return text.removeprefix("'")
