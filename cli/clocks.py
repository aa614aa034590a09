"""`yishu calendar`, `rules` and `sweep`: working days, terms, and what the days bring to clocks."""

from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from catalog.clocks import calendar as calendars
from catalog.clocks import rules as deadlines
from catalog.clocks.renewed import import_calendar, import_rules
from catalog.clocks.sweep import sweep as sweep_clocks
from catalog.corrections.binding import catch_up
from catalog.mending.reminders import remind
from catalog.requests.sweeping import sweep_requests
from catalog.shelf import open_shelf
from cli.door import Door, as_json, day_of, pass_door, tell
from schemas.deadline import Event, Rule
from schemas.deadline_file import read_rules
from schemas.work_day_file import read_work_days

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))


@click.group()
def calendar() -> None:
    """Public holidays 节假日 and days worked instead 调休上班."""


@calendar.command("import")
@FILE
@as_json
@pass_door
def import_days(door: Door, file: Path, told_as_json: bool) -> None:
    """Take the days of a CSV file (day, working, source) in, a year's notice as a whole; clocks are reckoned anew."""
    done = import_calendar(open_shelf(door.settings), read_work_days(file), door.now())
    tell(asdict(done), told_as_json)


@calendar.command("list")
@click.option("--year", type=int, default=None, help="Only this year.")
@as_json
@pass_door
def list_days(door: Door, year: int | None, told_as_json: bool) -> None:
    """Every day that is not as the week has it."""
    with open_shelf(door.settings).engine.connect() as connection:
        found = [one for one in calendars.days(connection) if year in (None, one.day.year)]
    facts = [asdict(one) for one in found]
    tell(facts, told_as_json, [f"{o.day}  {'worked' if o.working else 'off   '}  {o.source}" for o in found])


@click.group()
def rules() -> None:
    """Terms 时限 by jurisdiction and version, each with its source."""


@rules.command("import")
@FILE
@as_json
@pass_door
def import_terms(door: Door, file: Path, told_as_json: bool) -> None:
    """Take the rules of a CSV file in; they count for clocks that start from now on."""
    done = import_rules(open_shelf(door.settings), read_rules(file), door.now())
    tell(asdict(done), told_as_json)


@rules.command("list")
@click.option("--event", type=click.Choice([one.value for one in Event]), default=None)
@click.option("--division", default="", help="Only those that apply there, the strictest first; with --event.")
@click.option("--on", "on_day", default="", help="Day that they must be in force on; default: today.")
@as_json
@pass_door
def list_terms(door: Door, /, event: str | None, **told: str | bool) -> None:
    """All rules, or for an event and a division those that apply."""
    if told["division"] and event is None:
        raise click.UsageError("--division needs --event: each event has rules of its own")
    day = day_of(str(told["on_day"]), "--on") if told["on_day"] else door.now().date()
    found = _found(door, event, str(told["division"]), day)
    facts = [asdict(one) for one in found]
    tell(facts, bool(told["told_as_json"]), [_line(one) for one in found])


@click.command()
@as_json
@pass_door
def sweep(door: Door, told_as_json: bool) -> None:
    """Remind, put breaches on record, tell superiors, bind corrections; as the DAG `clocks` does every hour."""
    shelf, now = open_shelf(door.settings), door.now()
    moved = sweep_requests(shelf, now)
    told = asdict(sweep_clocks(shelf, now)) | {"overdue": remind(shelf, now), "requests": moved}
    tell(told | {"corrections": catch_up(shelf, now)}, told_as_json)


def _found(door: Door, event: str | None, division: str, day: date) -> tuple[Rule, ...]:
    with open_shelf(door.settings).engine.connect() as connection:
        if event is not None and division:
            return deadlines.applying(connection, Event(event), division, day)
        return tuple(one for one in deadlines.rules(connection) if event in (None, one.event.value))


def _line(one: Rule) -> str:
    more = f" +{one.extend_days} by {one.extend_approver}" if one.extend_days else ""
    force = f"{one.valid_from or ''}..{one.valid_to or ''}"
    return f"{one.jurisdiction:12}  {one.event.value:20} {one.days} {one.unit.value}{more}  {force}  {one.source}"
