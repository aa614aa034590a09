"""What became of a push: received, landed, published or held back, and its rows in quarantine by rule and number."""

from collections.abc import Iterator
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
    if push.segment is None:
        return Fate(Stage.REFUSED)
    if not push.window:
        return Fate(Stage.RECEIVED)
    with shelf.engine.connect() as connection:
        stage, version = _published(connection, push)
    broken = list(_quarantined(shelf.lake, push))
    return Fate(stage, version, tuple(broken[:LISTED]), len({row for _, row in broken}))


def _published(connection: Connection, push: Push) -> tuple[Stage, int]:
    """Of the newest version that its window made."""
    table = tables.version
    asked = select(table.c.number, table.c.state).where(table.c.dataset == push.dataset, table.c.window == push.window)
    found = connection.execute(asked.order_by(table.c.number.desc()).limit(1)).first()
    if found is None:
        return Stage.LANDED, 0
    return (Stage.HELD_BACK, 0) if found.state == "held_back" else (Stage.PUBLISHED, int(found.number))


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
