"""One landing judged by Spark: the same suite, the same counts, the same rows in quarantine as by DuckDB."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from pathlib import Path
from typing import Any, cast

import great_expectations as gx
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from quality.judge import Outcome, evaluate, in_memory, without_values
from quality.quarantine import RULES, Condition, conditions, same_counts

# Importing these registers them; that is all that is wanted of them here.
from quality.spark import aggregates as _aggregates  # noqa: F401
from quality.spark import flags as _flags  # noqa: F401
from quality.spark import metrics as _metrics  # noqa: F401
from quality.spark import rows as spark_rows
from quality.spark.engine import SparkEngine, SparkSource
from quality.spark.lookups import answered, lookups
from schemas.dataset import Dataset
from schemas.errors import NotReady
from schemas.journey import ROW, SYSTEM_COLUMNS

MISSING = {
    "both_values_are_missing": and_,
    "either_value_is_missing": or_,
    "all_values_are_missing": and_,
    "any_value_is_missing": or_,
}
"""Great Expectations' words for the rows that a rule does not look at."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be judged, and where Spark may write."""

    dataset: Dataset
    suite: gx.ExpectationSuite
    landed: tuple[Path, ...]
    scratch: Path


@dataclass(frozen=True, slots=True)
class Looked:
    """What Spark found, and the files it wrote."""

    outcome: Outcome
    refused: int
    copies: int
    clean: tuple[Path, ...]
    quarantine: tuple[Path, ...]


def look(session: SparkSession, order: Order) -> Looked:
    """Judge the landing's rows and write them. BadInput for a rule that cannot be, NotReady where Spark gives up."""
    dataset = order.dataset
    with _telling(dataset.key):
        landed = spark_rows.without_copies(spark_rows.read(session, dataset, order.landed), dataset)
        rows = answered(landed.rows, lookups(order.suite)).persist()
        outcome, engine = _judge(order.suite, rows)
        broken = conditions(dataset.rules, outcome, engine)
        marked = rows.withColumn(RULES, _names_of(broken))
        refused = marked.where(sf.size(RULES) > 0).persist()
        counted = refused.select(sf.explode(RULES).alias("rule")).groupBy("rule").count().collect()
        same_counts([one.rule for one in broken], outcome, {row["rule"]: row["count"] for row in counted})
        number = refused.count()
        clean = spark_rows.write(
            spark_rows.in_order(marked.where(sf.size(RULES) == 0), dataset), order.scratch / "clean"
        )
        told = _quarantine(refused, order) if number else ()
        session.catalog.clearCache()
        return Looked(outcome, number, landed.copies, clean, told)


def _judge(suite: gx.ExpectationSuite, rows: DataFrame) -> tuple[Outcome, SparkEngine]:
    context = in_memory()
    source = cast(SparkSource, context._add_fluent_datasource(datasource=SparkSource(name="landing")))
    batches = source.add_dataframe_asset("judged").add_batch_definition_whole_dataframe("all")
    engine = cast(SparkEngine, source.get_execution_engine())
    return evaluate(suite, batches, engine, {"dataframe": rows}), engine


def _names_of(broken: Sequence[Condition]) -> Column:
    """The names of the rules that a row broke, as a list without gaps."""
    if not broken:
        return sf.array().cast("array<string>")
    named = sf.array(*(sf.when(one.compiled & _looked_at(one.domain), sf.lit(one.rule)) for one in broken))
    return sf.filter(named, lambda name: name.isNotNull())


def _looked_at(domain: Mapping[str, Any]) -> Column:
    """True for the rows that a rule looks at, as Great Expectations leaves the others out."""
    join = MISSING.get(str(domain.get("ignore_row_if")))
    if join is None:
        return sf.lit(True)
    columns = domain.get("column_list") or (domain["column_A"], domain["column_B"])
    return ~reduce(join, (sf.col(column).isNull() for column in columns))


def _quarantine(refused: DataFrame, order: Order) -> tuple[Path, ...]:
    """All refused rows with the names of their rules, as one file by their numbers."""
    columns = (*(field.name for field in order.dataset.fields), *SYSTEM_COLUMNS, RULES)
    return spark_rows.write(refused.select(*columns).coalesce(1).sortWithinPartitions(ROW), order.scratch / "refused")


@contextmanager
def _telling(dataset: str) -> Iterator[None]:
    """What Spark cannot do is told in a line, without values of the data."""
    try:
        yield
    except (PySparkException, Py4JError) as wrong:
        raise NotReady(f"{dataset}: Spark gave up: {without_values(str(wrong))}") from wrong
