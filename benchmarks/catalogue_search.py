"""The catalogue at its size, on both databases: two-character words, counts, holders, a version registered."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import Engine, event, func, select, text

from benchmarks import catalogue_words as said
from benchmarks.catalogue_stock import SEED, Size, stock, towns
from benchmarks.row import Row, seconds
from catalog import database, datasets, divisions, entry, search, sheet, tables, watermarks
from catalog.access import visible
from catalog.cards.drawers import Drawers
from catalog.entry import Edition
from catalog.search import FACETS, Found, Wanted
from schemas.dataset import Dataset
from schemas.divisions import DivisionTree
from schemas.journey import Snapshot, Window
from schemas.record import to_json
from tests.builders import DAY, NOW, make_subject, make_verdict
from tests.postgres import find_binaries, running

WORDS, LIKED, REGISTERED, TIMES = 200, 30, 40, 3
"""Words looked for, of those how many by LIKE, versions registered, and how often each is timed: the best counts."""
LARGE = 50_000
"""LIKE grows with the catalogue and we do not: in a smaller one there is less to win."""
ASKER = make_subject()


def rows(*, full: bool) -> Iterator[Row]:
    """All of it on SQLite, then on PostgreSQL where there is one."""
    size = Size(50_000, 20, 41_000) if full else Size(5_000, 20, 2_000)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield from _rows("sqlite", f"sqlite:///{home / 'catalogue.db'}", size, home)
        binaries = find_binaries()
        if binaries is not None:
            yield from _rows("postgres", stack.enter_context(running(binaries)).url("postgres"), size, home)


@dataclass(frozen=True, slots=True)
class Stocked:
    """A catalogue that is looked at, and what its rows are named after."""

    kind: str
    engine: Engine
    drawers: Drawers
    tree: DivisionTree
    size: Size

    def find(self, wanted: Wanted) -> Found:
        """As the serving process finds."""
        with self.engine.connect() as connection:
            drawer = self.drawers.today(connection, self.tree)
            return search.search(connection, drawer, wanted, ASKER, NOW)

    def row(self, name: str, value: float, target: float, detail: str, against: str = "the issue's limit") -> Row:
        """A row in milliseconds."""
        return Row(f"catalogue.{name}-{self.kind}", value, "ms", target, "<=", against, detail)


def _rows(kind: str, url: str, size: Size, home: Path) -> Iterator[Row]:
    database.upgrade(url)
    engine = database.connect(url)
    with database.writing(engine) as connection:
        divisions.add(connection, towns(size.towns), (), NOW)
        stock(connection, size, NOW)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if kind == "sqlite" else "VACUUM ANALYZE"))
    stocked = Stocked(kind, engine, Drawers(), divisions.tree(engine), size)
    stocked.find(Wanted())
    yield from _searches(stocked)
    yield from _counts(stocked)
    yield _holders(stocked)
    yield _statements(stocked)
    yield _registered(stocked, home)
    engine.dispose()


def words() -> tuple[str, ...]:
    """Two-character words of the vocabulary and of places, the same ones every time."""
    fields = [title for some in (said.OF_PERSONS, said.OF_ENTERPRISES, said.OF_ANYTHING) for title, _ in some]
    subjects = [word for some in said.BUREAUX.values() for word in some.split()[1:]]
    places = ("济南", "枣庄", "青岛", "上海", "广州", "成都", "江苏", "河北", "新疆", "云南")
    whole = [*fields, *subjects, *said.TOPICS, *said.KINDS, *said.BUREAUX]
    pairs = {pair for word in whole for pair in (word[:2], word[-2:])} | set(places)
    return tuple(random.Random(SEED).sample(sorted(pairs), min(WORDS, len(pairs))))


def _searches(stocked: Stocked) -> Iterator[Row]:
    looked = words()
    both = [_best_of_both(lambda word=word: stocked.find(Wanted(word))) for word in looked]  # type: ignore[misc]
    took, spent = [wall for wall, _ in both], [own for _, own in both]
    totals = [stocked.find(Wanted(word, limit=0)).total for word in looked]
    told = (
        f"{len(looked)} words of two characters, {median(totals):,.0f} datasets each (median), {max(totals):,} at most"
    )
    size = f"{stocked.size.datasets:,} datasets, {stocked.size.datasets * stocked.size.fields:,} fields"
    worst = quantiles(took, n=100)[98]
    yield _recall(stocked, looked)
    own = f"{median(spent):.1f} ms of this process's own time, p99 {quantiles(spent, n=100)[98]:.1f} ms"
    yield stocked.row("search-p50", median(took), 5.0, f"first page of {told}, best of {TIMES}; {own}; {size}")
    yield stocked.row("search-p99", worst, 50.0, f"the same, {max(took):.1f} ms at most")
    yield _against_like(stocked, looked[:LIKED])


def _recall(stocked: Stocked, looked: tuple[str, ...]) -> Row:
    """Against every text that may be seen, looked through by Python."""
    table = tables.dataset
    with stocked.engine.connect() as connection:
        rows = connection.execute(select(table.c.contract, table.c.words)).yield_per(1000)
        texts = {one.key: held for one, held in ((datasets.parse(r.contract), r.words) for r in rows) if _seen(one)}
    least, wrong = 1.0, 0
    for word in looked:
        wanted = {key for key, held in texts.items() if word in held}
        found = {hit.dataset.key for hit in stocked.find(Wanted(word, limit=2000)).hits}
        whole = len(wanted) <= 2000
        missed = len(wanted - found) if whole else abs(stocked.find(Wanted(word, limit=0)).total - len(wanted))
        wrong += len(found - wanted)
        least = min(least, 1 - missed / len(wanted)) if wanted else least
    detail = f"the least of {len(looked)} words; {wrong} hits that do not hold their word; more than 2,000 by number"
    name = f"catalogue.search-recall-{stocked.kind}"
    return Row(name, least if not wrong else 0.0, "", 1.0, ">=", "every text looked through", detail)


def _seen(dataset: Dataset) -> bool:
    return visible(ASKER, dataset)


def _against_like(stocked: Stocked, looked: tuple[str, ...]) -> Row:
    """In turns; LIKE only counts, ours ranks, cuts and reads a page."""
    pairs = [(seconds(lambda w=w: stocked.find(Wanted(w))), seconds(lambda w=w: _like(stocked, w))) for w in looked]  # type: ignore[misc]
    ours, like = median(a for a, _ in pairs) * 1000, median(b for _, b in pairs) * 1000
    detail = f"{ours:.1f} ms for a page against {like:.1f} ms for a count, medians of {len(looked)} words in turns"
    target = 20.0 if stocked.size.datasets >= LARGE else 2.0
    return Row(f"catalogue.search-vs-like-{stocked.kind}", like / ours, "x", target, ">=", "LIKE '%word%'", detail)


def _like(stocked: Stocked, word: str) -> int:
    table = tables.dataset
    with stocked.engine.connect() as connection:
        held = select(func.count()).select_from(table).where(table.c.words.contains(word, autoescape=True))
        return connection.scalar(held) or 0


def _counts(stocked: Stocked) -> Iterator[Row]:
    took = []
    for word in ("", *words()[:60]):
        plain = _best(lambda word=word: stocked.find(Wanted(word, limit=0)))  # type: ignore[misc]
        counted = _best(lambda word=word: stocked.find(Wanted(word, limit=0, facets=FACETS, values=8)))  # type: ignore[misc]
        took.append(counted - plain)
    worst = quantiles(took, n=100)[98]
    what = f"all {len(FACETS)} facets of everything and of 60 words, beyond finding them"
    detail = f"{what}: p99; median {median(took):.1f} ms"
    yield stocked.row("facets", worst, 20.0, detail)


def _holders(stocked: Stocked) -> Row:
    wanted = Wanted(filters={"element": "resident_id"}, limit=50)
    total = stocked.find(wanted).total
    took = _best(lambda: stocked.find(wanted))
    detail = f"the first 50 of {total:,} datasets with a field that is resident_id, and how many there are"
    return stocked.row("element-holders", took, 50.0, detail, "a limit of our own")


def _statements(stocked: Stocked) -> Row:
    """Counted, not timed; the public's page costs one less, an outsider's as many."""
    told: list[str] = []
    event.listen(stocked.engine, "before_cursor_execute", lambda _c, _u, statement, *_: told.append(statement))
    with stocked.engine.connect() as connection:
        key = connection.scalars(select(tables.dataset.c.key).limit(1)).one()
        told.clear()
        sheet.sheet(connection, datasets.get(connection, key), ASKER)
    detail = "dataset, grants, versions with findings, lineage of datasets, of columns; the decision is made beside it"
    return Row(f"catalogue.page-statements-{stocked.kind}", len(told), "", 5.0, "<=", "the issue's limit", detail)


def _registered(stocked: Stocked, home: Path) -> Row:
    """What the catalogue enters of an edition; its rows and files are another benchmark's."""
    with stocked.engine.connect() as connection:
        keys = connection.scalars(select(tables.dataset.c.key).order_by(tables.dataset.c.key).limit(REGISTERED)).all()
        known = datasets.each(connection, keys)
    took, looks = [], []
    numbers: Iterator[int] = count(1)
    for key in keys:
        dataset, number = known[key], next(numbers)
        verdict = make_verdict(home, dataset, [], DAY - timedelta(days=number))
        findings = tuple(replace(verdict.findings[0], rule=f"rule {place}") for place in range(20))
        edition = Edition(dataset, replace(verdict, findings=findings), home, NOW)
        took.append(seconds(lambda edition=edition: _register(stocked.engine, edition)) * 1000)  # type: ignore[misc]
        looks.append(seconds(lambda: stocked.find(Wanted("救助"))) * 1000)
    detail = (
        f"median of {REGISTERED} versions with 20 findings, p90 {quantiles(took, n=10)[8]:.1f} ms; "
        f"a search right after one {median(looks):.1f} ms"
    )
    return stocked.row("register-version", median(took), 20.0, detail)


def _register(engine: Engine, edition: Edition) -> None:
    dataset = edition.dataset
    with database.writing(engine) as connection:
        datasets.keep(connection, dataset, edition.now)
        number = entry.next_number(connection, dataset.key)
        snapshot = _snapshot(dataset.key, dataset.contract_hash, number, edition.verdict.window)
        entry.publish(connection, edition, snapshot, to_json(snapshot))
        watermarks.advance(connection, dataset.key, edition.verdict.window.high)


def _snapshot(key: str, contract: str, number: int, window: Window) -> Snapshot:
    none = "0" * 64
    return Snapshot(key, number, contract, window, (), 0, schema_hash=none, digest=none, published_at=NOW)


def _best_of_both(one: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock, and of this thread's processor time, which no neighbour on the machine lengthens."""
    found = []
    for _ in range(TIMES):
        before = time.thread_time()
        found.append((seconds(one) * 1000, (time.thread_time() - before) * 1000))
    return min(wall for wall, _ in found), min(own for _, own in found)


def _best(one: Callable[[], object]) -> float:
    """Milliseconds."""
    return min(seconds(one) for _ in range(TIMES)) * 1000
