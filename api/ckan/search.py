"""What `datastore_search` may be asked, and the ask for rows that it becomes."""

from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field, field_validator

from api.asked import Query
from api.caller import Call
from api.ckan.asking import listed
from api.ckan.conditions import Order, columns, condition, order
from api.ckan.naming import grant_of, key_of, known_purpose
from api.formats import Format
from api.pages_of_rows import Place, opened
from api.reading import Reading
from api.sight import sought
from api.unsaid import ask_of
from api.wanted import LARGEST_PAGE, Shape
from schemas.access import Mode
from schemas.dataset import Json
from schemas.errors import BadAsk


class Search(Query):
    """What `datastore_search` may be asked; the last three are ours, for what CKAN has no word for."""

    resource_id: str = Field(max_length=200, description="Key of the dataset, perhaps with -- and a grant's number")
    filters: dict[str, Json] = Field(default_factory=dict, description='Values by column: {"status": ["a", "b"]}')
    fields: Json = Field(None, description="Columns, a list or a text with commas")
    sort: str = Field("", max_length=500, description="Columns, each perhaps with asc or desc")
    limit: int = Field(100, ge=0, description=f"Rows of the page, {LARGEST_PAGE} at most")
    offset: int = Field(0, ge=0, le=2**53, description="Rows before the page")
    q: Json = Field(None, description="Refused: rows are found by filters")
    records_format: Literal["objects", "lists"] = Field("objects", description="Records as objects or as lists")
    include_total: bool = Field(True, description="The total is told where the page shows it, whatever stands here")
    cursor: str = Field("", max_length=4096, description="The place of a page, from _links.next")
    purpose: str = Field("", max_length=100, description="Purpose of use; that of the only basis where left out")
    grant: str = Field("", max_length=100, description="Number of the grant to use; needed where several fit")

    _listed = field_validator("filters", "fields", mode="before")(listed)


@dataclass(frozen=True, slots=True)
class Asking:
    """One ask on its way: what was asked, and the order of its rows."""

    reading: Reading
    wanted: Search
    order: Order
    known: bool = True
    """Whether the place of the reading is one; else it only says how many rows lie before it."""

    @property
    def size(self) -> int:
        """Rows of the page."""
        return min(self.wanted.limit, LARGEST_PAGE)


def asking(call: Call, wanted: Search) -> Asking:
    """The whole ask. Unknown for a dataset that the caller may not know of, BadAsk for a word that does not fit."""
    if wanted.q not in (None, "", {}):
        raise BadAsk("q: full-text search in rows is not offered; expected filters={column: value} instead")
    dataset = sought(call, key_of(wanted.resource_id), Mode.QUERY, wanted.purpose)
    grant = grant_of(wanted.resource_id, wanted.grant)
    plain = ask_of(call, dataset, Mode.QUERY, known_purpose(wanted.purpose), grant)
    names, by = columns(wanted.fields, dataset), order(wanted.sort, dataset)
    ask = replace(plain, columns=names, filter=condition(wanted.filters, dataset))
    who = {"system": call.subject.system, "organisation": call.subject.organisation}
    said = {"columns": names, "filters": ask.filter, "purpose": ask.purpose, "grant": grant, "sort": by}
    bound = {**who, "dataset": dataset.key, "action": "datastore_search", "ask": said}
    shape = Shape(Format.JSON, Mode.QUERY, page=min(wanted.limit, LARGEST_PAGE))
    return _placed(Asking(Reading(call, dataset, ask, shape, Place(0), bound), wanted, by))


def _placed(asked: Asking) -> Asking:
    """With the place that a cursor says, or that is remembered behind an offset."""
    reading, wanted = asked.reading, asked.wanted
    if wanted.cursor:
        place = opened(reading.call.desk.seal, wanted.cursor, reading.bound, reading.call.now)
        if wanted.offset not in (0, place.served):
            raise BadAsk(f"offset: found {wanted.offset} beside a cursor, expected {place.served}, or none")
        return replace(asked, reading=replace(reading, place=place))
    if not wanted.offset:
        return asked
    found = reading.call.desk.offsets.at(mark(reading, wanted.offset), reading.call.now)
    place = found or Place(0, 0, wanted.offset, wanted.offset)
    return replace(asked, reading=replace(reading, place=place), known=found is not None)


def mark(reading: Reading, offset: int) -> str:
    """Stands for this caller, this ask and this offset."""
    return reading.call.desk.seal.tag([reading.bound, offset], purpose="offset")
