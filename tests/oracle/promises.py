"""The rules that a contract file yields, read from its YAML by hand as docs/reference.md says they follow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.oracle.numbers import FORMS

CODED = ("sex", "marital_status", "nationality", "degree", "political_status", "party", "industry")
WARNED = ("known", "county")
"""Ends of the rules of elements that only warn."""


@dataclass(frozen=True)
class Rule:
    """One rule: how it is called, what it asks (`kind`, with its arguments), and what happens to a row that fails."""

    name: str
    kind: str
    told: Mapping[str, Any]
    severity: str = "error"


@dataclass(frozen=True)
class Contract:
    """What the oracle takes from a file."""

    key: str
    columns: tuple[str, ...]
    types: Mapping[str, str]
    rules: tuple[Rule, ...]


def read(file: Path) -> Contract:
    """The contract with all its rules."""
    page = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    [body] = page["schema"]
    fields = body["properties"]
    rules = [rule for field in fields for rule in _of_field(field)]
    key = [field["name"] for field in sorted(fields, key=_position) if field.get("primaryKey")]
    if key:
        rules.append(Rule("key.unique", "unique", {"columns": key}))
    rules += [_written(item, "") for item in body.get("quality", [])]
    rules += _indicator(_ours(page))
    types = {field["name"]: field["logicalType"] for field in fields}
    return Contract(page["id"], tuple(types), types, tuple(rules))


def _ours(table: Mapping[str, Any]) -> dict[str, Any]:
    return {one["property"]: one["value"] for one in table.get("customProperties", [])}


def _position(field: Mapping[str, Any]) -> int:
    return int(field.get("primaryKeyPosition", 0))


def _of_field(field: Mapping[str, Any]) -> list[Rule]:
    """The rules that follow, each replaced by the field's own item where that asks the same."""
    own = [_written(item, field["name"]) for item in field.get("quality", [])]
    found = []
    for rule in _following(field):
        same = [one for one in own if (one.kind, one.told) == (rule.kind, rule.told)][:1]
        own = [one for one in own if one not in same]
        found += same or [rule]
    return found + own


def _following(field: Mapping[str, Any]) -> Iterator[Rule]:
    name, limits = field["name"], field.get("logicalTypeOptions", {})
    column = {"column": name}
    if field.get("required") or field.get("primaryKey"):
        yield Rule(f"{name}.required", "present", column)
    if field.get("unique"):
        yield Rule(f"{name}.unique", "unique", {"columns": [name]})
    if "pattern" in limits:
        yield Rule(f"{name}.pattern", "regex", column | {"regex": limits["pattern"]})
    for end, kind, low, high in (
        ("range", "between", "minimum", "maximum"),
        ("length", "long", "minLength", "maxLength"),
    ):
        if low in limits or high in limits:
            yield Rule(f"{name}.{end}", kind, column | {"low": limits.get(low), "high": limits.get(high)})
    yield from _of_element(name, _ours(field).get("yishu.element"))


def _of_element(name: str, element: str | None) -> Iterator[Rule]:
    column = {"column": name}
    for end, _ in FORMS.get(element or "", ()):
        yield Rule(f"{name}.{end}", "form", column | {"form": end, "element": element})
    if element == "resident_id":
        yield Rule(f"{name}.county", "county", column, "warning")
    elif element == "division":
        yield Rule(f"{name}.known", "known", column, "warning")
    elif element in CODED:
        yield Rule(f"{name}.code", "code", column | {"table": element}, "warning" if element == "degree" else "error")
    elif element and element not in FORMS:
        raise LookupError(f"the oracle does not know the element {element} of {name}: teach it from the reference")


_CALLS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "column_values_to_not_be_null": ("present", {"column": "column"}),
    "column_values_to_be_known_division": ("known", {"column": "column"}),
    "column_values_to_match_regex": ("regex", {"column": "column", "regex": "regex"}),
    "column_values_to_be_in_set": ("member", {"column": "column", "value_set": "of"}),
    "column_values_to_be_between": ("between", {"column": "column", "min_value": "low", "max_value": "high"}),
    "column_value_lengths_to_be_between": ("long", {"column": "column", "min_value": "low", "max_value": "high"}),
    "column_values_to_be_in_dataset": (
        "foreign",
        {"column": "column", "dataset": "dataset", "dataset_column": "known_as"},
    ),
    "column_values_to_be_timely": ("timely", {"column": "column", "days": "days"}),
    "column_values_to_be_unique": ("unique", {"column": "columns"}),
    "compound_columns_to_be_unique": ("unique", {"column_list": "columns"}),
    "column_pair_values_a_to_be_greater_than_b": ("pair", {"column_A": "a", "column_B": "b", "or_equal": "equal"}),
    "column_to_be_sum_of_columns": ("sum", {"column": "column", "columns": "columns"}),
    "sum_of_columns_to_be_at_most_column": ("at_most", {"column": "column", "columns": "columns"}),
    "table_row_count_to_be_between": ("rows", {"min_value": "low", "max_value": "high"}),
}
"""Expectation (without `expect_`) -> what it asks, and how its arguments are called here."""


def _written(item: Mapping[str, Any], column: str) -> Rule:
    call = item["implementation"]
    name = call["type"].removeprefix("expect_")
    if name not in _CALLS:
        raise LookupError(f"the oracle does not know {call['type']} of {item['name']}: teach it from the reference")
    kind, words = _CALLS[name]
    given = dict(call.get("kwargs", {}))
    if column and "column" in words:
        given.setdefault("column", column)
    given.pop("ignore_row_if", None)
    told: dict[str, Any] = {words[word]: value for word, value in given.items()}
    if kind in ("between", "long"):
        told = {"low": None, "high": None} | told
    if kind == "unique" and isinstance(told["columns"], str):
        told["columns"] = [told["columns"]]
    return Rule(item["name"], kind, told, item.get("severity", "error"))


def _indicator(ours: Mapping[str, Any]) -> Iterator[Rule]:
    if told := ours.get("yishu.indicator"):
        ends = {"above": ("high", "low"), "below": ("low", "high")}[told["direction"]]
        bounds = {ends[0]: told["threshold"], ends[1]: None, "column": told["value"]}
        yield Rule(f"indicator.{told['value']}", "between", bounds, "warning")
