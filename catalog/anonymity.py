"""k of a version of open data: the smallest group of rows that its items about people cannot tell apart."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.ceilings import OPEN_CEILING
from schemas.dataset import Dataset, Identifying, Sharing
from schemas.journey import Snapshot


def smallest_group(dataset: Dataset, lake: Path, snapshot: Snapshot) -> int | None:
    """Rows in the smallest group; None where nothing open tells people apart, or the dataset is not open."""
    columns = telling(dataset)
    if not columns or not snapshot.files:
        return None
    whole = pa.concat_tables(_read(lake / file.part.path, columns) for file in snapshot.files)
    if not whole.num_rows:
        return None
    least: int = pc.min(whole.group_by(list(columns)).aggregate([([], "count_all")]).column("count_all")).as_py()
    return least


def telling(dataset: Dataset) -> tuple[str, ...]:
    """Names of the items of open data that tell people apart; enterprises are published by name."""
    if dataset.sharing is not Sharing.OPEN or dataset.subject_kind == "enterprise":
        return ()
    served = (f for f in dataset.fields if f.shareable and f.grade <= OPEN_CEILING)
    return tuple(f.name for f in served if f.identifying is not Identifying.NONE)


def _read(path: Path, columns: tuple[str, ...]) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read(columns=list(columns))
