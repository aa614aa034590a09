"""What all who speak HTTP share: how moments in headers are read, and that no log shows parameters of addresses."""

import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx


def moment(text: str) -> datetime | None:
    """A moment of a header in UTC, also where a sloppy server names another zone, or none; None where it is no date."""
    try:
        told = parsedate_to_datetime(text)
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class _WithoutQuery(logging.Filter):
    """httpx logs whole addresses; a secret may stand in their parameters."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Takes the parameters off."""
        if isinstance(record.args, tuple):
            record.args = tuple(a.copy_with(query=None) if isinstance(a, httpx.URL) else a for a in record.args)
        return True


WITHOUT_PARAMETERS = _WithoutQuery()
"""For the logger of httpx."""
