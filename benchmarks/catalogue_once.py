"""Collected once: the duplicate check of a form of 50 items, what sketches cost a publication, how exact they are."""

import hashlib
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine, insert, text

from benchmarks import catalogue_words as said
from benchmarks.catalogue_stock import BULK, SEED, Size, catalogue, put
from benchmarks.row import Row, seconds
from catalog import database, datasets, tables
from catalog.collection import items
from catalog.collection.check import Asked, Question, check
from catalog.collection.sketch import Sketch, Sketching, overlap
from catalog.collection.sketches import Sketcher
from catalog.collection.tables import authority_source, collected_item
from catalog.ledger.book import open_ledger
from catalog.shelf import Shelf
from schemas.access import Tier
from schemas.collection import Item
from schemas.dataset import Dataset
from schemas.divisions import shipped
from schemas.journey import Part
from schemas.profile import PROFILE, ColumnProfile, Profile
from schemas.record import to_json
from tests.builders import NOW, SHIZHONG, TENGZHOU, low_income_row, make_dataset, make_subject, make_verdict
from tests.postgres import find_binaries, running

ITEMS, TIMES, SOURCES = 50, 7, 300
KEY = b"k" * 32


def rows(*, full: bool) -> Iterator[Row]:
    """The check on both databases, then sketches."""
    size = Size(50_000, 20, 0) if full else Size(5_000, 20, 0)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield _checked("sqlite", f"sqlite:///{home / 'catalogue.db'}", size)
        binaries = find_binaries()
        if binaries is not None:
            yield _checked("postgres", stack.enter_context(running(binaries)).url("postgres"), size)
        yield _cost(home, 500_000 if full else 200_000)
    yield _exactness(1_000_000 if full else 200_000)


def form() -> tuple[Item, ...]:
    """Fifty items: of persons, of anything, under other spellings, and some that nobody has."""
    chance = random.Random(SEED)
    known = [title for title, _ in (*said.OF_PERSONS, *said.OF_ANYTHING)]
    found = dict.fromkeys(chance.sample(known, min(len(known), 30)))
    while len(found) < ITEMS - 5:
        found[f"{chance.choice(said.QUALIFIERS)}{chance.choice(known)}{chance.choice(said.TAILS)}"] = None
    return tuple(Item(name) for name in (*islice(found, ITEMS - 5), *(f"本区走访登记事项{n}甲" for n in "一二三四五")))


def _checked(kind: str, url: str, size: Size) -> Row:
    database.upgrade(url)
    engine = database.connect(url)
    _stock(engine, size)
    asked = form()
    took = {}
    for place in ("370481000000", "370400000000", "370000000000"):
        question = Question(make_subject(), Asked(asked, "person", place), NOW.date(), shipped())
        _check(engine, question)
        took[place] = median(seconds(lambda question=question: _check(engine, question)) for _ in range(TIMES)) * 1000  # type: ignore[misc]
    hits = _check(engine, question)
    engine.dispose()
    each = ", ".join(f"{place[:6]} {ms:.0f} ms" for place, ms in took.items())
    against = f"{len(asked)} items against {size.datasets * size.fields:,} fields"
    detail = f"{against}, {hits} hits; county, city, province: {each}"
    return Row(f"catalogue.duplicate-check-{kind}", max(took.values()), "ms", 200, "<=", "the issue's limit", detail)


def _check(engine: Engine, question: Question) -> int:
    with engine.connect() as connection:
        return sum(len(some) for some in check(connection, question))


def _stock(engine: Engine, size: Size) -> None:
    """Datasets and their fields as the check looks for them, and some hundred authority sources."""
    every = catalogue(size)
    with database.writing(engine) as connection:
        while some := list(islice(every, BULK)):
            put(connection, tables.dataset, [datasets.row(one, "", NOW) for one in some])
            fields = [items.row(one, field) for one in some for field in one.fields]
            put(connection, collected_item, fields)
            items.enter_pairs(connection, fields)
        chance = random.Random(SEED)
        places = chance.sample(
            [one.code for one in shipped() if one.tier in (1, 2, 3) and one.valid_to is None], SOURCES
        )
        elements = ("mobile", "sex", "marital_status", "nationality", "degree")
        owner = {"credit_code": "113704000000000001", "name": "演示局", "name_en": "", "division": "370400000000"}
        more = {"tier": int(Tier.CITY), "government": True, "active": True, "authority": False}
        connection.execute(insert(tables.organisation).values(owner | more))
        told = [
            {
                "element": element, "subject_kind": "person", "division": place, "organisation": owner["credit_code"],
                "basis": "x", "since": NOW.date(), "standing": "in_force", "proposed_by": "", "proposed_at": NOW,
                "proposer": "", "decided_by": "", "said": "", "receipt": "",
            }
            for place in {*places, "370000000000"} for element in elements
        ]  # fmt: skip
        connection.execute(insert(authority_source), told)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if connection.dialect.name == "sqlite" else "VACUUM ANALYZE"))


