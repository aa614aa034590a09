"""Shadow columns: values as they leave masked, stored beside the raw ones, so that a masked column is a byte range too.

Only transforms that are the same for everybody have one. Tokens are keyed by grant and are made when they are read.
"""

from collections.abc import Iterable

import pyarrow as pa

from catalog.rule.ceilings import tier_transform
from catalog.transforms import Disguise, disguise
from schemas.access import Mode, Tier
from schemas.dataset import Dataset, Field, Identifying, Transform

SHARED = (Transform.MASK, Transform.BUCKET)
"""Transforms without a key."""


def shadows_of(dataset: Dataset) -> tuple[Disguise, ...]:
    """Every shadow that the contract gives rise to, in its order: what its own transforms and the tiers' ask for.

    A field that identifies, or is sensitive, has its mask as well: grants often ask for it.
    """
    wanted = ((field, transform) for field in dataset.fields for transform in SHARED if transform in _asked(field))
    made = (disguise(field, transform, b"") for field, transform in wanted)
    return tuple(one for one in made if one is not None)


def stored_name(shadow: Disguise) -> str:
    """Its name in the file of shadows, unlike any other: a column may have two."""
    return f"{shadow.transform.word} {shadow.name}"


def shadow_schema(shadows: Iterable[Disguise]) -> pa.Schema:
    """Names and types of a file of shadows."""
    return pa.schema([pa.field(stored_name(shadow), shadow.type) for shadow in shadows])


def shadowed(rows: pa.Table, shadows: Iterable[Disguise]) -> pa.Table:
    """The shadow columns of `rows`, row for row."""
    return pa.table({stored_name(shadow): _changed(rows.column(shadow.name), shadow) for shadow in shadows})


def _changed(column: pa.ChunkedArray, how: Disguise) -> pa.ChunkedArray:
    return pa.chunked_array([how.change(chunk) for chunk in column.chunks], how.type)


def _asked(field: Field) -> frozenset[Transform]:
    if not field.shareable:
        return frozenset()
    of_tiers = {tier_transform(tier, mode, field) for tier in Tier for mode in Mode}
    pointing = {Transform.MASK} if field.identifying is not Identifying.NONE else set()
    return frozenset(t for t in {field.transform} | of_tiers | pointing if t >= field.transform)
