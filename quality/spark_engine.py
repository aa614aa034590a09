"""Great Expectations' Spark engine with metrics of ours, over a session that is open already."""

from typing import Literal

from great_expectations.datasource.fluent.spark_datasource import SparkDatasource
from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
from pyspark.sql import SparkSession


class SparkEngine(SparkDFExecutionEngine):
    """Metrics that must say the same as DuckDB's are registered for this class."""


_EngineType = type[SparkDFExecutionEngine]  # inside the next class `type` is the framework's own field


class SparkSource(SparkDatasource):
    """The active Spark session as a data source of Great Expectations; it persists nothing by itself."""

    type: Literal["yishu_spark"] = "yishu_spark"  # type: ignore[assignment]  # how the framework names its kinds
    persist: bool = False

    @property
    def execution_engine_type(self) -> _EngineType:
        """Ours."""
        return SparkEngine

    def get_spark(self) -> SparkSession:
        """The active session; Great Expectations would look for a server of Spark Connect first."""
        self.update_forward_refs()
        self._spark = SparkSession.active()
        return self._spark
