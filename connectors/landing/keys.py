"""Every key that the source has, as Parquet beside the rows of a pull: what the version before has besides is gone."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from connectors.landing.fit import fit
from connectors.landing.gentle import gently
from connectors.landing.parts import PartWriter
from connectors.protocol import Connector, TellsKeys
from schemas import lake as places
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset
from schemas.errors import BadInput
from schemas.journey import Part, Plan


def write_keys(dataset: Dataset, plan: Plan, connector: Connector, lake: Path, now: datetime) -> tuple[Part, ...]:
    """`keys-*.parquet` of the landing, read after its rows. A key that does not fit its type is no key of a version."""
    if not isinstance(connector, TellsKeys):
        raise BadInput(f"{dataset.key}: a {dataset.source.kind} source cannot tell its keys alone")
    narrow = keys_alone(dataset)
    schema = arrow_schema(narrow)
    writer = PartWriter(lake, places.landing(dataset.key, plan.window), "keys", schema)
    try:
        for batch in gently(connector.keys(plan), dataset, now):
            typed, _ = fit(narrow, batch)
            writer.write(typed.select(schema.names))
        return writer.close(at_least_one=True)
    finally:
        writer.abandon()


def keys_alone(dataset: Dataset) -> Dataset:
    """The dataset as if it had no field but those of its key."""
    return replace(dataset, fields=tuple(field for field in dataset.fields if field.key))
