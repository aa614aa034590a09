"""What a source changed since it was last read."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.journey import Plan
from schemas.schema_contract import OnChange, SchemaContract


@dataclass(frozen=True, slots=True)
class Shape:
    """A source as it was when a pull was planned."""

    columns: Mapping[str, str]
    """Each column that is read, with the source's own name of its type; empty where it tells none."""
    extra: tuple[str, ...] = ()
    """Columns that no field names."""


@dataclass(frozen=True, slots=True)
class Drift:
    """What is other than before."""

    retyped: tuple[tuple[str, str, str], ...] = ()
    """Column, type before, type now."""
    added: tuple[str, ...] = ()

    def frozen(self, told: SchemaContract) -> bool:
        """Whether the contract wants nothing collected."""
        return bool(
            (self.retyped and told.data_type is OnChange.FREEZE) or (self.added and told.columns is OnChange.FREEZE)
        )

    def said(self) -> tuple[str, ...]:
        """Each change in words."""
        retyped = (f"{name} was {before}, is {now}" for name, before, now in self.retyped)
        return (*retyped, *(f"{name} is new, and no field names it" for name in self.added))


def shape_of(plan: Plan) -> Shape:
    """What the pieces of a plan tell of the source."""
    columns: dict[str, str] = {}
    extra: dict[str, None] = {}
    for piece in plan.pieces:
        columns |= piece.get("columns", {})
        extra |= dict.fromkeys(piece.get("extra", ()))
    return Shape(columns, tuple(extra))


def drift(before: Shape, now: Shape) -> Drift:
    """What changed from one to the other; a column is compared where both name its type."""
    both = sorted(before.columns.keys() & now.columns.keys())
    retyped = tuple((name, before.columns[name], now.columns[name]) for name in both)
    known = {*before.extra, *before.columns}
    return Drift(
        retyped=tuple(one for one in retyped if one[1] != one[2] and "" not in one[1:]),
        added=tuple(name for name in now.extra if name not in known),
    )


def known_after(before: Shape | None, now: Shape) -> Shape:
    """What is known of a source once it was seen as it is now; what this window's files do not show stays known."""
    if before is None:
        return now
    return Shape({**before.columns, **now.columns}, tuple(dict.fromkeys((*before.extra, *now.extra))))
