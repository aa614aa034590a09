"""How far each dataset has been collected; a watermark never moves back."""

from datetime import datetime

from sqlalchemy import Connection, select

from catalog import tables
from catalog.put import put


def watermark(connection: Connection, dataset: str) -> datetime | None:
    """End of the newest published window, in UTC; None where nothing was published yet."""
    found: datetime | None = connection.scalar(
        select(tables.watermark.c.high).where(tables.watermark.c.dataset == dataset)
    )
    return found


def advance(connection: Connection, dataset: str, high: datetime) -> None:
    """Move it to `high` unless it stands there or further already."""
    now = watermark(connection, dataset)
    if now is None or high > now:
        put(connection, tables.watermark, {"dataset": dataset, "high": high})
