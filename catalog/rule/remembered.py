"""Remembers what a pure question was answered for the very same words, so that each ask need not work it out anew."""

from collections.abc import Callable
from typing import Any, TypeVar

Words = TypeVar("Words", bound=tuple[Any, ...])
Answer = TypeVar("Answer")
MOST = 512
"""Answers that are remembered of one question; then it begins again."""


def remembered(question: Callable[[Words], Answer]) -> Callable[[Words], Answer]:
    """The same question. Words are the same where they are one object, part by part, and none of them ever changes.

    A grant that was altered is another object: the database's answers are read anew after every change, so that
    nothing outlives it here. Parts are held beside the answer, so that no other object can be taken for them.
    """
    held: dict[tuple[int, ...], tuple[Words, Answer]] = {}

    def answer(words: Words) -> Answer:
        key = tuple(map(id, words))
        found = held.get(key)
        if found is None:
            if len(held) >= MOST:
                held.clear()
            found = held[key] = (words, question(words))
        return found[1]

    return answer
