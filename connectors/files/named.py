"""How a department names its files: a glob with at most one day in it."""

import fnmatch
import glob
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from connectors.places.ready import unfinished
from schemas.journey import SHANGHAI, Window

DAYS: Mapping[str, tuple[str, str]] = {
    "{yyyymmdd}": (r"(?P<day>[0-9]{8})", "%Y%m%d"),
    "{yyyy-mm-dd}": (r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})", "%Y-%m-%d"),
}
"""Placeholder of a day in a file's name -> how it is matched, how it is read."""
GLOB = "*?["


def day_in(pattern: str) -> str:
    """The placeholder of a day in a pattern; empty where it has none."""
    return next((name for name in DAYS if name in pattern), "")


def literal(name: str) -> str:
    """The pattern that fits just this name: what means something in a glob is put into brackets."""
    return glob.escape(name).replace("{", "?").replace("}", "?")


def fitting(pattern: str) -> re.Pattern[str]:
    """What a whole name must be like."""
    pieces = re.split("(" + "|".join(map(re.escape, DAYS)) + ")", pattern)
    return re.compile("".join(DAYS[p][0] if p in DAYS else fnmatch.translate(p)[4:-3] for p in pieces))


def day_of(pattern: str, name: str) -> datetime | None:
    """The day in a name, at its beginning; None where the name does not fit, or has no day."""
    written, match = day_in(pattern), fitting(pattern).fullmatch(name)
    if not written or match is None:
        return None
    try:
        return datetime.strptime(match["day"], DAYS[written][1]).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def within(pattern: str, name: str, window: Window) -> bool:
    """Whether the day in a name starts within the window; always where the pattern names no day."""
    if not day_in(pattern):
        return fitting(pattern).fullmatch(name) is not None
    day = day_of(pattern, name)
    return day is not None and window.low <= day < window.high


def names_of(pattern: str, window: Window) -> Iterator[str]:
    """Every name that a pattern without a glob has for a window, in order."""
    written = day_in(pattern)
    if not written:
        yield pattern
        return
    day = datetime.combine(window.low.astimezone(SHANGHAI).date(), datetime.min.time(), SHANGHAI)
    while day < window.high:
        if day >= window.low:
            yield pattern.replace(written, day.strftime(DAYS[written][1]))
        day += timedelta(days=1)


def place_mistakes(folder: str, option: str, pattern: str) -> tuple[str, ...]:
    """What is wrong with the folder and file pattern of an option model."""
    wrong = []
    parts = PurePosixPath(folder).parts
    if PurePosixPath(folder).is_absolute() or ".." in parts:
        wrong.append(f"options.folder: found {folder!r}, expected a path below the connection's folder, without '..'")
    bare = pattern
    for name in DAYS:
        bare = bare.replace(name, "", 1)
    if not pattern or "/" in pattern or "{" in bare or "}" in bare:
        wrong.append(
            f"options.{option}: found {pattern!r}, expected a file name or glob with at most one of {', '.join(DAYS)}"
        )
    elif unfinished(pattern):
        wrong.append(f"options.{option}: found {pattern!r}, which is how files are called that are being written")
    return tuple(wrong)
