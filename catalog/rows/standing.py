"""Whether a stream may go on: the rule is asked again every few seconds, and a permission that ended cuts it off."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from schemas.access import Decision
from schemas.errors import Refused

EVERY = 3.0
"""Seconds between two looks."""
SPENT_BY_ITSELF = "QUOTA_SPENT"
"""The one refusal that this very read may have caused."""


T = TypeVar("T")


def watched(
    pieces: Iterable[T], again: Callable[[], Decision], clock: Callable[[], float] = time.monotonic
) -> Iterator[T]:
    """The same pieces for as long as the rule allows; raises Refused, in the middle, once it does not."""
    looked = clock()
    for piece in pieces:
        if clock() - looked >= EVERY:
            decision = again()
            if not decision.allowed and decision.code != SPENT_BY_ITSELF:
                raise Refused(
                    f"the permission ended while the rows were being sent: {decision.code}",
                    code=decision.code,
                    gate=decision.gate,
                    following=decision.following_en,
                )
            looked = clock()
        yield piece
        del piece  # what was sent need not be held while the next is made
