"""One line of a benchmark's table, and how a comparison is timed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """`value` held against `target`; ratios, since absolute times of a noisy machine mean nothing."""

    name: str
    """`<area>.<short-name>`."""
    value: float
    unit: str
    target: float
    comparison: str
    """`<=` or `>=`."""
    against: str
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.target if self.comparison == "<=" else self.value >= self.target


def seconds(one: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    one()
    return time.perf_counter() - began


def alternate(first: Callable[[], object], second: Callable[[], object], times: int = 3) -> tuple[float, float]:
    """Median seconds of both, run in turns after a warm-up of each, so that noise falls on both alike."""
    first(), second()
    pairs = [(seconds(first), seconds(second)) for _ in range(times)]
    return median(a for a, _ in pairs), median(b for _, b in pairs)


def in_turns(ways: Mapping[str, Callable[[], float]], times: int) -> dict[str, float]:
    """Name -> median of the seconds that a way tells, all in turns after a warm-up of each.

    Every other turn goes backwards, the first after the warm-up does. On a shared machine a way that keeps all
    processors busy slows what follows it: of two ways, both come after the same one in each turn.
    """
    names = list(ways)
    for name in names:
        ways[name]()
    turns = [{name: ways[name]() for name in names[:: 1 if turn % 2 else -1]} for turn in range(times)]
    return {name: median(turn[name] for turn in turns) for name in ways}
