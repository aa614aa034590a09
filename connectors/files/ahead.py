"""Makes the next thing while the last one is looked at: what is slow in both halves of a pipe runs on two cores."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(things: Iterator[T]) -> Generator[T, None, None]:
    """The same things; an error comes where it would have come."""
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(next, things, None)
        while (thing := coming.result()) is not None:
            coming = other.submit(next, things, None)
            yield thing
