"""The people of the demo city: made up, seeded, with ids whose check digits are right."""

import random
from datetime import date
from typing import NamedTuple

from demo import names, places
from demo.checks import ResidentIds


class Person(NamedTuple):
    """One inhabitant. Everything about them is generated; any likeness of an id is chance."""

    id: str
    name: str
    village: str
    """12 digits."""
    born: int
    """Ordinal of the day."""
    sex: str


def population(count: int, day: date, rng: random.Random) -> tuple[Person, ...]:
    """`count` people aged 0 to 95 on `day`, spread over the demo's villages."""
    every = names.persons()
    homes = rng.choices([code for code, _, _ in places.villages()], k=count)
    today = day.toordinal()
    births = rng.choices(range(today - 95 * 365, today), k=count)
    serials = rng.choices(range(1, 1000), k=count)
    called = rng.choices(every, k=count)
    ids, taken, people = ResidentIds(), set[str](), []
    for home, born, wanted, name in zip(homes, births, serials, called, strict=True):
        serial = wanted
        number = ids.make(home[:6], born, serial)
        while number in taken:
            serial = serial % 999 + 1
            number = ids.make(home[:6], born, serial)
        taken.add(number)
        people.append(Person(number, name, home, born, "男" if serial % 2 else "女"))
    return tuple(people)


def mobile(rng: random.Random) -> str:
    """A number from one small block, in the right form and plainly artificial: 199000xxxxx."""
    return f"199000{rng.randrange(100_000):05d}"
