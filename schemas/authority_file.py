"""Authority sources 数源 as a CSV file: element, subject_kind, division, organisation, dataset, basis, since, until."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from schemas.authority_source import Source, Standing
from schemas.errors import BadInput, ContractBroken, Mistake

REQUIRED = ("element", "division", "organisation", "basis", "since")
OPTIONAL = ("subject_kind", "dataset", "until")
ENCODINGS = ("utf-8-sig", "gb18030")


def read_authority_file(path: Path) -> tuple[tuple[int, Source], ...]:
    """Line and entry of every row; ContractBroken with every mistake, so that all or nothing is brought in."""
    text, file = _text(path), str(path)
    rows = csv.DictReader(io.StringIO(text))
    _columns(rows.fieldnames or (), file)
    mistakes: list[Mistake] = []
    found = [(rows.line_num, one) for row in rows if (one := _source(row, file, rows.line_num, mistakes))]
    if mistakes:
        raise ContractBroken(mistakes)
    return tuple(found)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{path}: found bytes that are neither UTF-8 nor GB18030")


def _columns(names: object, file: str) -> None:
    there = list(names) if isinstance(names, list | tuple) else []
    missing = [name for name in REQUIRED if name not in there]
    unknown = [name for name in there if name not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown:
        expected = f"the columns {', '.join(REQUIRED)} and perhaps {', '.join(OPTIONAL)}"
        raise ContractBroken([Mistake(file, 1, "header", ", ".join(map(str, there)) or "nothing", expected)])


def _source(row: dict[str, str | None], file: str, line: int, mistakes: list[Mistake]) -> Source | None:
    told = {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
    found = list(_mistakes(told, file, line))
    mistakes.extend(found)
    if found:
        return None
    return Source(
        element=told["element"],
        subject_kind=told["subject_kind"],
        division=told["division"],
        organisation=told["organisation"],
        basis=told["basis"],
        since=date.fromisoformat(told["since"]),
        until=date.fromisoformat(told["until"]) if told["until"] else None,
        dataset=told["dataset"],
        standing=Standing.IN_FORCE,
    )


def _mistakes(told: dict[str, str], file: str, line: int) -> Iterator[Mistake]:
    for name in REQUIRED:
        if not told[name]:
            yield Mistake(file, line, name, "nothing", "a value")
    for name in ("since", "until"):
        if told[name] and not _is_day(told[name]):
            yield Mistake(file, line, name, repr(told[name][:40]), "a day such as 2026-11-20")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
