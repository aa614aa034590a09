"""The body of an answer with rows, made from a reader in the shape that the caller wants."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from fastapi.responses import Response

from api.answers import Held, begun
from api.formats import Format
from api.wanted import Packed, Shape
from catalog.rows.json_text import json_chunks
from catalog.rows.streams import arrow_chunks, csv_chunks, gzipped, parquet_chunks
from schemas.dataset import Json


@dataclass(frozen=True, slots=True)
class Leaving:
    """Rows on their way out."""

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    shape: Shape
    facts: Mapping[str, Json] = field(default_factory=dict)
    """What a JSON answer says before its rows."""


def streamed(leaving: Leaving, headers: Mapping[str, str], give_back: Callable[[], None]) -> Response:
    """The rows in their shape. Its first piece is made before the answer starts: an early fault still has a status."""
    return Held(begun(_chunks(leaving)), give_back, headers=headers, media_type=leaving.shape.media_type)


def _chunks(leaving: Leaving) -> Iterator[bytes]:
    shape = leaving.shape
    if shape.format is Format.JSON:
        return json_chunks(leaving.facts, leaving.batches)
    if shape.format is Format.PARQUET:
        return parquet_chunks(leaving.schema, leaving.batches)
    if shape.format is Format.ARROW:
        return arrow_chunks(leaving.schema, leaving.batches, shape.codec)
    text = csv_chunks(leaving.schema, leaving.batches, bom=shape.bom)
    return text if shape.packed is Packed.NOT else gzipped(text)


def page(facts: dict[str, Json], batches: Iterable[pa.RecordBatch], headers: dict[str, str]) -> Response:
    """One JSON page: `facts` first, then the rows."""
    return Response(b"".join(json_chunks(facts, batches)), headers=headers, media_type=Format.JSON.media_type)
