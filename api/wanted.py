"""What an ask for rows says in its query, and the `Ask` it becomes."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from api.asked import Query
from api.formats import Format, choose, codec, takes_gzip
from catalog.filters.text import read_filter
from schemas.access import PURPOSES, Ask, Basis, Mode, Subject
from schemas.dataset import Dataset
from schemas.divisions import normalise
from schemas.errors import BadAsk

PAGE = 1_000
LARGEST_PAGE = 10_000
ENDINGS = {Format.ARROW: "arrows", Format.PARQUET: "parquet", Format.CSV: "csv"}
LAST_VERSION = 2**31 - 1
"""No database numbers versions further."""


class AccessQuery(Query):
    """What decides: purpose, mode, grant, columns, division."""

    purpose: str = Field("", description="Purpose of use, from the closed list: " + ", ".join(PURPOSES))
    grant: str = Field("", description="Number of the grant to use; needed where several fit")
    basis: Basis | None = Field(None, description="The basis to stand on, where several fit")
    columns: str = Field("", description="Names of columns, separated by commas; all that you may have when left out")
    division: str = Field("", description="Division code (2 to 15 digits) to narrow the rows to")
    mode: Mode | None = Field(None, description="How the data are taken")
    lang: Literal["zh-CN", "en"] | None = Field(None, description="Language of messages")


class RowsQuery(AccessQuery):
    """An ask for rows, whole."""

    version: int | None = Field(
        None, ge=1, le=LAST_VERSION, description="Number of a published version; the latest when left out"
    )
    format: Format | None = Field(None, description="Shape of the answer; also by the header Accept")
    limit: int | None = Field(
        None, ge=1, le=LARGEST_PAGE, description=f"Rows of one page (mode query); {PAGE} if left out"
    )
    cursor: str = Field("", description="Where the next page starts: `next` of the page before")
    bom: Literal["0", "1"] = Field("0", description="1 puts a byte-order mark before CSV, for spreadsheets")
    compress: Literal["gzip"] | None = Field(None, description="gzip makes CSV a .csv.gz file")
    since: int | None = Field(
        None, ge=1, le=LAST_VERSION, description="Only what changed since this version, by key (mode delta)"
    )
    filter: str | None = Field(
        None, description="Only rows that pass, on columns that you have in clear: amount >= 600 and name like '张%'"
    )


class Packed(StrEnum):
    """Whether CSV is compressed: not at all, on the way only (Content-Encoding), or as the file that it is."""

    NOT = ""
    ON_THE_WAY = "content"
    AS_FILE = "file"


@dataclass(frozen=True, slots=True)
class Shape:
    """How the permitted rows are to leave."""

    format: Format
    mode: Mode
    page: int | None
    """Rows of one page; None for all of them (modes bulk and delta)."""
    since: int | None = None
    """Version that a delta starts from."""
    bom: bool = False
    codec: str | None = None
    """Compression inside an Arrow stream: `zstd`, `lz4` or none."""
    packed: Packed = Packed.NOT

    @property
    def media_type(self) -> str:
        """What `Content-Type` says."""
        if self.packed is Packed.AS_FILE:
            return "application/gzip"
        return self.format.media_type + (f"; codecs={self.codec}" if self.codec else "")

    @property
    def ending(self) -> str:
        """Ending of the file's name; empty for JSON, which is no file."""
        return ENDINGS.get(self.format, "") + (".gz" if self.packed is Packed.AS_FILE else "")


def shape(query: RowsQuery, accept: str = "", encodings: str = "") -> Shape:
    """Page, whole or delta, and how packed. JSON, a limit or a cursor mean mode query.

    BadAsk where the words contradict each other.
    """
    format = choose(query.format, accept)
    mode = _mode(query, format)
    text = format is Format.CSV
    if query.compress and not text:
        raise BadAsk(f"compress: found gzip for {format.value}, expected it for csv; arrow and parquet pack inside")
    packed = Packed.AS_FILE if query.compress else Packed.ON_THE_WAY if text and takes_gzip(encodings) else Packed.NOT
    return Shape(
        format=format,
        mode=mode,
        page=(query.limit or PAGE) if mode is Mode.QUERY else None,
        since=query.since,
        bom=query.bom == "1" and text,
        codec=codec(accept) if format is Format.ARROW else None,
        packed=packed,
    )


def _mode(query: RowsQuery, format: Format) -> Mode:
    paged = query.limit is not None or bool(query.cursor)
    if query.since is not None:
        if paged or query.mode not in (None, Mode.DELTA):
            raise BadAsk("since gives all that changed at once (mode=delta); leave out limit, cursor and other modes")
        return Mode.DELTA
    paged = paged or format is Format.JSON
    mode = query.mode or (Mode.QUERY if paged else Mode.BULK)
    if mode not in (Mode.BULK, Mode.QUERY):
        raise BadAsk(f"mode: found {mode.value!r}, expected bulk or query for rows, or delta with since=<version>")
    if mode is Mode.BULK and paged:
        raise BadAsk(
            "mode=bulk gives everything at once in arrow, parquet or csv; json, limit and cursor need mode=query"
        )
    return mode


def ask_rows(query: RowsQuery, subject: Subject, dataset: Dataset, mode: Mode, now: datetime) -> Ask:
    """As `make_ask`, with the filter as a typed expression; BadAsk says at which character it is wrong."""
    plain = make_ask(query, subject, dataset, mode, now)
    return plain if query.filter is None else replace(plain, filter=read_filter(query.filter, dataset))


def make_ask(query: AccessQuery, subject: Subject, dataset: Dataset, mode: Mode, now: datetime) -> Ask:
    """The whole ask; BadAsk names the valid purposes, columns or shapes of a division code."""
    if query.purpose and query.purpose not in PURPOSES:
        raise BadAsk(f"purpose: found {query.purpose[:40]!r}, expected one of {', '.join(PURPOSES)}")
    return Ask(
        subject=subject,
        dataset=dataset.key,
        mode=mode,
        purpose=query.purpose,
        moment=now,
        columns=_columns(query.columns, dataset),
        division=_division(query.division),
        grant=query.grant,
        basis=query.basis,
    )


def _columns(told: str, dataset: Dataset) -> tuple[str, ...]:
    if not told:
        return ()
    names = told.split(",")
    known = [f.name for f in dataset.fields]
    strange = [n for n in names if n not in known]
    if strange:
        raise BadAsk(f"columns: found {', '.join(map(repr, strange))[:200]}, expected some of {', '.join(known)}")
    if len(set(names)) < len(names):
        raise BadAsk("columns: a name stands there twice, expected each once")
    return tuple(names)


def _division(told: str) -> str:
    try:
        return normalise(told) if told else ""
    except ValueError as wrong:
        raise BadAsk(f"division: {wrong}") from wrong
