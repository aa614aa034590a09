"""Our expectations about the whole: near the versions before, and as many rows as the source says that it has.

Their names in contracts: `expect_table_row_count_to_be_near_past {max_change, versions}`,
`expect_column_distribution_to_be_near_past {column, max_psi}` and `expect_table_row_count_to_equal_source`. What was
before, and the source's count, are filled in by the run. Where there is nothing to compare with a rule is kept, says
so, and scores nothing.
"""

from typing import Any

from great_expectations.expectations.expectation import BatchExpectation, ColumnAggregateExpectation

from quality.drift import (
    MAX_CHANGE,
    MAX_PSI,
    VERSIONS,
    Bins,
    by_chance,
    counts,
    near,
    stability,
    usual,
)

Told = dict[str, Any]
NO_PAST = "no earlier version"
NOT_TOLD = "the source does not tell how many rows it has"


class ExpectTableRowCountToBeNearPast(BatchExpectation):
    """The number of rows lies within `max_change` (a share) of the median of the last `versions` versions."""

    past: list[int]
    max_change: float = MAX_CHANGE
    versions: int = VERSIONS
    metric_dependencies = ("table.row_count",)
    success_keys = ("past", "max_change", "versions")

    def _validate(self, metrics: Told, *_: Any, **__: Any) -> Told:
        rows, before = int(metrics["table.row_count"]), self.past[: self.versions]
        if not before:
            return _kept(NO_PAST)
        expected = usual(before)
        change = f"{rows / expected - 1:+.0%}" if expected else "none before"
        said = f"{rows} rows, {change} against the median {expected:g} of {len(before)} versions"
        return _answer(near(rows, expected, self.max_change), said)


class ExpectColumnDistributionToBeNearPast(ColumnAggregateExpectation):
    """The population stability index of the column's values and NULLs against the last version is at most `max_psi`."""

    rows: int
    """Of the last version; 0 where there is none, or where it has no such column."""
    shares: list[float]
    values: list[str]
    edges: list[str]
    max_psi: float = MAX_PSI
    metric_dependencies = ("column.rows_in_past_bins",)
    success_keys = ("rows", "shares", "values", "edges", "max_psi")

    def _validate(self, metrics: Told, *_: Any, **__: Any) -> Told:
        rows, filled, *seen = metrics["column.rows_in_past_bins"]
        if not self.rows:
            return _kept(NO_PAST)
        if not rows:
            return _kept("no rows to compare")
        of = Bins(tuple(self.values), tuple(self.edges), tuple(self.shares))
        index = stability(of.shares, self.rows, counts(of, int(rows), int(filled), [float(one) for one in seen]))
        most = max(self.max_psi, by_chance(len(of.shares), self.rows, int(rows)))
        return _answer(index <= most, f"population stability index {index:.3f}, at most {most:.3f}")


class ExpectTableRowCountToEqualSource(BatchExpectation):
    """As many rows were read, misfits and copies counted, as the source itself says that it has for the window."""

    read_rows: int
    source_rows: int | None
    metric_dependencies = ("table.row_count",)
    success_keys = ("read_rows", "source_rows")

    def _validate(self, metrics: Told, *_: Any, **__: Any) -> Told:
        if self.source_rows is None:
            return _kept(NOT_TOLD)
        same = self.read_rows == self.source_rows and int(metrics["table.row_count"]) <= self.read_rows
        return _answer(same, f"read {self.read_rows} rows, the source says {self.source_rows}")


def _answer(success: bool, said: str) -> Told:
    return {"success": success, "result": {"observed_value": said}}


def _kept(said: str) -> Told:
    """Nothing was there to look at: kept, and not to be scored."""
    return {"success": True, "result": {"observed_value": said, "details": {"checked": 0}}}
