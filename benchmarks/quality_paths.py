"""The ways to validate the same landing that are held against each other: ours, by hand, pandas, polars."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import duckdb

from benchmarks import benefits
from benchmarks.benefit_rules import MACROS, TABLES, by_hand
from quality import sql
from quality.desk import LANDED, Desk, show
from quality.linkage import measure
from quality.macros import macros
from quality.pairs import credit_codes, resident_ids
from quality.profile import profile
from quality.start import starting
from schemas.journey import SYSTEM_COLUMNS, Landing
from tests.builders import NOW

with starting():
    from quality.engine import DuckDBExecutionEngine, Limits, datasource, prepare
    from quality.judge import Outcome, judge, set_up
    from quality.quarantine import REFUSED, refuse
    from quality.suite import Frame, suite_for
    from quality.unfit import keep_unfit

THREADS = 2
MEMORY = Limits().memory
"""What `check` gives DuckDB when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Great Expectations on DuckDB over the Parquet files in place."""

    place: Path
    landing: Landing
    memory: str = MEMORY

    def validate(self) -> Mapping[str, int]:
        """Rule -> rows that broke it."""
        return self._run(_nothing)[0]

    def quarantine(self) -> tuple[Mapping[str, int], float, float]:
        """What broke rules; seconds of judging, and from there to a file with every row that failed."""
        return self._run(self._refuse)

    def _run(self, then: Callable[..., object]) -> tuple[Mapping[str, int], float, float]:
        began = perf_counter()
        scratch = self.place / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        references = benefits.references(self.place)
        suite = suite_for(benefits.DATASET, Frame(self.landing.window, references))
        bench = set_up(datasource(scratch, Limits(THREADS, self.memory)))
        files = [self.place / part.path for part in self.landing.parts]
        with closing(bench.engine) as engine, engine.get_connection() as connection:
            prepare(connection, [scratch], [*files, *(file for some in references.values() for file in some)])
            desk = Desk(connection, benefits.DATASET)
            columns = sql.names((*desk.columns, *SYSTEM_COLUMNS))
            desk.tell(f"CREATE VIEW {LANDED} AS SELECT {columns} FROM {sql.parquet(files)}")
            show(desk, system=False, copies=0)
            outcome = judge(bench, suite)
            judged = perf_counter()
            then(desk, outcome, engine)
            done = perf_counter()
        found = {rule: int(outcome.result(rule).get("unexpected_count") or 0) for rule in outcome.results}
        return {rule: count for rule, count in found.items() if count}, judged - began, done - judged

    def describe(self) -> tuple[float, float]:
        """Seconds of the profile and of the linkage figures, of all rows: as if none had been refused."""
        scratch, of = self.place / "scratch", benefits.PEOPLE
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        bench = set_up(datasource(scratch, Limits(THREADS, self.memory)))
        files = [self.place / part.path for part in self.landing.parts]
        with closing(bench.engine) as engine, engine.get_connection() as connection:
            prepare(connection, [scratch], files)
            desk, began = Desk(connection, of), perf_counter()
            profile(desk, files, self.landing.window, NOW)
            profiled = perf_counter()
            measure(desk, files, scratch / "groups.parquet")
            return profiled - began, perf_counter() - profiled

    def _refuse(self, desk: Desk, outcome: Outcome, engine: DuckDBExecutionEngine) -> None:
        show(desk, system=True, copies=0)
        refuse(desk, benefits.DATASET.rules, outcome, engine)
        desk.tell(f"COPY {REFUSED} TO '{self.place / 'scratch' / 'quarantine.parquet'}' (FORMAT parquet)")


def _nothing(*_: object) -> None:
    """A verdict is all that is wanted."""


def hand_written(place: Path) -> Mapping[str, int]:
    """One statement on DuckDB, with check digits as SQL macros, the same threads and zone."""
    with _by_hand() as database:
        for macro in macros():
            database.execute(macro)
        return _counted(database, place, MACROS)


def hand_written_with_tables(place: Path) -> Mapping[str, int]:
    """The same statement after check digits have been found as ours are."""
    with _by_hand() as database:
        rows = f"FROM read_parquet('{place / 'benefits.parquet'}')"
        for code, column, name in ((resident_ids(), "resident_id", "people"), (credit_codes(), "credit_code", "firms")):
            keep_unfit(database, f"SELECT {column} {rows} WHERE {column} IS NOT NULL", code, name)
        return _counted(database, place, TABLES)


def _by_hand() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY})


def _counted(database: duckdb.DuckDBPyConnection, place: Path, fit: tuple[str, str]) -> Mapping[str, int]:
    references = benefits.references(place)
    known = [files[0] for files in references.values()]
    asked = database.execute(by_hand(place / "benefits.parquet", known[0], known[1], fit))
    row = asked.fetchone() or ()
    found = {column[0]: value for column, value in zip(asked.description, row, strict=True)}
    return {rule: int(found[rule]) for rule in benefits.truth(1200) if found[rule]}
