"""A make-believe catalogue of any size, written into a database in bulk, as registering one by one would write it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from benchmarks.catalogue_words import (
    BUREAUX,
    KINDS,
    OF_ANYTHING,
    OF_ENTERPRISES,
    OF_PERSONS,
    QUALIFIERS,
    TAILS,
    TOPICS,
)
from catalog import datasets, tables
from catalog.cards import entering
from catalog.cards import tables as cards
from schemas.access import Tier
from schemas.dataset import Dataset, Field, FieldType, Kind, Sharing, Source
from schemas.division import Division
from schemas.divisions import shipped
from schemas.record import to_json

SEED = 20261127
TEXT = FieldType(Kind.STRING)
CLASSES = (Sharing.OPEN, Sharing.UNCONDITIONAL, Sharing.CONDITIONAL, Sharing.CONDITIONAL, Sharing.WITHHELD)
CYCLES = ("P1D", "P1D", "P1W", "P1M", "P1M", "P3M", "P1Y", "")
BULK = 1_000
"""Datasets that are written together."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    datasets: int
    fields: int
    """Of one dataset."""
    towns: int


def towns(count: int) -> list[Division]:
    """Make-believe towns, spread over the counties of the country."""
    counties = [one for one in shipped() if one.tier == 3 and one.valid_to is None]
    chance = random.Random(SEED)
    names = [f"{a}{b}镇" for a in "东西南北上下新古大小" for b in "安平兴和丰泰昌宁山河桥店庄集"]
    found: dict[str, Division] = {}
    while len(found) < count:
        county = chance.choice(counties)
        code = f"{county.code[:6]}{len(found) % 900 + 100}000"
        found[code] = Division(code, chance.choice(names), Tier.TOWN, county.code)
    return list(found.values())


def catalogue(size: Size) -> Iterator[Dataset]:
    """Datasets of bureaux of 1,500 places; the same for the same size."""
    chance = random.Random(SEED)
    places = chance.sample([one for one in shipped() if one.tier in (2, 3) and one.valid_to is None], 1_500)
    for number in range(size.datasets):
        place = chance.choice(places)
        bureau = chance.choice(tuple(BUREAUX))
        yield _dataset(chance, number, place, bureau, size.fields)


def _dataset(chance: random.Random, number: int, place: Division, bureau: str, fields: int) -> Dataset:
    word, *subjects = BUREAUX[bureau].split()
    subject, kind = chance.choice(subjects), chance.choice(KINDS)
    department = f"{word}_{place.code[:6]}"
    persons = chance.random() < 0.5
    return Dataset(
        key=f"{department}.d{number:06d}",
        version="1.0.0",
        title=f"{place.name}{subject}{kind}",
        title_en=f"Register {number}",
        description=f"{place.name}{bureau}局提供的{subject}{kind}，按{chance.choice(('日', '月', '季', '年'))}更新。",
        description_en="",
        owner=f"11{place.code[:6]}{sorted(BUREAUX).index(bureau):09d}X",
        owner_name=f"{place.name}{bureau}局",
        division=place.code,
        sharing=chance.choice(CLASSES),
        sharing_condition="",
        withheld_basis="",
        fields=_fields(chance, fields, OF_PERSONS if persons else OF_ENTERPRISES),
        rules=(),
        source=Source("sql_table", department, {"table": f"t{number}"}),
        update_cycle=chance.choice(CYCLES),
        subject_kind="person" if persons else "enterprise",
        tags=tuple(chance.sample(TOPICS, chance.randint(1, 3))),
        contract_hash=f"{number:064d}",
    )


def _fields(chance: random.Random, count: int, own: Sequence[tuple[str, str]]) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    while len(found) < count:
        title, element = chance.choice(own if chance.random() < 0.7 else OF_ANYTHING)
        before, after = chance.choice(QUALIFIERS), chance.choice(TAILS)
        name, told = f"f{len(found) + 1:02d}", f"{before}{title}{after}"
        same = None if before or after else element or None
        if told not in found:
            found[told] = Field(name, told, "", TEXT, name.upper(), element=same)
    return tuple(found.values())


def stock(connection: Connection, size: Size, now: datetime) -> None:
    """Write all of it, with cards and words, ids in the order of the keys' making."""
    every, number, first = catalogue(size), 1, 1
    while some := list(islice(every, BULK)):
        _write(connection, some, number, first, now)
        number += len(some)
        first += sum(len(one.fields) for one in some)
    if connection.dialect.name == "postgresql":
        for name in ("card", "card_field"):
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"))


def _write(connection: Connection, some: Sequence[Dataset], number: int, first: int, now: datetime) -> None:
    dialect = connection.dialect.name
    numbered = list(enumerate(some, number))
    fields = [(place, one) for place, dataset in numbered for one in dataset.fields]
    put(connection, tables.dataset, [_row(one, now) for one in some])
    put(connection, tables.dataset_field, [row for one in some for row in datasets.field_rows(one)])
    told = [{"id": n, "changed": n, "listed": True, "score": _score(n), **entering.facts(one)} for n, one in numbered]
    put(connection, cards.card, told)
    put_words(connection, "card_words", [{"id": n, **entering.words(one, dialect)} for n, one in numbered])
    rows = [{"id": n, "card": card, **entering.field_facts(one)} for n, (card, one) in enumerate(fields, first)]
    put(connection, cards.card_field, rows)
    words = [{"id": n, "words": entering.field_words(one, dialect)} for n, (_, one) in enumerate(fields, first)]
    put_words(connection, "field_words", words)


def _row(dataset: Dataset, now: datetime) -> dict[str, Any]:
    return datasets.row(dataset, to_json(dataset).decode(), now)


def _score(number: int) -> float | None:
    return None if number % 5 == 0 else 1 - number % 37 / 100


def put(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows into a table, the quickest way that each database has."""
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table), rows)
        return
    names = list(rows[0])
    own: Any = connection.connection.driver_connection
    columns = ", ".join(f'"{name}"' for name in names)
    with own.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


def put_words(connection: Connection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same into a table of words."""
    if connection.dialect.name == "sqlite":
        connection.execute(entering.INTO[name], rows)
    else:
        put(connection, cards.WORDS.tables[name], rows)
