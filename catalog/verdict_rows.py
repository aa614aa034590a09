"""The clean rows of a verdict, as they go into a version: the very files that it names, in the contract's columns."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.rows.writer import sha256_of
from schemas.dataset import Dataset, Load
from schemas.errors import BadInput
from schemas.journey import Verdict


def fitting(dataset: Dataset, verdict: Verdict) -> None:
    """BadInput where the verdict is not one on this dataset under this contract, or does not add up."""
    if verdict.dataset != dataset.key or verdict.contract != dataset.contract_hash:
        raise BadInput(
            f"{dataset.key}: the verdict is on {verdict.dataset} under contract {verdict.contract[:12]}, "
            f"expected contract {dataset.contract_hash[:12]}; validate again"
        )
    rows, kept = sum(part.rows for part in verdict.clean), verdict.merge.kept if verdict.merge else 0
    if not verdict.blocked and rows != verdict.passed + kept:
        raise BadInput(f"{dataset.key}: the verdict passed {verdict.passed + kept} rows, its clean files hold {rows}")
    if (dataset.source.load is Load.MERGE) != (verdict.merge is not None):
        raise BadInput(f"{dataset.key}: the verdict was not reached for load: {dataset.source.load}; validate again")


def clean_rows(verdict: Verdict, lake: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows in their order, a row group at a time, each file checked against its digest first."""
    for part in verdict.clean:
        path = lake / part.path
        if not path.is_file() or sha256_of(path) != part.sha256:
            raise BadInput(f"{path}: not the file that the verdict names (digest {part.sha256[:12]}); validate again")
        with pq.ParquetFile(path) as file:
            for index in range(file.num_row_groups):
                rows = file.read_row_group(index)
                if not rows.schema.equals(schema):
                    raise BadInput(
                        f"{path}: found columns {rows.schema.names}, expected those of the contract in order"
                    )
                yield rows.replace_schema_metadata(None)
