"""The same rules with Great Expectations on pandas: its own expectations, and ours told for whole columns at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import great_expectations as gx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from benchmarks import benefits
from quality.judge import COUNTS
from quality.suite import Frame, suite_for
from schemas.journey import Landing
from schemas.standards.credit_code import ALPHABET, WEIGHTS
from schemas.standards.resident_id import WEIGHTS as ID_WEIGHTS


def characters(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """18 characters a row as numbers, and which rows have 18 of one byte; the others are zeros."""
    texts = column.to_numpy(dtype=object)
    fits = np.fromiter((isinstance(t, str) and len(t) == 18 and t.isascii() for t in texts), bool, len(texts))
    joined = "".join(t if ok else "0" * 18 for t, ok in zip(texts, fits, strict=True))
    return np.frombuffer(joined.encode(), np.uint8).reshape(-1, 18), fits


def resident_ids(column: pd.Series) -> pd.Series:
    """Check digit and date of birth."""
    letters, fits = characters(column)
    total = (letters[:, :17].astype(np.int32) - 48) @ np.array(ID_WEIGHTS, np.int32) % 11
    kept = fits & (np.frombuffer(b"10X98765432", np.uint8)[total] == letters[:, 17])
    born = pd.to_datetime(column.str.slice(6, 14), format="%Y%m%d", errors="coerce")
    return pd.Series(kept, index=column.index) & born.notna()


def credit_codes(column: pd.Series) -> pd.Series:
    """The check character."""
    letters, fits = characters(column)
    places = np.zeros(256, np.int32)
    places[np.frombuffer(ALPHABET.encode(), np.uint8)] = np.arange(len(ALPHABET))
    total = places[letters] @ np.array((*WEIGHTS, 1), np.int32)
    return pd.Series(fits & (total % 31 == 0), index=column.index)


class ResidentId(ColumnMapMetricProvider):
    """For pandas."""

    condition_metric_name = "column_values.resident_id"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(self, column: pd.Series, **_: Any) -> pd.Series:
        return resident_ids(column)


class CreditCode(ColumnMapMetricProvider):
    """For pandas."""

    condition_metric_name = "column_values.credit_code"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(self, column: pd.Series, **_: Any) -> pd.Series:
        return credit_codes(column)


class InFiles(ColumnMapMetricProvider):
    """For pandas; the set is read each time, as it is by DuckDB."""

    condition_metric_name = "column_values.in_files"
    condition_value_keys = ("files", "dataset_column")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(self, column: pd.Series, files: Sequence[str], dataset_column: str, **_: Any) -> pd.Series:
        known = pa.concat_tables([pq.read_table(file, columns=[dataset_column]) for file in files])
        return column.isin(known.column(dataset_column).to_pandas())


class Since(ColumnMapMetricProvider):
    """For pandas."""

    condition_metric_name = "column_values.since"
    condition_value_keys = ("since",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(self, column: pd.Series, since: str, **_: Any) -> pd.Series:
        return column >= pd.Timestamp(since)


def validate(place: Path, landing: Landing) -> Mapping[str, int]:
    """Read the file, run the suite; rule -> rows that broke it."""
    columns = [field.name for field in benefits.DATASET.fields]
    frame = pq.read_table(place / "benefits.parquet", columns=columns).to_pandas(date_as_object=False)
    frame["amount"] = frame["amount"].astype(float)
    suite = suite_for(benefits.DATASET, Frame(landing.window, benefits.references(place)))
    for expectation in suite.expectations:
        for word in ("min_value", "max_value"):
            if isinstance(getattr(expectation, word, None), date):
                setattr(expectation, word, pd.Timestamp(getattr(expectation, word)))
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]  # it takes a mapping
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("benefits")
    batches = asset.add_batch_definition_whole_dataframe("all")
    kept = context.suites.add(suite)
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="pandas", data=batches, suite=kept))
    said = definition.run(batch_parameters={"dataframe": frame}, result_format=COUNTS)
    found = {str(one.expectation_config.meta["rule"]): one for one in said.results}  # type: ignore[union-attr,index]
    raised = [name for name, one in found.items() if "raised_exception': True" in str(one.exception_info)]
    if raised:
        raise AssertionError(f"pandas could not evaluate {', '.join(raised)}")
    counts = {name: int(one.result.get("unexpected_count") or 0) for name, one in found.items()}
    return {name: count for name, count in counts.items() if count}
