"""A contract file being read: tables and texts that know their line, and the list of mistakes found so far."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import yaml

from schemas.dataset import Json
from schemas.errors import Mistake
from schemas.yaml_text import Spot, joined

FILLED = "it filled in"
"""What is expected of a text that begins with TODO."""
FEW = 6  # words are taken in at a glance; of more the nearest is named first
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
"""What fits 64 bits; longer numbers are written as texts."""


@dataclass(slots=True)
class Page:
    """One file and its mistakes; the only thing here that changes while a contract is read."""

    file: str
    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, spot: Spot, expected: str, found: str = "") -> None:
        """Put one mistake on the list; of a TODO one alone, which says what to fill in."""
        one = Mistake(self.file, spot.line, spot.where, found or spot.shown, expected)
        before = next((m for m in self.mistakes if (m.where, m.expected) == (spot.where, FILLED)), None)
        if before is None:
            self.mistakes.append(one)
        else:
            self.mistakes[self.mistakes.index(before)] = replace(before, expected=f"{FILLED}: {expected}")

    def text(self, spot: Spot) -> str:
        """A text that is not blank; what YAML takes for a number, a date or a yes wants quotes."""
        if not isinstance(spot.node, yaml.ScalarNode):
            self.wrong(spot, "a text")
        elif spot.tagged("null") or not spot.node.value.strip():
            self.wrong(spot, "a text", "nothing")
        elif not spot.tagged("str"):
            self.wrong(spot, "a text; write it in quotes", f"{spot.node.value} without quotes")
        else:
            return self._finished(spot)
        return ""

    def any_text(self, spot: Spot) -> str:
        """A text that may be empty, as null markers are."""
        return "" if spot.tagged("str") and not spot.node.value else self.text(spot)

    def flag(self, spot: Spot) -> bool:
        """`true` or `false`; YAML's yes and no are refused."""
        if spot.tagged("bool") and spot.node.value in ("true", "false"):
            return bool(spot.node.value == "true")
        self.wrong(spot, "true or false")
        return False

    def integer(self, spot: Spot) -> int:
        """A whole number in decimal digits."""
        if spot.tagged("int") and _INTEGER.fullmatch(spot.node.value):
            return int(spot.node.value)
        self.wrong(spot, "a whole number")
        return 0

    def items(self, spot: Spot) -> list[Spot]:
        """The members of a list."""
        if isinstance(spot.node, yaml.SequenceNode):
            return [Spot(node, f"{spot.where}[{place}]") for place, node in enumerate(spot.node.value)]
        self.wrong(spot, "a list")
        return []

    def table(self, spot: Spot, valid: Iterable[str] | None = None) -> "Table":
        """The keys of a mapping; unknown and doubled ones are mistakes."""
        if not isinstance(spot.node, yaml.MappingNode):
            self.wrong(spot, "a table of keys")
            return Table(self, spot, {}, broken=True)
        entries: dict[str, Spot] = {}
        allowed = None if valid is None else tuple(valid)
        for key, value in spot.node.value:
            name = self.text(Spot(key, f"{spot.where} (key)".strip()))
            here = Spot(key, joined(spot.where, name))
            if name in entries:
                self.wrong(here, f"each key once; line {entries[name].line} has it", f"{name!r} twice")
            elif allowed is not None and name and name not in allowed:
                self.wrong(here, one_of(allowed, name), f"the unknown key {name!r}")
            entries.setdefault(name, Spot(value, here.where))
        return Table(self, spot, entries)

    def peek(self, spot: Spot, key: str) -> str:
        """The text below a key, without a word about mistakes."""
        pairs = spot.node.value if isinstance(spot.node, yaml.MappingNode) else []
        return next((str(value.value) for name, value in pairs if name.value == key), "")

    def keys(self, spot: Spot) -> tuple[str, ...]:
        """The keys of what stands there, without a word about mistakes; none where it is no mapping."""
        pairs = spot.node.value if isinstance(spot.node, yaml.MappingNode) else []
        return tuple(str(name.value) for name, _ in pairs)

    def plain(self, spot: Spot) -> Json:
        """What JSON can hold: a value whose meaning belongs to somebody else (options, arguments)."""
        if isinstance(spot.node, yaml.MappingNode):
            return {name: self.plain(value) for name, value in self.table(spot).entries.items()}
        if isinstance(spot.node, yaml.SequenceNode):
            return [self.plain(item) for item in self.items(spot)]
        return self._scalar(spot)

    def _finished(self, spot: Spot) -> str:
        """The text as it stands; one that begins with TODO is a mistake, so that no half-written promise is given."""
        text = str(spot.node.value)
        if text.startswith("TODO"):
            self.wrong(spot, FILLED)
        return text

    def _scalar(self, spot: Spot) -> Json:
        text = str(spot.node.value)
        if spot.tagged("str"):
            return self._finished(spot)
        if spot.tagged("null"):
            return None
        if spot.tagged("bool") and text in ("true", "false"):
            return text == "true"
        if spot.tagged("int") and _INTEGER.fullmatch(text):
            return int(text)
        if spot.tagged("float") and _finite(text):
            return float(text)
        self.wrong(spot, "a plain number, true, false or a text; write a text in quotes", f"{text[:60]} without quotes")
        return None


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one mapping, read one by one; a missing one that is needed is a mistake at the mapping's line."""

    page: Page
    spot: Spot
    entries: Mapping[str, Spot]
    broken: bool = False
    """It was no mapping: that is on the list already, its missing keys need no further line."""

    def has(self, key: str) -> bool:
        """Whether the key is there with something in it."""
        return key in self.entries and not self.entries[key].tagged("null")

    def need(self, key: str, expected: str) -> Spot | None:
        """The value; a mistake where it is missing."""
        if key in self.entries:
            return self.entries[key]
        if not self.broken:
            missing = Spot(self.spot.node, joined(self.spot.where, key))
            self.page.wrong(missing, expected, "nothing")
        return None

    def wrong(self, key: str, expected: str, found: str = "") -> None:
        """A mistake at the key, or at the table where the key is missing."""
        spot = self.entries.get(key, self.spot)
        self.page.wrong(Spot(spot.node, joined(self.spot.where, key)), expected, found)

    def text(self, key: str, expected: str = "a text") -> str:
        """A needed text."""
        spot = self.need(key, expected)
        return self.page.text(spot) if spot else ""

    def maybe(self, key: str, default: str = "") -> str:
        """A text that may be missing or empty."""
        return self.page.any_text(self.entries[key]) if self.has(key) else default

    def chosen(self, key: str, valid: Iterable[str], default: str | None = None) -> str:
        """One word of a list; without a default it is needed. A wrong word counts as the list's first."""
        words = tuple(valid)
        if default is not None and not self.has(key):
            return default
        spot = self.need(key, one_of(words))
        word = self.page.text(spot) if spot else ""
        if spot and word and word not in words:
            self.page.wrong(spot, one_of(words, word))
        return word if word in words else words[0]

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        return self.page.flag(self.entries[key]) if self.has(key) else default

    def integer(self, key: str) -> int | None:
        """A whole number, or None where it is missing."""
        return self.page.integer(self.entries[key]) if self.has(key) else None

    def items(self, key: str) -> list[Spot]:
        """The members of a list that may be missing."""
        return self.page.items(self.entries[key]) if self.has(key) else []

    def texts(self, key: str, valid: Iterable[str] | None = None) -> tuple[str, ...]:
        """A list of texts, each once, perhaps from a list of words; empty where it is missing."""
        words = None if valid is None else tuple(valid)
        found: list[str] = []
        for spot in self.items(key):
            word = self.page.text(spot)
            if words is not None and word and word not in words:
                self.page.wrong(spot, one_of(words, word))
            elif word in found:
                self.page.wrong(spot, "each once", f"{word!r} twice")
            elif word:
                found.append(word)
        return tuple(found)

    def markers(self, key: str) -> tuple[str, ...]:
        """A list of texts of which one may be empty."""
        return tuple(self.page.any_text(spot) for spot in self.items(key))

    def checked(self, key: str, text: str, check: Callable[[str], str]) -> str:
        """`check(text)`; its ValueError becomes a mistake at the key. Nothing, and a TODO, were reported already."""
        try:
            return check(text) if text and not text.startswith("TODO") else ""
        except ValueError as wrong:
            found, _, expected = str(wrong).partition(", expected ")
            why = (found.partition(": ")[2] or found).removeprefix("found ")
            self.wrong(key, expected or "another value", f"{self.entries[key].shown} ({why})")
            return ""

    def table(self, key: str, valid: Iterable[str] | None, expected: str) -> "Table":
        """A needed table below the key."""
        spot = self.need(key, expected)
        return self.page.table(spot, valid) if spot else Table(self.page, self.spot, {}, broken=True)


