"""The quality items that a contract adds to its compiled rules, in the vocabulary of Great Expectations."""

import re
from collections import Counter
from collections.abc import Iterable

from schemas.contract_fields import Property
from schemas.contract_options import RE2_ONLY, bound, regex_mistake
from schemas.contract_page import Page, Table, customs
from schemas.contract_rules import field_rules, key_rule
from schemas.contract_words import COLUMN_ARGUMENTS, COLUMNS_ARGUMENTS, EXPECTATIONS, QUALITY, Expectation
from schemas.dataset import Dimension, Json, Kind, Rule, Severity
from schemas.past import MOST_VERSIONS
from schemas.standards.code_tables import TABLES
from schemas.yaml_text import Spot

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_DATASET = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*|divisions")


def read_rules(table: Table, properties: tuple[Property, ...]) -> tuple[Rule, ...]:
    """Rules by field (compiled, then the field's own items), the key's, then the items of the whole dataset.

    An own item that makes the same promise as a compiled rule (same expectation, same arguments) takes its place,
    with its own name, severity and title.
    """
    page, known = table.page, {p.field.name: p for p in properties}
    rules: list[Rule] = []
    for one in properties:
        own = [rule for rule in (_item(page, spot, known, one.field.name) for spot in one.quality) if rule]
        rules += _restated(field_rules(one.field, one.unique, one.options), own)
    rules += key_rule(tuple(p.field for p in properties))
    spots = table.items("quality")
    rules += [rule for rule in (_item(page, spot, known, "") for spot in spots) if rule]
    every = [*(spot for one in properties for spot in one.quality), *spots]
    _named_once(page, rules, every)
    return tuple(rules)


def _restated(compiled: Iterable[Rule], own: list[Rule]) -> list[Rule]:
    left, found = list(own), []
    for rule in compiled:
        same = [o for o in left if (o.expectation, o.arguments) == (rule.expectation, rule.arguments)]
        found += same[:1] or [rule]
        left = [o for o in left if o not in same[:1]]
    return found + left


def _item(page: Page, spot: Spot, known: dict[str, Property], column: str) -> Rule | None:
    table, before = page.table(spot, QUALITY), len(page.mistakes)
    table.chosen("type", ("custom",))
    table.chosen("engine", ("greatExpectations",))
    call = table.table("implementation", ("type", "kwargs"), "{type: expect_…, kwargs: {…}}")
    expectation = call.chosen("type", EXPECTATIONS)
    if len(page.mistakes) > before:
        return None
    arguments = _arguments(call, expectation, column)
    _check_arguments(call, expectation, arguments, known)
    name = table.checked("name", table.maybe("name") or _default_name(expectation, column), _name)
    description = table.maybe("description")
    english = customs(table, ("yishu.title_en",)).maybe("yishu.title_en")
    severity = _severity(table, EXPECTATIONS[expectation])
    dimension = Dimension(table.chosen("dimension", [d.value for d in Dimension], _dimension(expectation).value))
    return Rule(name, expectation, arguments, severity, dimension, description or name, english or description or name)


def _arguments(call: Table, expectation: str, column: str) -> dict[str, Json]:
    told = call.page.plain(call.entries["kwargs"]) if call.has("kwargs") else {}
    if not isinstance(told, dict):
        call.wrong("kwargs", "a table of arguments")
        return {}
    filled = bool(column) and "column" in EXPECTATIONS[expectation].needed
    return {"column": column, **told} if filled else told


def _check_arguments(call: Table, expectation: str, arguments: dict[str, Json], known: dict[str, Property]) -> None:
    form = EXPECTATIONS[expectation]
    valid = (*form.needed, *form.either, *form.allowed)
    missing = [a for a in form.needed if a not in arguments]
    if missing or (form.either and not any(a in arguments for a in form.either)):
        call.wrong("kwargs", f"{', '.join(missing) or ' or '.join(form.either)} for {expectation}", "nothing of it")
    strange = [a for a in arguments if a not in valid]
    if strange:
        call.wrong("kwargs", f"one of {', '.join(valid)}", f"the unknown argument {', '.join(strange)}")
    for name in _columns(arguments):
        if not isinstance(name, str) or name not in known:
            call.wrong("kwargs", f"one of the fields {', '.join(filter(None, known))}", f"the column {name!r}")
    _check_values(call, arguments, known)
    of = known.get(str(arguments.get("column")))
    if expectation == "expect_column_values_to_be_between" and of is not None:
        _check_bounds(call, arguments, of)


