"""The tree of administrative divisions 行政区划 through time: who lay within whom, and what became of old codes."""

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

from schemas.access import Tier
from schemas.division import Change, Division, Lineage
from schemas.division_file import division_entries, lineage_entries, read_division_file
from schemas.standards.division_code import normalise, shorter, tier_of

__all__ = ["Change", "Division", "DivisionTree", "Lineage", "normalise", "read_division_file", "shipped"]

_STANDARDS = Path(__file__).parent / "standards"


class DivisionTree:
    """Immutable. Parents are links, not prefixes of codes; `at=None` means as of the end of what the tables know.

    A retired code lies within whatever ALL its successors lie within: a place that was split between two cities
    lies within their province only. A place that only changed its code is the same place under both codes.
    A code that no table knows hangs under its nearest known ancestor by digits (a village whose town was never
    imported); that is the only use of prefixes. Every code may be given in any spelling that `normalise` takes;
    its ValueError comes through.
    """

    def __init__(self, entries: Iterable[Division], lineage: Iterable[Lineage] = ()) -> None:
        by_code: dict[str, list[Division]] = defaultdict(list)
        for entry in entries:
            by_code[entry.code].append(entry)
        self._entries = {code: _in_order(code, dated) for code, dated in by_code.items()}
        self._lineage = tuple(lineage)
        self._became: dict[str, list[Lineage]] = defaultdict(list)
        self._came: dict[str, list[Lineage]] = defaultdict(list)
        for change in self._lineage:
            self._became[change.old].append(change)
            self._came[change.new].append(change)
        self._children = _children(self._entries)
        self._epochs = _epochs(self._entries)
        self._above = lru_cache(maxsize=500_000)(self._find_above)
        self._same = lru_cache(maxsize=100_000)(self._find_same)

    def __iter__(self) -> Iterator[Division]:
        """Every entry, by code and then by date."""
        for code in sorted(self._entries):
            yield from self._entries[code]

    def __len__(self) -> int:
        return sum(len(dated) for dated in self._entries.values())

    @property
    def lineage(self) -> tuple[Lineage, ...]:
        """What became of retired codes."""
        return self._lineage

    def entries(self, code: str) -> tuple[Division, ...]:
        """Everything that the code stood for, in the order of dates."""
        return self._entries.get(normalise(code), ())

    def lineage_of(self, code: str) -> tuple[Lineage, ...]:
        """Every change that a code had a part in, as the old one or the new, in the order of dates."""
        full = normalise(code)
        part = [*self._became.get(full, ()), *(c for c in self._came.get(full, ()) if c.old != full)]
        return tuple(sorted(part, key=lambda change: (change.when, change.old, change.new)))

    @cached_property
    def digest(self) -> str:
        """Hex sha256 of all that says where a place lies: trees of one digest give the same answers."""
        lines = [f"{e.code} {e.parent} {e.tier} {e.kind} {e.valid_from} {e.valid_to}" for e in self]
        lines += [f"{c.old} {c.new} {c.when} {c.kind}" for c in self._lineage]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def with_divisions(self, more: Iterable[Division], lineage: Iterable[Lineage] = ()) -> "DivisionTree":
        """A tree that knows `more` too; ValueError where two would be in force at the same time under one code.

        An undated newcomer restates name and parent of the last entry of its code and leaves the dates as they are.
        """
        merged = {code: list(dated) for code, dated in self._entries.items()}
        for one in more:
            merged[one.code] = _restated(merged.get(one.code, []), one)
        return DivisionTree((e for dated in merged.values() for e in dated), (*self._lineage, *lineage))

    def known(self, code: str, at: date | None = None) -> bool:
        """Whether a table has it: ever (None), or in force on that day."""
        dated = self._entries.get(normalise(code), ())
        return bool(dated) if at is None else any(e.in_force(at) for e in dated)

    def entry(self, code: str, at: date | None = None) -> Division | None:
        """What the code stood for at `at`, else what it stood for last before, else first after; None if unknown."""
        return self._standing(normalise(code), self._epoch(at))

    def name(self, code: str, at: date | None = None) -> str:
        """Its name; empty for a code that no table knows."""
        entry = self.entry(code, at)
        return entry.name if entry else ""

    def tier(self, code: str) -> Tier:
        """Its tier as the table says, else as its digits say."""
        entry = self.entry(code)
        return entry.tier if entry else tier_of(normalise(code))

    def parent(self, code: str, at: date | None = None) -> str:
        """Code one level up: the link of the table, for unknown codes by digits; empty for a province."""
        entry = self.entry(code, at)
        return entry.parent if entry else shorter(normalise(code))

    def children(self, code: str, at: date | None = None) -> tuple[str, ...]:
        """Codes directly below it that are in force at `at`, sorted."""
        day, full = self._epoch(at), normalise(code)
        return tuple(c for c in self._children.get(full, ()) if self._is_child(c, full, day))

    def path(self, code: str, at: date | None = None) -> tuple[str, ...]:
        """Its ancestors by parent links, from the province down to itself."""
        up: list[str] = []
        here = normalise(code)
        while here and here not in up:
            up.append(here)
            here = self.parent(here, at)
        return tuple(reversed(up))

    def within(self, code: str, root: str, at: date | None = None) -> bool:
        """Whether `code` is `root` or lies below it at `at`, retired codes resolved to what became of them."""
        day = self._epoch(at)
        return self._same(root, day) in self._above(code, day)

    def above(self, code: str, at: date | None = None) -> frozenset[str]:
        """Every code that it lies within at `at`, itself included, retired codes resolved: `today(r) in above(c)` is
        `within(c, r)`, for sums over many places at once."""
        return self._above(code, self._epoch(at))

    def today(self, code: str, at: date | None = None) -> str:
        """The code that the same place has at `at`, chains of renames followed."""
        return self._same(code, self._epoch(at))

    def meet(self, a: str, b: str, at: date | None = None) -> str | None:
        """The narrower of two nested subtrees; None where they are disjoint."""
        inside, outside = self.within(a, b, at), self.within(b, a, at)
        if inside and outside:
            day = self._epoch(at)
            return min(self._same(a, day), self._same(b, day))
        return normalise(a) if inside else normalise(b) if outside else None

    def _epoch(self, at: date | None) -> date:
        """First day of the stretch without changes that `at` lies in: what answers are remembered by."""
        return self._epochs[-1] if at is None else self._epochs[bisect_right(self._epochs, at) - 1]

    def _standing(self, code: str, day: date) -> Division | None:
        dated = self._entries.get(code)
        if dated is None:
            return None
        begun = [e for e in dated if e.valid_from is None or e.valid_from <= day]
        return begun[-1] if begun else dated[0]

    def _is_child(self, code: str, parent: str, day: date) -> bool:
        entry = self._standing(code, day)
        return entry is not None and entry.in_force(day) and entry.parent == parent

    def _successors(self, entry: Division) -> tuple[Lineage, ...]:
        """What became of the whole of it at the end of its validity."""
        end, start = entry.valid_to, entry.valid_from or date.min
        if end is None:
            return ()
        changes = self._became.get(entry.code, ())
        return tuple(c for c in changes if c.kind is not Change.TRANSFER and start < c.when <= end)

    def _heir(self, change: Lineage) -> Division | None:
        return self._standing(change.new, change.when)

    def _find_same(self, code: str, day: date) -> str:
        full = normalise(code)
        entry = self._standing(full, day)
        return self._latest(entry, day).code if entry else full

    def _latest(self, entry: Division, day: date) -> Division:
        """The same place under the code it has at `day`: chains of renames followed.

        Itself where they run in a circle, or end at a code that means another place by then.
        """
        seen, here = {entry}, entry
        while (heir := self._renamed(here, day)) is not None:
            if heir in seen:
                return entry
            seen.add(heir)
            here = heir
        return here if self._standing(here.code, day) == here else entry

    def _renamed(self, entry: Division, day: date) -> Division | None:
        """What the whole of it went on as under another code; None where it did not, or not yet."""
        after = self._successors(entry) if _ended(entry, day) else ()
        return self._heir(after[0]) if len(after) == 1 and after[0].kind is Change.RENAME else None

    def _find_above(self, code: str, day: date) -> frozenset[str]:
        return self._above_code(normalise(code), day, day, frozenset())

    def _above_code(self, code: str, when: date, day: date, seen: frozenset[Division]) -> frozenset[str]:
        """Every code that `code`, as it stood at `when`, lies within at `day`, itself included."""
        if not code:
            return frozenset()
        entry = self._standing(code, when)
        if entry is None:
            return self._above_code(shorter(code), when, day, seen) | {code}
        return self._above_entry(entry, day, seen)

    def _above_entry(self, entry: Division, day: date, seen: frozenset[Division]) -> frozenset[str]:
        if entry in seen:
            return frozenset()
        seen |= {entry}
        heirs = [h for h in map(self._heir, self._successors(entry)) if h] if _ended(entry, day) else []
        if heirs:
            above = frozenset.intersection(*(self._above_entry(heir, day, seen) for heir in heirs))
        else:
            above = self._above_code(entry.parent, _last_day(entry, day), day, seen)
        place = self._latest(entry, day)
        return above | {place.code} if self._standing(place.code, day) == place else above


