"""Our own expectations: what government data elements promise beyond Great Expectations' own vocabulary.

Their names in contracts: `expect_column_values_to_be_resident_id`, `…_credit_code`, `…_organisation_code`, `…_luhn`,
`…_known_division`, `…_in_code_table`, `…_in_dataset`, `…_timely`, `expect_column_values_to_begin_with_known_county`,
and two about sums of columns. `files` and `since` are filled in by the run, never written in a contract.
"""

from typing import Literal

from great_expectations.expectations.expectation import ColumnMapExpectation, MulticolumnMapExpectation


class ExpectColumnValuesToBeResidentId(ColumnMapExpectation):
    """Resident identity number 公民身份号码, GB 11643: 18 characters, a real date of birth, the check digit."""

    map_metric = "column_values.resident_id"


class ExpectColumnValuesToBeCreditCode(ColumnMapExpectation):
    """Unified social credit code 统一社会信用代码, GB 32100: 18 characters and the check character."""

    map_metric = "column_values.credit_code"


class ExpectColumnValuesToBeOrganisationCode(ColumnMapExpectation):
    """Organisation code 组织机构代码, GB 11714: 8 characters and the check character, without a hyphen."""

    map_metric = "column_values.organisation_code"


class ExpectColumnValuesToBeLuhn(ColumnMapExpectation):
    """A number whose last digit is its Luhn check digit (ISO/IEC 7812)."""

    map_metric = "column_values.luhn"


class ExpectColumnValuesToBeKnownDivision(ColumnMapExpectation):
    """A division code that is, or once was, in force."""

    files: list[str]
    dataset_column: str = "code"
    map_metric = "column_values.in_files"
    success_keys = ("files", "dataset_column", "mostly")


class ExpectColumnValuesToBeginWithKnownCounty(ColumnMapExpectation):
    """A resident id whose first six digits are a county that is, or once was, in force; permits 81 to 83 are exempt."""

    files: list[str]
    dataset_column: str = "code"
    map_metric = "column_values.county_in_files"
    success_keys = ("files", "dataset_column", "mostly")


class ExpectColumnValuesToBeInCodeTable(ColumnMapExpectation):
    """A code of the code table `table` 代码表, written as the standard writes it."""

    table: str
    files: list[str]
    dataset_column: str = "code"
    map_metric = "column_values.in_files"
    success_keys = ("files", "dataset_column", "mostly")


class ExpectColumnValuesToBeInDataset(ColumnMapExpectation):
    """A foreign key: the value stands in `dataset_column` of the published version of `dataset`."""

    dataset: str
    dataset_column: str
    files: list[str]
    map_metric = "column_values.in_files"
    success_keys = ("files", "dataset_column", "mostly")


class ExpectColumnValuesToBeTimely(ColumnMapExpectation):
    """A day or moment at most `days` before the window's beginning."""

    days: int
    since: str
    map_metric = "column_values.since"
    success_keys = ("since", "mostly")


class ExpectColumnToBeSumOfColumns(MulticolumnMapExpectation):
    """The first of `column_list` is the sum of the others, in rows that have all of them."""

    ignore_row_if: Literal["any_value_is_missing"] = "any_value_is_missing"
    map_metric = "multicolumn_values.first_is_sum"


class ExpectSumOfColumnsToBeAtMostColumn(MulticolumnMapExpectation):
    """The first of `column_list` is at least the sum of the others, in rows that have all of them."""

    ignore_row_if: Literal["any_value_is_missing"] = "any_value_is_missing"
    map_metric = "multicolumn_values.first_is_at_least_sum"
