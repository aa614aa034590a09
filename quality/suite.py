"""The rules of a dataset as a Great Expectations suite: the same rules give the same ids, always."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import great_expectations as gx
from great_expectations.exceptions.exceptions import ExpectationNotFoundError
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.registry import (
    get_expectation_impl,
    list_registered_expectation_implementations,
)
from pydantic.v1 import ValidationError

# Importing these registers them; that is all that is wanted of them here.
from quality import expectations as _expectations  # noqa: F401
from quality import expectations_past as _expectations_past  # noqa: F401
from quality import metrics as _metrics  # noqa: F401
from quality import metrics_past as _metrics_past  # noqa: F401
from quality import unfit as _unfit  # noqa: F401
from quality import unique as _unique  # noqa: F401
from quality.drift import bins_of
from quality.findings import columns_of
from quality.settled import settle
from schemas.dataset import Dataset, Field, Json, Kind, Rule, Severity
from schemas.errors import BadInput, NotReady
from schemas.journey import SHANGHAI, Window
from schemas.past import NO_PAST, Past
from schemas.standards.code_tables import REFERENCES, TABLES

settle()

SEVERITIES = {
    Severity.CRITICAL: FailureSeverity.CRITICAL,
    Severity.ERROR: FailureSeverity.WARNING,
    Severity.WARNING: FailureSeverity.INFO,
}
"""Our three against Great Expectations' three: what blocks is critical there, what only lowers the score is info."""
STANDARDS = {
    "expect_column_values_to_be_resident_id": "GB 11643-1999",
    "expect_column_values_to_be_credit_code": "GB 32100-2015",
    "expect_column_values_to_be_organisation_code": "GB 11714-1997",
    "expect_column_values_to_be_known_division": "GB/T 2260",
    "expect_column_values_to_begin_with_known_county": "GB/T 2260",
    "expect_column_values_to_be_luhn": "ISO/IEC 7812-1",
}
OF_DIVISIONS = ("expect_column_values_to_be_known_division", "expect_column_values_to_begin_with_known_county")
IN_CODE_TABLE = "expect_column_values_to_be_in_code_table"
DIMENSIONS = "GB/T 36344-2018"
"""The standard that names the dimensions; of every rule whose expectation has none of its own."""
NEAR_PAST = "expect_table_row_count_to_be_near_past"
EQUAL_SOURCE = "expect_table_row_count_to_equal_source"
OF_PAST = (NEAR_PAST, "expect_column_distribution_to_be_near_past", EQUAL_SOURCE)
SUMS = ("expect_column_to_be_sum_of_columns", "expect_sum_of_columns_to_be_at_most_column")
BOUNDS = ("min_value", "max_value")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a rule may refer to outside the rows: the window, and other datasets' published files."""

    window: Window
    references: Mapping[str, tuple[Path, ...]]
    past: Past = NO_PAST
    read_rows: int = 0
    source_rows: int | None = None
    """By the source's own count; None where it tells none."""


def suite_for(dataset: Dataset, frame: Frame) -> gx.ExpectationSuite:
    """All rules as a suite, in the contract's order.

    Raises BadInput for an expectation, column or argument that cannot be, NotReady for a reference without files.
    """
    _distinct(dataset, "columns", [field.name.casefold() for field in dataset.fields])
    _distinct(dataset, "rules", [rule.name for rule in dataset.rules])
    suite = gx.ExpectationSuite(name=dataset.key, id=str(uuid5(NAMESPACE_URL, f"yishu:{dataset.key}")))
    suite.expectations = [expectation_for(dataset, rule, frame) for rule in dataset.rules]
    return suite


