"""The demo city: builds the departments' systems from a seed and writes down what must come out of them."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from demo import civil_affairs, credit, health, human_resources, market_regulation, places
from demo.faults import Delivery, Truth, added
from demo.people import population
from schemas.errors import BadInput

FACTS = "city.json"
Places = Mapping[str, Mapping[str, int]]
"""Division column -> code as delivered -> published rows."""
Deliveries = Mapping[str, Mapping[date, Delivery]]
PAYMENT_DAYS = 3
SCOPES = {
    civil_affairs.KEY: {"household_division": 5, "collected_by": 7},
    human_resources.KEY: {"insured_division": 4},
    market_regulation.KEY: {"registered_division": market_regulation.DIVISION},
    health.KEY: {"residence_division": 4, "collected_by": 5},
    credit.KEY: {"division": credit.DIVISION},
    credit.DERIVED: {"registered_division": market_regulation.DIVISION},
}
"""Dataset -> division column -> its place in a delivered row."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How big the city is."""

    people: int = 200_000
    enterprises: int = 30_000


LEAST = Sizes(2_000, 1_000)


@dataclass(frozen=True, slots=True)
class City:
    """A city that was built: where its systems lie and what is true of them."""

    folder: Path
    seed: int
    day: date
    sizes: Sizes
    truth: Mapping[str, Mapping[str, Truth]]
    """Dataset -> window (day) -> what must come out of it."""
    places: Mapping[str, Places]
    """Dataset -> where its published rows lie, all windows together."""

    def windows(self, dataset: str) -> tuple[str, ...]:
        """The days on which something is delivered, oldest first."""
        return tuple(sorted(self.truth[dataset]))

    def whole(self, dataset: str) -> Truth:
        """All windows of a dataset together."""
        parts = [self.truth[dataset][window] for window in self.windows(dataset)]
        return Truth(
            read=sum(p.read for p in parts),
            published=sum(p.published for p in parts),
            quarantined=added(p.quarantined for p in parts),
            duplicates=sum(p.duplicates for p in parts),
            warnings=added(p.warnings for p in parts),
        )

    def rows_in(self, dataset: str, column: str, *prefixes: str) -> int:
        """Published rows whose division begins with one of `prefixes`; the demo's codes nest by digits."""
        return sum(n for code, n in self.places[dataset][column].items() if code.startswith(prefixes))


def build_city(folder: Path, day: date, seed: int = 3704, sizes: Sizes | None = None, database: str = "") -> City:
    """Writes every departmental system under `folder` (which must not hold a city yet) and `city.json`.

    `database`: civil affairs moves from its file into this database server, e.g. `postgresql+psycopg://…`.
    """
    sizes = sizes or Sizes()
    if sizes.people < LEAST.people or sizes.enterprises < LEAST.enterprises:
        raise BadInput(
            f"found {sizes.people} people and {sizes.enterprises} enterprises, expected at least {LEAST.people} and "
            f"{LEAST.enterprises}: the planted faults need so many rows"
        )
    folder.mkdir(parents=True)
    deliveries = _deliver(sizes, day, random.Random(seed))  # noqa: S311 - the same seed must give the same city
    _write_systems(deliveries, folder, day)
    if database:
        civil_affairs.write_database(deliveries[civil_affairs.KEY][day].rows, database)
    places.write_divisions(folder / "divisions.csv")
    truth = {key: {when.isoformat(): d.truth for when, d in days.items()} for key, days in deliveries.items()}
    city = City(folder, seed, day, sizes, truth, {key: _places(key, days.values()) for key, days in deliveries.items()})
    told = asdict(city) | {"folder": str(folder), "day": day.isoformat()}
    (folder / FACTS).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return city


def _deliver(sizes: Sizes, day: date, rng: random.Random) -> Deliveries:
    """Everything that the departments hand over; the derived dataset has its truth from what it is made of."""
    people = population(sizes.people, day, rng)
    enterprises = market_regulation.deliver(sizes.enterprises, day, rng)
    employers = [row[market_regulation.CODE] or "" for row in enterprises.published]
    made = len(employers)
    profile = Delivery((), enterprises.published, Truth(read=made, published=made, quarantined={}, duplicates=0))
    days = [day - timedelta(days=back) for back in reversed(range(PAYMENT_DAYS))]
    return {
        civil_affairs.KEY: {day: civil_affairs.deliver(people, day, rng)},
        human_resources.KEY: {when: human_resources.deliver(people, employers, when, rng) for when in days},
        market_regulation.KEY: {day: enterprises},
        health.KEY: {day: health.deliver(people, day, rng)},
        credit.KEY: {day: credit.deliver(enterprises.published, day, rng)},
        credit.DERIVED: {day: profile},
    }


def _write_systems(deliveries: Deliveries, folder: Path, day: date) -> None:
    civil_affairs.write_sqlite(deliveries[civil_affairs.KEY][day].rows, folder / "civil_affairs.db")
    health.write_store(deliveries[health.KEY][day].rows, folder / "health.db")
    for name in ("human_resources", "market_regulation", "credit"):
        (folder / name).mkdir()
    market_regulation.write_xlsx(deliveries[market_regulation.KEY][day].rows, folder / "market_regulation", day)
    credit.write_csv(deliveries[credit.KEY][day].rows, folder / "credit", day)
    for when, delivery in deliveries[human_resources.KEY].items():
        human_resources.write_csv(delivery.rows, folder / "human_resources", when)


def _places(key: str, deliveries: Iterable[Delivery]) -> Places:
    counts: dict[str, Counter[str]] = {name: Counter() for name in SCOPES[key]}
    for delivery in deliveries:
        for name, place in SCOPES[key].items():
            counts[name].update(row[place] or "" for row in delivery.published)
    return {name: dict(sorted(found.items())) for name, found in counts.items()}
