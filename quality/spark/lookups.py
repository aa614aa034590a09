"""What a rule looks up beyond its row, or asks at length, answered before the rows are judged: a column for each.

Spark allows no sub-select inside an aggregate, and Great Expectations' own windows move every row once for each key.
So keys that occur more than once, and values that stand in other files, are found first, and a rule reads a flag.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from great_expectations import ExpectationSuite
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from quality.spark import checks as spark_checks

IN_FILES = "column_values.in_files"
COUNTY = "column_values.county_in_files"
CHECKS: Mapping[str, Callable[[Column], Column]] = {
    "column_values.resident_id": spark_checks.resident_id,
    "column_values.credit_code": spark_checks.credit_code,
    "column_values.organisation_code": spark_checks.organisation_code,
    "column_values.luhn": spark_checks.luhn,
}
"""Too long to be asked of each row more than once: inside an aggregate Spark would not even compile them."""
REPEATED = ("column_values.unique", "compound_columns.unique")
BROADCAST = 1_000_000
"""Keys of so many rows are sent to every worker; more are shuffled with the rows."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question about a row: do its `columns` keep a check, occur twice, or stand in a column of `files`."""

    metric: str
    columns: tuple[str, ...]
    files: tuple[str, ...] = ()
    dataset_column: str = ""

    @property
    def flag(self) -> str:
        """Name of the column that holds the answer: true where the key was found."""
        return "_" + hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def repeated(columns: Iterable[str]) -> Lookup:
    """Whether the row's key, no part of it NULL, occurs more than once."""
    return Lookup("repeated", tuple(columns))


def known(metric: str, column: str, files: Sequence[str], dataset_column: str) -> Lookup:
    """Whether the value (or the county in it) stands in the files."""
    return Lookup(metric, (column,), tuple(files), dataset_column)


def checked(metric: str, column: str) -> Lookup:
    """Whether the value is such a number as its standard says."""
    return Lookup(metric, (column,))


def lookups(suite: ExpectationSuite) -> tuple[Lookup, ...]:
    """What the rules of a suite ask, each question once."""
    found: list[Lookup] = []
    expectations: Sequence[Any] = suite.expectations
    for one in expectations:
        metric = str(getattr(one, "map_metric", None))
        if metric in (IN_FILES, COUNTY):
            found.append(known(metric, one.column, one.files, one.dataset_column))
        elif metric in CHECKS:
            found.append(checked(metric, one.column))
        elif metric in REPEATED:
            found.append(repeated(getattr(one, "column_list", None) or [one.column]))
    return tuple(dict.fromkeys(found))


def answered(rows: DataFrame, wanted: Iterable[Lookup]) -> DataFrame:
    """The rows with the flags of these lookups."""
    flagged = rows
    for one in wanted:
        if one.metric in CHECKS:
            flagged = flagged.withColumn(one.flag, CHECKS[one.metric](sf.col(one.columns[0])))
            continue
        keys = _repeated_keys(rows, one) if not one.files else _known_values(rows, one)
        flagged = _joined(flagged, keys, one)
    return flagged


def _repeated_keys(rows: DataFrame, one: Lookup) -> DataFrame:
    names = _names(one)
    present = rows.select(*one.columns).toDF(*names)  # names of ours: a field may be called `null` or `count`
    for name in names:
        present = present.where(sf.col(name).isNotNull())
    return present.groupBy(*names).count().where("count > 1").select(*names)


def _known_values(rows: DataFrame, one: Lookup) -> DataFrame:
    column = sf.col("`" + one.dataset_column.replace("`", "``") + "`")
    values = rows.sparkSession.read.parquet(*(address(Path(file)) for file in one.files)).select(column)
    # An empty cell of the other dataset would excuse nothing here; it is left out as it is in SQL.
    return values.toDF(*_names(one)).where(f"{_names(one)[0]} IS NOT NULL").distinct()


def _names(one: Lookup) -> list[str]:
    return [f"{one.flag}_{place}" for place, _ in enumerate(one.columns)]


def _joined(rows: DataFrame, keys: DataFrame, one: Lookup) -> DataFrame:
    kept = keys.persist()
    number = kept.count()
    if not number:
        return rows.withColumn(one.flag, sf.lit(False))
    small = sf.broadcast(kept) if number <= BROADCAST else kept
    names = _names(one)
    same = [_asked(one, column) == sf.col(name) for column, name in zip(one.columns, names, strict=True)]
    return rows.join(small, same, "left").withColumn(one.flag, sf.col(names[0]).isNotNull()).drop(*names)


def _asked(one: Lookup, column: str) -> Column:
    value = sf.col(column)
    return sf.concat(sf.substring(value, 1, 6), sf.lit("000000")) if one.metric == COUNTY else value


def address(file: Path) -> str:
    """A file as Spark names it, signs of patterns taken as they stand."""
    return "file://" + re.sub(r"([*?\[\]{}\\])", r"\\\1", str(file.resolve()))
