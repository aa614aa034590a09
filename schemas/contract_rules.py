"""What a contract's fields promise, compiled to rules: always the same rules, names and order for the same fields."""

from collections.abc import Iterator, Mapping

from schemas.dataset import Dimension, Field, Json, Rule, Severity
from schemas.standards.elements import Element, element


def field_rules(of: Field, unique: bool, options: Mapping[str, Json]) -> tuple[Rule, ...]:
    """The rules of one field: required, unique, pattern, range, length, then what its data element brings."""
    found: list[Rule] = []
    if of.required or of.key:
        found.append(
            _rule(of, "required", "expect_column_values_to_not_be_null", {}, ("不能为空", "must not be missing"))
        )
    if unique:
        found.append(_rule(of, "unique", "expect_column_values_to_be_unique", {}, ("不能重复", "must be unique")))
    found += _option_rules(of, options)
    if of.element:
        found += _element_rules(of, element(of.element))
    return tuple(found)


def key_rule(fields: tuple[Field, ...]) -> tuple[Rule, ...]:
    """`key.unique` over the primary key; no rule without one. That no part is missing is a rule of each part."""
    parts = sorted((f for f in fields if f.key), key=lambda f: f.key)
    if not parts:
        return ()
    titles, titles_en = "、".join(f.title for f in parts), ", ".join(f.title_en for f in parts)
    name = "expect_column_values_to_be_unique" if len(parts) == 1 else "expect_compound_columns_to_be_unique"
    arguments = {"column": parts[0].name} if len(parts) == 1 else {"column_list": [f.name for f in parts]}
    said, said_en = f"主键（{titles}）不能重复", f"Primary key ({titles_en}) must be unique"
    return (Rule("key.unique", name, arguments, Severity.ERROR, Dimension.CONSISTENCY, said, said_en),)


def _option_rules(of: Field, options: Mapping[str, Json]) -> Iterator[Rule]:
    if "pattern" in options:
        name, arguments = "expect_column_values_to_match_regex", {"regex": options["pattern"]}
        yield _rule(of, "pattern", name, arguments, ("格式不符合规定", "must match the pattern"))
    for suffix, name, low, high in (
        ("range", "expect_column_values_to_be_between", "minimum", "maximum"),
        ("length", "expect_column_value_lengths_to_be_between", "minLength", "maxLength"),
    ):
        ends = {"min_value": options.get(low), "max_value": options.get(high)}
        told = {key: value for key, value in ends.items() if value is not None}
        if told:
            yield _rule(of, suffix, name, told, _said(suffix, told))


def _said(suffix: str, ends: Mapping[str, Json]) -> tuple[str, str]:
    what, what_en = ("长度", "length ") if suffix == "length" else ("取值", "")
    low, high = ends.get("min_value"), ends.get("max_value")
    if low == high:
        return f"{what}须为 {low}", f"{what_en}must be {low}"
    if low is not None and high is not None:
        return f"{what}须在 {low} 与 {high} 之间", f"{what_en}must be between {low} and {high}"
    if low is not None:
        return f"{what}不得小于 {low}", f"{what_en}must be at least {low}"
    return f"{what}不得大于 {high}", f"{what_en}must be at most {high}"


def _rule(of: Field, suffix: str, expectation: str, arguments: Mapping[str, Json], said: tuple[str, str]) -> Rule:
    dimension = {"required": Dimension.COMPLETENESS, "unique": Dimension.CONSISTENCY}.get(suffix, Dimension.CONFORMITY)
    full = {"column": of.name, **arguments}
    title, title_en = f"{of.title}{said[0]}", f"{of.title_en} {said[1]}"
    return Rule(f"{of.name}.{suffix}", expectation, full, Severity.ERROR, dimension, title, title_en)


def _element_rules(of: Field, brought: Element) -> Iterator[Rule]:
    for promise in brought.promises:
        arguments = {"column": of.name} | {k: list(v) if isinstance(v, tuple) else v for k, v in promise.arguments}
        yield Rule(
            f"{of.name}.{promise.suffix}",
            promise.expectation,
            arguments,
            promise.severity,
            promise.dimension,
            f"{of.title}{promise.said}",
            f"{of.title_en} {promise.said_en}",
        )
