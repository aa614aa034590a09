"""k and l of clean rows, against counting in plain Python."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.check import check
from schemas.dataset import Dataset, Grade, Identifying, Kind, Sharing
from schemas.linkage import Linkage, sensitive, told_apart
from tests.quality.landings import NOW, dataset, field, land

QUASI, SECRET = Identifying.QUASI, Identifying.SENSITIVE
PEOPLE = dataset(
    [
        field("person_id", key=1, identifying=Identifying.DIRECT),
        field("sex", identifying=QUASI),
        field("born", Kind.DATE, identifying=QUASI),
        field("illness", identifying=SECRET),
        field("benefit", Kind.INTEGER, identifying=SECRET),
        field("account", identifying=SECRET, shareable=False),
        field("note"),
    ],
    subject_kind="person",
)
Row = Mapping[str, Any]


def smallest(rows: Sequence[Row], columns: Sequence[str]) -> int:
    """The oracle of k."""
    return min(Counter(tuple(row[c] for c in columns) for row in rows).values())


def least_values(rows: Sequence[Row], columns: Sequence[str], hidden: Sequence[str]) -> int:
    """The oracle of l."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[c] for c in columns), []).append(row)
    return min(len({row[h] for row in group}) for group in groups.values() for h in hidden)


def person(number: int, **told: Any) -> dict[str, Any]:
    return {f.name: None for f in PEOPLE.fields} | {"person_id": f"P{number}"} | told


def linkage(of: Dataset, rows: Sequence[Row], lake: Path) -> Linkage | None:
    return check(of, land(of, rows, lake), lake, {}, NOW).linkage


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "sex": st.sampled_from(["男", "女", "", None]),
                "born": st.sampled_from([date(1950, 1, 1), date(1950, 1, 2), None]),
                "illness": st.sampled_from(["甲", "乙", None]),
                "benefit": st.sampled_from([1, 2, None]),
            }
        ),
        min_size=1,
        max_size=40,
    )
)
def test_k_and_l_are_those_of_plain_counting(tmp_path: Path, told: list[dict[str, Any]]) -> None:
    rows = [person(n, **one) for n, one in enumerate(told)]
    found = linkage(PEOPLE, rows, tmp_path)
    assert found is not None
    assert (found.told_apart, found.sensitive) == (("sex", "born"), ("illness", "benefit"))
    assert found.smallest_group == smallest(rows, found.told_apart)
    assert found.diversity == least_values(rows, found.told_apart, found.sensitive)


def test_values_that_run_together_are_not_the_same_combination(tmp_path: Path) -> None:
    """`a:b` + `c` is not `a` + `b:c`, and the text `-` is not NULL."""
    two = dataset(
        [field("id", key=1), field("a", identifying=QUASI), field("b", identifying=QUASI)], subject_kind="person"
    )
    pairs = [("1:1", "1"), ("1", "1:1"), ("1:11:1", ""), ("-", None), (None, "-"), (None, None), ("", "1:-")]
    verdict = check(
        two, land(two, [{"id": str(n), "a": a, "b": b} for n, (a, b) in enumerate(pairs)], tmp_path), tmp_path, {}, NOW
    )
    assert verdict.groups
    groups = pq.read_table(tmp_path / verdict.groups.path)
    assert len(set(groups["g"].to_pylist())) == groups.num_rows == len(pairs)


def test_only_rows_that_passed_are_counted(tmp_path: Path) -> None:
    verdict = check(
        PEOPLE,
        land(PEOPLE, [person(1, sex="男"), person(1, sex="男"), person(2, sex="男")], tmp_path),
        tmp_path,
        {},
        NOW,
    )
    assert verdict.linkage == Linkage(("sex", "born"), ("illness", "benefit"), 2, 1)


def test_no_rows_make_no_group(tmp_path: Path) -> None:
    found = linkage(PEOPLE, [], tmp_path)
    assert found == Linkage(("sex", "born"), ("illness", "benefit"), None, None)


def test_the_groups_say_what_they_are_of_and_hold_no_value(tmp_path: Path) -> None:
    rows = [person(n, sex="男", illness="甲" if n else "乙") for n in range(3)]
    verdict = check(PEOPLE, land(PEOPLE, rows, tmp_path), tmp_path, {}, NOW)
    assert verdict.groups
    file = pq.ParquetFile(tmp_path / verdict.groups.path)
    assert json.loads(file.metadata.metadata[b"told_apart"]) == [["sex", "born"], ["illness", "benefit"]]
    table = file.read()
    assert [str(f.type) for f in table.schema] == ["int16", "int64", "int64", "int64"]
    assert table["g"].to_pylist() == sorted(table["g"].to_pylist())
    assert sorted(table.filter([f == 1 for f in table["field"].to_pylist()])["n"].to_pylist()) == [1, 2]


def test_which_items_tell_people_apart() -> None:
    opened = replace(
        PEOPLE, sharing=Sharing.OPEN, fields=tuple(replace(f, grade=Grade.GENERAL_1) for f in PEOPLE.fields)
    )
    assert told_apart(opened) == ("person_id", "sex", "born", "illness", "benefit")
    assert sensitive(opened) == ("illness", "benefit")
    assert told_apart(replace(opened, subject_kind="")) == told_apart(opened)
    assert told_apart(replace(opened, subject_kind="enterprise")) == ()
    assert told_apart(replace(PEOPLE, subject_kind="enterprise")) == ()
    assert told_apart(replace(opened, fields=PEOPLE.fields)) == ()


def test_data_about_nobody_have_no_groups(tmp_path: Path) -> None:
    verdict = check(replace(PEOPLE, subject_kind=""), land(PEOPLE, [person(1)], tmp_path), tmp_path, {}, NOW)
    assert verdict.linkage is None
    assert verdict.groups is None
