"""Which rows broke which rules: Great Expectations' own compiled conditions, in one pass over the rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from great_expectations.execution_engine.execution_engine import ExecutionEngine
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
WORD = 62
"""Rules that one number holds as its bits."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A failed rule about rows, by Great Expectations' own words for its engine."""

    rule: str
    compiled: Any
    """True for the rows that broke it: SQLAlchemy's expression, or Spark's column."""
    domain: Mapping[str, Any]
    """Which rows it looks at."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A failed rule about rows, and the SQL that is true for the rows that broke it."""

    rule: str
    condition: str


def refuse(desk: Desk, rules: Sequence[Rule], outcome: Outcome, engine: DuckDBExecutionEngine) -> int:
    """Put the rows that failed rules of severity error or critical refuse into `refused`; how many there are.

    Raises RuntimeError when a rule's rows are not as many as Great Expectations counted: then our conditions are wrong.
    """
    broken = [Broken(one.rule, _sql(one, engine)) for one in conditions(rules, outcome, engine)]
    if not broken:
        return 0
    desk.tell(f"CREATE TEMP TABLE {REFUSED} AS {_marked(broken)}")
    counted = desk.ask(f"SELECT rule, count(*) FROM (SELECT unnest({RULES}) AS rule FROM {REFUSED}) GROUP BY rule")
    same_counts([one.rule for one in broken], outcome, {str(rule): int(rows) for rule, rows in counted})
    return desk.count(REFUSED)


def conditions(rules: Sequence[Rule], outcome: Outcome, engine: ExecutionEngine[Any]) -> list[Condition]:
    """For each failed rule about rows that refuses them, what Great Expectations has just counted by."""
    failed = [r for r in rules if r.severity is not Severity.WARNING and not outcome.results[r.name].success]
    return [found for rule in failed if (found := _condition(rule, outcome, engine)) is not None]


def _marked(broken: Sequence[Broken]) -> str:
    """The rows that broke a rule, with the names of those they broke.

    Each condition sets a bit, and only where one is set are names put together: a list for every row of which a
    hundredth is wanted would cost more than the conditions.
    """
    words = [broken[at : at + WORD] for at in range(0, len(broken), WORD)]
    numbers = ", ".join(
        " | ".join(f"CASE WHEN {one.condition} THEN {1 << bit} ELSE 0 END::BIGINT" for bit, one in enumerate(word))
        + f" AS _word{number}"
        for number, word in enumerate(words)
    )
    names = ", ".join(
        f"CASE WHEN _word{number} & {1 << bit} <> 0 THEN {sql.text(one.rule)} END"
        for number, word in enumerate(words)
        for bit, one in enumerate(word)
    )
    any_set = " OR ".join(f"_word{number} <> 0" for number in range(len(words)))
    without = ", ".join(f"_word{number}" for number in range(len(words)))
    listed = f"list_filter([{names}], lambda rule: rule IS NOT NULL) AS {RULES}"
    return f"SELECT * EXCLUDE ({without}), {listed} FROM (SELECT *, {numbers} FROM {JUDGED}) WHERE {any_set}"


def _condition(rule: Rule, outcome: Outcome, engine: ExecutionEngine[Any]) -> Condition | None:
    """Of one failed rule; None for a rule about the whole."""
    config = cast(ExpectationConfiguration, outcome.results[rule.name].expectation_config)
    map_metric = cast(str | None, getattr(get_expectation_impl(config.type), "map_metric", None))
    if map_metric is None:
        return None
    metric = f"{map_metric}.condition"
    kwargs = get_metric_kwargs(metric, configuration=config)
    domain = {**kwargs["metric_domain_kwargs"], "batch_id": outcome.batch_id}
    wanted = MetricConfiguration(metric, domain, kwargs["metric_value_kwargs"])
    resolved, aborted = MetricsCalculator(engine).compute_metrics([wanted])
    if aborted:
        raise RuntimeError(f"{metric}: Great Expectations could not compile the condition that it has just counted")
    condition, _, _ = cast(tuple[Any, Any, Any], resolved[wanted.id])
    return Condition(rule.name, condition, domain)


def _sql(one: Condition, engine: DuckDBExecutionEngine) -> str:
    """The condition as SQL text; where its domain leaves rows out, as membership of those it keeps."""
    text = _text(one.compiled, engine)
    if not _leaves_rows_out(one.domain):
        return text
    rows = _text(engine.get_domain_records(dict(one.domain)), engine)
    return f"{ROW} IN (SELECT {ROW} FROM ({rows}) WHERE {text})"


def _leaves_rows_out(domain: Mapping[str, Any]) -> bool:
    return domain.get("row_condition") is not None or domain.get("ignore_row_if") not in (None, "neither", "never")


def _text(clause: Any, engine: DuckDBExecutionEngine) -> str:
    if isinstance(clause, sa.Subquery):
        clause = clause.element
    return str(clause.compile(dialect=engine.engine.dialect, compile_kwargs={"literal_binds": True}))


def same_counts(rules: Iterable[str], outcome: Outcome, found: Mapping[str, int]) -> None:
    """RuntimeError where a rule's rows in quarantine are not as many as Great Expectations counted."""
    for rule in rules:
        theirs = int(outcome.result(rule).get("unexpected_count") or 0)
        if found.get(rule, 0) != theirs:
            raise RuntimeError(
                f"rule {rule}: Great Expectations counted {theirs} rows, quarantine found {found.get(rule, 0)}; "
                f"the two must be the same"
            )
