"""Lands window after window of a stream until it is killed; run as `python -m tests.faults.stream_child`."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

from connectors.landing.landing import land, make_plan
from connectors.protocol import Follows
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Load, Source
from schemas.errors import SourceChanged
from schemas.journey import SHANGHAI, Window
from tests.builders import make_dataset, make_field

BEGAN = datetime(2026, 11, 20, tzinfo=SHANGHAI)


def stream_dataset(kind: str, options: dict[str, object]) -> Dataset:
    fields = (make_field("id", key=1), make_field("n", type=FieldType(Kind.INTEGER)))
    source = Source(kind, "bus", options, load=Load.APPEND)
    return make_dataset("ecology.killed", fields=fields, source=source, default_scope="")


def window(number: int) -> Window:
    return Window(BEGAN + timedelta(minutes=number), BEGAN + timedelta(minutes=number + 1))


def land_one(dataset: Dataset, connection: Connection, lake: Path, number: int) -> int:
    """What `check → plan → land → done` do for one window; the rows that were read."""
    connector = connector_for(dataset, connection)
    assert isinstance(connector, Follows)
    now = datetime.now(SHANGHAI)
    try:
        landing = land(dataset, make_plan(dataset, connector, window(number), lake), connector, lake, now)
    except SourceChanged:
        fresh = make_plan(dataset, connector, window(number), lake, anew=True)
        landing = land(dataset, fresh, connector, lake, now)
    connector.done(make_plan(dataset, connector, window(number), lake))
    return landing.read


def main() -> None:
    told = json.loads(sys.argv[1])
    dataset = stream_dataset(told["kind"], told["options"])
    connection = Connection(**told["connection"])
    print("begun", flush=True)
    for number in range(told["first"], told["last"]):
        print(number, land_one(dataset, connection, Path(told["lake"]), number), flush=True)


if __name__ == "__main__":
    main()
