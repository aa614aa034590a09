"""Lands one window of CSV files from a place until it is killed; run as `python -m tests.faults.place_child`."""

import json
import sys
from pathlib import Path

from connectors.landing.landing import land, make_plan
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Source
from tests.builders import make_field
from tests.connectors.conformance import DAY, NOW, dataset_of

OPTIONS = {"pattern": "parcel_{yyyymmdd}*.csv", "encoding": "utf-8", "ready": {"marker": "{name}.done"}}


def parcel_dataset() -> Dataset:
    fields = (make_field("id", key=1), make_field("area", type=FieldType(Kind.DECIMAL, 18, 2)), make_field("note"))
    return dataset_of(Source("csv_folder", "far", OPTIONS), fields)


def main() -> None:
    told = json.loads(sys.argv[1])
    dataset, lake = parcel_dataset(), Path(told["lake"])
    connector = connector_for(dataset, Connection(**told["connection"]))
    print("begun", flush=True)
    plan = make_plan(dataset, connector, DAY, lake)
    print("planned", flush=True)
    print("landed", land(dataset, plan, connector, lake, NOW).read, flush=True)


if __name__ == "__main__":
    main()
