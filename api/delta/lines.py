"""Delta Sharing's lines: what a table is and which files it has, in both response formats of the protocol.

Source: delta-io/delta-sharing, PROTOCOL.md. One JSON object a line, each with exactly one key.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from fastapi.responses import Response

from catalog.rows.reader import RowReader
from schemas.access import Decision
from schemas.dataset import Dataset, Json

NDJSON = "application/x-ndjson; charset=utf-8"
NAMESPACE = uuid.UUID("6f1d0b9e-2c64-5f0e-9a43-0d6a4c1c7f10")
"""Tables have a stable id of their own; any other space of names would do."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of an answer."""

    id: str
    url: str
    size: int
    rows: int
    expires: int
    """Milliseconds since 1970."""


def wants_delta(capabilities: str) -> bool:
    """Whether the client takes the delta format: it then fetches each file once, where the other takes eleven asks."""
    told = dict(part.strip().lower().partition("=")[::2] for part in capabilities.split(";"))
    return "delta" in told.get("responseformat", "").split(",")


def answer(lines: Iterable[Json], version: int, headers: Mapping[str, str], *, delta: bool) -> Response:
    """The lines with the headers that a client looks for."""
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    told = {
        "delta-table-version": str(version),
        "delta-sharing-capabilities": f"responseformat={'delta' if delta else 'parquet'}",
    }
    return Response(text, headers={**headers, **told}, media_type=NDJSON)


def head(dataset: Dataset, decision: Decision, reader: RowReader, *, delta: bool) -> list[Json]:
    """Protocol and metadata. The id is that of the dataset as this basis shows it: scopes are different tables."""
    told = f"{dataset.key} {decision.grant or decision.basis} {decision.ask.subject.organisation}"
    metadata: dict[str, Json] = {
        "id": str(uuid.uuid5(NAMESPACE, told)),
        "name": dataset.title,
        "description": dataset.description,
        "format": {"provider": "parquet"},
        "schemaString": json.dumps(schema(dataset, reader), ensure_ascii=False),
        "partitionColumns": [],
    }
    if not delta:
        return [{"protocol": {"minReaderVersion": 1}}, {"metaData": metadata | {"version": decision.version}}]
    metadata |= {"format": {"provider": "parquet", "options": {}}, "configuration": {}, "createdTime": 0}
    return [
        {"protocol": {"deltaProtocol": {"minReaderVersion": 1, "minWriterVersion": 2}}},
        {"metaData": {"version": decision.version, "deltaMetadata": metadata}},
    ]


def file_line(file: File, version: int, *, delta: bool) -> Json:
    """One file; its statistics say how many rows it has, and nothing about them."""
    stats = json.dumps({"numRecords": file.rows})
    if not delta:
        told = {"url": file.url, "id": file.id, "partitionValues": {}, "size": file.size, "stats": stats}
        return {"file": told | {"version": version, "expirationTimestamp": file.expires}}
    add = {"path": file.url, "partitionValues": {}, "size": file.size, "modificationTime": 0, "dataChange": True}
    told = {"id": file.id, "size": file.size, "version": version, "expirationTimestamp": file.expires}
    return {"file": told | {"deltaSingleAction": {"add": add | {"stats": stats}}}}


def change_line(file: File, version: int, came: datetime, *, delta: bool) -> Json:
    """One file of changes, which says of each row in `_change_type` what happened to it in this version."""
    moment = int(came.timestamp() * 1000)
    when = {"id": file.id, "size": file.size, "version": version, "timestamp": moment}
    when |= {"expirationTimestamp": file.expires}
    if not delta:
        return {"cdf": {"url": file.url, "partitionValues": {}, **when}}
    action = {"path": file.url, "partitionValues": {}, "size": file.size, "dataChange": False}
    return {"file": when | {"deltaSingleAction": {"cdc": action}}}


def feeding(head: list[Json], version: int, *, delta: bool) -> list[Json]:
    """Protocol and metadata of a table as they stand before the changes that begin with this version."""
    protocol, metadata = head
    if not delta:
        return head
    told = metadata["metaData"]
    kept = told["deltaMetadata"] | {"configuration": {"delta.enableChangeDataFeed": "true"}}
    writes = {"deltaProtocol": protocol["protocol"]["deltaProtocol"] | {"minWriterVersion": 4}}
    return [{"protocol": writes}, {"metaData": told | {"version": version, "deltaMetadata": kept}}]


def schema(dataset: Dataset, reader: RowReader) -> Json:
    """The columns that leave, in Delta's words."""
    titles = {field.name: field.title for field in dataset.fields}
    fields = [
        {"name": one.name, "type": _type(one.type), "nullable": True, "metadata": {"comment": titles[one.name]}}
        for one in reader.schema
    ]
    return {"type": "struct", "fields": fields}


def _type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    names = {pa.string(): "string", pa.int64(): "long", pa.float64(): "double", pa.bool_(): "boolean"}
    return names.get(kind) or ("date" if pa.types.is_date(kind) else "timestamp")
