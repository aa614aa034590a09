"""Civil affairs of the demo city: recipients of the minimum living allowance, in a SQLite (or PostgreSQL) table."""

import random
import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Column, MetaData, Table, Text, create_engine

from demo import places
from demo.checks import spoiled
from demo.faults import Delivery, Fault, Kind, Row, change, copies, plant, put
from demo.people import Person, mobile

KEY = "civil_affairs.low_income"
TABLE = "low_income"
COLUMNS = (
    "record_no", "person_id", "name", "sex", "birth_date", "household_division", "residence_division", "collected_by",
    "allowance_type", "household_size", "monthly_amount", "bank_account", "mobile", "approved_on", "updated_at",
)  # fmt: skip
"""All text, amounts too: SQLite would keep a DECIMAL as a binary fraction."""
FAULTS = (
    Fault("person_id.resident_id", 17, change(1, spoiled)),
    Fault("name.required", 5, put(2, None)),
    Fault("household_division.known", 13, put(5, places.UNKNOWN)),
    Fault("monthly_amount.misfit", 9, put(10, "一百元")),
    Fault("key.unique", 7, put(12, "19900100000"), Kind.CONFLICT),
    copies(11),
)


def deliver(people: Sequence[Person], day: date, rng: random.Random) -> Delivery:
    """Three people of a hundred receive it; one recipient of fifty is registered in another city."""
    count = max(400, len(people) * 3 // 100)
    chosen = rng.sample(people, count)
    rows = [_row(number, person, day, rng) for number, person in enumerate(chosen, start=1)]
    late = (day - timedelta(days=100)).isoformat() + "T09:00:00+08:00"
    return plant(rows, (*FAULTS, Fault("updated_at.timely", 23, put(14, late), Kind.WARNING)), rng)


def _row(number: int, person: Person, day: date, rng: random.Random) -> Row:
    county = person.village[:6]
    updated = day - timedelta(days=rng.randrange(1, 28))
    return [
        f"DB{number:010d}",
        person.id,
        person.name,
        person.sex,
        date.fromordinal(person.born).isoformat(),
        places.NEIGHBOUR if number % 50 == 0 else person.village,
        person.village,
        person.village,
        "城市低保" if county == "370402" else "农村低保",
        str(rng.randrange(1, 6)),
        f"{rng.randrange(200, 1200)}.{rng.randrange(100):02d}",
        f"62000000{rng.randrange(10**11):011d}",
        mobile(rng),
        (day - timedelta(days=rng.randrange(30, 2000))).isoformat(),
        f"{updated.isoformat()}T{rng.randrange(8, 18):02d}:{rng.randrange(60):02d}:00+08:00",
    ]


def write_sqlite(rows: Sequence[Row], file: Path) -> Path:
    """The department's database as a file."""
    columns = ", ".join(f"{name} TEXT" for name in COLUMNS)
    with sqlite3.connect(file) as database:
        database.execute(f"create table {TABLE} ({columns})")
        database.executemany(f"insert into {TABLE} values ({', '.join('?' * len(COLUMNS))})", rows)
    database.close()
    return file


def write_database(rows: Sequence[Row], url: str) -> None:
    """The same table in a database server, put anew; `url` is SQLAlchemy's, e.g. `postgresql+psycopg://…`."""
    table = Table(TABLE, MetaData(), *(Column(name, Text) for name in COLUMNS))
    engine = create_engine(url)
    with engine.begin() as connection:
        table.drop(connection, checkfirst=True)
        table.create(connection)
        connection.execute(table.insert(), [dict(zip(COLUMNS, row, strict=True)) for row in rows])
    engine.dispose()
