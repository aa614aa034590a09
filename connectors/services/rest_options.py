"""What a contract says of a JSON service: what to ask, where the records stand, how it goes on."""

from pydantic import Field

from connectors.options import Options
from connectors.services.auth import Auths
from connectors.services.paging import Pages
from connectors.success import Success
from schemas.dataset import Json


class WindowParameters(Options):
    """Names of the parameters that bound the window, low included and high not."""

    low: str
    high: str
    format: str = ""
    """strftime pattern on Shanghai's clock, `epoch_seconds` or `epoch_milliseconds`; empty: ISO 8601 with offset."""


class RestOptions(Options):
    """What to ask, where the records stand in the answer, and how to get at the next page."""

    path: str = Field(pattern="^/")
    records: str = ""
    """Dotted path of the list of records; empty where the answer is the list."""
    page: Pages
    page_size: int = Field(default=1000, ge=1)
    total: str = ""
    """Dotted path, in the first page, of how many records the service says there are; empty: `page.total`, if told."""
    success: Success | None = None
    """None: status 200 alone says that all is well; an answer without records must say what the first one said."""
    params: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Json] | None = None
    """Sent as JSON by POST; `{page}`, `{offset}`, `{cursor}` or `{last}`, `{size}`, `{low}` and `{high}` stand for what
    changes, which is then not in the address. None: GET."""
    auth: Auths | None = None
    """How we say who we are; None: as the connection holds it, a token or a login."""
    window_params: WindowParameters | None = None
    """None: the service knows no window, and everything is read each time."""
    most_pages: int = Field(default=100_000, ge=1)
    """A service that has still more is taken to go round in circles."""
    retries: int = Field(default=5, ge=0)
    most_bytes: int = Field(default=256 << 20, ge=1)
    """Of one answer, unpacked."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds without a byte."""
    optional: tuple[str, ...] = ()
    """Fields that a record may leave out; they are NULL then."""
