"""The result of `datastore_search`: records, fields in the DataStore's words, and the link of the next page."""

import json
from urllib.parse import urlencode

import pyarrow as pa

from api.ckan.envelope import ROOTS
from api.ckan.search import Asking
from api.paged import Paged
from api.pages_of_rows import next_place
from catalog.rows.json_text import json_rows
from schemas.dataset import Dataset, Json

OWN = {"offset", "cursor", "q", "include_total"}
"""What a link says anew, or not at all."""


def result(asked: Asking, found: Paged) -> Json:
    """The page. Its `total` is told by the last page alone: what is not served is not counted."""
    wanted, rows = asked.wanted, json_rows(found.batches)
    start = asked.reading.place.served if wanted.cursor else wanted.offset
    told = {
        "resource_id": wanted.resource_id,
        "fields": fields(asked.reading.dataset, found.schema),
        "records": rows if wanted.records_format == "objects" else [list(row.values()) for row in rows],
        "records_format": wanted.records_format,
        "limit": asked.size,
        "offset": start,
        "filters": wanted.filters,
        "sort": wanted.sort,
        "_links": _links(asked, found),
    }
    if found.truncated:
        return told | {"truncated": found.truncated}
    last = found.following is None and (found.rows > 0 or start == 0)
    return told | ({"total": start + found.rows, "total_was_estimated": False} if last else {})


def fields(dataset: Dataset, schema: pa.Schema) -> list[Json]:
    """The columns as they leave: what is masked is text, of a date in buckets the year is a number."""
    known = {field.name: field for field in dataset.fields}
    return [
        {
            "id": one.name,
            "type": _type(one.type),
            "info": {"label": known[one.name].title, "notes": known[one.name].description},
        }
        for one in schema
    ]


def _type(kind: pa.DataType) -> str:
    """What the DataStore calls it."""
    if pa.types.is_decimal(kind):
        return "numeric"
    names = {pa.string(): "text", pa.int64(): "int8", pa.float64(): "float8", pa.bool_(): "bool"}
    return names.get(kind) or ("date" if pa.types.is_date(kind) else "timestamp")


def _links(asked: Asking, found: Paged) -> dict[str, str]:
    said = asked.wanted.model_dump(mode="json", exclude_defaults=True, exclude=OWN)
    plain = {name: value if isinstance(value, str | int) else json.dumps(value) for name, value in said.items()}
    here, following, reading = f"{ROOTS[0]}/datastore_search?", found.following, asked.reading
    links = {"start": here + urlencode(plain)}
    if following is None or not asked.size:
        return links
    step: dict[str, str | int] = {"offset": following.served}
    if not asked.order:
        step["cursor"] = next_place(reading.call.desk.seal, following, reading.bound, reading.ask.moment)
    return links | {"next": here + urlencode(plain | step)}
