"""Great Expectations' Spark engine with metrics of ours, over a session that is open already."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from great_expectations.core.id_dict import IDDict
from great_expectations.datasource.fluent.spark_datasource import SparkDatasource
from great_expectations.execution_engine.execution_engine import MetricComputationConfiguration
from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
from great_expectations.util import convert_to_json_serializable
from pyspark.sql import SparkSession

from schemas.journey import SHANGHAI


class SparkEngine(SparkDFExecutionEngine):
    """Metrics that must say the same as DuckDB's are registered for this class."""

    def resolve_metric_bundle(self, metric_fn_bundle: Iterable[MetricComputationConfiguration]) -> dict[Any, Any]:
        """All figures about the same rows in one aggregation, told as Great Expectations tells those of SQL."""
        domains: dict[Any, tuple[IDDict, list[MetricComputationConfiguration]]] = {}
        for one in metric_fn_bundle:
            domain = IDDict(one.compute_domain_kwargs or {})
            domains.setdefault(domain.to_id(), (domain, []))[1].append(one)
        found: dict[Any, Any] = {}
        for domain, some in domains.values():
            [row] = self.get_domain_records(domain).agg(*(one.metric_fn for one in some)).collect()
            found |= {one.metric_configuration.id: _told(value) for one, value in zip(some, row, strict=True)}
        return found


def _told(value: Any) -> Any:
    """Moments with their offset, for pyspark tells them on this process's own clock; whole numbers as such."""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI)
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    return convert_to_json_serializable(data=value)


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