def _check_values(call: Table, arguments: dict[str, Json], known: dict[str, Property]) -> None:
    regex = arguments.get("regex")
    if regex is not None and (not isinstance(regex, str) or regex_mistake(regex)):
        found = regex_mistake(regex) if isinstance(regex, str) else repr(regex)
        call.wrong("kwargs", RE2_ONLY, found)
    members, column = arguments.get("value_set"), arguments.get("column")
    if "value_set" in arguments and (not isinstance(members, list) or not members):
        call.wrong("kwargs", "a list of values with at least one member", "no value_set")
    elif members and isinstance(column, str) and column in known and known[column].field.type.kind is Kind.STRING:
        bare = [m for m in members if not isinstance(m, str)]
        if bare:
            call.wrong("kwargs", "texts: write them in quotes", f"{bare[0]!r} in the value_set of a string")
    dataset = arguments.get("dataset")
    if dataset is not None and not (isinstance(dataset, str) and _DATASET.fullmatch(dataset)):
        call.wrong("kwargs", "the key of a dataset (department.dataset)", repr(dataset))
    if "table" in arguments:
        _check_table(call, arguments["table"], known.get(str(column)))
    _check_numbers(call, arguments)


def _check_table(call: Table, table: Json, of: Property | None) -> None:
    if table not in tuple(TABLES):
        call.wrong("kwargs", f"one of the code tables {', '.join(TABLES)}", repr(table))
    if of and of.field.type.kind is not Kind.STRING:
        call.wrong("kwargs", "a string: codes begin with zeros", f"a code table on a {of.field.type}")


def _check_bounds(call: Table, arguments: dict[str, Json], of: Property) -> None:
    """The bounds of a column's own values are of its type."""
    if of.field.type.kind in (Kind.STRING, Kind.BOOLEAN):
        call.wrong("kwargs", "a column of numbers, days or moments", f"bounds for {arguments.get('column')!r}")
        return
    for end in ("min_value", "max_value"):
        if type(arguments.get(end)) in (int, float, str) and bound(arguments[end], of.field.type) is None:
            call.wrong("kwargs", f"a {of.field.type} in quotes", f"{arguments[end]!r} as {end}")


def _check_numbers(call: Table, arguments: dict[str, Json]) -> None:
    for end in ("min_value", "max_value"):
        if end in arguments and type(arguments[end]) not in (int, float, str):
            call.wrong("kwargs", "a number, or a date in quotes", f"{arguments[end]!r} as {end}")
    days = arguments.get("days", 1)
    if type(days) is not int or days < 0:
        call.wrong("kwargs", "a whole number of days", repr(days))
    for share in ("max_change", "max_psi"):
        if share in arguments and (type(arguments[share]) not in (int, float) or arguments[share] <= 0):
            call.wrong("kwargs", f"a number above 0 as {share}", repr(arguments[share]))
    versions = arguments.get("versions", 1)
    if type(versions) is not int or not 1 <= versions <= MOST_VERSIONS:
        call.wrong("kwargs", f"a whole number from 1 to {MOST_VERSIONS} as versions", repr(versions))


def _columns(arguments: dict[str, Json]) -> list[Json]:
    single = [arguments[a] for a in COLUMN_ARGUMENTS if a in arguments]
    several = [arguments[a] for a in COLUMNS_ARGUMENTS if a in arguments]
    return single + [c for listed in several for c in (listed if isinstance(listed, list) else [listed])]


def _severity(table: Table, form: Expectation) -> Severity:
    words = [s.value for s in (Severity if form.rows else (Severity.CRITICAL, Severity.WARNING))]
    default = form.severity or (Severity.ERROR.value if form.rows else Severity.CRITICAL.value)
    return Severity(table.chosen("severity", words, default))


def _dimension(expectation: str) -> Dimension:
    if "near_past" in expectation or "equal_source" in expectation:
        return Dimension.CONSISTENCY
    if "null" in expectation or "row_count" in expectation:
        return Dimension.COMPLETENESS
    if "timely" in expectation:
        return Dimension.TIMELINESS
    if "unique" in expectation or "in_dataset" in expectation or "pair" in expectation or "sum" in expectation:
        return Dimension.CONSISTENCY
    return Dimension.CONFORMITY


def _default_name(expectation: str, column: str) -> str:
    short = re.sub(r"^expect_(column_values_to_|column_value_|column_|table_)?(be_)?", "", expectation)
    return f"{column or 'table'}.{short}"


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("no such name, expected small letters, digits, _ and dots ([a-z][a-z0-9_]*(.[a-z0-9_]+)*)")
    return text


def _named_once(page: Page, rules: list[Rule], spots: list[Spot]) -> None:
    """The mistake stands at the last item of that name, or at the last item where only compiled rules clash."""
    for name, times in Counter(rule.name for rule in rules).items():
        if times > 1:
            here = [s for s in spots if page.peek(s, "name") == name] or spots
            page.wrong(here[-1], "a name of its own for every rule, also beside the compiled ones", f"{name!r} twice")
