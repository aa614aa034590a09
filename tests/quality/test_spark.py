"""The same verdict from Spark as from DuckDB, to the row: every rule, gaps in keys, copies, types, strange texts."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from math import isclose
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.shelf import Shelf
from quality.check import check
from quality.spark.session import missing, opened
from schemas.arrow import arrow_schema
from schemas.contract_words import EXPECTATIONS
from schemas.dataset import Dataset, Identifying, Kind, Severity
from schemas.engine import Engine
from schemas.journey import SHANGHAI, Landing, Verdict
from schemas.past import NO_PAST, Past, PastVersion
from schemas.profile import Profile
from schemas.record import from_json
from schemas.standards.credit_code import is_credit_code
from schemas.standards.luhn import is_bank_card
from schemas.standards.organisation_code import is_organisation_code
from schemas.standards.resident_id import is_resident_id
from tests.builders import make_verdict
from tests.catalog import test_splice as cut
from tests.quality import test_truth as survey
from tests.quality.landings import NOW, clean, dataset, field, known_divisions, land, quarantined, rule
from tests.quality.test_macros import SEED, cards, codes, ids, organisations
from tests.quality.test_rules import CASES, FIELDS, LOW, NASTY, WHOLE, references

pytestmark = pytest.mark.slow
HAN = "𠮷野𪚥"
"""Characters beyond the first plane of Unicode: two units of Java's, one character."""

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Of few rows the time is Java's own: it compiles what runs once, and compiles it again to run faster."""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session for all tests here; skipped loudly where Spark cannot run."""
    why = missing()
    if why:
        pytest.skip(f"NOT TESTED ON SPARK: {why}")
    with pytest.MonkeyPatch.context() as env:
        env.setenv("JAVA_TOOL_OPTIONS", QUICK)
        with opened("local[1]", tmp_path_factory.mktemp("spark")) as session:
            session.conf.set("spark.sql.shuffle.partitions", "1")
            yield session


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and the lake that it lies in."""

    verdict: Verdict
    lake: Path

    def read(self, start: str) -> list[pa.Table]:
        files = [part.path for part in (*self.verdict.clean, *self.verdict.quarantine)]
        return [pq.read_table(self.lake / path) for path in files if Path(path).name.startswith(start)]


def judged(of: Dataset, landing: Landing, lake: Path, **more: Any) -> tuple[Judged, Judged]:
    """The landing as DuckDB and as Spark judge it, one after the other in the same lake."""
    found = []
    for engine in Engine:
        verdict = check(
            replace(of, engine=engine), landing, lake, more.get("known", {}), NOW, past=more.get("past", NO_PAST)
        )
        kept = lake.with_name(f"{lake.name}-{engine}")
        (lake / "verdicts").rename(kept.mkdir() or kept / "verdicts")
        found.append(Judged(verdict, kept))
    return found[0], found[1]


def alike(one: str, other: str) -> bool:
    """What a rule about the whole saw; sums of doubles depend on their order in the last digits."""
    try:
        return one == other or isclose(float(one), float(other), rel_tol=1e-12)
    except ValueError:
        return False


def same(one: Judged, other: Judged) -> None:
    """Facts, quarantine to the row and in order, clean rows in order with their types, profile and groups."""
    facts = [
        replace(each.verdict, seconds=0, clean=(), quarantine=(), profile=None, groups=None) for each in (one, other)
    ]
    for ours, theirs in zip(*(each.findings for each in facts), strict=True):
        assert replace(ours, observed="") == replace(theirs, observed="")
        assert alike(ours.observed, theirs.observed), ours.rule
    assert replace(facts[0], findings=()) == replace(facts[1], findings=())
    assert clean(one.verdict, one.lake).equals(clean(other.verdict, other.lake))
    assert [rows.to_pylist() for rows in one.read("quarantine")] == [
        rows.to_pylist() for rows in other.read("quarantine")
    ]
    assert [rows.schema.types for rows in one.read("quarantine")] == [
        rows.schema.types for rows in other.read("quarantine")
    ]
    parts = [(one.verdict.groups, other.verdict.groups)]
    if len(other.verdict.clean) == 1:  # a profile's estimates depend on how the rows are cut into files
        parts.append((one.verdict.profile, other.verdict.profile))
    for part, its in parts:
        assert (part is None) == (its is None)
        if part and its:
            assert (one.lake / part.path).read_bytes() == (other.lake / its.path).read_bytes()


def rule_rows() -> list[dict[str, Any]]:
    """The rows of all cases, some of them twice, and texts of every kind."""
    rows = [row for case in CASES for row in case[2]]
    texts = ("", " ", NASTY, HAN, f"{HAN}1", "a\n", "\u0085", "é", "e\u0301", "１２", "Ａ", "\x00", "ſ", "٣")
    return rows + rows[::7] + [{"a": text, "b": HAN, "c": text} for text in texts]


def test_every_rule_about_rows_refuses_the_same_rows(spark: Any, tmp_path: Path) -> None:
    levels = (Severity.ERROR, Severity.CRITICAL, Severity.WARNING)
    rules = [rule(f"r{n}", case[0], levels[n % 3], **case[1]) for n, case in enumerate(CASES)]
    of = dataset(FIELDS, rules)
    known = references(tmp_path)
    ours, theirs = judged(of, land(of, rule_rows(), tmp_path, parts=3), tmp_path, known=known)
    assert ours.verdict.duplicates > 0
    assert len({len(row["_rules"]) for row in quarantined(ours.verdict, ours.lake)}) > 5
    same(ours, theirs)


@pytest.mark.parametrize("seed", [3])
def test_planted_faults_have_one_verdict_and_the_clean_rows_one_order(spark: Any, tmp_path: Path, seed: int) -> None:
    rows = survey.rows(random.Random(seed))
    for place, row in enumerate(rows):
        row["mobile"] = (row["mobile"], f"{HAN}{place}", None)[place % 3]
    of = replace(survey.SURVEY, rules=tuple(one for one in survey.SURVEY.rules if one.name != "mobile.mobile"))
    rejects = [{"field": "paid_on", "value": "昨天", "reason": "no date", "raw": "昨天"}]
    landing = land(of, rows, tmp_path, parts=3, rejects=rejects)
    ours, theirs = judged(of, landing, tmp_path, known=known_divisions(tmp_path, *survey.DIVISIONS))
    assert min(ours.verdict.passed, ours.verdict.quarantined, ours.verdict.duplicates) > 0
    same(ours, theirs)


WATCHED = [
    *(rule(f"w{n}", case[0], Severity.CRITICAL, **case[1]) for n, case in enumerate(WHOLE) if case[0] in EXPECTATIONS),
    *(
        rule(f"{column}.{figure}", f"column_{figure}_to_be_between", Severity.WARNING, column=column, min_value=1)
        for column in ("n", "x", "rate")
        for figure in ("max", "min", "mean", "median", "stdev", "sum")
    ),
    *(
        rule(f"{column}.{figure}", f"column_{figure}_to_be_between", Severity.WARNING, column=column, min_value=least)
        for column, least in (("day", "2026-01-02"), ("moment", "2026-11-20T00:00:00+08:00"))
        for figure in ("max", "min")
    ),
    *(
        rule(
            f"{column}.{word}", f"column_distinct_values_to_{word}_set", Severity.WARNING, column=column, value_set=some
        )
        for column, some in (("day", ["2026-01-02"]), ("x", ["1.00"]), ("n", [1, 2]))
        for word in ("be_in", "contain", "equal")
    ),
    *(
        rule(f"{column}.drift", "column_distribution_to_be_near_past", Severity.WARNING, column=column)
        for column in ("n", "a", "x", "day", "moment", "rate", "yes")
    ),
    rule("rows.near", "table_row_count_to_be_near_past", Severity.WARNING, max_change=0.2),
    rule("rows.source", "table_row_count_to_equal_source", Severity.WARNING),
]


def figures(number: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        {
            "n": n,
            "a": chance.choice(["城市", "农村", HAN, None]),
            "x": Decimal(chance.randrange(100_000)) / 100,
            "day": date(2026, 1, 1) + timedelta(days=chance.randrange(300)),
            "moment": LOW + timedelta(seconds=chance.randrange(10**6), microseconds=chance.randrange(10**6)),
            "rate": chance.gauss(10, 2) if n % 9 else None,
            "yes": chance.random() < 0.5,
        }
        for n in range(number)
    ]


@pytest.mark.parametrize("number", [500, 0])
def test_figures_about_the_whole_and_about_the_past_are_the_same(spark: Any, tmp_path: Path, number: int) -> None:
    of = dataset(FIELDS, WATCHED)
    before = check(of, land(of, figures(600, 1), tmp_path), tmp_path, {}, NOW)
    assert before.profile is not None
    profile = from_json(Profile, (tmp_path / before.profile.path).read_bytes(), where="profile")
    past = Past((PastVersion(1, "2026-11-19", 600),), profile)
    landing = replace(land(of, figures(number, 2), tmp_path), source_rows=number + 1)
    same(*judged(of, landing, tmp_path, past=past))


WORDS = ("null", "count", "current_date", "true")
"""Fields may be called what SQL calls something."""


def test_many_files_hold_one_order_and_every_declared_type(spark: Any, tmp_path: Path) -> None:
    spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    try:
        quasi = {"identifying": Identifying.QUASI}
        fields = [replace(one, key=1) if one.name == "n" else one for one in FIELDS]
        fields += [field("born", Kind.DATE, **quasi), field("wide", Kind.DECIMAL, precision=38, scale=10)]
        fields += [field(name) for name in WORDS]
        rules = [rule(f"{name}.unique", "column_values_to_be_unique", column=name) for name in WORDS]
        rules.append(rule("both.unique", "compound_columns_to_be_unique", column_list=list(WORDS)))
        of = dataset(fields, rules, subject_kind="person")
        old, wide = date(1, 1, 3), Decimal("1234567890123456789012345678.0123456789")
        rows = [
            {
                **row,
                "born": (old, date(1900, 1, 1), None)[at % 3],
                "wide": -wide,
                **dict.fromkeys(WORDS, f"{at // 2 * 2 if at < 9 else at}"),
            }
            for at, row in enumerate(figures(400, 5))
        ]
        rows[7]["moment"] = datetime(1582, 10, 4, 12, tzinfo=SHANGHAI)
        ours, theirs = judged(of, land(of, rows[::-1], tmp_path), tmp_path)
        same(ours, theirs)
    finally:
        spark.conf.unset("spark.sql.adaptive.coalescePartitions.enabled")
        spark.conf.set("spark.sql.shuffle.partitions", "1")
    assert {one.failed for one in theirs.verdict.findings if one.rule.endswith(".unique")} == {8}
    assert len(theirs.verdict.clean) > 1
    for part in theirs.verdict.clean:
        assert pq.read_schema(theirs.lake / part.path).equals(arrow_schema(of))
    assert theirs.verdict.linkage is not None


PATTERNS = (
    *(r"^1[3-9][0-9]{9}$", r"^\d+$", r"^[\w.-]+$", r"\s", r"^.{2}$", r"^.*$", r"^[^a]$", r"^(?:ab|cd)?$", "a|b$"),
    *(r"^\p{Han}+$", r"^[一-龥]+$", r"[[:alpha:]]", r"^(ab)+$", r"\bab\b", r"(?i)AB", r"a{2,}", "a{,2}", r"^[^\d\s]+$"),
    *(r"\.$", r"^\S+$", r"\W", r"[]a]", r"[a&&b]", r"^[𠮷-𪚥]", r"a\z", r"^\[", r"[\^\-\]]", "#", r"^a?b*c+?$", "é"),
)
TEXTS = (
    *(
        "",
        "a",
        "ab",
        "abab",
        "ab\n",
        "a b",
        "13800000000",
        "13800000000\n",
        "１３８",
        "一数",
        HAN,
        HAN[:3],
        "𪚥",
        "a\x0bb",
    ),
    *(
        "a\r",
        "a\u0085",
        "\u2028",
        ".",
        "a.b-c",
        "a&b",
        "]",
        "[a",
        "a{,2}",
        "#",
        "ſ",
        "K",
        "é",
        "e\u0301",
        "aa",
        "-",
        "\x00",
    ),
)


def test_a_pattern_finds_on_spark_what_it_finds_on_duckdb(spark: Any) -> None:
    sf, regex = import_module("pyspark.sql.functions"), import_module("quality.spark.regex")
    found, java = regex.found, regex.java
    rows = spark.createDataFrame([(text,) for text in TEXTS], "a string")
    told = rows.select("a", *(found(sf.col("a"), one).alias(f"p{at}") for at, one in enumerate(PATTERNS))).collect()
    theirs = {row["a"]: [row[f"p{at}"] for at, _ in enumerate(PATTERNS)] for row in told}
    with duckdb.connect() as database:
        ours = {
            text: [database.execute("SELECT regexp_matches($1, $2)", [text, one]).fetchall()[0][0] for one in PATTERNS]
            for text in TEXTS
        }
    wrong = [
        (PATTERNS[at], text, ours[text][at])
        for text in TEXTS
        for at, _ in enumerate(PATTERNS)
        if ours[text][at] != theirs[text][at]
    ]
    assert wrong == []
    assert {java(one) is None for one in PATTERNS} == {True, False}


def test_numbers_are_checked_as_the_standards_say(spark: Any) -> None:
    sf, spark_checks = import_module("pyspark.sql.functions"), import_module("quality.spark.checks")
    chance = random.Random(SEED)
    texts = [one for made in (ids, codes, organisations, cards) for one in made(chance)]
    long = {one for one in texts if len(one) >= 12}  # bank cards have 12 to 19 digits, Luhn numbers two and more
    ways: dict[str, tuple[Callable[[str], bool], Iterable[str]]] = {
        "resident_id": (is_resident_id, texts),
        "credit_code": (is_credit_code, texts),
        "organisation_code": (is_organisation_code, texts),
        "luhn": (is_bank_card, long),
    }
    rows = spark.createDataFrame([(text,) for text in {*texts, HAN}], "a string")
    asked = rows.select("a", *(getattr(spark_checks, name)(sf.col("a")).alias(name) for name in ways)).collect()
    for name, (plain, which) in ways.items():
        said = {row["a"]: row[name] for row in asked}
        assert [text for text in which if said[text] != plain(text)] == []
        assert sum(map(plain, which)) > 1000


def test_java_reads_a_file_that_was_cut_for_a_recipient(spark: Any, sqlite_shelf: Shelf, tmp_path: Path) -> None:
    sqlite_shelf.publish(cut.DATASET, make_verdict(sqlite_shelf.lake, cut.DATASET, cut.ROWS), cut.NOW)
    decision = cut.allow("370402000000", "370403000000")
    file = tmp_path / "scope.parquet"
    cut.spliced(sqlite_shelf, decision).write(file)
    truth = cut.read(sqlite_shelf, decision).sort_by("person_id")
    found = spark.read.parquet(str(file)).toArrow().sort_by("person_id")
    assert truth.num_rows
    assert found.cast(truth.schema).equals(truth)
