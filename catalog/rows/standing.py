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
LESS = "PERMISSION_NARROWED"


T = TypeVar("T")


def watched(
    pieces: Iterable[T],
    first: Decision,
    again: Callable[[], Decision],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """The same pieces for as long as the rule allows what was decided at `first`; raises Refused, in the middle, once
    it does not: neither when it allows nothing, nor when it allows less.
    """
    looked = clock()
    for piece in pieces:
        if clock() - looked >= EVERY:
            _still(first, again())
            looked = clock()
        yield piece
        del piece  # what was sent need not be held while the next is made


def _still(first: Decision, now: Decision) -> None:
    spent = now.code == SPENT_BY_ITSELF and all(one.passed or one.code == now.code for one in now.gates)
    if spent or (now.allowed and _as_much(first, now)):
        return
    code = LESS if now.allowed else now.code
    raise Refused(
        f"the permission ended while the rows were being sent: {code}",
        code=code,
        gate=now.gate,
        following=now.following_en or "ask again",
    )


def _as_much(first: Decision, now: Decision) -> bool:
    """Whether all that leaves may leave still: on the same basis, from the same places, no column more openly."""
    may = {view.name: view.transform for view in now.served}
    columns = all(view.name in may and may[view.name] <= view.transform for view in first.served)
    return columns and _ground(first) == _ground(now)


def _ground(decision: Decision) -> tuple[object, ...]:
    """What a decision stands on, and the land that it opens; whose consent there is counts from the next read on."""
    rows = decision.rows
    return decision.basis, decision.grant, rows and (rows.column, rows.divisions, rows.filter)
