"""What a contract says of a SOAP service: where its WSDL is, what to ask, where the records stand, how it goes on."""

from typing import Annotated

from pydantic import Field

from connectors.options import Options
from connectors.services.paging import CursorPages, KeysetPages, NumberPages, OffsetPages
from connectors.services.soap_wsdl import Security
from connectors.success import Success
from schemas.dataset import Json

SoapPages = Annotated[NumberPages | OffsetPages | CursorPages | KeysetPages, Field(discriminator="kind")]


class SoapOptions(Options):
    """Where the WSDL is, what to ask, and where the records stand in the answer."""

    wsdl: str = Field(default="", pattern="^(/.*)?$")
    """Path of the WSDL at the service, e.g. `/population?wsdl`; or `wsdl_file`."""
    wsdl_file: str = Field(default="", pattern=r"^([^/]+(/[^/]+)*)?$")
    """File beside the contract; the schemas that it imports lie with it."""
    operation: str = Field(min_length=1)
    path: str = Field(default="", pattern="^(/.*)?$")
    """Where asks go, in place of the path that the WSDL names; the host is always that of the connection."""
    arguments: dict[str, Json] = Field(default_factory=dict)
    """Of the operation; `{low}` and `{high}` stand for the window's bounds, `{page}` (`{offset}`, `{cursor}`, `{last}`)
    for the page, `{size}` for `page_size`."""
    window_format: str = ""
    """strftime pattern on Shanghai's clock, `epoch_seconds` or `epoch_milliseconds`; empty: ISO 8601 with offset."""
    records: str = Field(min_length=1)
    """Dotted path of the record elements from the child of the body, e.g. `QueryResponse.QueryResult.Person`."""
    page: SoapPages | None = None
    """None: one answer has all; it is read as a stream. Else `parameter` and `size_parameter` are of no use."""
    page_size: int = Field(default=1000, ge=1)
    total: str = ""
    """Dotted path, from the child of the body, of how many records there are."""
    success: Success | None = None
    """None: that there is no fault says that all is well; a page without records must say what the first one said."""
    security: Security = "none"
    """WS-Security user name token with the connection's login: `text` or `digest`. `none`: a login is HTTP Basic."""
    most_pages: int = Field(default=100_000, ge=1)
    most_bytes: int = Field(default=4 << 30, ge=1)
    """Of one answer."""
    retries: int = Field(default=5, ge=0)
    timeout: float = Field(default=60.0, gt=0)
    """Seconds without a byte."""
    optional: tuple[str, ...] = ()
    """Fields that a record may leave out; they are NULL then."""
