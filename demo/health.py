"""Health of the demo city: check-ups of the elderly, in the store behind a paged REST API."""

import random
import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from demo import places
from demo.checks import spoiled
from demo.faults import Delivery, Fault, Kind, Row, change, copies, plant, put
from demo.people import Person

KEY = "health.elderly_checkup"
TABLE = "checkup"
COLUMNS = (
    "checkup_no", "person_id", "name", "age", "residence_division", "collected_by", "systolic", "diastolic",
    "fasting_glucose", "hypertension", "checked_on", "updated_at",
)  # fmt: skip
FAULTS = (
    Fault("person_id.resident_id", 12, change(1, spoiled)),
    Fault("name.required", 5, put(2, None)),
    Fault("residence_division.known", 7, put(4, places.UNKNOWN)),
    Fault("systolic.misfit", 6, put(6, "偏高")),
    Fault("pressure.systolic_above", 9, put(6, "50")),
    Fault("key.unique", 4, put(8, "3.33"), Kind.CONFLICT),
    copies(8),
)


def deliver(people: Sequence[Person], day: date, rng: random.Random) -> Delivery:
    """One person in ten, all of 65 and more, checked within half a year."""
    oldest = day.toordinal() - 65 * 366
    elders = [person for person in people if person.born <= oldest]
    chosen = rng.sample(elders, min(len(elders), max(300, len(people) // 10)))
    rows = [_row(number, person, day, rng) for number, person in enumerate(chosen, start=1)]
    late = (day - timedelta(days=500)).isoformat()
    return plant(rows, (*FAULTS, Fault("checked_on.timely", 15, put(10, late), Kind.WARNING)), rng)


def _row(number: int, person: Person, day: date, rng: random.Random) -> Row:
    systolic = rng.randrange(105, 180)
    checked = day - timedelta(days=rng.randrange(1, 180))
    return [
        f"TJ{number:012d}",
        person.id,
        person.name,
        str((day.toordinal() - person.born) * 4 // 1461),
        person.village,
        person.village,
        str(systolic),
        str(systolic - rng.randrange(30, 50)),
        f"{rng.randrange(4, 12)}.{rng.randrange(100):02d}",
        "true" if systolic >= 140 else "false",
        checked.isoformat(),
        f"{checked.isoformat()}T{rng.randrange(8, 18):02d}:00:00+08:00",
    ]


def write_store(rows: Sequence[Row], file: Path) -> Path:
    """The store that `demo.health_api` serves from."""
    with sqlite3.connect(file) as database:
        database.execute(
            f"create table {TABLE} (number integer primary key, {', '.join(f'{c} text' for c in COLUMNS)})"
        )
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        numbered = ((number, *row) for number, row in enumerate(rows, start=1))
        database.executemany(f"insert into {TABLE} values ({marks})", numbered)
    database.close()
    return file
