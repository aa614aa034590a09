"""One landing, from rows to verdict."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from quality.check import Task, check, check_within, read_verdict
from quality.desk import Desk
from quality.engine import Limits
from schemas.arrow import arrow_schema
from schemas.dataset import Dimension, Kind, Load, Severity, Source
from schemas.errors import BadInput, NotReady
from schemas.journey import Verdict
from tests.quality.landings import (
    DAY,
    NOW,
    clean,
    dataset,
    failures,
    field,
    known_divisions,
    land,
    money,
    quarantined,
    rule,
)

PEOPLE = dataset(
    [
        field("person_id", key=1, required=True),
        field("name", required=True),
        field("division_code", element="division"),
        money("amount"),
        field("granted_on", Kind.DATE),
    ],
    [
        rule("person_id.required", "column_values_to_not_be_null", column="person_id"),
        rule("key.unique", "column_values_to_be_unique", column="person_id"),
        rule("amount.range", "column_values_to_be_between", column="amount", min_value="0", max_value="5000.50"),
        rule("division_code.known", "column_values_to_be_known_division", Severity.WARNING, column="division_code"),
    ],
    default_scope="division_code",
)
VILLAGES = ("370402000000", "370481000000")


def person(id: str | None, **more: object) -> dict[str, object]:
    return {"person_id": id, "name": "张一", "division_code": "370402000000", "amount": None, "granted_on": None} | more


ROWS = [
    person("1"),
    person("2"),
    person("2"),  # an exact copy
    person("3"),
    person("3", name="张三"),  # a conflict: both go
    person(None),
    person("4", amount=Decimal("-0.01"), division_code="999999000000"),  # an error and a warning
    person("5", division_code="370401000000"),  # a warning alone
    person("6", amount=Decimal("5000.50")),
]
MISFIT = {"field": "amount", "value": "七百", "reason": "not a decimal", "raw": "{}"}


def judged(lake: Path) -> Verdict:
    landing = land(PEOPLE, ROWS, lake, rejects=[MISFIT], parts=2)
    return check(PEOPLE, landing, lake, known_divisions(lake, *VILLAGES), NOW)


def test_every_row_is_passed_quarantined_or_an_exact_copy(tmp_path: Path) -> None:
    verdict = judged(tmp_path)
    assert (verdict.read, verdict.passed, verdict.quarantined, verdict.duplicates) == (10, 4, 5, 1)
    assert failures(verdict) == {
        "person_id.required": 1,
        "key.unique": 2,
        "amount.range": 1,
        "division_code.known": 2,
        "amount.misfit": 1,
        "row.duplicate": 1,
    }


def test_quarantine_holds_each_row_with_its_place_and_the_rules_it_broke(tmp_path: Path) -> None:
    rows = quarantined(judged(tmp_path), tmp_path)
    assert [(r["_row"], r["_rules"]) for r in rows] == [
        (4, ["key.unique"]),
        (5, ["key.unique"]),
        (6, ["person_id.required"]),
        (7, ["amount.range"]),
    ]
    assert rows[3]["amount"] == Decimal("-0.01")
    assert rows[3]["_piece"] == "low_income"


def test_misfits_of_the_landing_lie_in_quarantine_with_reason_and_raw_value(tmp_path: Path) -> None:
    parts = [part for part in judged(tmp_path).quarantine if part.path.endswith("quarantine-misfits.parquet")]
    (row,) = pq.read_table(tmp_path / parts[0].path).to_pylist()
    assert row["_rules"] == ["amount.misfit"]
    assert (row["value"], row["reason"]) == ("七百", "not a decimal")


def test_clean_rows_have_the_declared_columns_and_are_sorted_by_place_and_key(tmp_path: Path) -> None:
    table = clean(judged(tmp_path), tmp_path)
    assert table.schema.equals(arrow_schema(PEOPLE))
    assert table["person_id"].to_pylist() == ["5", "1", "2", "6"]


def test_every_kind_of_field_keeps_its_type_through_the_check(tmp_path: Path) -> None:
    kinds = [field(kind.value, kind) for kind in Kind if kind is not Kind.DECIMAL]
    of = dataset([*kinds, money("decimal"), field("wide", Kind.DECIMAL, precision=38, scale=10)])
    landing = land(of, [{}, {"decimal": Decimal("1.50"), "boolean": True, "timestamp": NOW, "string": ""}], tmp_path)
    table = clean(check(of, landing, tmp_path, {}, NOW), tmp_path)
    assert table.schema.equals(arrow_schema(of))
    assert table["timestamp"].to_pylist() == [None, NOW]


def test_a_score_is_the_mean_over_the_rules_of_its_dimension(tmp_path: Path) -> None:
    scores = judged(tmp_path).scores
    assert scores[Dimension.COMPLETENESS] == 1 - 1 / 8
    assert scores[Dimension.ACCURACY] == 1 - 2 / 8
    assert scores[Dimension.CONSISTENCY] == pytest.approx(((1 - 2 / 7) + (1 - 1 / 9)) / 2)
    assert Dimension.TIMELINESS not in scores


def test_a_verdict_is_read_back_as_it_was(tmp_path: Path) -> None:
    assert read_verdict(tmp_path, PEOPLE.key, DAY) is None
    verdict = judged(tmp_path)
    assert read_verdict(tmp_path, PEOPLE.key, DAY) == verdict


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = judged(tmp_path), judged(tmp_path)
    assert (first.clean, first.quarantine, first.findings) == (second.clean, second.quarantine, second.findings)
    folder = tmp_path / "verdicts" / PEOPLE.key / DAY.key
    assert sorted(file.name for file in folder.iterdir() if not file.name.startswith(".")) == [
        "clean-0.parquet",
        "profile.json",
        "quarantine-misfits.parquet",
        "quarantine.parquet",
        "validation.json",
        "verdict.json",
    ]


def test_a_run_that_fails_leaves_nothing_that_looks_like_a_verdict(tmp_path: Path) -> None:
    broken = replace(
        PEOPLE, rules=(rule("name.pattern", "column_values_to_match_regex", column="name", regex="(?=x)"),)
    )
    with pytest.raises(BadInput, match=r"name\.pattern cannot be evaluated"):
        check(broken, land(broken, ROWS, tmp_path), tmp_path, {}, NOW)
    assert read_verdict(tmp_path, PEOPLE.key, DAY) is None
    assert check(PEOPLE, land(PEOPLE, ROWS, tmp_path), tmp_path, known_divisions(tmp_path, "1"), NOW).read == 9


def test_a_rule_that_cannot_be_evaluated_is_named_and_no_value_of_the_data_is(tmp_path: Path) -> None:
    rules = (PEOPLE.rules[0], rule("name.sum", "multicolumn_sum_to_equal", column_list=["name", "amount"], sum_total=1))
    of = replace(PEOPLE, rules=rules)
    landing = land(of, [person("1", name="张一", amount=Decimal(1))], tmp_path)
    with pytest.raises(BadInput, match=r"low_income: rule name\.sum cannot be evaluated: .*Error") as told:
        check(of, landing, tmp_path, {}, NOW)
    assert "张一" not in str(told.value)


def test_a_check_that_lacks_memory_says_so(tmp_path: Path) -> None:
    landing = land(PEOPLE, [person(str(n)) for n in range(20_000)], tmp_path)
    task = Task(PEOPLE, landing, tmp_path, known_divisions(tmp_path, "1"), NOW)
    with pytest.raises(NotReady, match="memory than it may take"):
        check_within(task, Limits(threads=1, memory="1MB"))


def test_a_check_that_cannot_use_its_disk_says_so_and_leaves_it_free(tmp_path: Path) -> None:
    with sa.create_engine("duckdb:///:memory:").connect() as connection:
        desk = Desk(connection, PEOPLE)
        with pytest.raises(NotReady, match=r"low_income: the check cannot use its disk: .*nowhere"):
            desk.tell(f"COPY (SELECT 1) TO '{tmp_path}/nowhere/clean-0.parquet'")
    test_a_check_that_lacks_memory_says_so(tmp_path)
    assert not (tmp_path / "verdicts" / PEOPLE.key / DAY.key / ".work").exists()


def test_the_verdict_is_on_the_contract_it_was_judged_by(tmp_path: Path) -> None:
    landing = land(PEOPLE, ROWS, tmp_path)
    of = replace(PEOPLE, contract_hash="another")
    assert check(of, landing, tmp_path, known_divisions(tmp_path, "1"), NOW).contract == "another"


def test_what_an_aborted_run_left_is_thrown_away(tmp_path: Path) -> None:
    scratch = tmp_path / "verdicts" / PEOPLE.key / DAY.key / ".work"
    scratch.mkdir(parents=True)
    (scratch / "desk.duckdb").write_bytes(b"half a database")
    assert judged(tmp_path).read == 10
    assert not scratch.exists()


def test_a_critical_rule_blocks_but_the_rows_can_be_looked_at(tmp_path: Path) -> None:
    rules = (
        rule("rows", "table_row_count_to_be_between", Severity.CRITICAL, min_value=100),
        rule("name.required", "column_values_to_not_be_null", Severity.CRITICAL, column="name"),
        rule("amount.sum", "column_sum_to_be_between", Severity.WARNING, column="amount", min_value=1),
    )
    of = replace(PEOPLE, rules=rules)
    verdict = check(of, land(of, [person("1"), person("2", name=None)], tmp_path), tmp_path, {}, NOW)
    assert verdict.blocked == ("rows", "name.required")
    assert (verdict.passed, verdict.quarantined) == (1, 1)
    found = {one.rule: one for one in verdict.findings}
    assert (found["rows"].checked, found["rows"].failed, found["rows"].observed) == (1, 1, "2")


def test_misfits_block_where_the_contract_says_so(tmp_path: Path) -> None:
    of = replace(PEOPLE, rules=(), source=Source("sql_table", "", {}, on_misfit=Severity.CRITICAL))
    assert check(of, land(of, [person("1")], tmp_path), tmp_path, {}, NOW).blocked == ()
    verdict = check(of, land(of, [person("1")], tmp_path, rejects=[MISFIT]), tmp_path, {}, NOW)
    assert verdict.blocked == ("amount.misfit",)


@pytest.mark.parametrize("rejects", [(), (MISFIT,)])
def test_a_landing_without_rows_has_a_verdict_without_rows(tmp_path: Path, rejects: tuple[dict[str, str], ...]) -> None:
    landing = land(PEOPLE, [], tmp_path, rejects=rejects)
    verdict = check(PEOPLE, landing, tmp_path, known_divisions(tmp_path), NOW)
    assert (verdict.read, verdict.passed, verdict.quarantined) == (len(rejects), 0, len(rejects))
    assert verdict.blocked == (("row.none",) if rejects else ())
    assert clean(verdict, tmp_path).schema.equals(arrow_schema(PEOPLE))


@pytest.mark.parametrize(("load", "blocked"), [(Load.SNAPSHOT, ("row.none",)), (Load.APPEND, ())])
def test_a_snapshot_whose_rows_are_all_refused_is_held_back(
    tmp_path: Path, load: Load, blocked: tuple[str, ...]
) -> None:
    of = replace(PEOPLE, source=replace(PEOPLE.source, load=load))
    some = land(of, [person("1"), person(None)], tmp_path, rejects=[MISFIT])
    assert check(of, some, tmp_path, known_divisions(tmp_path), NOW).blocked == ()
    none = land(of, [person("2"), person("2", name="张三"), person(None)], tmp_path, rejects=[MISFIT])
    verdict = check(of, none, tmp_path, known_divisions(tmp_path), NOW)
    assert (verdict.read, verdict.passed, verdict.blocked) == (4, 0, blocked)
    told = {one.rule: (one.failed, one.observed) for one in verdict.findings}
    assert told.get("row.none") == ((4, "none of 4 rows is left; all are in quarantine") if blocked else None)


def test_without_key_scope_or_rules_only_exact_copies_go(tmp_path: Path) -> None:
    of = dataset([field("名称"), field("amount", Kind.DOUBLE)])
    rows = [{"名称": n, "amount": a} for n, a in [("甲", 1.5), (None, None), ("甲", 1.5), (None, None), ("甲", None)]]
    verdict = check(of, land(of, rows, tmp_path), tmp_path, {}, NOW)
    assert (verdict.passed, verdict.duplicates) == (3, 2)
    assert clean(verdict, tmp_path).to_pylist() == [rows[0], rows[1], rows[4]]


def test_copies_are_exact_only_when_every_declared_column_agrees(tmp_path: Path) -> None:
    rows = [person("1"), person("1", amount=Decimal(0)), person("1"), person("1", amount=Decimal(0)), person(None)] * 2
    of = replace(PEOPLE, rules=())
    verdict = check(of, land(of, rows, tmp_path, parts=3), tmp_path, {}, NOW)
    assert (verdict.passed, verdict.duplicates) == (3, 7)


def test_columns_may_be_named_with_any_word(tmp_path: Path) -> None:
    words = ["select", "order", "qualify", "pivot", "名 称", 'say "so"', "100%", "a:b", "GROUP", "judged"]
    rules = [rule(f"{word}.required", "column_values_to_not_be_null", column=word) for word in words]
    rules += [rule(f"{word}.set", "column_values_to_be_in_set", column=word, value_set=["1"]) for word in words]
    rules.append(rule("key.unique", "compound_columns_to_be_unique", column_list=words[:5]))
    of = dataset([field(word, key=place) for place, word in enumerate(words, 1)], rules, default_scope="order")
    rows = [dict.fromkeys(words, "1"), dict.fromkeys(words, "2"), dict.fromkeys(words), dict.fromkeys(words, "1")]
    verdict = check(of, land(of, rows, tmp_path), tmp_path, {}, NOW)
    assert (verdict.passed, verdict.quarantined, verdict.duplicates) == (1, 2, 1)
    assert len(failures(verdict)) == 21


def test_a_lake_may_lie_in_a_folder_with_any_name(tmp_path: Path) -> None:
    lake = tmp_path / "政务's [lake] *?:{a}"
    assert judged(lake).passed == 4


def test_all_values_missing_breaks_only_what_requires_them(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"name": str(n)} for n in range(3)]
    verdict = check(PEOPLE, land(PEOPLE, rows, tmp_path), tmp_path, known_divisions(tmp_path, "1"), NOW)
    assert failures(verdict) == {"person_id.required": 3, "row.none": 3}


def test_a_null_in_a_part_of_the_key_is_found_by_the_rule_beside_it(tmp_path: Path) -> None:
    """Great Expectations' SQL counts no duplicates where a part of the key is NULL; hence the pair of rules."""
    of = dataset(
        [field("person_id", key=1), field("month", key=2), field("n", Kind.INTEGER)],
        [
            rule("person_id.required", "column_values_to_not_be_null", column="person_id"),
            rule("month.required", "column_values_to_not_be_null", column="month"),
            rule("key.unique", "compound_columns_to_be_unique", column_list=["person_id", "month"]),
        ],
    )
    keys = [("1", "01"), ("1", "01"), ("1", None), ("1", None), (None, "01"), ("2", "01")]
    rows = [{"person_id": p, "month": m, "n": n} for n, (p, m) in enumerate(keys)]
    verdict = check(of, land(of, rows, tmp_path), tmp_path, {}, NOW)
    assert failures(verdict) == {"key.unique": 2, "month.required": 2, "person_id.required": 1}
    assert clean(verdict, tmp_path)["n"].to_pylist() == [5]


