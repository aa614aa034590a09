"""What only a derived dataset's contract says: an assessment that loosens what it inherits, and an indicator."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from schemas.contract_page import Table
from schemas.dataset import Dimension, Field, Kind, Rule, Severity
from schemas.origin import Assessment, Indicator

ASSESSMENT = ("by", "date", "why")
INDICATOR = ("value", "threshold", "direction", "officer")
DIRECTIONS = ("above", "below")
NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)


def read_assessment(ours: Table) -> Assessment | None:
    """`yishu.assessment` {by, date, why}, of a field or of the dataset; None where there is none."""
    if not ours.has("yishu.assessment"):
        return None
    told = ours.table("yishu.assessment", ASSESSMENT, "{by, date, why}")
    by, why = told.text("by", "the organisation that assessed"), told.text("why", "its reasons")
    day = told.checked("date", told.text("date", 'the day of the assessment, e.g. "2026-11-01"'), _day)
    return Assessment(by, date.fromisoformat(day) if day else date.min, why)


def read_indicator(ours: Table, fields: Iterable[Field]) -> Indicator | None:
    """`yishu.indicator` {value, threshold, direction, officer}; None where there is none."""
    if not ours.has("yishu.indicator"):
        return None
    told = ours.table("yishu.indicator", INDICATOR, "{value, threshold, direction, officer}")
    numbers = [f.name for f in fields if f.type.kind in NUMBERS]
    value = told.text("value", "the name of a field that is a number")
    if value and value not in numbers:
        told.wrong("value", f"a field that is a number: {', '.join(numbers) or 'there is none'}")
    threshold = told.checked("threshold", told.text("threshold", 'a decimal in quotes, e.g. "0.05"'), _decimal)
    return Indicator(value, threshold, told.chosen("direction", DIRECTIONS), told.text("officer", "whom it calls"))


def indicator_rules(indicator: Indicator | None, fields: Iterable[Field]) -> tuple[Rule, ...]:
    """The one rule that finds the rows beyond the threshold: a warning, for the value may well be right."""
    of = next((f for f in fields if indicator is not None and f.name == indicator.value), None)
    if indicator is None or of is None:
        return ()
    above = indicator.direction == "above"
    end, said, said_en = ("max_value", "高于", "above") if above else ("min_value", "低于", "below")
    return (
        Rule(
            indicator.rule,
            "expect_column_values_to_be_between",
            {"column": of.name, end: indicator.threshold},
            Severity.WARNING,
            Dimension.ACCURACY,
            f"生态体征：{of.title}{said} {indicator.threshold} 时提醒{indicator.officer}",
            f"Indicator: {indicator.officer} is told of {of.title_en} {said_en} {indicator.threshold}",
        ),
    )


def only_derived(ours: Table, derived: bool) -> None:
    """A mistake for each of these words in the contract of a dataset that is collected."""
    for word in ("yishu.assessment", "yishu.indicator"):
        if not derived and ours.has(word):
            ours.wrong(word, "no such property: only a derived dataset has it", word)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError('no day, expected a day such as "2026-11-01"') from None


def _decimal(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError('no number, expected a decimal in quotes such as "0.05"')
    return text
