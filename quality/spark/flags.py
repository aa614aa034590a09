"""Metrics for `SparkEngine` whose answer stands in a column already: a lookup has set the flag, or a check has.

What they ask, and how it is answered before the rows are judged, is in `quality.spark.lookups`.
"""

from collections.abc import Sequence
from typing import Any

from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
    MulticolumnMapMetricProvider,
)
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from quality.spark.engine import SparkEngine
from quality.spark.lookups import COUNTY, IN_FILES, checked, known, repeated


class ResidentId(ColumnMapMetricProvider):
    """GB 11643: shape, date of birth, check digit."""

    condition_metric_name = "column_values.resident_id"

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, _column: Column, **told: Any) -> Column:
        return sf.col(checked("column_values.resident_id", told["_accessor_domain_kwargs"]["column"]).flag)


class CreditCode(ColumnMapMetricProvider):
    """GB 32100: shape and check character."""

    condition_metric_name = "column_values.credit_code"

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, _column: Column, **told: Any) -> Column:
        return sf.col(checked("column_values.credit_code", told["_accessor_domain_kwargs"]["column"]).flag)


class OrganisationCode(ColumnMapMetricProvider):
    """GB 11714: shape and check character."""

    condition_metric_name = "column_values.organisation_code"

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, _column: Column, **told: Any) -> Column:
        return sf.col(checked("column_values.organisation_code", told["_accessor_domain_kwargs"]["column"]).flag)


class Luhn(ColumnMapMetricProvider):
    """ISO/IEC 7812: bank cards and other numbers with a Luhn check digit."""

    condition_metric_name = "column_values.luhn"

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, _column: Column, **told: Any) -> Column:
        return sf.col(checked("column_values.luhn", told["_accessor_domain_kwargs"]["column"]).flag)


class InFiles(ColumnMapMetricProvider):
    """Whether a value stands in a column of Parquet files: the flag that a join has set."""

    condition_metric_name = IN_FILES
    condition_value_keys = ("files", "dataset_column")

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, _column: Column, files: Sequence[str], dataset_column: str, **told: Any) -> Column:
        return sf.col(known(IN_FILES, told["_accessor_domain_kwargs"]["column"], files, dataset_column).flag)


class CountyInFiles(ColumnMapMetricProvider):
    """Whether the first six digits of a resident id are a county of the files; permits 81, 82 and 83 name none."""

    condition_metric_name = COUNTY
    condition_value_keys = ("files", "dataset_column")

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, column: Column, files: Sequence[str], dataset_column: str, **told: Any) -> Column:
        flag = known(COUNTY, told["_accessor_domain_kwargs"]["column"], files, dataset_column).flag
        return sf.substring(column, 1, 6).isin("810000", "820000", "830000") | sf.col(flag)


class Unique(ColumnMapMetricProvider):
    """Every copy of a value that occurs more than once is counted, whichever of them is right."""

    condition_metric_name = "column_values.unique"

    @column_condition_partial(engine=SparkEngine)
    def _spark(self, _column: Column, **told: Any) -> Column:
        return ~sf.col(repeated([told["_accessor_domain_kwargs"]["column"]]).flag)


class CompoundUnique(MulticolumnMapMetricProvider):
    """The same of several columns; a row that lacks one of them is nobody's copy. Great Expectations' own counts it."""

    condition_metric_name = "compound_columns.unique"

    @multicolumn_condition_partial(engine=SparkEngine)  # type: ignore[untyped-decorator]  # it is, there
    def _spark(self, column_list: DataFrame, **_: Any) -> Column:
        return ~sf.col(repeated(column_list.columns).flag)
