"""What the clock collects: a tick collects the days since the one before, or of a stream what came since then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from connectors.registry import kind_of
from schemas.dataset import Dataset, Source
from schemas.durations import length
from schemas.errors import BadInput, NotReady
from schemas.journey import SHANGHAI, Window

PARTS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
"""Of a cron, in their order, with the least and the greatest value; 0 and 7 are both Sunday."""
FARTHEST = 366 * 9
"""Days within which every schedule ticks that ever does: 29 February may be eight years away."""

YEARS = tuple(date(2024, 1, 1) + timedelta(days=number) for number in range(366 * 4))
"""Days that schedules are compared over."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """The days on which a schedule ticks, and when on each."""

    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """ISO weekdays, 1 to 7."""
    clocks: tuple[time, ...]
    """On Shanghai's clock, ascending; one but for streams."""

    @property
    def often(self) -> bool:
        """Whether it ticks more than once a day."""
        return len(self.clocks) > 1

    def on(self, day: date) -> bool:
        """Whether it ticks on this day."""
        return day.day in self.days and day.month in self.months and day.isoweekday() in self.weekdays

    def near(self, day: date, step: int) -> date:
        """The nearest such day from `day` on, itself included, one `step` (1 or -1) after the other."""
        found = (day + timedelta(days=step * far) for far in range(FARTHEST))
        return next(one for one in found if self.on(one))

    def last(self, moment: datetime) -> datetime:
        """The tick at a moment, or else the last one before it."""
        day = self.near(moment.date(), -1)
        passed = [tick for tick in self._on(day) if tick <= moment]
        return passed[-1] if passed else self._on(self.near(day - timedelta(days=1), -1))[-1]

    def following(self, moment: datetime) -> datetime:
        """The first tick after a moment."""
        day = self.near(moment.date(), 1)
        coming = [tick for tick in self._on(day) if tick > moment]
        return coming[0] if coming else self._on(self.near(day + timedelta(days=1), 1))[0]

    def _on(self, day: date) -> list[datetime]:
        return [datetime.combine(day, clock, SHANGHAI) for clock in self.clocks]


def schedule_mistake(source: Source) -> str:
    """What was expected of the schedule of a contract in place of what stands there; empty where it will do."""
    if source.inputs:
        return ""
    try:
        ticks = ticks_of(source.schedule)
        if ticks.often and not _streams(source.kind):
            return "one minute and one hour: a day is collected once, after it has ended"
        ticks.near(date(2000, 1, 1), 1)
    except ValueError as wrong:
        return str(wrong)
    except StopIteration:
        return "a day that is in the calendar: this one never comes"
    return _closed(source)


def _closed(source: Source) -> str:
    minutes, hours = (tuple(_values(part, *of)) for part, of in zip(source.schedule.split(), PARTS[:2], strict=False))
    clocks = (datetime(2000, 1, 1, hour, minute, tzinfo=SHANGHAI) for hour in hours for minute in minutes)
    if all(map(source.limits.open, clocks)):
        return ""
    return f"a time within the hours at which its source may be asked, {', '.join(source.limits.hours)}"


def _streams(kind: str) -> bool:
    try:
        return kind_of(kind).stream
    except (BadInput, NotReady):
        return False


def deletes_mistake(source: Source) -> str:
    """What was expected of the days on which it is looked what is gone; empty where they will do."""
    if source.deletes is None or source.deletes.snapshot.startswith("P"):
        return ""
    return schedule_mistake(replace(source, schedule=source.deletes.snapshot))


def look_due(snapshot: str, last: datetime, now: datetime) -> bool:
    """Whether it is time to look what is gone again: a day of the cron has come since, or the time is over."""
    if snapshot.startswith("P"):
        return now - last >= length(snapshot)
    after = last.astimezone(SHANGHAI).date() + timedelta(days=1)
    return ticks_of(snapshot).near(after, 1) <= now.astimezone(SHANGHAI).date()


