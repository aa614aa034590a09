"""The closed vocabulary of a contract: keys of ODCS v3.1 that we read, properties of ours, expectations."""

from dataclasses import dataclass

_DOCUMENTS = ("tags", "authoritativeDefinitions")
ROOT = (
    *("apiVersion", "kind", "id", "name", "version", "status", "domain", "tenant", "dataProduct", "description"),
    *(
        "tags",
        "customProperties",
        "schema",
        "authoritativeDefinitions",
        "team",
        "roles",
        "support",
        "contractCreatedTs",
    ),
)
"""Of the standard's keys those for prices and servers are left out: addresses and secrets stand in connections."""
DESCRIPTION = ("purpose", "usage", "limitations", "authoritativeDefinitions", "customProperties")
OBJECT = (
    *("id", "name", "logicalType", "physicalType", "physicalName", "businessName", "description", "properties"),
    *("quality", "dataGranularityDescription", "customProperties", *_DOCUMENTS),
)
PROPERTY = (
    *("id", "name", "businessName", "logicalType", "physicalType", "physicalName", "required", "unique", "primaryKey"),
    *(
        "primaryKeyPosition",
        "description",
        "logicalTypeOptions",
        "quality",
        "customProperties",
        "examples",
        *_DOCUMENTS,
    ),
)
OPTIONS = ("pattern", "minLength", "maxLength", "minimum", "maximum")
QUALITY = (
    *("id", "name", "type", "engine", "implementation", "severity", "dimension", "description", "customProperties"),
    *("tags",),
)
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
LOGICAL_TYPES = ("string", "integer", "number", "boolean", "date", "timestamp")

