"""Deadline rules as CSV, one version of one jurisdiction's rule for one event a line, with the columns of `COLUMNS`."""

from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

from schemas.deadline import DEFAULT, NATIONAL, Approver, Event, Rule, Unit
from schemas.errors import BadInput, ContractBroken, Mistake
from schemas.standards.division_code import normalise
from schemas.work_day_file import day_of, lines_of, text_of

COLUMNS = (
    "jurisdiction",
    "event",
    "days",
    "unit",
    "extend_days",
    "extend_approver",
    "valid_from",
    "valid_to",
    "source",
)
MOST = 366
"""No rule gives more days."""
_SHIPPED = Path(__file__).parent / "standards" / "deadlines.csv"
W = TypeVar("W", bound=StrEnum)


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a file; ContractBroken with every mistake."""
    return rules_of(text_of(path), str(path))


def rules_of(text: str, file: str) -> tuple[Rule, ...]:
    """The rules of a CSV text; `file` names it in mistakes, which are raised all at once."""
    found: dict[tuple[str, Event, date | None], Rule] = {}
    mistakes: list[Mistake] = []
    for number, row in lines_of(text, file, COLUMNS):
        one = _Line(file, number, row, mistakes).rule()
        if one is None:
            continue
        key = (one.jurisdiction, one.event, one.valid_from)
        if key in found:
            mistakes.append(
                Mistake(file, number, "event", one.event, "each event once for a jurisdiction and first day")
            )
        found[key] = one
    if mistakes:
        raise ContractBroken(mistakes)
    if not found:
        raise BadInput(f"{file}: found no rule, expected lines with the columns {', '.join(COLUMNS)}")
    return tuple(found.values())


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """Those that the package carries: what is thought to be national, and defaults where there is no law."""
    return rules_of(_SHIPPED.read_text(encoding="utf-8"), _SHIPPED.name)


class _Line:
    """One line of the file; what is wrong with it goes among the mistakes."""

    def __init__(self, file: str, number: int, row: dict[str, str], mistakes: list[Mistake]) -> None:
        self.file, self.number, self.row, self.mistakes = file, number, row, mistakes

    def rule(self) -> Rule | None:
        """The rule; None where something is wrong with it."""
        before = len(self.mistakes)
        event, unit = self._word("event", Event), self._word("unit", Unit)
        days, more = self._number("days"), self._number("extend_days", least=0)
        approver = self._word("extend_approver", Approver)
        start, end = self._day("valid_from"), self._day("valid_to")
        jurisdiction = self._jurisdiction()
        for name in ("event", "unit", "days", "source"):
            if not self.row[name]:
                self._wrong(name, "something")
        if start and end and end <= start:
            self._wrong("valid_to", f"a day after valid_from {start}")
        if len(self.mistakes) > before or event is None or unit is None or days is None:
            return None
        return Rule(jurisdiction, event, days, unit, self.row["source"], more, approver, start, end)

    def _wrong(self, name: str, expected: str) -> None:
        self.mistakes.append(Mistake(self.file, self.number, name, self.row[name] or "nothing", expected))

    def _word(self, name: str, of: type[W]) -> W | None:
        if not self.row[name]:
            return None
        try:
            return of(self.row[name])
        except ValueError:
            self._wrong(name, f"one of {', '.join(one.value for one in of)}")
        return None

    def _number(self, name: str, least: int = 1) -> int | None:
        text = self.row[name]
        if text and not (text.isascii() and text.isdigit() and len(text) <= 3 and least <= int(text) <= MOST):
            self._wrong(name, f"a number from {least} to {MOST}")
            return None
        return int(text) if text else None

    def _day(self, name: str) -> date | None:
        found = day_of(self.row[name]) if self.row[name] else None
        if self.row[name] and found is None:
            self._wrong(name, "a day such as 2025-08-01, or nothing")
        return found

    def _jurisdiction(self) -> str:
        text = self.row["jurisdiction"]
        if text in (NATIONAL, DEFAULT):
            return text
        try:
            return normalise(text)
        except ValueError:
            self._wrong("jurisdiction", f"{NATIONAL}, {DEFAULT} or the code of a division")
        return ""