def customs(table: Table, valid: Iterable[str]) -> Table:
    """`customProperties` as a table by name; unknown names of ours are mistakes, those of others are left alone."""
    words, page = tuple(valid), table.page
    entries: dict[str, Spot] = {}
    for item in table.items("customProperties"):
        pair = page.table(item, ("property", "value", "description", "id"))
        name, value = pair.text("property"), pair.need("value", "a value")
        if not name or value is None:
            continue
        where = Spot(pair.entries["property"].node, joined(table.spot.where, name))
        if name in entries:
            page.wrong(where, f"each property once; line {entries[name].line} has it", f"{name!r} twice")
        elif name.startswith("yishu.") and name not in words:
            page.wrong(where, one_of(words, name), f"the unknown property {name!r}")
        entries.setdefault(name, Spot(value.node, where.where))
    return Table(page, table.spot, entries, broken=table.broken)


def one_of(words: Iterable[str], found: str = "") -> str:
    """The words that may stand there, before them the one that `found` is nearly."""
    listed = list(words)
    alike = max(0.75, 1 - 2.5 / max(len(found), 1))  # long words have much in common without being meant
    near = get_close_matches(found, listed, 1, alike) if found and len(listed) > FEW else []
    return f"perhaps {near[0]}; one of {', '.join(listed)}" if near else f"one of {', '.join(listed)}"


def _finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
