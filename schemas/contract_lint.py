"""Faults that a contract may have although it can be read: named rules, each with what to write instead."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from schemas.contract import Draft
from schemas.contract_lines import Way
from schemas.dataset import Severity


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule found at one word: said, and what to write instead, in Chinese and English."""

    way: Way
    said: tuple[str, str]
    fix: tuple[str, str]


@dataclass(frozen=True, slots=True)
class LintRule:
    """One rule over one contract. error: it must be mended before others rely on it; warning: look at it again."""

    name: str
    severity: Severity
    find: Callable[[Draft], Iterable[Fault]]
    reads: tuple[str, ...] = ()
    """Words of the dataset that the rule goes by; it is silent where one of them could not be read."""


@dataclass(frozen=True, slots=True)
class TogetherRule:
    """One rule over all contracts that are looked at together."""

    name: str
    severity: Severity
    find: Callable[[Sequence[Draft]], Iterable[tuple[Draft, Fault]]]


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One fault with its place."""

    file: str
    line: int
    where: str
    rule: str
    severity: Severity
    said: str
    said_en: str
    fix: str
    fix_en: str

    def __str__(self) -> str:
        told = f"{self.file}:{self.line}: {self.severity.value} {self.rule}: {self.said} {self.said_en}"
        return f"{told}\n    改为 write: {self.fix} {self.fix_en}"


def lint(drafts: Sequence[Draft], rules: Iterable[LintRule], together: Iterable[TogetherRule]) -> list[LintFinding]:
    """What the rules find, by file and line. Where a word could not be read at all, no rule speaks of it."""
    found = [
        (draft, rule.name, rule.severity, fault)
        for draft in drafts
        for rule in rules
        if not any(_unread(draft, (word,)) for word in rule.reads)
        for fault in rule.find(draft)
    ]
    found += [(draft, rule.name, rule.severity, fault) for rule in together for draft, fault in rule.find(drafts)]
    told = [_finding(*one) for one in found if not _unread(one[0], one[3].way)]
    return sorted(told, key=lambda f: (f.file, f.line, f.rule))


def plain_title(title: str) -> str:
    """The letters and digits of a title, full width as half width and in one case: what is left tells titles apart."""
    return "".join(c for c in unicodedata.normalize("NFKC", title).casefold() if c.isalnum())


def _finding(draft: Draft, rule: str, severity: Severity, fault: Fault) -> LintFinding:
    line, where = draft.lines.place(*fault.way)
    return LintFinding(draft.lines.file, line, where, rule, severity, *fault.said, *fault.fix)


def _unread(draft: Draft, way: Way) -> bool:
    """Whether the reader found the word, the table around it or something inside it mistaken."""
    if way[:2] == ("fields", ""):
        return True
    _, where = draft.lines.place(*(way[:2] if way[0] == "fields" else way[:1]))
    return any(_of(m.where, where) or _of(where, m.where) for m in draft.mistakes)


def _of(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))
