"""Lands rows of a made-up source, slowly enough to be killed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pyarrow as pa

from connectors.landing import parts
from connectors.landing.landing import land, make_plan
from connectors.protocol import Batch, Misfit, Problem, Stream
from schemas.dataset import Dataset, FieldType, Kind, Source
from schemas.journey import Plan, Window
from tests.builders import make_dataset, make_field
from tests.connectors.conformance import DAY, NOW

FIELDS = (make_field("id", key=1), make_field("n", type=FieldType(Kind.INTEGER)))
DATASET: Dataset = make_dataset("city.slow", fields=FIELDS, source=Source("slow", "", {}), default_scope="")
BATCHES, ROWS = 60, 1000
VALUES = pa.array([*map(str, range(ROWS - 1)), "1,0"])


@dataclass(frozen=True, slots=True)
class Slow:
    """Sixty batches of a thousand rows, of which each batch has one misfit and one row it does not trust."""

    pause: float = 0.0
    batches: int = BATCHES

    def check(self) -> tuple[Problem, ...]:
        return ()

    def discover(self) -> tuple[Stream, ...]:
        return ()

    def plan(self, window: Window) -> Plan:
        return Plan(DATASET.key, DATASET.contract_hash, window, ({"name": "slow"},), "f")

    def read(self, plan: Plan) -> Iterator[Batch]:
        for number in range(self.batches):
            time.sleep(self.pause)
            first = number * (ROWS + 1) + 1
            ids = [f"{first + row:018d}" for row in range(ROWS)]
            misfit = Misfit(first + ROWS, "_row", "x", "found 1 cells, expected 2", "x")
            yield Batch("slow", first, pa.record_batch({"id": ids, "n": VALUES}), None, (misfit,))


def run(lake: Path, pause: float, told: Pipe) -> None:
    """Lands everything; says when it begins, and how many rows it read."""
    parts.ROWS, parts.GROUP_ROWS = 7_000, 2_500  # many small parts, so that a kill may fall between any two
    slow = Slow(pause)
    told.send("go")
    landing = land(DATASET, make_plan(DATASET, slow, DAY, lake), slow, lake, NOW)
    told.send(landing.read)
