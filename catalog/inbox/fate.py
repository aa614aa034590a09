"""What became of a push: received, landed, published or held back, and its rows in quarantine by rule and number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, select

from catalog import tables
from catalog.inbox import quarantined
from catalog.shelf import Shelf
from schemas.push import LISTED, Push, Stage


@dataclass(frozen=True, slots=True)
class Fate:
    """How far it has come."""

    stage: Stage
    version: int = 0
    """The version that it was published with; 0 before."""
    quarantined: tuple[tuple[str, int], ...] = ()
    """Rule and number of the row, so many at most."""
    quarantined_rows: int = 0


def fate(shelf: Shelf, push: Push) -> Fate:
    """As the catalogue and the verdict of its window tell."""
    with shelf.engine.connect() as connection:
        ((stage, version),) = stages(connection, (push,))
    parts = quarantined.parts(shelf.lake, push)
    first = ((rule, row) for _, row, rule in quarantined.broken(shelf.lake, parts, push.id))
    return Fate(stage, version, tuple(islice(first, LISTED)), quarantined.count(shelf.lake, parts, push.id))


def stages(connection: Connection, pushes: Sequence[Push]) -> list[tuple[Stage, int]]:
    """How far each of some pushes into one dataset has come, and the version that it was published with."""
    made: dict[str, tuple[Stage, int]] = {}
    named = {one.window for one in pushes if one.landed_at}
    if named:
        table = tables.version
        asked = select(table.c.window, table.c.number, table.c.state).order_by(table.c.number)
        for row in connection.execute(asked.where(table.c.dataset == pushes[0].dataset, table.c.window.in_(named))):
            held = row.state == "held_back"
            made[row.window] = (Stage.HELD_BACK, 0) if held else (Stage.PUBLISHED, int(row.number))
    return [_stage(one, made) for one in pushes]


def _stage(push: Push, made: Mapping[str, tuple[Stage, int]]) -> tuple[Stage, int]:
    if push.segment is None:
        return Stage.REFUSED, 0
    return made.get(push.window, (Stage.LANDED, 0)) if push.landed_at else (Stage.RECEIVED, 0)
