"""The formats in which records are pushed, by their media types, and how each is read."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import BinaryIO

from catalog.inbox.arrow_records import arrow_records
from catalog.inbox.csv_records import csv_records
from catalog.inbox.json_records import json_lines, json_records
from catalog.inbox.slices import Slice, gathered
from schemas.dataset import Dataset
from schemas.errors import WrongMediaType


class Format(StrEnum):
    """What a body is written in."""

    JSON = "json"
    LINES = "json_lines"
    CSV = "csv"
    ARROW = "arrow"


MEDIA_TYPES: Mapping[str, Format] = {
    "application/json": Format.JSON,
    "application/x-ndjson": Format.LINES,
    "application/jsonl": Format.LINES,
    "text/csv": Format.CSV,
    "application/vnd.apache.arrow.stream": Format.ARROW,
}


def format_of(content_type: str) -> Format:
    """By its media type, in UTF-8; WrongMediaType lists those that are read."""
    kind, _, parameters = content_type.partition(";")
    charset = next((p.split("=", 1)[1] for p in parameters.split(";") if p.strip().lower().startswith("charset=")), "")
    found = MEDIA_TYPES.get(kind.strip().lower())
    if found is None:
        raise WrongMediaType(f"Content-Type: found {kind.strip()[:60]!r}, expected one of {', '.join(MEDIA_TYPES)}")
    if charset.strip(' "').lower() not in ("", "utf-8", "utf8"):
        raise WrongMediaType(f"Content-Type: found the charset {charset.strip()[:40]!r}, expected utf-8")
    return found


def packed(content_encoding: str) -> bool:
    """Whether the body is packed with gzip; WrongMediaType for any other packing."""
    told = content_encoding.strip().lower()
    if told not in ("", "identity", "gzip"):
        raise WrongMediaType(f"Content-Encoding: found {told[:40]!r}, expected gzip, or none")
    return told == "gzip"


def slices(opened: BinaryIO, written: Format, dataset: Dataset) -> Iterator[Slice]:
    """The rows of a body; BadInput where its format leaves no way to tell rows apart."""
    if written is Format.ARROW:
        return arrow_records(opened, dataset)
    return gathered(dataset, _READ[written](opened, dataset))


_READ = {Format.JSON: json_records, Format.LINES: json_lines, Format.CSV: csv_records}
