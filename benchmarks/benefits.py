"""The table of the quality benchmark: twelve columns, one row in a hundred with one of twelve defects."""

import hashlib
from dataclasses import replace
from pathlib import Path

import duckdb

from benchmarks.benefit_rules import RULES
from benchmarks.sample import COUNTIES
from quality.macros import macros
from schemas.dataset import Dataset, FieldType, Identifying, Kind
from schemas.journey import Landing, Part, Window
from schemas.standards.credit_code import ALPHABET, WEIGHTS
from schemas.standards.resident_id import WEIGHTS as ID_WEIGHTS
from tests.builders import DAY, NOW, make_dataset, make_field

DATASET: Dataset = make_dataset(
    "bench.benefits",
    fields=(
        make_field("number", type=FieldType(Kind.INTEGER), key=1),
        make_field("resident_id"),
        make_field("credit_code"),
        make_field("division"),
        make_field("name"),
        make_field("born", type=FieldType(Kind.DATE)),
        make_field("registered", type=FieldType(Kind.DATE)),
        make_field("updated", type=FieldType(Kind.DATE)),
        make_field("amount", type=FieldType(Kind.DECIMAL, 18, 2)),
        make_field("mobile"),
        make_field("status"),
        make_field("household"),
    ),
    rules=RULES,
    default_scope="division",
    contract_hash="0" * 64,
)
POINTING = {"resident_id": Identifying.DIRECT, "born": Identifying.QUASI, "division": Identifying.QUASI}
POINTING |= {"status": Identifying.SENSITIVE}
PEOPLE: Dataset = replace(
    DATASET,
    subject_kind="person",
    fields=tuple(replace(f, identifying=POINTING.get(f.name, Identifying.NONE)) for f in DATASET.fields),
)
"""The same about persons, whom village and date of birth tell apart: nearly every row is a group of its own."""
KINDS = 12
FAULTY = 7
"""Row n has a defect where n % 100 is this; which one, n // 100 % 12 says."""
DIVISIONS = 700_000
"""As many codes as all villages and communities of the country."""
DAYS = 14_600
"""Days of birth, from 1950 on."""


def truth(rows: int) -> dict[str, int]:
    """Rule -> rows that must break it; rules that are not named must find nothing."""
    of = [0] * KINDS
    for kind in (n // 100 % KINDS for n in range(FAULTY, rows, 100)):
        of[kind] += 1
    twice = dict.fromkeys(("number.unique", "resident_id.unique", "benefit.unique"), 2 * of[0])
    singly = (
        "resident_id.required resident_id.resident_id credit_code.credit_code division.known name.length born.range "
        "registered.after_birth amount.range mobile.mobile status.set household.in_dataset"
    )
    return twice | dict(zip(singly.split(), of[1:], strict=True))


def references(place: Path) -> dict[str, tuple[Path, ...]]:
    """What the rules look values up in, as `write` lays it down."""
    return {"divisions": (place / "divisions.parquet",), "bench.households": (place / "households.parquet",)}


def write(place: Path, rows: int) -> Landing:
    """The rows as a landing in the lake `place`, and the two reference sets beside it. The same rows every time."""
    file = place / "benefits.parquet"
    with duckdb.connect() as database:
        for statement in macros():
            database.execute(statement)
        _copy(database, _ROWS.format(rows=rows), file)
        _copy(database, f"SELECT {_code('n')} AS code FROM range({DIVISIONS}) t(n)", place / "divisions.parquet")
        homes = f"SELECT {_home('n')} AS id FROM range({rows // 3 + 1}) t(n)"
        _copy(database, homes, place / "households.parquet")
    return landing(place, rows)


def landing(place: Path, rows: int) -> Landing:
    """The landing of rows that `write` laid down before."""
    file = place / "benefits.parquet"
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    part = Part(file.name, rows, file.stat().st_size, digest)
    return Landing(DATASET.key, DATASET.contract_hash, Window.of_day(DAY), rows, (part,), None, {}, NOW, "bench")


def _copy(database: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    database.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")


def _code(number: str) -> str:
    return f"(110000000000 + {number} * 1000003)::VARCHAR"


def _home(number: str) -> str:
    return f"'H' || lpad(({number})::VARCHAR, 9, '0')"


def _weighed(text: str, weights: tuple[int, ...], alphabet: str) -> str:
    """The weighted sum of a text's characters by their places in an alphabet."""
    return " + ".join(
        f"(strpos('{alphabet}', {text}[{place}]) - 1) * {weight}" for place, weight in enumerate(weights, 1)
    )


# Defect 0 repeats number, person and day of the row before; the rest of the row is its own.
_ROWS = f"""
WITH numbered AS (
    SELECT n, CASE WHEN n % 100 = {FAULTY} THEN n // 100 % {KINDS} ELSE -1 END AS defect FROM range({{rows}}) t(n)
), placed AS (
    SELECT *, CASE WHEN defect = 0 THEN n - 1 ELSE n END AS m FROM numbered
), told AS (
    SELECT *, {list(COUNTIES)!r}[m % 6 + 1] AS county, DATE '1950-01-01' + (m // 6 % {DAYS})::INT AS day,
        lpad((m // 6 // {DAYS} % 1000)::VARCHAR, 3, '0') AS serial FROM placed
), coded AS (
    SELECT *, county || strftime(day, '%Y%m%d') || serial AS person, '91' || county || lpad(n::VARCHAR, 9, '0') AS firm
    FROM told
), checked AS (
    SELECT *, '10X98765432'[({_weighed("person", ID_WEIGHTS, "0123456789")}) % 11 + 1] AS digit,
        (31 - ({_weighed("firm", WEIGHTS, ALPHABET)}) % 31) % 31 AS place FROM coded
)
SELECT m AS number,
    CASE defect WHEN 1 THEN NULL WHEN 2 THEN person || CASE digit WHEN '0' THEN '1' ELSE '0' END
        ELSE person || digit END AS resident_id,
    firm || '{ALPHABET}'[CASE defect WHEN 3 THEN (place + 1) % 31 ELSE place END + 1] AS credit_code,
    CASE defect WHEN 4 THEN '999999999999' ELSE {_code(f"hash(n) % {DIVISIONS}")} END AS division,
    CASE defect WHEN 5 THEN '' ELSE '演示' || chr((19968 + n % 5000)::INT) END AS name,
    CASE defect WHEN 6 THEN DATE '1800-01-01' ELSE day END AS born,
    CASE defect WHEN 7 THEN day - 1 ELSE day + 6570 + (m % 1000)::INT END AS registered,
    DATE '2026-11-19' - (n % 30)::INT AS updated,
    (CASE defect WHEN 8 THEN -1 ELSE n % 9000 + n % 100 / 100 END)::DECIMAL(18, 2) AS amount,
    CASE WHEN defect = 9 THEN '１３８００００' WHEN n % 33 <> 0 THEN '138' || lpad((n % 100000000)::VARCHAR, 8, '0') END
        AS mobile,
    CASE defect WHEN 10 THEN '9' ELSE (1 + n % 3)::VARCHAR END AS status,
    CASE defect WHEN 11 THEN 'H-nowhere' ELSE {_home("n // 3")} END AS household,
    n + 1 AS _row, 'bench' AS _piece, n + 1 AS _place
FROM checked ORDER BY n
"""
