"""The body of an answer with rows, made from a reader in the shape that the caller wants."""

import json
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
from fastapi.responses import Response

from api.answers import Held
from api.formats import Format
from api.streams import arrow_chunks, csv_chunks, file_chunks, json_rows, parquet_file
from api.wanted import Shape
from schemas.dataset import Json


def streamed(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    shape: Shape,
    headers: dict[str, str],
    give_back: Callable[[], None],
) -> Response:
    """Arrow, CSV or Parquet. The first piece is made before the answer starts, so that an early fault has a status."""
    kind = shape.format.media_type
    if shape.format is Format.PARQUET:
        file, size = parquet_file(schema, batches)
        return Held(file_chunks(file), give_back, headers=headers | {"Content-Length": str(size)}, media_type=kind)
    chunks = (
        csv_chunks(schema, batches, bom=shape.bom)
        if shape.format is Format.CSV
        else arrow_chunks(schema, batches, shape.codec)
    )
    return Held(_begun(chunks), give_back, headers=headers, media_type=kind)


def page(facts: dict[str, Json], batches: Iterable[pa.RecordBatch], headers: dict[str, str]) -> Response:
    """One JSON page: `facts` first, then the rows."""
    text = json.dumps(facts | {"rows": json_rows(batches)}, ensure_ascii=False, separators=(",", ":"))
    return Response(text, headers=headers, media_type=Format.JSON.media_type)


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, of which the schema or header line and the first batch exist already."""
    first = [piece for _, piece in zip(range(2), chunks, strict=False)]
    return _joined(first, chunks)


def _joined(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from first
    yield from rest
