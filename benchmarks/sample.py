"""Rows for benchmarks: residents of made-up towns under real counties, with valid check digits."""

import random
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from schemas.arrow import arrow_schema
from schemas.dataset import Dataset, Dimension, Field, FieldType, Kind, Rule, ScopeRole, Severity, Source
from tests.builders import make_dataset, make_field

COUNTIES = ("370402", "370403", "370404", "370405", "370406", "370481")
WEIGHTS = tuple(pow(2, 17 - n, 11) for n in range(17))


def resident_id(county: str, number: int) -> str:
    """A valid id of a made-up person: the day of birth and the serial follow from `number`."""
    seventeen = f"{county}{1950 + number % 60}{1 + number % 12:02d}{1 + number % 28:02d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, WEIGHTS, strict=True))
    return seventeen + "10X98765432"[total % 11]


def dataset(folder: Path, encoding: str) -> Dataset:
    """Seven columns of the usual kinds, read from a CSV file."""
    fields: tuple[Field, ...] = (
        make_field("number", type=FieldType(Kind.INTEGER), key=1, required=True),
        make_field("person_id", element="resident_id", required=True),
        make_field("name", title="姓名"),
        make_field("town", element="division", scope=ScopeRole.HOUSEHOLD, required=True),
        make_field("born", type=FieldType(Kind.DATE)),
        make_field("amount", type=FieldType(Kind.DECIMAL, 18, 2)),
        make_field("status"),
    )
    source = Source("csv_folder", "bench", {"folder": "", "pattern": "*.csv", "encoding": encoding})
    made = make_dataset("bench.people", fields=fields, rules=RULES, source=source, default_scope="town")
    del folder
    return replace(made, contract_hash="0" * 64)


def _rule(name: str, expectation: str, severity: Severity = Severity.ERROR, **arguments: object) -> Rule:
    return Rule(name, expectation, arguments, severity, Dimension.ACCURACY)


RULES = (
    _rule("number.required", "expect_column_values_to_not_be_null", column="number"),
    _rule("person_id.required", "expect_column_values_to_not_be_null", column="person_id"),
    _rule("town.required", "expect_column_values_to_not_be_null", column="town"),
    _rule("key.unique", "expect_column_values_to_be_unique", column="number"),
    _rule("person_id.resident_id", "expect_column_values_to_be_resident_id", column="person_id"),
    _rule("amount.range", "expect_column_values_to_be_between", column="amount", min_value=0, max_value=100000),
    _rule("status.set", "expect_column_values_to_be_in_set", column="status", value_set=["1", "2", "3"]),
    _rule("person_id.pattern", "expect_column_values_to_match_regex", column="person_id", regex="^[0-9]{17}[0-9X]$"),
    _rule("name.length", "expect_column_value_lengths_to_be_between", column="name", min_value=1, max_value=30),
)


def table(of: Dataset, rows: int) -> pa.Table:
    """`rows` rows in the dataset's types, seeded."""
    chance = random.Random(rows)
    numbers = range(rows)
    counties = [COUNTIES[n % 6] for n in numbers]
    ids = [resident_id(county, n) for county, n in zip(counties, numbers, strict=True)]
    columns = {
        "number": pa.array(numbers, pa.int64()),
        "person_id": pa.array(ids),
        "name": pa.array([f"演示{chr(0x4E00 + n % 5000)}" for n in numbers]),
        "town": pa.array([f"{c}{100 + chance.randrange(20):03d}000" for c in counties]),
        "born": pa.array([f"{one[6:10]}-{one[10:12]}-{one[12:14]}" for one in ids]).cast(pa.date32()),
        "amount": pa.array([f"{n % 9000}.{n % 100:02d}" for n in numbers]).cast(pa.decimal128(18, 2)),
        "status": pa.array([str(1 + n % 3) for n in numbers]),
    }
    return pa.table(columns, schema=arrow_schema(of))


def write_csv(of: Dataset, rows: int, folder: Path, encoding: str) -> Path:
    """The rows as a department would drop them."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{encoding}.csv"
    sink = pa.BufferOutputStream()
    pacsv.write_csv(table(of, rows), sink)
    file.write_bytes(sink.getvalue().to_pybytes().decode("utf-8").encode(encoding))
    return file
