"""The 28 rules of the quality benchmark, once as a contract has them and once by hand in one DuckDB statement."""

from pathlib import Path

from schemas.dataset import Dimension, Rule, Severity

MOBILE = "^1[3-9][0-9]{9}$"
PERSON = "^[1-9][0-9]{16}[0-9X]$"
FIRM = "^[0-9A-HJ-NPQRTUWXY]{18}$"
CODE = "^[0-9]{12}$"


def _rule(name: str, expectation: str, **arguments: object) -> Rule:
    return Rule(name, f"expect_{expectation}", arguments, Severity.ERROR, Dimension.ACCURACY)


def _required(column: str, **more: object) -> Rule:
    return _rule(f"{column}.required", "column_values_to_not_be_null", column=column, **more)


def _regex(name: str, column: str, regex: str) -> Rule:
    return _rule(name, "column_values_to_match_regex", column=column, regex=regex)


def _unique(column: str) -> Rule:
    return _rule(f"{column}.unique", "column_values_to_be_unique", column=column)


def _pair(name: str, later: str, earlier: str) -> Rule:
    words = {"column_A": later, "column_B": earlier, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    return _rule(name, "column_pair_values_a_to_be_greater_than_b", **words)


RULES = (
    _rule("rows", "table_row_count_to_be_between", min_value=1),
    *map(_required, ("number", "resident_id", "credit_code", "division", "name", "status")),
    _required("mobile", mostly=0.9),
    _unique("number"),
    _unique("resident_id"),
    _rule("benefit.unique", "compound_columns_to_be_unique", column_list=["resident_id", "registered"]),
    _regex("resident_id.pattern", "resident_id", PERSON),
    _regex("credit_code.pattern", "credit_code", FIRM),
    _regex("division.pattern", "division", CODE),
    _regex("mobile.mobile", "mobile", MOBILE),
    _rule("name.length", "column_value_lengths_to_be_between", column="name", min_value=1, max_value=30),
    _rule("credit_code.length", "column_value_lengths_to_equal", column="credit_code", value=18),
    _rule("status.set", "column_values_to_be_in_set", column="status", value_set=["1", "2", "3"]),
    _rule("division.known", "column_values_to_be_known_division", column="division"),
    _rule(
        "household.in_dataset",
        "column_values_to_be_in_dataset",
        column="household",
        dataset="bench.households",
        dataset_column="id",
    ),
    _rule("amount.range", "column_values_to_be_between", column="amount", min_value=0, max_value=100_000),
    _rule("born.range", "column_values_to_be_between", column="born", min_value="1900-01-01", max_value="2026-11-19"),
    _rule("resident_id.resident_id", "column_values_to_be_resident_id", column="resident_id"),
    _rule("credit_code.credit_code", "column_values_to_be_credit_code", column="credit_code"),
    _rule("updated.latest", "column_max_to_be_between", column="updated", min_value="2026-11-18"),
    _rule("updated.timely", "column_values_to_be_timely", column="updated", days=60),
    _pair("registered.after_birth", "registered", "born"),
    _pair("updated.after_registration", "updated", "registered"),
)


MACROS = ("yishu_resident_id(resident_id)", "yishu_credit_code(credit_code)")
"""How a statement asks for check digits: worked out by SQL."""
TABLES = ("resident_id NOT IN (SELECT v FROM people)", "credit_code NOT IN (SELECT v FROM firms)")
"""Or found before, in the way of `quality.unfit`."""


def by_hand(file: Path, divisions: Path, households: Path, fit: tuple[str, str] = MACROS) -> str:
    """One statement that counts what breaks each rule; the columns are named after the rules that find something."""
    repeated = "(SELECT coalesce(sum(c), 0) FROM (SELECT count(*) c FROM r WHERE {0} GROUP BY {1} HAVING count(*) > 1))"
    return f"""
WITH r AS (FROM read_parquet('{file}'))
SELECT count(*) AS "rows",
    count(*) FILTER (number IS NULL), count(*) FILTER (resident_id IS NULL) AS "resident_id.required",
    count(*) FILTER (credit_code IS NULL), count(*) FILTER (division IS NULL), count(*) FILTER (name IS NULL),
    count(*) FILTER (status IS NULL), count(*) FILTER (mobile IS NULL) AS "mobile.required",
    {repeated.format("number IS NOT NULL", "number")} AS "number.unique",
    {repeated.format("resident_id IS NOT NULL", "resident_id")} AS "resident_id.unique",
    {repeated.format("resident_id IS NOT NULL AND registered IS NOT NULL", "resident_id, registered")}
        AS "benefit.unique",
    count(*) FILTER (NOT regexp_matches(resident_id, '{PERSON}')),
    count(*) FILTER (NOT regexp_matches(credit_code, '{FIRM}')),
    count(*) FILTER (NOT regexp_matches(division, '{CODE}')),
    count(*) FILTER (NOT regexp_matches(mobile, '{MOBILE}')) AS "mobile.mobile",
    count(*) FILTER (length(name) NOT BETWEEN 1 AND 30) AS "name.length",
    count(*) FILTER (length(credit_code) <> 18),
    count(*) FILTER (status NOT IN ('1', '2', '3')) AS "status.set",
    sum(CASE WHEN division NOT IN (SELECT code FROM read_parquet('{divisions}')) THEN 1 ELSE 0 END)
        AS "division.known",
    sum(CASE WHEN household NOT IN (SELECT id FROM read_parquet('{households}')) THEN 1 ELSE 0 END)
        AS "household.in_dataset",
    count(*) FILTER (amount NOT BETWEEN 0 AND 100000) AS "amount.range",
    count(*) FILTER (born NOT BETWEEN DATE '1900-01-01' AND DATE '2026-11-19') AS "born.range",
    sum(CASE WHEN NOT ({fit[0]}) THEN 1 ELSE 0 END) AS "resident_id.resident_id",
    sum(CASE WHEN NOT ({fit[1]}) THEN 1 ELSE 0 END) AS "credit_code.credit_code",
    max(updated) AS "updated.latest", count(*) FILTER (updated < DATE '2026-09-20'),
    count(*) FILTER (registered < born) AS "registered.after_birth", count(*) FILTER (updated < registered)
FROM r"""
