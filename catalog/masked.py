"""Values as whoever looks after a source sees them: masked as its contract grades its items, as texts."""

from collections.abc import Sequence

import pyarrow as pa

from catalog.transforms import disguise
from schemas.dataset import Field, Grade, Identifying, Transform

HIDDEN = "‹not shown›"
TOKEN = "‹token›"  # noqa: S105 - what stands in place of one
POINTING = (Identifying.DIRECT, Identifying.SENSITIVE)


def cells(batch: pa.RecordBatch, fields: Sequence[Field], *, plain: bool) -> list[list[str]]:
    """Each field's values as texts: as they are, or as `transform_of` lets them be seen; NULL is empty."""
    return [[str(v) if v is not None else "" for v in _seen(batch.column(f.name), f, plain)] for f in fields]


def transform_of(of: Field) -> Transform:
    """The item's own transform; what points at somebody, or is graded above general-2, is masked at least."""
    pointing = of.identifying in POINTING and of.grade > Grade.GENERAL_1
    return max(of.transform, Transform.MASK) if pointing or of.grade > Grade.GENERAL_2 else of.transform


def _seen(column: pa.Array, of: Field, plain: bool) -> list[object]:
    if plain:
        return list(column.to_pylist())
    transform = transform_of(of)
    change = disguise(of, transform, b"") if of.shareable else None
    if change is None:
        covered = TOKEN if transform is Transform.TOKEN else HIDDEN
        return [None if value is None else covered for value in column.to_pylist()]
    return list(change.change(column).to_pylist())