def _cost(home: Path, count: int) -> Row:
    """What looking at the rows takes of a publication that does so."""
    url = f"sqlite:///{home / 'published.db'}"
    database.upgrade(url)
    engine, lake, dataset = database.connect(url), home / "lake", make_dataset()
    lake.mkdir()
    shelf = Shelf(engine, lake, b"p" * 32, b"t" * 32, open_ledger(engine, home / "ledger.db", b"l" * 32))
    persons = numbers(count, SEED)
    verdict = make_verdict(
        lake,
        dataset,
        [low_income_row(n, TENGZHOU if n % 2 else SHIZHONG, person_id=one) for n, one in enumerate(persons)],
    )
    profile = _profile(dataset, count)
    verdict = replace(verdict, profile=_kept(lake, to_json(profile)))
    published = seconds(lambda: shelf.publish(dataset, verdict, NOW))
    with pq.ParquetFile(lake / verdict.clean[0].path) as file:
        pieces = [file.read_row_group(index) for index in range(file.num_row_groups)]
    looked = median(_looked(pieces, profile) for _ in range(3))
    shelf.ledger.close()
    engine.dispose()
    detail = f"{looked:.2f} s of {published:.2f} s for {count:,} rows of 6 columns, 2 of them sketched"
    return Row("catalogue.sketch-vs-publish", looked / published, "x", 0.1, "<=", "the whole publication", detail)


def _profile(dataset: Dataset, count: int) -> Profile:
    """As validation tells it: every number and every mobile is another one."""
    distinct = {"person_id": count, "mobile": count}
    columns = tuple(ColumnProfile(f.name, 0, distinct.get(f.name, 500), masked=True) for f in dataset.fields)
    return Profile(dataset.key, "", count, columns, NOW)


def _kept(lake: Path, text: bytes) -> Part:
    (lake / PROFILE).write_bytes(text)
    return Part(PROFILE, 1, len(text), hashlib.sha256(text).hexdigest())


def _looked(pieces: list[pa.Table], profile: Profile) -> float:
    looker = Sketcher(make_dataset(), profile, KEY)

    def look() -> None:
        for _ in looker.watch(pieces):
            pass

    return seconds(look)


def _exactness(count: int) -> Row:
    """The largest error of the share of common values, over shares from a tenth to all."""
    mine, others = numbers(count, SEED), numbers(count, SEED + 1)
    here, worst, at = sketch(mine), 0.0, 0.0
    for share in (0.1, 0.25, 0.5, 0.75, 0.9, 1.0):
        cut = int(count * share)
        found = overlap(here, sketch(mine[:cut] + others[cut:]))
        error = abs((found.mine_in_theirs if found else 0.0) - cut / count)
        worst, at = max((worst, at), (error, share))
    detail = f"columns of {count:,} numbers, {len(here.tokens):,} sampled; worst at a share of {at}"
    return Row("catalogue.sketch-error", worst, "", 0.02, "<=", "the very share, counted", detail)


def numbers(count: int, seed: int) -> list[str]:
    """Made-up numbers of persons."""
    chance = random.Random(seed)
    return [
        f"3704{chance.randrange(81):02d}{chance.randrange(1940, 2010)}{chance.randrange(1, 13):02d}"
        f"{chance.randrange(1, 29):02d}{chance.randrange(1000):03d}{chance.choice('0123456789X')}"
        for _ in range(count)
    ]


def sketch(values: list[str]) -> Sketch:
    """As a publication makes it."""
    sketching, column = Sketching("number", KEY, len(values)), pa.array(values)
    for start in range(0, len(column), 131_072):
        sketching.take(column[start : start + 131_072])
    return sketching.done()
