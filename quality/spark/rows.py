"""A landing's rows in Spark: read with the declared types, exact copies put aside, written sorted as Parquet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql import types as st

from quality.files import GROUP
from quality.spark.lookups import address
from schemas.dataset import Dataset, FieldType, Kind
from schemas.journey import PIECE, PLACE, ROW, SYSTEM_COLUMNS

_SIMPLE = {
    Kind.STRING: st.StringType(),
    Kind.INTEGER: st.LongType(),
    Kind.DOUBLE: st.DoubleType(),
    Kind.BOOLEAN: st.BooleanType(),
    Kind.DATE: st.DateType(),
    Kind.TIMESTAMP: st.TimestampType(),
}
_HASH = "_key"


@dataclass(frozen=True, slots=True)
class Landed:
    """Rows without exact copies, and how many copies were dropped."""

    rows: DataFrame
    copies: int


def spark_type(of: FieldType) -> st.DataType:
    """The type whose Parquet is read back as the declared Arrow type."""
    return st.DecimalType(of.precision, of.scale) if of.kind is Kind.DECIMAL else _SIMPLE[of.kind]


def read(session: SparkSession, dataset: Dataset, files: Sequence[Path]) -> DataFrame:
    """Declared columns in the contract's order, then system columns."""
    declared = [st.StructField(field.name, spark_type(field.type)) for field in dataset.fields]
    system = [
        st.StructField(ROW, st.LongType()),
        st.StructField(PIECE, st.StringType()),
        st.StructField(PLACE, st.LongType()),
    ]
    rows = session.read.schema(st.StructType([*declared, *system])).parquet(*(address(file) for file in files))
    return rows.select(*(field.name for field in dataset.fields), *SYSTEM_COLUMNS)


def without_copies(rows: DataFrame, dataset: Dataset) -> Landed:
    """Of rows that are the same in all declared columns (NULL equals NULL) the one with the lowest number stays.

    Rows can only be copies where the hashes of their keys (of the rows where there is no key) are the same.
    """
    everything = [field.name for field in dataset.fields]
    key = _hash(dataset, dataset.key_fields or everything)
    suspects = rows.select(key.alias(_HASH)).groupBy(_HASH).count().where("count > 1").select(_HASH).persist()
    if suspects.isEmpty():
        return Landed(rows, 0)
    alike = rows.withColumn(_HASH, key).join(suspects, _HASH)
    first = alike.groupBy(*everything).agg(sf.min(ROW).alias(ROW)).select(ROW)
    copies = alike.select(ROW).join(first, ROW, "left_anti").persist()
    return Landed(rows.join(copies, ROW, "left_anti"), copies.count())


def _hash(dataset: Dataset, columns: Sequence[str]) -> Column:
    """Both zeros of a double are one value and must have one hash."""
    kinds = {field.name: field.type.kind for field in dataset.fields}
    return sf.xxhash64(*(sf.col(c) + sf.lit(0.0) if kinds[c] is Kind.DOUBLE else sf.col(c) for c in columns))


def in_order(rows: DataFrame, dataset: Dataset) -> DataFrame:
    """By (default scope, key, row), missing values last, as clean rows lie in every verdict; declared columns only."""
    order = dict.fromkeys(column for column in (dataset.default_scope, *dataset.key_fields, ROW) if column)
    sorted_rows = rows.orderBy(*(sf.col(column).asc_nulls_last() for column in order))
    return sorted_rows.select(*(field.name for field in dataset.fields))


def write(rows: DataFrame, folder: Path) -> tuple[Path, ...]:
    """The rows as zstd Parquet in `folder`; its files, in the order of the rows."""
    writer = rows.write.mode("overwrite").option("parquet.block.row.count.limit", GROUP)
    writer.parquet(f"file://{folder}")
    return tuple(sorted(folder.glob("part-*.parquet")))  # by their numbers, which have five digits
