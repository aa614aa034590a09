"""A calendar of days off and days worked instead, as CSV with the columns day, working, source."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from schemas.errors import BadInput, ContractBroken, Mistake
from schemas.working_days import WorkCalendar

COLUMNS = ("day", "working", "source")
WORDS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "是": True, "否": False}
"""As people write it -> whether the day is worked."""
_SHIPPED = Path(__file__).parent / "standards" / "work_days.csv"


@dataclass(frozen=True, slots=True)
class WorkDay:
    """One day that is not as the week has it, and who says so."""

    day: date
    working: bool
    source: str


def read_work_days(path: Path) -> tuple[WorkDay, ...]:
    """The days of a file; ContractBroken with every mistake."""
    return work_days(text_of(path), str(path))


def text_of(path: Path) -> str:
    """A file's text, UTF-8 (with or without BOM) tried first, then GB18030 as spreadsheets here save it."""
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise BadInput(f"{path}: cannot be read: {wrong.strerror}") from wrong
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    raise BadInput(f"{path}: found bytes that are neither UTF-8 nor GB18030, expected text")


def work_days(text: str, file: str) -> tuple[WorkDay, ...]:
    """The days of a CSV text; `file` names it in mistakes, which are raised all at once."""
    found: dict[date, WorkDay] = {}
    mistakes: list[Mistake] = []
    for number, row in lines_of(text, file, COLUMNS):
        one = _work_day(row, file, number, mistakes)
        if one is not None and one.day in found:
            mistakes.append(Mistake(file, number, "day", row["day"], "each day once"))
        elif one is not None:
            found[one.day] = one
    if mistakes:
        raise ContractBroken(mistakes)
    if not found:
        raise BadInput(f"{file}: found no day, expected lines with the columns {', '.join(COLUMNS)}")
    return tuple(found[day] for day in sorted(found))


def lines_of(text: str, file: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and trimmed cells of each line of a CSV text that must have `columns`."""
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise BadInput(f"{file}: found no column {', '.join(missing)}, expected {', '.join(columns)} in the first line")
    for row in reader:
        yield reader.line_num, {name: (row.get(name) or "").strip() for name in reader.fieldnames or ()}


def day_of(text: str) -> date | None:
    """A day as 2026-10-01; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@cache
def shipped_work_days() -> tuple[WorkDay, ...]:
    """Those that the package carries."""
    return work_days(_SHIPPED.read_text(encoding="utf-8"), _SHIPPED.name)


def calendar_of(days: Sequence[WorkDay]) -> WorkCalendar:
    """The calendar of these days; of two on one day the later in the list."""
    return WorkCalendar({one.day: one.working for one in days})


def _work_day(row: dict[str, str], file: str, number: int, mistakes: list[Mistake]) -> WorkDay | None:
    day, working = day_of(row["day"]), WORDS.get(row["working"].lower())
    expected = {"day": "a day such as 2026-10-01", "working": "yes or no", "source": "the notice that says so"}
    wrong = {"day": day is None, "working": working is None, "source": not row["source"]}
    mistakes += [Mistake(file, number, name, row[name], expected[name]) for name in COLUMNS if wrong[name]]
    return None if day is None or working is None or not row["source"] else WorkDay(day, working, row["source"])
