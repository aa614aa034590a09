"""Judges landed rows in plain Python: which rows break which rule of a contract, said once more from the reference."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.numbers import FORMS
from tests.oracle.promises import Contract, Rule

Cells = Mapping[str, Sequence[Any]]
"""Column -> its values, row by row; `_row` names the rows."""
Check = Callable[[Any], bool]


@dataclass(frozen=True)
class World:
    """What rules look up: divisions ever known, code tables, the clean rows of other datasets, the window's start."""

    divisions: frozenset[str]
    codes: Mapping[str, frozenset[str]]
    begins: datetime
    clean: dict[str, Cells] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """Rule -> numbers of the rows that break it (for a rule about the whole: [0]), copies dropped, rows that passed."""

    broken: Mapping[str, frozenset[int]]
    copies: int
    clean: Cells


def judge(contract: Contract, cells: Cells, world: World) -> Judged:
    """All rules over all rows but exact copies; a row that breaks an error rule is not clean."""
    kept = _without_copies(contract, cells)
    broken = {rule.name: frozenset(_failing(rule, kept, contract, world)) for rule in contract.rules}
    errors = [broken[rule.name] for rule in contract.rules if rule.severity != "warning"]
    refused = frozenset().union(*errors)
    places = [place for place, row in enumerate(kept["_row"]) if row not in refused]
    clean = {name: [values[place] for place in places] for name, values in kept.items()}
    return Judged(broken, len(cells["_row"]) - len(kept["_row"]), clean)


def _without_copies(contract: Contract, cells: Cells) -> Cells:
    """Of rows that are the same in every column the one with the lowest number."""
    firsts: dict[tuple[Any, ...], int] = {}
    rows = cells["_row"]
    for place in sorted(range(len(rows)), key=rows.__getitem__):
        firsts.setdefault(tuple(cells[name][place] for name in contract.columns), place)
    places = sorted(firsts.values())
    return {name: [values[place] for place in places] for name, values in cells.items()}


def _failing(rule: Rule, cells: Cells, contract: Contract, world: World) -> Iterable[int]:
    rows = cells["_row"]
    if rule.kind == "rows":
        low, high = rule.told.get("low") or 0, rule.told.get("high")
        return [] if low <= len(rows) and (high is None or len(rows) <= high) else [0]
    if rule.kind == "present":
        return [row for row, value in zip(rows, cells[rule.told["column"]], strict=True) if value is None]
    if rule.kind in _OF_SEVERAL:
        names = _names(rule)
        told = zip(*(cells[name] for name in names), strict=True)
        keeps = _OF_SEVERAL[rule.kind](rule, [cells[name] for name in names])
        pairs = zip(rows, told, strict=True)
        return [row for row, values in pairs if None not in values and not keeps(values)]
    column = rule.told["column"]
    keeps = _OF_ONE[rule.kind](rule, contract.types[column], world)
    return [r for r, value in zip(rows, cells[column], strict=True) if value is not None and not keeps(value)]


def _names(rule: Rule) -> list[str]:
    told = rule.told
    if rule.kind == "pair":
        return [told["a"], told["b"]]
    return [*([told["column"]] if "column" in told else []), *told["columns"]]


def _unique(_: Rule, columns: Sequence[Sequence[Any]]) -> Check:
    """Every row of a key that occurs more than once; a key that lacks a part is nobody's copy."""
    counts = Counter(zip(*columns, strict=True))
    return lambda values: counts[values] == 1


def _pair(rule: Rule, _: object) -> Check:
    return lambda pair: bool(pair[0] > pair[1] or (rule.told.get("equal") and pair[0] == pair[1]))


_OF_SEVERAL: Mapping[str, Callable[[Rule, Sequence[Sequence[Any]]], Check]] = {
    "unique": _unique,
    "pair": _pair,
    "sum": lambda *_: lambda values: bool(values[0] == sum(values[1:])),
    "at_most": lambda *_: lambda values: bool(sum(values[1:]) <= values[0]),
}


def _regex(rule: Rule, *_: object) -> Check:
    """Found anywhere; classes are ASCII, and `$` is the very end, as in RE2."""
    found = re.compile(re.sub(r"(?<!\\)\$", r"\\Z", rule.told["regex"]), re.ASCII)
    return lambda text: found.search(text) is not None


def _between(rule: Rule, kind: str, _: World) -> Check:
    def bound(value: Any) -> Any:
        if kind == "date":
            return date.fromisoformat(value)
        return datetime.fromisoformat(value) if kind == "timestamp" else Decimal(str(value))

    low, high = (None if rule.told[end] is None else bound(rule.told[end]) for end in ("low", "high"))
    return lambda value: (low is None or value >= low) and (high is None or value <= high)


def _long(rule: Rule, *_: object) -> Check:
    low, high = rule.told["low"] or 0, rule.told["high"]
    return lambda text: low <= len(text) and (high is None or len(text) <= high)


def _form(rule: Rule, *_: object) -> Check:
    return dict(FORMS[rule.told["element"]])[rule.told["form"]]


def _county(_: Rule, __: str, world: World) -> Check:
    return lambda text: f"{text[:6]}000000" in world.divisions or text[:6] in ("810000", "820000", "830000")


def _foreign(rule: Rule, _: str, world: World) -> Check:
    there = frozenset(world.clean[rule.told["dataset"]][rule.told["known_as"]])
    return lambda value: value in there


def _timely(rule: Rule, kind: str, world: World) -> Check:
    since = world.begins - timedelta(days=rule.told["days"])
    return lambda value: bool(value >= (since.date() if kind == "date" else since))


_OF_ONE: Mapping[str, Callable[[Rule, str, World], Check]] = {
    "regex": _regex,
    "between": _between,
    "long": _long,
    "form": _form,
    "county": _county,
    "foreign": _foreign,
    "timely": _timely,
    "member": lambda rule, *_: frozenset(rule.told["of"]).__contains__,
    "known": lambda _, __, world: world.divisions.__contains__,
    "code": lambda rule, _, world: world.codes[rule.told["table"]].__contains__,
}
