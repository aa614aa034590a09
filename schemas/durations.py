"""How many days an update cycle or a schedule leaves between two versions."""

import re
from datetime import timedelta

_PART = re.compile(r"([0-9]+)([YMWD])")
_CLOCK = re.compile(r"([0-9]+)([HM])")
_DAYS = {"Y": 366, "M": 31, "W": 7, "D": 1}
_MINUTES = {"H": 60, "M": 1}


def cycle_days(cycle: str) -> int:
    """Days of an ISO 8601 duration, months and years at their longest; 1 for what is shorter than a day."""
    if not cycle:
        return 0
    whole = sum(int(count) * _DAYS[unit] for count, unit in _PART.findall(cycle.partition("T")[0]))
    return max(whole, 1)


def cycle_minutes(cycle: str) -> int:
    """Minutes of an ISO 8601 duration, months and years at their longest; 0 for none."""
    days, _, clock = cycle.partition("T")
    whole = sum(int(count) * _DAYS[unit] for count, unit in _PART.findall(days))
    return whole * 24 * 60 + sum(int(count) * _MINUTES[unit] for count, unit in _CLOCK.findall(clock))


def schedule_days(cron: str) -> int:
    """About how many days lie between two ticks of a cron, at most; 0 where there is no schedule."""
    parts = cron.split()
    if len(parts) != 5:
        return 0
    _, _, day, month, weekday = parts
    if month != "*":
        return 366 // max(1, month.count(",") + 1) if month.replace(",", "").isdigit() else 31
    if weekday != "*" and weekday.isdigit():
        return 7
    if day != "*" and day.isdigit():
        return 31
    return 1


_LENGTH = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})S)?)?"
)


def length(text: str) -> timedelta:
    """An ISO 8601 duration of weeks down to seconds; ValueError for months, years and what is none."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise ValueError("no length of time, expected an ISO 8601 duration such as PT10M, PT2H or P1D")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
