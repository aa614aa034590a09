"""Which rows broke which rules: Great Expectations' own compiled conditions, in one pass over the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.registry import get_expectation_impl, get_metric_kwargs
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator

from quality import sql
from quality.desk import JUDGED, Desk
from quality.engine import DuckDBExecutionEngine
from quality.judge import Outcome
from schemas.dataset import Rule, Severity
from schemas.journey import ROW

REFUSED = "refused"
"""Table: rows that an error or critical rule refused, with `_rules`."""
RULES = "_rules"
"""Quarantine column: names of the rules that the row broke."""
UNIQUE = {"column_values.unique": "column", "compound_columns.unique": "column_list"}


@dataclass(frozen=True, slots=True)
class Broken:
    """A failed rule about rows, and the SQL that is true for the rows that broke it."""

    rule: str
    condition: str


def refuse(desk: Desk, rules: Sequence[Rule], outcome: Outcome, engine: DuckDBExecutionEngine) -> int:
    """Put the rows that failed rules of severity error or critical refuse into `refused`; how many there are.

    Raises RuntimeError when a rule's rows are not as many as Great Expectations counted: then our conditions are wrong.
    """
    failed = [r for r in rules if r.severity is not Severity.WARNING and not outcome.results[r.name].success]
    broken = [found for rule in failed if (found := _broken(desk, rule, outcome, engine)) is not None]
    if not broken:
        return 0
    said = ", ".join(f"CASE WHEN {one.condition} THEN {sql.text(one.rule)} END" for one in broken)
    listed = f"list_filter([{said}], lambda rule: rule IS NOT NULL) AS {RULES}"
    desk.tell(f"CREATE TEMP TABLE {REFUSED} AS SELECT * FROM (SELECT *, {listed} FROM {JUDGED}) WHERE len({RULES}) > 0")
    _same_counts(desk, broken, outcome)
    return desk.count(REFUSED)


def _broken(desk: Desk, rule: Rule, outcome: Outcome, engine: DuckDBExecutionEngine) -> Broken | None:
    """The condition of one failed rule; None for a rule about the whole."""
    config = cast(ExpectationConfiguration, outcome.results[rule.name].expectation_config)
    metric = cast(str | None, getattr(get_expectation_impl(config.type), "map_metric", None))
    if metric is None:
        return None
    if metric in UNIQUE:
        columns = config.kwargs[UNIQUE[metric]]
        return Broken(rule.name, _conflict(desk, [columns] if isinstance(columns, str) else columns, rule.name))
    return Broken(rule.name, _condition(f"{metric}.condition", config, outcome.batch_id, engine))


def _conflict(desk: Desk, columns: Sequence[str], rule: str) -> str:
    """All copies of a key that occurs more than once: which of them is right only the source knows."""
    table = sql.name(f"conflict {rule}")
    present = " AND ".join(f"{sql.name(column)} IS NOT NULL" for column in columns)
    keys = sql.names(columns)
    desk.tell(
        f"CREATE TEMP TABLE {table} AS SELECT {ROW} FROM {JUDGED} JOIN (SELECT {keys} FROM {JUDGED} WHERE {present} "
        f"GROUP BY {keys} HAVING count(*) > 1) USING ({keys})"
    )
    return f"{ROW} IN (SELECT {ROW} FROM {table})"


def _condition(metric: str, config: ExpectationConfiguration, batch_id: str, engine: DuckDBExecutionEngine) -> str:
    """Great Expectations' condition as SQL text; where its domain leaves rows out, as membership of those it keeps."""
    kwargs = get_metric_kwargs(metric, configuration=config)
    domain = {**kwargs["metric_domain_kwargs"], "batch_id": batch_id}
    wanted = MetricConfiguration(metric, domain, kwargs["metric_value_kwargs"])
    resolved, aborted = MetricsCalculator(engine).compute_metrics([wanted])
    if aborted:
        raise RuntimeError(f"{metric}: Great Expectations could not compile the condition that it has just counted")
    condition, _, _ = cast(tuple[Any, Any, Any], resolved[wanted.id])
    text = _text(condition, engine)
    if not _leaves_rows_out(domain):
        return text
    rows = _text(engine.get_domain_records(domain), engine)
    return f"{ROW} IN (SELECT {ROW} FROM ({rows}) WHERE {text})"


def _leaves_rows_out(domain: Mapping[str, Any]) -> bool:
    return domain.get("row_condition") is not None or domain.get("ignore_row_if") not in (None, "neither", "never")


def _text(clause: Any, engine: DuckDBExecutionEngine) -> str:
    if isinstance(clause, sa.Subquery):
        clause = clause.element
    return str(clause.compile(dialect=engine.engine.dialect, compile_kwargs={"literal_binds": True}))


def _same_counts(desk: Desk, broken: Sequence[Broken], outcome: Outcome) -> None:
    counted = desk.ask(f"SELECT rule, count(*) FROM (SELECT unnest({RULES}) AS rule FROM {REFUSED}) GROUP BY rule")
    ours = {str(rule): int(rows) for rule, rows in counted}
    for one in broken:
        theirs = int(outcome.result(one.rule).get("unexpected_count") or 0)
        if ours.get(one.rule, 0) != theirs:
            raise RuntimeError(
                f"{desk.dataset.key}: rule {one.rule}: Great Expectations counted {theirs} rows, "
                f"quarantine found {ours.get(one.rule, 0)}; the two must be the same"
            )
