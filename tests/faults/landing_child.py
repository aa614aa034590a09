"""Lands one window of a source until it is killed: what each process of `test_landing_kill` runs."""

import os
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from connectors.landing import parts
from connectors.landing.landing import land, make_plan
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Source
from tests.builders import make_field
from tests.connectors.conformance import DAY, NOW, dataset_of

NAMES = ("id", "area", "note")


@dataclass(frozen=True, slots=True)
class Office:
    """A department's system with rows of parcels."""

    source: Source
    connection: Connection
    rows: int


def parcels(source: Source) -> Dataset:
    fields = (make_field("id", key=1), make_field("area", type=FieldType(Kind.DECIMAL, 18, 2)), make_field("note"))
    return dataset_of(source, fields)


def run(office: Office, lake: Path, folder: Path, told: Pipe) -> None:
    """Says what it is about to do; what it fetches lies in `folder`, what goes wrong is written there."""
    os.dup2(os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    tempfile.tempdir = os.fspath(folder / "spools")
    parts.ROWS, parts.GROUP_ROWS = 7_000, 2_500  # many small parts, so that a kill may fall between any two
    dataset = parcels(office.source)
    connector = connector_for(dataset, office.connection)
    told.send("begun")
    plan = make_plan(dataset, connector, DAY, lake)
    told.send("planned")
    told.send(land(dataset, plan, connector, lake, NOW).read)
