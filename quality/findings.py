"""What each rule found, as facts of ours, and the score of each quality dimension."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from quality.merged import Merged
from schemas.dataset import Dataset, Deletes, Dimension, Field, Kind, Rule, Severity
from schemas.journey import Finding, Landing
from schemas.merging import SHARE_RULE, Base, too_many
from schemas.origin import Indicator

NONE_LEFT = "row.none"
"""A snapshot without a usable row would take the place of the last good version."""


def columns_of(rule: Rule) -> tuple[str, ...]:
    """The columns that a rule is about."""
    one = [rule.arguments[word] for word in ("column", "column_A", "column_B") if word in rule.arguments]
    several = [name for word in ("column_list", "columns") for name in rule.arguments.get(word, ())]
    return tuple(dict.fromkeys((*one, *several)))


def finding(dataset: Dataset, rule: str, success: bool, result: Mapping[str, Any]) -> Finding:
    """One rule's result. Rules about rows have counts; a rule about the whole was looked at once."""
    told = next(one for one in dataset.rules if one.name == rule)
    rows = "element_count" in result
    checked = (
        int(result.get("element_count") or 0) - int(result.get("missing_count") or 0) if rows else _looked_at(result)
    )
    failed = int(result["unexpected_count"] or 0) if rows else int(not success)
    return Finding(
        rule=rule,
        expectation=told.expectation,
        severity=told.severity,
        dimension=told.dimension,
        columns=columns_of(told),
        checked=checked,
        failed=failed,
        success=success,
        observed="" if rows else _observed(result),
        title=told.title,
        title_en=told.title_en,
    )


def _looked_at(result: Mapping[str, Any]) -> int:
    """1 for a rule about the whole, but 0 where it says that it had nothing to compare with."""
    return int((result.get("details") or {}).get("checked", 1))


def _observed(result: Mapping[str, Any]) -> str:
    if result.get("observed_value") is not None:
        return str(result["observed_value"])
    counts = {word: result[f"{word}_count"] for word in ("unexpected", "missing") if result.get(f"{word}_count")}
    return ", ".join(f"{word}: {number}" for word, number in counts.items())


def misfits(dataset: Dataset, landing: Landing) -> tuple[Finding, ...]:
    """One finding for each field whose values can fail to fit its type, and for whatever else was rejected."""
    names = [f"{field.name}.misfit" for field in dataset.fields if _can_misfit(field)]
    told = dict.fromkeys((*names, *landing.rejected))
    return tuple(_misfit(dataset, rule, landing) for rule in told)


def _can_misfit(field: Field) -> bool:
    return field.type.kind is not Kind.STRING or field.element == "division"


def _misfit(dataset: Dataset, rule: str, landing: Landing) -> Finding:
    column = rule.removesuffix(".misfit")
    failed = landing.rejected.get(rule, 0)
    titles = {field.name: (field.title, field.title_en) for field in dataset.fields}
    title, title_en = titles.get(column, (column, column))
    return Finding(
        rule=rule,
        expectation="declared_type",
        severity=dataset.source.on_misfit,
        dimension=Dimension.CONFORMITY,
        columns=(column,) if column in titles else (),
        checked=landing.read,
        failed=failed,
        success=failed == 0,
        title=f"{title}：值符合声明的类型",
        title_en=f"{title_en}: values fit the declared type",
    )


def copies(dataset: Dataset, landing: Landing, number: int) -> Finding:
    """Exact copies of rows: dropped, and a warning."""
    return Finding(
        rule="row.duplicate",
        expectation="exact_copies",
        severity=Severity.WARNING,
        dimension=Dimension.CONSISTENCY,
        columns=tuple(field.name for field in dataset.fields),
        checked=landing.rows,
        failed=number,
        success=number == 0,
        title="无完全重复的行",
        title_en="No row is an exact copy of another",
    )


def earlier(dataset: Dataset, landing: Landing, number: int) -> Finding:
    """States of a key that a later row of the same landing overtakes: dropped, and nobody's fault."""
    return Finding(
        rule="key.earlier",
        expectation="last_state",
        severity=Severity.WARNING,
        dimension=Dimension.CONSISTENCY,
        columns=(*dataset.key_fields, dataset.source.order),
        checked=0,
        failed=0,
        success=True,
        observed=f"{number} of {landing.rows} rows are earlier states",
        title="同一主键取最后状态",
        title_en="Of each key the last state stands",
    )


def vanished(dataset: Dataset, base: Base, merged: Merged) -> Finding:
    """Rows whose keys are gone at the source: critical where they are more than may be without a reviewer's word."""
    deletes, removed = dataset.source.deletes or Deletes(""), merged.removed
    refused = too_many(deletes, base, removed, merged.unsaid)
    return Finding(
        rule=SHARE_RULE,
        expectation="few_keys_vanish",
        severity=Severity.CRITICAL,
        dimension=Dimension.CONSISTENCY,
        columns=dataset.key_fields,
        checked=base.rows if refused else 0,
        failed=removed if refused else 0,
        success=not refused,
        observed=f"{removed} of {base.rows} keys are gone at the source, at most {deletes.most_share:.4g} may be"
        + (f"; {removed - merged.unsaid} of them were confirmed" if base.agreed else ""),
        title="源系统一次消失的主键不超过上限",
        title_en="No more keys vanish at once than may",
    )


def none_left(landing: Landing) -> Finding:
    """Rows came, and not one of them is left: another make of file, or another form of values, than was promised."""
    return Finding(
        rule=NONE_LEFT,
        expectation="some_row_is_left",
        severity=Severity.CRITICAL,
        dimension=Dimension.CONFORMITY,
        columns=(),
        checked=landing.read,
        failed=landing.read,
        success=False,
        observed=f"none of {landing.read} rows is left; all are in quarantine",
        title="至少有一行可用",
        title_en="At least one row can be used",
    )


def scores(findings: Sequence[Finding], indicator: Indicator | None = None) -> dict[Dimension, float]:
    """For each dimension the mean, over its rules, of the share of checked rows that kept the rule.

    Every rule weighs the same; a rule that had nothing to look at says nothing. A dimension without rules is absent.
    The rule of an indicator is left out: a value that alarms is not for that a bad one.
    """
    shares: dict[Dimension, list[float]] = defaultdict(list)
    for one in findings:
        if one.checked and (indicator is None or one.rule != indicator.rule):
            shares[one.dimension].append(1 - one.failed / one.checked)
    return {dimension: sum(shares[dimension]) / len(shares[dimension]) for dimension in Dimension if shares[dimension]}