def ticks_of(schedule: str) -> Ticks:
    """The days and moments of a cron; ValueError says what was expected of one that is none."""
    parts = schedule.split()
    if len(parts) != len(PARTS):
        raise ValueError('a cron of five parts, e.g. "0 2 * * *", or inputs to wait for')
    minutes, hours, days, months, weekdays = (
        frozenset(_values(part, *bounds)) for part, bounds in zip(parts, PARTS, strict=True)
    )
    if parts[2] != "*" and parts[4] != "*":
        raise ValueError("* for the day of the month or for the day of the week")
    clocks = tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes))
    return Ticks(days, months, frozenset(one or 7 for one in weekdays), clocks)


def window_for(source: Source, text: str | None, now: datetime) -> Window:
    """The window that was asked for: the days of the tick that holds a day, or two moments as they are.

    Without a text what the last tick before `now` collects: for a daily schedule the day that has ended. Of a stream a
    day is that day, and a moment the span between two ticks that holds it.
    """
    try:
        if text and "/" in text:
            return Window.parse(text)
        ticks = ticks_of("0 0 * * *" if source.inputs else source.schedule)
        if ticks.often:
            return _between(ticks, text, now)
        if text:
            return _span(ticks, ticks.near(Window.parse(text).day, -1))
    except ValueError as wrong:
        raise BadInput(str(wrong)) from wrong
    last = ticks.near(now.astimezone(SHANGHAI).date(), -1)
    return _span(ticks, ticks.near(last - timedelta(days=1), -1))


def _between(ticks: Ticks, text: str | None, now: datetime) -> Window:
    """A span between two ticks of a stream's schedule: the one that a moment lies in, or the one that ended last."""
    if text and ("T" not in text or "_" in text):
        return Window.parse(text)
    if text:
        moment = datetime.fromisoformat(text)
        low = ticks.last(moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI))
        return Window(low, ticks.following(low))
    high = ticks.last(now.astimezone(SHANGHAI))
    return Window(ticks.last(high - timedelta(microseconds=1)), high)


def _span(ticks: Ticks, day: date) -> Window:
    ends = (day, ticks.near(day + timedelta(days=1), 1))
    low, high = (datetime.combine(end, time(), SHANGHAI) for end in ends)
    return Window(low, high)


def _values(part: str, name: str, least: int, greatest: int) -> Iterator[int]:
    """The numbers that one part of a cron stands for: `*`, `5`, `1-5`, `*/2`, `1-9/2`, and lists of these."""
    for one in part.split(","):
        span, _, step = one.partition("/")
        first, _, last = (f"{least}-{greatest}" if span == "*" else span).partition("-")
        try:
            low = int(first)
            high = int(last) if last else greatest if step else low
            by = int(step or 1)
        except ValueError:
            raise ValueError(f"numbers, *, - and / as the {name}") from None
        if not (least <= low <= high <= greatest and by > 0):
            raise ValueError(f"{least} to {greatest} as the {name}")
        yield from range(low, high + 1, by)


def meeting_mistake(dataset: Dataset, known: Mapping[str, Dataset]) -> str:
    """What was expected of the inputs of a derived dataset whose days do not meet; empty where they do.

    It is made for a day when all its inputs are there for that day. So the days of the rarest input (Mondays, say)
    must be days of every other: a weekly and a daily input meet each week, a weekly and a monthly one hardly ever.
    """
    often = [key for key in dataset.source.inputs if key in known and _often(known[key].source)]
    if often:
        return f"inputs that come once a day at most: {', '.join(often)} comes more often"
    days = {key: _days(key, known, frozenset()) for key in dataset.source.inputs if key in known}
    if len(days) < 2:
        return ""
    rarest = min(days, key=lambda key: len(days[key]))
    apart = [key for key in days if not days[rarest] <= days[key]]
    return f"inputs that come on the days of {rarest}, the rarest: {', '.join(apart)} do not" if apart else ""


def _often(source: Source) -> bool:
    return not source.inputs and ticks_of(source.schedule).often


def _days(key: str, known: Mapping[str, Dataset], above: frozenset[str]) -> frozenset[date]:
    """The days of `YEARS` for which a dataset comes; of a derived one those for which all its inputs do."""
    source = known[key].source
    if source.inputs:
        inputs = [_days(one, known, above | {key}) for one in source.inputs if one in known and one not in above]
        return frozenset.intersection(*inputs) if inputs else frozenset()
    ticks = ticks_of(source.schedule)
    return frozenset(day for day in YEARS if ticks.on(day))