def _ended(entry: Division, day: date) -> bool:
    return entry.valid_to is not None and entry.valid_to <= day


def _last_day(entry: Division, day: date) -> date:
    """The day on which its parent is looked up: `day`, but its last one for a division that is no more."""
    return entry.valid_to - timedelta(days=1) if entry.valid_to is not None and entry.valid_to <= day else day


def _in_order(code: str, dated: list[Division]) -> tuple[Division, ...]:
    ordered = sorted(dated, key=lambda e: e.valid_from or date.min)
    for before, after in pairwise(ordered):
        if before.valid_to is None or after.valid_from is None or after.valid_from < before.valid_to:
            raise ValueError(f"division {code}: {before.name} and {after.name} are in force at the same time")
    return tuple(ordered)


def _restated(known: list[Division], new: Division) -> list[Division]:
    if known and new.valid_from is None and new.valid_to is None:
        last = known[-1]
        return [*known[:-1], replace(new, valid_from=last.valid_from, valid_to=last.valid_to)]
    return [*(e for e in known if e.valid_from != new.valid_from), new]


def _children(entries: dict[str, tuple[Division, ...]]) -> dict[str, tuple[str, ...]]:
    below: dict[str, set[str]] = defaultdict(set)
    for code, dated in entries.items():
        for entry in dated:
            below[entry.parent].add(code)
    return {parent: tuple(sorted(codes)) for parent, codes in below.items()}


def _epochs(entries: dict[str, tuple[Division, ...]]) -> tuple[date, ...]:
    days = {date.min}
    for dated in entries.values():
        days.update(day for e in dated for day in (e.valid_from, e.valid_to) if day is not None)
    return tuple(sorted(days))


@cache
def shipped() -> DivisionTree:
    """Counties and above of the whole country with their history since 1980, as the package carries them."""
    entries = division_entries((_STANDARDS / "divisions.csv").read_text(encoding="utf-8"), "divisions.csv")
    lineage = lineage_entries((_STANDARDS / "division_lineage.csv").read_text(encoding="utf-8"))
    return DivisionTree(entries, lineage)
