"""Which of a contract's rules can be held against rows the moment they come, and which rows break them.

Those about one value: what is required, patterns, lengths, ranges, enumerations, and what data elements bring. Rules
about other rows (uniqueness), other columns, other datasets or the whole wait for validation, as do warnings.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.contract_options import bound
from schemas.dataset import Dataset, Field, FieldType, Json, Kind, Rule, Severity
from schemas.standards.code_tables import codes
from schemas.standards.credit_code import is_credit_code
from schemas.standards.luhn import luhn_sum
from schemas.standards.organisation_code import is_organisation_code
from schemas.standards.resident_id import is_resident_id

Known = Callable[[str], bool]
"""Whether a division code is, or once was, in force."""
Keeps = Callable[[pa.Array], Sequence[bool]]
"""Distinct values, none of them NULL -> whether each keeps the promise."""
REQUIRED = "expect_column_values_to_not_be_null"


@dataclass(frozen=True, slots=True)
class Promise:
    """One rule about one value of each row."""

    rule: Rule
    field: Field
    keeps: Keeps | None
    """None: the value must be there."""

    def broken(self, column: pa.Array) -> list[int]:
        """Rows of a typed column that do not keep it; NULL breaks nothing but what is required."""
        if self.keeps is None:
            return list(pc.indices_nonzero(pc.is_null(column)).to_pylist())
        encoded = column.dictionary_encode()
        wrong = [index for index, kept in enumerate(self.keeps(encoded.dictionary)) if not kept]
        if not wrong:
            return []
        found = pc.is_in(encoded.indices, value_set=pa.array(wrong, encoded.indices.type), skip_nulls=True)
        return list(pc.indices_nonzero(found).to_pylist())


def promises(dataset: Dataset, known: Known) -> tuple[Promise, ...]:
    """Those of the contract's rules that can be judged at once, in its order."""
    return tuple(_promises(dataset, known))


def _promises(dataset: Dataset, known: Known) -> Iterator[Promise]:
    fields = {field.name: field for field in dataset.fields}
    for rule in dataset.rules:
        field = fields.get(str(rule.arguments.get("column")))
        if field is None or rule.severity is Severity.WARNING:
            continue
        if rule.expectation == REQUIRED:
            yield Promise(rule, field, None)
        elif rule.expectation == "expect_column_values_to_be_known_division":
            yield Promise(rule, field, _each(known))
        elif keeps := judge(rule.expectation, rule.arguments, field.type):
            yield Promise(rule, field, keeps)


def judge(expectation: str, arguments: Mapping[str, Json], of: FieldType) -> Keeps | None:
    """How one value of that type is held against an expectation; None where that takes more than the value."""
    return _MADE[expectation](arguments, of) if expectation in _MADE else None


def _each(keeps: Callable[[Any], bool]) -> Keeps:
    return lambda values: [keeps(value) for value in values.to_pylist()]


def _regex(told: Mapping[str, Json], _: FieldType) -> Keeps:
    return lambda values: pc.match_substring_regex(values, told["regex"]).to_pylist()


def _no_regex(told: Mapping[str, Json], _: FieldType) -> Keeps:
    return lambda values: pc.invert(pc.match_substring_regex(values, told["regex"])).to_pylist()


def _lengths(told: Mapping[str, Json], _: FieldType) -> Keeps:
    exact = told.get("value")
    if exact is not None:
        return _each(lambda text: len(text) == exact)
    return _each(_between(told, lambda text: Decimal(len(text)), lambda end: Decimal(str(end))))


def _range(told: Mapping[str, Json], of: FieldType) -> Keeps:
    if of.kind is Kind.DOUBLE:
        return _each(_between(told, float, float))
    if of.kind in (Kind.DATE, Kind.TIMESTAMP):
        return _each(_between(told, lambda value: value, lambda end: bound(end, of)))
    return _each(_between(told, Decimal, lambda end: Decimal(str(end))))


def _between(told: Mapping[str, Json], value_of: Callable[[Any], Any], end_of: Callable[[Any], Any]) -> Known:
    low, high = told.get("min_value"), told.get("max_value")
    least = None if low is None else end_of(low)
    most = None if high is None else end_of(high)
    above, below = bool(told.get("strict_min")), bool(told.get("strict_max"))

    def keeps(value: Any) -> bool:
        found = value_of(value)
        if least is not None and (found <= least if above else found < least):
            return False
        return most is None or bool(found < most if below else found <= most)

    return keeps


def _in_set(told: Mapping[str, Json], of: FieldType) -> Keeps:
    members = frozenset(_member(one, of) for one in told["value_set"])
    return _each(lambda value: value in members)


def _not_in_set(told: Mapping[str, Json], of: FieldType) -> Keeps:
    members = frozenset(_member(one, of) for one in told["value_set"])
    return _each(lambda value: value not in members)


def _member(value: Json, of: FieldType) -> Any:
    """A member of a set as the value of its column: days and moments read, numbers compared by what they are."""
    if of.kind in (Kind.DATE, Kind.TIMESTAMP):
        return bound(value, of)
    if of.kind is Kind.DOUBLE:
        return float(value)
    try:
        return Decimal(str(value)) if of.kind in (Kind.INTEGER, Kind.DECIMAL) else value
    except InvalidOperation:
        return value


def _code(told: Mapping[str, Json], _: FieldType) -> Keeps:
    members = frozenset(one.code for one in codes(str(told["table"])))
    return _each(lambda text: text in members)


def _standard(keeps: Callable[[str], bool]) -> Callable[[Mapping[str, Json], FieldType], Keeps]:
    return lambda _told, _of: _each(keeps)


def _luhn(text: str) -> bool:
    return bool(re.fullmatch("[0-9]{2,19}", text)) and luhn_sum(text) % 10 == 0


_MADE: Mapping[str, Callable[[Mapping[str, Json], FieldType], Keeps]] = {
    "expect_column_values_to_match_regex": _regex,
    "expect_column_values_to_not_match_regex": _no_regex,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _lengths,
    "expect_column_values_to_be_between": _range,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_be_in_code_table": _code,
    "expect_column_values_to_be_resident_id": _standard(is_resident_id),
    "expect_column_values_to_be_credit_code": _standard(is_credit_code),
    "expect_column_values_to_be_organisation_code": _standard(is_organisation_code),
    "expect_column_values_to_be_luhn": _standard(_luhn),
}
"""Expectation -> how one value is judged."""
