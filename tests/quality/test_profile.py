"""The profile of clean rows, against plain Python; and what is never in it."""

import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from quality.check import check
from quality.profile import LOOKED
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset, Grade, Identifying, Kind, Transform
from schemas.profile import LEAST, LONGEST, MOST, QUANTILES, ColumnProfile, Profile, Share, shows_values
from schemas.record import from_json
from tests.quality.landings import DAY, NOW, dataset, field, land, money

OF = dataset(
    [
        field("id", key=1),
        field("status"),
        field("plate"),
        money("amount"),
        field("count", Kind.INTEGER),
        field("ratio", Kind.DOUBLE),
        field("since", Kind.DATE),
        field("at", Kind.TIMESTAMP),
        field("urban", Kind.BOOLEAN),
        field("name", identifying=Identifying.DIRECT),
    ]
)
ROWS: list[dict[str, Any]] = [
    {
        "id": f"R{n:04}",
        "status": None if n % 11 == 0 else ("在册", "停发", "注销", "")[n % 4],
        "plate": f"鲁D·{n:05}" if n % 3 else "鲁D学",
        "amount": Decimal(n) / 4,
        "count": n % 13,
        "ratio": n / 7,
        "since": date(2020, 1, 1) + timedelta(days=n),
        "at": datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=n),
        "urban": None if n % 2 else n % 4 == 0,
        "name": f"样例{n}",
    }
    for n in range(997)
]


def profiled(of: Dataset, rows: list[dict[str, Any]], lake: Path) -> Profile:
    verdict = check(of, land(of, rows, lake, parts=3), lake, {}, NOW)
    assert verdict.profile
    return from_json(Profile, (lake / verdict.profile.path).read_bytes(), where="profile")


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ColumnProfile]:
    found = profiled(OF, ROWS, tmp_path_factory.mktemp("lake"))
    assert (found.dataset, found.window, found.rows, found.made_at) == (OF.key, DAY.key, len(ROWS), NOW)
    return {one.name: one for one in found.columns}


def shape(text: str) -> str:
    """The oracle of patterns."""
    kinds = {"N": "9", "L": "A"}
    told = [("字" if "CJK" in unicodedata.name(c, "") else kinds.get(unicodedata.category(c)[0], c)) for c in text]
    return "".join(told[:LONGEST]) + ("…" if len(text) > LONGEST else "")


def largest(values: list[Any], most: int = MOST) -> tuple[Share, ...]:
    counted = [Share(str(value), n) for value, n in Counter(values).items() if n >= LEAST and value != ""]
    return tuple(sorted(counted, key=lambda share: (-share.rows, share.value))[:most])


@pytest.mark.parametrize("name", [f.name for f in OF.fields])
def test_nulls_are_exact_and_distinct_values_nearly(columns: dict[str, ColumnProfile], name: str) -> None:
    values = [row[name] for row in ROWS if row[name] is not None]
    assert columns[name].nulls == len(ROWS) - len(values)
    assert columns[name].distinct <= len(values)
    assert columns[name].distinct == pytest.approx(len(set(values)), rel=0.1, abs=0)


@pytest.mark.parametrize("name", ["amount", "count", "ratio"])
def test_extremes_are_exact_and_quantiles_nearly(columns: dict[str, ColumnProfile], name: str) -> None:
    values = sorted(float(row[name]) for row in ROWS)
    one = columns[name]
    assert (float(one.least), float(one.greatest)) == (values[0], values[-1])
    expected = [values[int(q * (len(values) - 1))] for q in QUANTILES]
    assert [float(q) for q in one.quantiles] == pytest.approx(expected, rel=0.02, abs=1)


def test_days_and_moments_have_extremes_and_quantiles_too(columns: dict[str, ColumnProfile]) -> None:
    since, at = columns["since"], columns["at"]
    assert (since.least, since.greatest) == ("2020-01-01", str(date(2020, 1, 1) + timedelta(days=996)))
    middle = date.fromisoformat(since.quantiles[2])
    assert abs(middle - (date(2020, 1, 1) + timedelta(days=498))) <= timedelta(days=3)
    assert at.least == "2020-01-01 08:00:00+08"
    assert len(at.quantiles) == len(QUANTILES)


def test_top_values_are_counted_exactly_most_frequent_first(columns: dict[str, ColumnProfile]) -> None:
    for name in ("status", "plate", "count"):
        assert columns[name].top == largest([row[name] for row in ROWS if row[name] is not None])
    assert columns["urban"].top == (Share("false", 249), Share("true", 250))[::-1]
    assert columns["id"].top == columns["since"].top == columns["amount"].top == ()


