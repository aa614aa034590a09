"""Until when the newest data of a dataset are in time: its update cycle 更新周期 after they came, and its grace."""

import re
from calendar import monthrange
from datetime import datetime, time, timedelta

from schemas.dataset import Dataset
from schemas.journey import SHANGHAI

_DURATION = re.compile(
    r"P(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?(?:(?P<weeks>[0-9]+)W)?(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?)?"
)
MANY = 4_000_000
"""No duration needs more of anything; days of ten thousand years."""
LAST_YEAR = 9998
"""What would be due later than that is never due."""


def later(moment: datetime, duration: str) -> datetime:
    """`moment` and an ISO 8601 duration; a month later than 31 January is the last of February."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(f"found {duration!r}, expected an ISO 8601 duration such as P1D, P1M or PT1H")
    part = {name: min(int(value or 0), MANY) for name, value in found.groupdict().items()}
    months = moment.year * 12 + moment.month - 1 + part["years"] * 12 + part["months"]
    year, month = min(months // 12, LAST_YEAR), months % 12 + 1
    moved = moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
    span = timedelta(weeks=part["weeks"], days=part["days"], hours=part["hours"], minutes=part["minutes"])
    return moved + min(span, datetime(LAST_YEAR + 1, 12, 1, tzinfo=moved.tzinfo) - moved)


def due(dataset: Dataset, came: datetime) -> datetime | None:
    """When the next version must be there, if the newest data came at that moment; None where no cycle is promised.

    A cycle of days ends with its last day in Shanghai: a catalogue promises a day, not an hour of it.
    """
    if not dataset.update_cycle:
        return None
    moment = later(came.astimezone(SHANGHAI), dataset.update_cycle)
    moment = later(moment, dataset.grace) if dataset.grace else moment
    if "T" in dataset.update_cycle:
        return moment
    return datetime.combine(moment.date(), time(), SHANGHAI) + timedelta(days=1)


def overdue(dataset: Dataset, came: datetime | None, now: datetime) -> bool:
    """Whether the newest data are older than promised 逾期; of a dataset that never had any nobody says so."""
    moment = due(dataset, came) if came is not None else None
    return moment is not None and now >= moment
