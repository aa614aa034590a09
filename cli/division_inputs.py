"""The files that `yishu divisions` reads: yearly tables, what became of codes, and the land of zones."""

import csv
import io
from pathlib import Path

from schemas.division import Change, Custody
from schemas.division_file import decoded
from schemas.division_forms import Listed, listed
from schemas.division_year import ENDED, Fate
from schemas.divisions import normalise
from schemas.errors import ContractBroken, Mistake

KINDS = (*(one.value for one in Change), ENDED)


def read_table(file: Path, encoding: str | None = None, *, zones: bool = False) -> tuple[Listed, ...]:
    """The places of a yearly table."""
    return listed(decoded(file.read_bytes(), encoding, file), str(file), zones=zones)


def read_fates(file: Path) -> tuple[Fate, ...]:
    """What became of codes: CSV old,new,kind; ContractBroken has every mistake."""
    found, mistakes = [], []
    for line, row in _rows(file, ("old", "new", "kind")):
        try:
            old, new = normalise(row["old"]), normalise(row["new"]) if row["new"] else ""
        except ValueError as wrong:
            mistakes.append(Mistake(str(file), line, "old, new", f"{row['old']}, {row['new']}", str(wrong)))
            continue
        if row["kind"] not in KINDS or bool(new) == (row["kind"] == ENDED):
            expected = f"one of {', '.join(KINDS)}, with a new code except for {ENDED}"
            mistakes.append(Mistake(str(file), line, "kind", repr(row["kind"]), expected))
        found.append(Fate(old, new, row["kind"]))
    if mistakes:
        raise ContractBroken(mistakes)
    return tuple(found)


def read_custody(file: Path) -> tuple[Custody, ...]:
    """On whose land zones lie: CSV zone,place,source."""
    found, mistakes = [], []
    for line, row in _rows(file, ("zone", "place", "source")):
        try:
            found.append(Custody(normalise(row["zone"]), normalise(row["place"]), row["source"]))
        except ValueError as wrong:
            mistakes.append(Mistake(str(file), line, "zone, place", f"{row['zone']}, {row['place']}", str(wrong)))
        if not row["source"]:
            mistakes.append(Mistake(str(file), line, "source", "nothing", "who says so, e.g. a document's number"))
    if mistakes:
        raise ContractBroken(mistakes)
    return tuple(found)


def _rows(file: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(decoded(file.read_bytes(), None, file), newline=""), restval="")
    header = tuple(reader.fieldnames or ())
    if set(columns) - set(header):
        raise ContractBroken([Mistake(str(file), 1, "header", ", ".join(header) or "nothing", ", ".join(columns))])
    return [(reader.line_num, {c: (row[c] or "").strip() for c in columns}) for row in reader]
