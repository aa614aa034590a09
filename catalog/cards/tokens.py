"""Texts as the tokens that they are found by, and words that are looked for as terms of such tokens; no dictionary.

A run of Chinese (also kana and hangul) becomes its pairs of neighbours and its last character alone, so that every
piece of it is a phrase: 公民身份 is 公民 民身 身份 份. Letters and digits stay whole. Everything else only separates.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.standards.elements import Element, find_element

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<other>(?:(?![{_CJK}])[^\W_])+)")
LONGEST = 64
"""Characters of letters and digits that count; what follows them is not looked at, here and in a search alike."""
UNPLACED = "×"
"""Before a token of which some place is not known; no token of a text has this sign."""
MOST_WORDS = 8
"""Words of one search; more are not looked at."""
MOST_TOKENS = 64
"""Tokens of one word that is looked for."""


def plain(text: str) -> str:
    """As words are compared: NFKC, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def tokens(text: str) -> Iterator[str]:
    """What a text is found by, in its order."""
    for run in _RUN.finditer(plain(text)):
        if run["cjk"]:
            yield from _pairs(run["cjk"])
            yield run["cjk"][-1]
        else:
            yield run["other"][:LONGEST]


def marked(element: str) -> str:
    """The token of a field that is this data element; no text has it."""
    return f"element{element.replace('_', '')}"


def all_tokens(texts: Iterable[str]) -> list[str]:
    """Of several texts, each counted once; the last character of one keeps it apart from the next."""
    return [token for text in dict.fromkeys(map(plain, texts)) for token in tokens(text)]


@dataclass(frozen=True, slots=True)
class Term:
    """Tokens that must follow one another; the last one only has to begin so where `open` says it."""

    tokens: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a search: any of its terms will do."""

    said: str
    """As the asker wrote it, plain."""
    terms: tuple[Term, ...]
    element: Element | None = None
    """The data element that it is a name of (身份证号); its other names and its fields are found, too."""


def words(text: str) -> tuple[Word, ...]:
    """The words that are looked for; signs that no text is found by fall away."""
    return tuple(one for one in map(_word, plain(text).split()[:MOST_WORDS]) if one.terms)


def pieces(word: Word) -> tuple[Word, ...]:
    """A long Chinese word as its pairs, to be looked for where the whole is nowhere; empty for any other."""
    run = _RUN.fullmatch(word.said)
    if word.element or run is None or not run["cjk"] or len(word.said) < 4:
        return ()
    pairs = dict.fromkeys(list(_pairs(word.said))[:MOST_WORDS])
    return tuple(Word(pair, (Term((pair,), open=False),)) for pair in pairs)


def _word(said: str) -> Word:
    meant = find_element(said) if said.replace("_", "").replace("-", "").isalnum() else None
    names = (said, *(plain(name) for name in (meant.title, *meant.aliases))) if meant else (said,)
    terms = [one for one in map(_term, dict.fromkeys(names)) if one.tokens]
    if meant:
        terms.append(Term((marked(meant.id),), open=False))
    return Word(said, tuple(terms), meant)


def _term(said: str) -> Term:
    runs = list(_RUN.finditer(said))
    found: list[str] = []
    for run in runs:
        if run["other"]:
            found.append(run["other"][:LONGEST])
            continue
        found += _pairs(run["cjk"])
        if run is not runs[-1] or len(run["cjk"]) == 1:
            found.append(run["cjk"][-1])
    last = runs[-1] if runs else None
    whole = last is not None and bool(last["cjk"]) and len(last["cjk"]) > 1
    return Term(tuple(found[:MOST_TOKENS]), not whole)


def _pairs(run: str) -> Iterator[str]:
    return (run[at : at + 2] for at in range(len(run) - 1))
