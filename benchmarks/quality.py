"""Validating with real Great Expectations, against the same promises as hand-written SQL on DuckDB."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from benchmarks import sample
from benchmarks.row import Row, alternate
from connectors.landing import land, make_plan
from connectors.registry import connector_for
from quality.check import check
from schemas.connection import Connection
from schemas.journey import Landing, Window
from tests.builders import NOW

FLOOR = """
select count(*) filter (number is null), count(*) filter (person_id is null), count(*) filter (town is null),
       count(*) filter (not (amount between 0 and 100000)), count(*) filter (status not in ('1', '2', '3')),
       count(*) filter (not regexp_matches(person_id, '^[0-9]{{17}}[0-9X]$')),
       count(*) filter (length(name) not between 1 and 30),
       count(*) filter (
         ascii(person_id[18]) <> ascii('10X98765432'[1 + ({total}) % 11])
         or try_strptime(person_id[7:14], '%Y%m%d') is null)
from r
""".format(total=" + ".join(f"(ascii(person_id[{n + 1}]) - 48) * {w}" for n, w in enumerate(sample.WEIGHTS)))
REPEATED = "select count(*) from (select number from r group by number having count(*) > 1)"
COPY = "copy (select * exclude (_row, _piece, _place) from r order by town, number) to '{out}' (format parquet)"


def rows(*, full: bool) -> Iterator[Row]:
    """The whole check (validate, split, sort, write) against hand-written SQL that counts, sorts and writes."""
    count = 1_000_000 if full else 200_000
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        dataset = sample.dataset(place, "utf-8")
        sample.write_csv(dataset, count, place / "source", "utf-8")
        connector = connector_for(dataset, Connection("bench", "fs", host=str(place / "source")))
        plan = make_plan(dataset, connector, Window.of_day(date(2026, 11, 19)), place)
        landing = land(dataset, plan, connector, place, NOW)

        def whole() -> None:
            shutil.rmtree(place / "verdicts", ignore_errors=True)
            verdict = check(dataset, landing, place, {}, NOW)
            if verdict.passed != count:
                raise AssertionError(f"passed {verdict.passed} of {count} rows")

        a, b = alternate(whole, lambda: _floor(place, landing))
        detail = f"{count} rows, {a:.2f} s and {b:.2f} s, imports not counted"
        yield Row("quality.check-vs-sql", a / b, "x", 1.8, "<=", "hand-written SQL on DuckDB", detail)


def _floor(place: Path, landing: Landing) -> None:
    files = [str(place / part.path) for part in landing.parts]
    with duckdb.connect() as connection:
        connection.execute(f"create view r as select * from read_parquet({files!r})")
        connection.execute(FLOOR).fetchall()
        connection.execute(REPEATED).fetchall()
        connection.execute(COPY.format(out=place / "floor.parquet"))