OURS = tuple(
    f"yishu.{word}"
    for word in (
        *("title_en", "description_en", "owner", "sharing", "update_cycle", "subject", "scope", "purposes"),
        *("modes", "source", "extra", "catalogue_code", "open", "grace", "consent", "subject_key", "formats"),
        *("assessment", "indicator", "engine", "catalogue"),
    )
)
OURS_OF_FIELD = tuple(
    f"yishu.{word}"
    for word in (
        *("title_en", "source_name", "element", "grade", "identifying", "transform", "scope_role", "shareable"),
        *("withheld_basis", "format", "null_markers", "authority", "assessment", "condition"),
    )
)
OWNER = ("credit_code", "name", "division")
SHARING = ("class", "condition", "basis", "tiers", "transforms")
TIERS = ("province", "city", "county", "town", "village", "grid")
TRANSFORMS = ("mask", "token", "bucket")
"""That a sharing condition may name."""
OPEN = ("attribute", "condition")
SCHEMA_CONTRACT = ("columns", "data_type")
LIMITS = ("hours", "rows_per_second", "slots")
SOURCE = (
    *("kind", "connection", "load", "schedule", "null_markers", "on_misfit", "inputs", "pool", "options"),
    *("limits", "schema_contract", "order", "lag", "deletes"),
)
DELETES = ("snapshot", "most_share")
SECRETS = ("password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "access_key", "authorization")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a quality item may call: arguments that are needed, those that may be there, whether it judges rows."""

    needed: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    """Of these at least one."""
    allowed: tuple[str, ...] = ()
    rows: bool = True
    """False: it judges the whole, so its severity is critical or warning."""
    severity: str = ""
    """Where the item states none; empty: error for rows, critical for the whole."""


_COLUMN = ("column",)
_ENDS = ("min_value", "max_value")
_STRICT = ("strict_min", "strict_max")
_PAIR = ("column_A", "column_B")


def _whole(*needed: str, either: tuple[str, ...] = ()) -> Expectation:
    return Expectation(needed, either, _STRICT if either else (), rows=False)


EXPECTATIONS: dict[str, Expectation] = {
    "expect_column_values_to_not_be_null": Expectation(_COLUMN),
    "expect_column_values_to_be_null": Expectation(_COLUMN),
    "expect_column_values_to_be_unique": Expectation(_COLUMN),
    "expect_column_values_to_be_in_set": Expectation(("column", "value_set")),
    "expect_column_values_to_not_be_in_set": Expectation(("column", "value_set")),
    "expect_column_values_to_be_between": Expectation(_COLUMN, _ENDS, _STRICT),
    "expect_column_value_lengths_to_be_between": Expectation(_COLUMN, _ENDS, _STRICT),
    "expect_column_value_lengths_to_equal": Expectation(("column", "value")),
    "expect_column_values_to_match_regex": Expectation(("column", "regex")),
    "expect_column_values_to_not_match_regex": Expectation(("column", "regex")),
    "expect_column_values_to_match_like_pattern": Expectation(("column", "like_pattern")),
    "expect_column_values_to_not_match_like_pattern": Expectation(("column", "like_pattern")),
    "expect_column_values_to_be_resident_id": Expectation(_COLUMN),
    "expect_column_values_to_be_credit_code": Expectation(_COLUMN),
    "expect_column_values_to_be_organisation_code": Expectation(_COLUMN),
    "expect_column_values_to_be_luhn": Expectation(_COLUMN),
    "expect_column_values_to_be_known_division": Expectation(_COLUMN),
    "expect_column_values_to_begin_with_known_county": Expectation(_COLUMN),
    "expect_column_values_to_be_in_code_table": Expectation(("column", "table")),
    "expect_column_values_to_be_in_dataset": Expectation(("column", "dataset", "dataset_column")),
    "expect_column_values_to_be_timely": Expectation(("column", "days")),
    "expect_column_pair_values_a_to_be_greater_than_b": Expectation(_PAIR, allowed=("or_equal", "ignore_row_if")),
    "expect_column_pair_values_to_be_equal": Expectation(_PAIR, allowed=("ignore_row_if",)),
    "expect_compound_columns_to_be_unique": Expectation(("column_list",), allowed=("ignore_row_if",)),
    "expect_select_column_values_to_be_unique_within_record": Expectation(("column_list",), allowed=("ignore_row_if",)),
    "expect_multicolumn_sum_to_equal": Expectation(("column_list", "sum_total"), allowed=("ignore_row_if",)),
    "expect_column_to_be_sum_of_columns": Expectation(("column", "columns")),
    "expect_sum_of_columns_to_be_at_most_column": Expectation(("columns", "column")),
    "expect_table_row_count_to_be_between": _whole(either=_ENDS),
    "expect_table_row_count_to_equal": _whole("value"),
    "expect_table_row_count_to_be_near_past": Expectation(
        allowed=("max_change", "versions"), rows=False, severity="warning"
    ),
    "expect_table_row_count_to_equal_source": Expectation(rows=False, severity="warning"),
    "expect_column_distribution_to_be_near_past": Expectation(
        _COLUMN, allowed=("max_psi",), rows=False, severity="warning"
    ),
    "expect_column_max_to_be_between": _whole("column", either=_ENDS),
    "expect_column_min_to_be_between": _whole("column", either=_ENDS),
    "expect_column_mean_to_be_between": _whole("column", either=_ENDS),
    "expect_column_median_to_be_between": _whole("column", either=_ENDS),
    "expect_column_stdev_to_be_between": _whole("column", either=_ENDS),
    "expect_column_sum_to_be_between": _whole("column", either=_ENDS),
    "expect_column_unique_value_count_to_be_between": _whole("column", either=_ENDS),
    "expect_column_proportion_of_unique_values_to_be_between": _whole("column", either=_ENDS),
    "expect_column_proportion_of_non_null_values_to_be_between": _whole("column", either=_ENDS),
    "expect_column_distinct_values_to_be_in_set": _whole("column", "value_set"),
    "expect_column_distinct_values_to_contain_set": _whole("column", "value_set"),
    "expect_column_distinct_values_to_equal_set": _whole("column", "value_set"),
}
"""Great Expectations' own words and ours, as `quality/` runs them."""

COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
COLUMNS_ARGUMENTS = ("column_list", "columns")
