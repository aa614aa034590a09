"""The clock of a source held against ours: windows are spans of its time."""

from collections.abc import Callable
from datetime import datetime

from connectors.exploring import Sign, Weight

BEARABLE = 2.0
"""Seconds that two clocks may differ before it is worth a word."""


def clock_sign(theirs: Callable[[], datetime], ours: Callable[[], datetime]) -> Sign:
    """How far the source's clock is from the middle of our asking."""
    before = ours()
    there = theirs()
    after = ours()
    skew = (there - (before + (after - before) / 2)).total_seconds()
    if abs(skew) <= BEARABLE:
        return Sign("clock", f"{abs(skew):.1f} s from ours")
    advice = "let both machines keep time by NTP; until then rows near the end of a window may come a window late"
    return Sign("clock", f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours", advice, Weight.WARNING)
