"""The words of a filter's text: names, texts, numbers, signs, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import BadAsk


class Kind(StrEnum):
    """What a word is; the value is how messages name it."""

    NAME = "a name"
    COLUMN = "a column in double quotes"
    TEXT = "a text in single quotes"
    NUMBER = "a number"
    SIGN = "a sign"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the text."""

    kind: Kind
    said: str
    """As it stands there."""
    means: str
    """What quotes enclose, with doubled ones undone; else as it stands."""
    place: int
    """Its first character, from 1."""


_WORD = re.compile(
    r"""\s*(?:
        (?P<NAME>[A-Za-z_][A-Za-z0-9_]*)
      | "(?P<COLUMN>(?:[^"]|"")+)"
      | '(?P<TEXT>(?:[^']|'')*)'
      | (?P<NUMBER>-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.]))
      | (?P<SIGN><=|>=|!=|[=<>(),])
      | (?P<END>\Z)
    )""",
    re.VERBOSE,
)
_DOUBLED = {Kind.COLUMN: '"', Kind.TEXT: "'"}
SHOWN = 40
"""Characters of the asker's own text that a message repeats."""


def tokens(text: str) -> Iterator[Token]:
    """Every word, the end last; BadAsk at the first character that begins none."""
    at = 0
    while True:
        found = _WORD.match(text, at)
        if found is None:
            rest = text[at:].lstrip()
            raise wrong(len(text) - len(rest) + 1, _rest(rest), _EXPECTED)
        name = str(found.lastgroup)
        kind, start = Kind[name], found.start(name)
        quote = _DOUBLED.get(kind, "")
        means = found[name].replace(quote * 2, quote) if quote else found[name]
        yield Token(kind, found[0].strip(), means, start + 1 - len(quote))
        if kind is Kind.END:
            return
        at = found.end()


def wrong(place: int, found: str, expected: str) -> BadAsk:
    """The one sentence of every mistake in a filter's text: where, what was found, what was expected."""
    return BadAsk(f"filter: at character {place}: found {found}, expected {expected}")


def shown(token: Token) -> str:
    """A word as messages repeat it."""
    return "the end" if token.kind is Kind.END else repr(token.said[:SHOWN])


_EXPECTED = (
    "a column (in double quotes where its name has other signs than A-Z and digits), 'text' (a quote inside is "
    "doubled), a number, one of = != < <= > >= ( ) , "
    "or one of in, is, null, like, and, or, not, date, timestamp, true, false"
)


def _rest(text: str) -> str:
    return repr(text[:SHOWN]) + (" that does not end" if text[:1] in ("'", '"') else "")