def _distinct(dataset: Dataset, what: str, names: list[str]) -> None:
    """DuckDB tells columns apart by more than upper and lower case; results are told apart by the names of rules."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"{dataset.key}: found several {what} named {', '.join(twice)}, expected each name once")


def expectation_for(dataset: Dataset, rule: Rule, frame: Frame) -> Expectation:
    """One rule as an expectation with a lasting id and our facts in its `meta`."""
    kind = _kind(dataset, rule)
    where = f"{dataset.key}: rule {rule.name}"
    fields = _fields(dataset, rule, where)
    arguments = _filled(rule, fields, frame, where)
    try:
        return kind(
            **arguments,
            id=str(uuid5(NAMESPACE_URL, f"yishu:{dataset.key}#{rule.name}")),
            severity=SEVERITIES[rule.severity],
            description=rule.title or None,
            meta={
                "rule": rule.name,
                "dimension": rule.dimension.value,
                "severity": rule.severity.value,
                "standard": _standard(rule),
            },
        )
    except ValidationError as wrong:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors())
        raise BadInput(f"{where}: found arguments {dict(rule.arguments)} for {rule.expectation}: {said}") from wrong


def _standard(rule: Rule) -> str:
    if rule.expectation == IN_CODE_TABLE and rule.arguments.get("table") in TABLES:
        return TABLES[rule.arguments["table"]].standard
    return STANDARDS.get(rule.expectation, DIMENSIONS)


def _kind(dataset: Dataset, rule: Rule) -> type[Expectation]:
    try:
        return get_expectation_impl(rule.expectation)
    except ExpectationNotFoundError as unknown:
        known = ", ".join(sorted(list_registered_expectation_implementations()))
        raise BadInput(
            f"{dataset.key}: rule {rule.name}: found the expectation {rule.expectation!r}, expected one of {known}"
        ) from unknown


def _fields(dataset: Dataset, rule: Rule, where: str) -> tuple[Field, ...]:
    there = {field.name: field for field in dataset.fields}
    strange = [name for name in columns_of(rule) if name not in there]
    if strange:
        raise BadInput(f"{where}: found the columns {', '.join(strange)}, expected some of {', '.join(there)}")
    return tuple(there[name] for name in columns_of(rule))


def _filled(rule: Rule, fields: tuple[Field, ...], frame: Frame, where: str) -> dict[str, Any]:
    """The rule's arguments in the types of its column, with what only the run knows."""
    given = dict(rule.arguments)
    if rule.expectation in OF_DIVISIONS:
        given["files"] = _files("divisions", frame, where)
    elif rule.expectation == IN_CODE_TABLE:
        given["files"] = _table_files(given.get("table"), fields[0], frame, where)
    elif rule.expectation == "expect_column_values_to_be_in_dataset":
        given["files"] = _files(str(given.get("dataset")), frame, where)
    elif rule.expectation == "expect_column_values_to_be_timely":
        given["since"] = _since(given, fields, frame.window, where)
    elif rule.expectation in SUMS:
        given["column_list"] = [given.pop("column"), *given.pop("columns")]
    elif rule.expectation in OF_PAST:
        given |= _before(rule.expectation, fields, frame)
    elif len(fields) == 1:
        given = {word: _typed(word, value, rule, fields[0], where) for word, value in given.items()}
    return given


def _before(expectation: str, fields: tuple[Field, ...], frame: Frame) -> dict[str, Json]:
    """What a rule about the whole is compared with."""
    if expectation == EQUAL_SOURCE:
        return {"read_rows": frame.read_rows, "source_rows": frame.source_rows}
    if expectation == NEAR_PAST:
        return {"past": list(frame.past.rows)}
    rows, found = bins_of(frame.past.profile, fields[0].name)
    shown = {"shares": list(found.shares), "values": list(found.values), "edges": list(found.edges)}
    return {"rows": rows, **shown}


def _files(dataset: str, frame: Frame, where: str) -> list[str]:
    files = frame.references.get(dataset, ())
    if not files:
        raise NotReady(f"{where}: it looks values up in {dataset}, which has no published version; publish it first")
    return [str(file) for file in files]


def _table_files(table: Json, field: Field, frame: Frame, where: str) -> list[str]:
    if str(table) not in TABLES:
        raise BadInput(f"{where}: found the code table {table!r}, expected one of {', '.join(TABLES)}")
    if field.type.kind is not Kind.STRING:
        raise BadInput(f"{where}: {field.name} is a {field.type}, expected a text: codes begin with zeros")
    files = frame.references.get(f"{REFERENCES}/{table}", ())
    if not files:
        raise NotReady(f"{where}: the code table {table} is not in the lake; give it as the reference codes/{table}")
    return [str(file) for file in files]


def _since(given: Mapping[str, Json], fields: tuple[Field, ...], window: Window, where: str) -> str:
    moment = window.low.astimezone(SHANGHAI) - timedelta(days=int(given.get("days", 0)))
    kind = fields[0].type.kind
    if kind not in (Kind.DATE, Kind.TIMESTAMP):
        raise BadInput(f"{where}: {fields[0].name} is a {kind}, expected a date or timestamp")
    return moment.date().isoformat() if kind is Kind.DATE else moment.isoformat()


def _typed(word: str, value: Json, rule: Rule, field: Field, where: str) -> Json:
    """Bounds and sets as the column's own type: contracts write days, moments and decimals as text."""
    if word == "value_set" and not isinstance(value, dict):
        return [_value(one, field, where) for one in value]
    if word in BOUNDS and rule.expectation == "expect_column_values_to_be_between":
        if field.type.kind in (Kind.STRING, Kind.BOOLEAN):
            raise BadInput(
                f"{where}: {field.name} is a {field.type}, which has no range; expected a number, date or timestamp"
            )
        return None if value is None else _value(value, field, where)
    return value


def _value(value: Json, field: Field, where: str) -> Json:
    kind = field.type.kind
    if kind is Kind.STRING and not isinstance(value, str):
        raise BadInput(f"{where}: found {value!r} for {field.name}, expected a text in quotes")
    try:
        if kind is Kind.DATE and isinstance(value, str):
            return date.fromisoformat(value)
        if kind is Kind.TIMESTAMP and isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        if kind in (Kind.DECIMAL, Kind.INTEGER, Kind.DOUBLE) and isinstance(value, str):
            return Decimal(value)
    except (ValueError, InvalidOperation) as wrong:
        raise BadInput(f"{where}: found {value!r} for {field.name}, expected a {field.type}") from wrong
    return value
