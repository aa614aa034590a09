"""One landing, from rows to verdict."""

from pathlib import Path

from quality.check import check, read_verdict
from schemas.dataset import Kind
from tests.quality.landings import DAY, NOW, clean, dataset, failures, field, land, money, quarantined, rule

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
    ],
    default_scope="division_code",
)


def person(id: str | None, **more: object) -> dict[str, object]:
    return {"person_id": id, "name": "张一", "division_code": "370402000000", "amount": None, "granted_on": None} | more


def test_every_row_is_passed_quarantined_or_an_exact_copy(tmp_path: Path) -> None:
    rows = [
        person("1"),
        person("2"),
        person("2"),  # an exact copy
        person("3"),
        person("3", name="张三"),  # a conflict: both go
        person(None),
        person("4", amount=-1),
        person("5", division_code="370401000000"),
    ]
    misfit = {"field": "amount", "value": "七百", "reason": "not a decimal", "raw": "{}"}
    landing = land(PEOPLE, rows, tmp_path, rejects=[misfit])
    verdict = check(PEOPLE, landing, tmp_path, {}, NOW)
    assert (verdict.read, verdict.passed, verdict.quarantined, verdict.duplicates) == (9, 3, 5, 1)
    assert failures(verdict) == {
        "person_id.required": 1,
        "key.unique": 2,
        "amount.range": 1,
        "amount.misfit": 1,
        "row.duplicate": 1,
    }
    assert clean(verdict, tmp_path)["person_id"].to_pylist() == ["5", "1", "2"]
    assert [(r["_row"], r["_rules"]) for r in quarantined(verdict, tmp_path)] == [
        (4, ["key.unique"]),
        (5, ["key.unique"]),
        (6, ["person_id.required"]),
        (7, ["amount.range"]),
    ]
    assert read_verdict(tmp_path, PEOPLE.key, DAY) == verdict
