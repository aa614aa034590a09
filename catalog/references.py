"""Files of other datasets that a dataset's rules and inputs need."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from catalog import divisions, versions
from catalog.code_files import code_table
from catalog.lake.where import Lake, at_hand, desk
from schemas.dataset import Dataset
from schemas.errors import NotReady
from schemas.journey import Snapshot
from schemas.standards.code_tables import REFERENCES, TABLES

DIVISIONS = "divisions"


def references(engine: Engine, lake: Lake, dataset: Dataset) -> Mapping[str, tuple[Path, ...]]:
    """Dataset key -> files of its published version, for every dataset that a rule or an input names and that has
    one; `codes/<table>` for every code table; and `divisions` -> the file of every code ever known.
    """
    found = {key: files(lake, snapshot) for key, snapshot in _latest(engine, named(dataset)).items() if snapshot}
    listed = {f"{REFERENCES}/{table}": (code_table(desk(lake), table),) for table in _tables(dataset)}
    return found | listed | {DIVISIONS: (divisions.reference(engine, desk(lake)),)}


def inputs(engine: Engine, lake: Lake, dataset: Dataset) -> Mapping[str, tuple[Path, ...]]:
    """Dataset key -> files, for every input of a derived dataset; NotReady names those without a published version."""
    latest = _latest(engine, dataset.source.inputs)
    missing = [key for key, snapshot in latest.items() if snapshot is None]
    if missing:
        raise NotReady(
            f"{dataset.key} is made of {', '.join(missing)}, which have no published version: run them first"
        )
    return {key: files(lake, snapshot) for key, snapshot in latest.items() if snapshot}


def named(dataset: Dataset) -> tuple[str, ...]:
    """Keys of the datasets that its rules and inputs name, sorted."""
    ruled = {rule.arguments["dataset"] for rule in dataset.rules if isinstance(rule.arguments.get("dataset"), str)}
    return tuple(sorted({*dataset.source.inputs, *ruled} - {DIVISIONS}))


def _tables(dataset: Dataset) -> tuple[str, ...]:
    return tuple(sorted({rule.arguments["table"] for rule in dataset.rules if rule.arguments.get("table") in TABLES}))


def files(lake: Lake, snapshot: Snapshot) -> tuple[Path, ...]:
    """Absolute paths of a version's files."""
    return tuple(at_hand(lake, file.part) for file in snapshot.files)


def _latest(engine: Engine, keys: tuple[str, ...]) -> dict[str, Snapshot | None]:
    with engine.connect() as connection:
        return {key: versions.latest(connection, key) for key in keys}
