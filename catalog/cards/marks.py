"""Which pieces of a text are what was looked for: found in the text as it was written, whatever the width or case."""

from collections.abc import Collection, Iterable

from catalog.cards.tokens import Word, plain

Pieces = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it is marked; joined they are the text."""


def said_by(words: Iterable[Word]) -> tuple[str, ...]:
    """What is marked for these words: themselves, and the other names of the elements that they mean; longest first."""
    found = {word.said for word in words}
    found |= {plain(name) for word in words if word.element for name in (word.element.title, *word.element.aliases)}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def marked(text: str, wanted: Collection[str]) -> Pieces:
    """The text in pieces; nothing is marked where none of it was looked for."""
    folded, origins = _folded(text)
    hit = bytearray(len(text))
    for one in wanted:
        at = folded.find(one)
        while one and at >= 0:
            first, last = origins[at], origins[at + len(one) - 1]
            hit[first : last + 1] = b"\1" * (last + 1 - first)
            at = folded.find(one, at + len(one))
    return _cut(text, hit)


def _folded(text: str) -> tuple[str, list[int]]:
    """The plain text, and for each of its characters where it comes from."""
    folded, origins = [], []
    for at, character in enumerate(text):
        some = plain(character)
        folded.append(some)
        origins += [at] * len(some)
    return "".join(folded), origins


def _cut(text: str, hit: bytearray) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or hit[at] != hit[start]:
            pieces.append((text[start:at], bool(hit[start])))
            start = at
    return tuple(pieces)
