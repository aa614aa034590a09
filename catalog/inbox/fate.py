"""What became of a push: received, landed, published or held back, and its rows in quarantine by rule and number."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, select

from catalog import tables
from catalog.lake import named
from catalog.lake.where import Lake, at_hand
from catalog.shelf import Shelf
from schemas import lake as places
from schemas.journey import PIECE, PLACE, Part, Verdict, Window
from schemas.push import LISTED, Push, Stage
from schemas.record import from_json

RULES = "_rules"


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
    if push.landed_at is None or push.segment is None:
        return Fate(stage, version)
    broken = list(_quarantined(shelf.lake, push))
    return Fate(stage, version, tuple(broken[:LISTED]), len({row for _, row in broken}))


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


def _quarantined(lake: Lake, push: Push) -> Iterator[tuple[str, int]]:
    verdict = _verdict(lake, push)
    for part in verdict.quarantine if verdict is not None else ():
        yield from _of_file(lake, part, push.id)


def _verdict(lake: Lake, push: Push) -> Verdict | None:
    name = f"{places.verdict(push.dataset, Window.parse(push.window))}/verdict.json"
    text = named.text(lake, name)
    return None if text is None else from_json(Verdict, text, where=name)


def _of_file(lake: Lake, part: Part, push: str) -> Iterator[tuple[str, int]]:
    with pq.ParquetFile(at_hand(lake, part)) as file:
        for some in file.iter_batches(columns=[PIECE, PLACE, RULES]):
            own = some.filter(pc.equal(some.column(PIECE), push))
            for row in own.to_pylist():
                yield from ((rule, row[PLACE]) for rule in row[RULES])
