"""Sets of cards as whole numbers, a bit for each card: joined, cut and counted in microseconds."""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import compress
from operator import or_

Cards = int
"""Bit `n` is set where the card of id `n` is among them."""


def of_numbers(numbers: Iterable[int], size: int) -> Cards:
    """The cards with these ids, all below `size`; others are left out, since no card of theirs is known."""
    some = [number for number in numbers if number < size]
    if len(some) < HANDFUL:
        return reduce(or_, (1 << number for number in some), 0)
    marks = bytearray(b"0") * size
    for number in some:
        marks[-1 - number] = _SET
    return int(marks, 2)


_SET = ord("1")
_TRUE = bytes.maketrans(b"01", b"\0\1")
HANDFUL = 50
"""So few are quicker put together one by one."""
DENSE = 8
"""Where one card in so many is there, looking at each is quicker than looking for the next."""


def numbers(cards: Cards) -> Iterator[int]:
    """Ids of the cards, the lowest first."""
    marks = bin(cards)[:1:-1]
    if cards.bit_count() * DENSE > len(marks):
        return compress(range(len(marks)), marks.encode().translate(_TRUE))
    return _found(marks)


def _found(marks: str) -> Iterator[int]:
    at = marks.find("1")
    while at >= 0:
        yield at
        at = marks.find("1", at + 1)


def in_order(cards: Cards, order: Iterable[int]) -> Iterator[int]:
    """Those of `order` that are among the cards."""
    marks = bin(cards)[:1:-1]
    end = len(marks)
    return (number for number in order if number < end and marks[number] == "1")
