"""Landings with planted faults, judged a second time in plain Python: both must say the same of every row."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from quality.check import check
from schemas.dataset import Kind, Severity
from schemas.standards.resident_id import check_digit, is_resident_id
from tests.quality.landings import NOW, clean, dataset, failures, field, known_divisions, land, money, quarantined, rule

DIVISIONS = ("370402000000", "370403000000", "370481000000")
SURVEY = dataset(
    [
        field("person_id", key=1),
        field("month", key=2),
        field("mobile"),
        field("division_code", element="division"),
        money("base"),
        money("paid"),
        field("paid_on", Kind.DATE),
    ],
    [
        rule("person_id.required", "column_values_to_not_be_null", column="person_id"),
        rule("month.required", "column_values_to_not_be_null", column="month"),
        rule("key.unique", "compound_columns_to_be_unique", column_list=["person_id", "month"]),
        rule("person_id.resident_id", "column_values_to_be_resident_id", column="person_id"),
        rule("month.set", "column_values_to_be_in_set", column="month", value_set=["01", "02", "03"]),
        rule("mobile.mobile", "column_values_to_match_regex", column="mobile", regex="^1[3-9][0-9]{9}$"),
        rule("mobile.unique", "column_values_to_be_unique", Severity.WARNING, column="mobile"),
        rule("division_code.known", "column_values_to_be_known_division", Severity.WARNING, column="division_code"),
        rule("base.range", "column_values_to_be_between", column="base", min_value="0", max_value="9999.99"),
        rule(
            "paid.below", "column_pair_values_a_to_be_greater_than_b", column_A="base", column_B="paid", or_equal=True
        ),
        rule("paid_on.timely", "column_values_to_be_timely", Severity.WARNING, column="paid_on", days=30),
    ],
    default_scope="division_code",
)
FIRST_DAY = date(2026, 10, 21)


def rows(chance: random.Random) -> list[dict[str, Any]]:
    """Rows of which about every fifth has a fault, and some are copies or share a key."""
    made: list[dict[str, Any]] = []
    for _ in range(chance.randint(0, 400)):
        if made and chance.random() < 0.1:
            made.append(dict(chance.choice(made)))
            continue
        row = sound(chance, len(made))
        if chance.random() < 0.2:
            row |= fault(chance, made)
        made.append(row)
    return made


def sound(chance: random.Random, number: int) -> dict[str, Any]:
    first = f"370402{date(1940, 1, 1) + timedelta(days=chance.randrange(28000)):%Y%m%d}{number:03}"
    base = (Decimal(chance.randrange(1_000_000)) / 100).quantize(Decimal("0.01"))
    return {
        "person_id": first + check_digit(first),
        "month": chance.choice(["01", "02", "03"]),
        "mobile": f"138{number:08}",
        "division_code": chance.choice(DIVISIONS),
        "base": base,
        "paid": base - Decimal("0.01"),
        "paid_on": FIRST_DAY + timedelta(days=chance.randrange(30)),
    }


def fault(chance: random.Random, made: list[dict[str, Any]]) -> dict[str, Any]:
    other = chance.choice(made) if made else {"person_id": None, "month": None, "mobile": None}
    return chance.choice(
        [
            {"person_id": None},
            {"month": None},
            {"person_id": "370402194001010000"},
            {"person_id": other["person_id"], "month": other["month"]},
            {"mobile": other["mobile"]},
            {"mobile": "１３８00000000"},
            {"month": "13"},
            {"division_code": None},
            {"division_code": "371202000000"},
            {"base": Decimal("-0.01")},
            {"base": None},
            {"paid": Decimal("10000.00")},
            {"paid": None, "base": None},
            {"paid_on": FIRST_DAY - timedelta(days=1)},
        ]
    )


def broken(row: dict[str, Any], keys: Counter[Any], mobiles: Counter[Any]) -> Iterator[str]:
    """The rules that a row breaks, said once more in Python."""
    person, month, base, paid = row["person_id"], row["month"], row["base"], row["paid"]
    if person is None:
        yield "person_id.required"
    if month is None:
        yield "month.required"
    if person is not None and month is not None and keys[person, month] > 1:
        yield "key.unique"
    if person is not None and not is_resident_id(person):
        yield "person_id.resident_id"
    if month is not None and month not in ("01", "02", "03"):
        yield "month.set"
    yield from ("mobile.mobile",) * (not (row["mobile"] or "13800000000").isascii())
    yield from ("mobile.unique",) * (mobiles[row["mobile"]] > 1 and row["mobile"] is not None)
    yield from ("division_code.known",) * (row["division_code"] not in (*DIVISIONS, None))
    yield from ("base.range",) * (base is not None and not 0 <= base <= Decimal("9999.99"))
    yield from ("paid.below",) * (base is not None and paid is not None and base < paid)
    yield from ("paid_on.timely",) * (row["paid_on"] < FIRST_DAY)


@pytest.mark.parametrize("seed", range(12))
def test_the_verdict_agrees_with_plain_python_on_every_row(tmp_path: Path, seed: int) -> None:
    landed = rows(random.Random(seed))
    kept: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(landed, 1):
        kept.setdefault(tuple(row.values()), number)
    judged = {number: landed[number - 1] for number in kept.values()}
    keys = Counter((row["person_id"], row["month"]) for row in judged.values())
    mobiles = Counter(row["mobile"] for row in judged.values())
    expected: dict[str, set[int]] = defaultdict(set)
    for number, row in judged.items():
        for name in broken(row, keys, mobiles):
            expected[name].add(number)

    verdict = check(
        SURVEY, land(SURVEY, landed, tmp_path, parts=3), tmp_path, known_divisions(tmp_path, *DIVISIONS), NOW
    )

    found: dict[str, set[int]] = defaultdict(set)
    for row in quarantined(verdict, tmp_path):
        for name in row["_rules"]:
            found[name].add(row["_row"])
    warnings = {one.name for one in SURVEY.rules if one.severity is Severity.WARNING}
    assert found == {name: numbers for name, numbers in expected.items() if name not in warnings}
    copies = {"row.duplicate": len(landed) - len(kept)} if len(landed) > len(kept) else {}
    assert failures(verdict) == {name: len(numbers) for name, numbers in expected.items()} | copies
    gone = {number for numbers in found.values() for number in numbers}
    passed = sorted(tuple(map(str, row.values())) for number, row in judged.items() if number not in gone)
    assert sorted(tuple(map(str, row.values())) for row in clean(verdict, tmp_path).to_pylist()) == passed
