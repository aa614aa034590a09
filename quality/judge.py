"""The run: a suite over the desk's view, by the validator that Great Expectations' ValidationDefinition runs.

A definition would keep suite, result and itself in stores of the context, which lives no longer than the run.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import great_expectations as gx
from great_expectations.core import ExpectationValidationResult
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.validator.v1_validator import Validator

from quality.desk import JUDGED
from quality.engine import DuckDBDatasource, DuckDBExecutionEngine
from quality.unique import announce
from schemas.errors import BadInput, NotReady

COUNTS = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""Counts and no samples: rows are found by their conditions afterwards, all of them."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Great Expectations, set up in memory around one DuckDB database."""

    context: EphemeralDataContext
    datasource: DuckDBDatasource

    @property
    def engine(self) -> DuckDBExecutionEngine:
        """The engine with its kept connection."""
        return cast(DuckDBExecutionEngine, self.datasource.get_execution_engine())


def set_up(datasource: DuckDBDatasource) -> Bench:
    """The database as a data source of a context in memory."""
    context = in_memory()
    return Bench(context, cast(DuckDBDatasource, context._add_fluent_datasource(datasource=datasource)))


def in_memory() -> EphemeralDataContext:
    """A context without a project folder, progress bars and network."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the run says: one result for each rule, and the batch it was about."""

    results: Mapping[str, ExpectationValidationResult]
    """Name of the rule -> result."""
    batch_id: str

    def result(self, rule: str) -> Mapping[str, Any]:
        """The counts of one rule."""
        return cast(Mapping[str, Any], self.results[rule].result)


def judge(bench: Bench, suite: gx.ExpectationSuite) -> Outcome:
    """Run the suite over the view `judged`. BadInput where a rule cannot be evaluated at all."""
    with bench.engine.get_connection() as connection:
        announce(connection, suite)
    batches = bench.datasource.add_table_asset(JUDGED, table_name=JUDGED).add_batch_definition_whole_table("all")
    return evaluate(suite, batches, bench.engine)


def evaluate(
    suite: gx.ExpectationSuite,
    batches: BatchDefinition[Any],
    engine: ExecutionEngine[Any],
    parameters: dict[str, Any] | None = None,
) -> Outcome:
    """Run the suite over a batch, whatever engine holds it; BadInput as `judge`."""
    validator = Validator(batch_definition=batches, batch_parameters=parameters, result_format=COUNTS)
    said = validator.validate_expectation_suite(suite)
    results = {str(_meta(result)["rule"]): result for result in said.results}
    for rule, result in results.items():
        _refuse_exceptions(suite.name, rule, result)
    return Outcome(results, engine.batch_manager.active_batch_data_id or "")


def _meta(result: ExpectationValidationResult) -> Mapping[str, Any]:
    config = result.expectation_config
    return cast(Mapping[str, Any], config.meta if config else {})


def _refuse_exceptions(dataset: str, rule: str, result: ExpectationValidationResult) -> None:
    told = result.exception_info or {}
    shapes = [told] if "raised_exception" in told else list(told.values())
    for one in shapes:
        if isinstance(one, dict) and one.get("raised_exception"):
            _refuse(f"{dataset}: rule {rule} cannot be evaluated", str(one.get("exception_message")))


def _refuse(where: str, said: str) -> None:
    if "Out of Memory" in said:
        raise NotReady(f"{where}: it needs more memory than it may take: {without_values(said)}")
    raise BadInput(f"{where}: {without_values(said)}")


def without_values(said: str) -> str:
    """The first line, without texts in quotes: they may be somebody's data, and messages reach logs."""
    return re.sub(r"'[^']*'", "'…'", said.strip().split("\n", 1)[0])
