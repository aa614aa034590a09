"""Sets of cards as whole numbers, a bit for each card: joined, cut and counted in microseconds."""

from collections.abc import Iterable, Iterator

Cards = int
"""Bit `n` is set where the card of id `n` is among them."""


def of_numbers(numbers: Iterable[int], size: int) -> Cards:
    """The cards with these ids, all below `size`; others are left out, since no card of theirs is known."""
    marks = bytearray(b"0") * size
    for number in numbers:
        if number < size:
            marks[-1 - number] = _SET
    return int(marks, 2) if size else 0


_SET = ord("1")


def numbers(cards: Cards) -> Iterator[int]:
    """Ids of the cards, the lowest first."""
    marks = bin(cards)[:1:-1]
    at = marks.find("1")
    while at >= 0:
        yield at
        at = marks.find("1", at + 1)


def in_order(cards: Cards, order: Iterable[int]) -> Iterator[int]:
    """Those of `order` that are among the cards."""
    marks = bin(cards)[:1:-1]
    end = len(marks)
    return (number for number in order if number < end and marks[number] == "1")