def test_lengths_and_patterns_of_text(columns: dict[str, ColumnProfile]) -> None:
    plates = [str(row["plate"]) for row in ROWS]
    assert columns["plate"].patterns == largest([shape(plate) for plate in plates])
    assert columns["plate"].patterns[0].value == "字A·99999"
    assert columns["plate"].lengths == (Share("3", 333), Share("8", 664))
    assert columns["status"].lengths[0] == Share("0", sum(row["status"] == "" for row in ROWS))
    assert columns["count"].lengths == columns["count"].patterns == ()


def test_patterns_of_other_scripts_and_long_texts(tmp_path: Path) -> None:
    texts = ["éß１２a1。-", "x" * LONGEST, "x" * (LONGEST + 1), "㐀字", "O'x字\"\n"]
    rows = [{"id": str(n), "text": texts[n // 6]} for n in range(30)]
    of = dataset([field("id", key=1), field("text")])
    assert {one.value for one in profiled(of, rows, tmp_path).columns[1].patterns} == {shape(text) for text in texts}


def test_of_many_rows_frequent_values_are_those_of_every_nth_and_never_more_than_all(tmp_path: Path) -> None:
    """Rows lie by key; three of four are looked past, and every fourth of the rest is NULL only where nobody looks."""
    of = dataset([field("id", key=1), field("kind"), field("code")])
    rows = LOOKED * 4 + 3
    kinds = ["甲" if n % 8 else "乙" for n in range(rows)]
    seldom = [None if n % 4 == 1 else f"A{n % 40 // 4}" for n in range(rows)]
    table = pa.table({"id": [f"{n:06}" for n in range(rows)], "kind": kinds, "code": seldom}).cast(arrow_schema(of))
    verdict = check(of, land(of, table, tmp_path), tmp_path, {}, NOW)
    assert verdict.profile
    found = from_json(Profile, (tmp_path / verdict.profile.path).read_bytes(), where="profile")
    assert found.every == 4
    every = range(0, rows, found.every)
    for column, values in zip(found.columns[1:], (kinds, seldom), strict=True):
        filled = rows - column.nulls
        assert filled == sum(value is not None for value in values)
        sample = Counter(values[n] for n in every)
        assert {one.value: one.rows for one in column.top} == {
            str(value): n * filled // len(every) for value, n in sample.items()
        }
        assert sum(one.rows for one in column.top) <= filled
    assert found.columns[2].patterns == (Share("A9", found.columns[2].patterns[0].rows),)


def test_what_fewer_than_five_rows_have_is_not_shown(tmp_path: Path) -> None:
    of = dataset([field("id", key=1), field("kind"), field("few", Kind.INTEGER)])
    kinds = ["常见"] * 6 + ["甲"] * 5 + ["罕见"] * 4 + ["独一abc"]
    rows = [{"id": f"{n:03}", "kind": kind, "few": n if n < 4 else None} for n, kind in enumerate(kinds)]
    found = {one.name: one for one in profiled(of, rows, tmp_path).columns}
    assert found["kind"].top == (Share("常见", 6), Share("甲", 5))
    assert found["kind"].patterns == (Share("字字", 10), Share("字", 5))
    assert found["kind"].lengths == (Share("1", 5), Share("2", 10))
    assert found["few"] == ColumnProfile("few", 12, 4, masked=False)


@pytest.mark.parametrize(
    "told",
    [
        {"identifying": Identifying.DIRECT},
        {"identifying": Identifying.QUASI},
        {"identifying": Identifying.SENSITIVE},
        {"grade": Grade.GENERAL_3},
        {"grade": Grade.CORE},
        {"transform": Transform.MASK},
        {"shareable": False},
    ],
    ids=str,
)
def test_of_what_may_point_at_somebody_only_counts_are_kept(tmp_path: Path, told: dict[str, Any]) -> None:
    hidden = [replace(field(name, kind), **told) for name, kind in (("text", Kind.STRING), ("amount", Kind.INTEGER))]
    assert not any(map(shows_values, hidden))
    of = dataset([field("id", key=1), *hidden])
    rows = [{"id": f"{n}", "text": "隐私丙", "amount": 77_123} for n in range(20)]
    verdict = check(of, land(of, rows, tmp_path), tmp_path, {}, NOW)
    assert verdict.profile
    text = (tmp_path / verdict.profile.path).read_text(encoding="utf-8")
    assert "隐私丙" not in text
    assert "77123" not in text
    found = from_json(Profile, text, where="profile").columns[1:]
    assert found == (ColumnProfile("text", 0, 1, masked=True), ColumnProfile("amount", 0, 1, masked=True))


def test_no_rows_have_a_profile_too(tmp_path: Path) -> None:
    found = profiled(OF, [], tmp_path)
    assert found.rows == 0
    assert all((one.nulls, one.distinct, one.top) == (0, 0, ()) for one in found.columns)