def test_a_missing_part_and_a_part_of_another_contract_are_told_apart(tmp_path: Path) -> None:
    landing = land(PEOPLE, ROWS, tmp_path)
    other = replace(PEOPLE, fields=(*PEOPLE.fields[:3], field("amount", Kind.INTEGER), PEOPLE.fields[4]))
    with pytest.raises(BadInput, match=r"amount: found decimal128\(18, 2\), expected int64"):
        check(other, landing, tmp_path, known_divisions(tmp_path, "1"), NOW)
    (tmp_path / landing.parts[0].path).unlink()
    with pytest.raises(NotReady, match="no file at"):
        check(PEOPLE, landing, tmp_path, known_divisions(tmp_path, "1"), NOW)


def test_a_landing_that_does_not_balance_is_refused(tmp_path: Path) -> None:
    landing = replace(land(PEOPLE, ROWS, tmp_path), read=77)
    with pytest.raises(BadInput, match="read 77 rows, but holds 9 and rejected 0"):
        check(PEOPLE, landing, tmp_path, {}, NOW)


def test_clean_files_have_row_groups_of_at_most_128_ki(tmp_path: Path) -> None:
    of = dataset([field("n", Kind.INTEGER, key=1)])
    table = pa.table({"n": pa.array(range(300_000), pa.int64())})
    verdict = check(of, land(of, table, tmp_path), tmp_path, {}, NOW)
    facts = pq.read_metadata(tmp_path / verdict.clean[0].path)
    assert max(facts.row_group(i).num_rows for i in range(facts.num_row_groups)) <= 131_072
    assert facts.row_group(0).column(0).compression == "ZSTD"
