"""Decisions on several subjects of one ask: the one that stands for all, and the scope of all that are allowed."""

from collections.abc import Sequence
from dataclasses import fields, replace
from operator import attrgetter

from schemas.access import Decision, RowScope

_besides_keys = attrgetter(*(one.name for one in fields(RowScope) if one.name != "keys"))
"""All that a scope says but its subjects."""


def chief(decisions: Sequence[Decision]) -> Decision:
    """The one that a common receipt is of: the first that allows, or else the first."""
    return next((one for one in decisions if one.allowed), decisions[0])


def joined(decisions: Sequence[Decision]) -> Decision:
    """One decision on all subjects that these allow; ValueError unless they differ in nothing but the subject."""
    first = chief(decisions)
    allowed = [one for one in decisions if one.allowed]
    if not allowed or first.rows is None:
        raise ValueError("expected at least one decision that allows rows, found none")
    keys: set[str] = set()
    for one in allowed:
        if one.rows is None or one.rows.keys is None or not _alike(one, first):
            raise ValueError("expected decisions that differ in their subject alone, found others")
        keys.update(one.rows.keys)
    return replace(first, rows=replace(first.rows, keys=tuple(sorted(keys))))


def _alike(one: Decision, other: Decision) -> bool:
    if one.rows is None or other.rows is None:
        return False
    same = (one.basis, one.grant, one.version, one.columns) == (other.basis, other.grant, other.version, other.columns)
    return same and _besides_keys(one.rows) == _besides_keys(other.rows)
