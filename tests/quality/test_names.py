"""Fields may be called what our own statements call things."""

from pathlib import Path

import pyarrow as pa
import pytest

from quality.check import check
from quality.profile import LOOKED
from schemas.dataset import Dataset, Identifying
from schemas.linkage import Linkage
from schemas.profile import Profile
from schemas.record import from_json
from tests.quality.landings import NOW, dataset, failures, field, land, quarantined, rule

NAMES = (
    *("n", "g", "v", "a", "v1", "h", "field", "rows", "value", "values", "copies", "judged", "landed", "suspects"),
    *("alike", "first", "refused", "grouped", "sampled", "profiled", "order", "rule", "select", "count", "filename"),
)


def people(*names: str) -> Dataset:
    """A dataset about persons whose fields, all telling, have these names."""
    fields = [field("id", key=1), *(field(name, identifying=Identifying.QUASI) for name in names)]
    fields.append(field("illness", identifying=Identifying.SENSITIVE))
    forms = [rule(f"{name}.pattern", "column_values_to_match_regex", column=name, regex="^[0-9]$") for name in names]
    unique = rule("key.unique", "column_values_to_be_unique", column="id")
    return dataset(fields, [*forms, unique], subject_kind="person")


def table(of: Dataset, rows: int) -> pa.Table:
    """Every column in step, so that each of seven groups is told by any of them; in the last row nothing fits."""
    digits = [str(n % 7) for n in range(rows - 1)]
    columns = {one.name: [*digits, "none"] for one in of.fields}
    return pa.table(columns | {"id": [str(n) for n in range(rows)], "illness": [str(n // 7 % 2) for n in range(rows)]})


def test_no_name_of_a_field_is_taken_for_one_of_ours(tmp_path: Path) -> None:
    of = people(*NAMES)
    verdict = check(of, land(of, table(of, 71), tmp_path), tmp_path, {}, NOW)
    assert failures(verdict) == {f"{name}.pattern": 1 for name in NAMES}
    assert [row["_rules"] for row in quarantined(verdict, tmp_path)] == [[f"{name}.pattern" for name in NAMES]]
    assert verdict.linkage == Linkage(NAMES, ("illness",), 10, 2)


@pytest.mark.parametrize("name", ["file_row_number", "n"])
def test_of_many_rows_a_profile_is_drawn_whatever_the_fields_are_called(tmp_path: Path, name: str) -> None:
    of = people(name)
    verdict = check(of, land(of, table(of, 3 * LOOKED), tmp_path), tmp_path, {}, NOW)
    assert verdict.profile is not None
    file = tmp_path / verdict.profile.path
    profile = from_json(Profile, file.read_bytes(), where=str(file))
    assert (profile.rows, [column.nulls for column in profile.columns]) == (3 * LOOKED - 1, [0, 0, 0])
