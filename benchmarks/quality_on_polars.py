"""The same rules with pandera on polars, in an environment that has them: neither is a dependency of Yishu.

`python -m benchmarks.quality_on_polars <place>` validates once for each line that it reads, and answers each with one
JSON object: seconds, and the rules that were broken with the rows that broke them.
"""

import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from time import perf_counter

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from benchmarks.benefit_rules import CODE, FIRM, MOBILE, PERSON
from schemas.standards.credit_code import ALPHABET, WEIGHTS
from schemas.standards.resident_id import WEIGHTS as ID_WEIGHTS


def _check(name: str, kept: pl.Expr) -> pa.Check:
    """A rule over whole rows; NULL keeps it."""
    return pa.Check(lambda data: data.lazyframe.select(kept.fill_null(True).alias(name)), name=name)


def _resident_id() -> pl.Expr:
    one = pl.col("resident_id")
    digits = (one.str.slice(place, 1).cast(pl.Int64, strict=False) for place in range(17))
    total = pl.sum_horizontal(*(digit * weight for digit, weight in zip(digits, ID_WEIGHTS, strict=True))) % 11
    check = total.replace_strict(list(range(11)), list("10X98765432"), return_dtype=pl.String)
    born = one.str.slice(6, 8).str.to_date("%Y%m%d", strict=False).is_not_null()
    return pl.when(one.is_null()).then(None).otherwise((one.str.slice(17, 1) == check) & born)


def _credit_code() -> pl.Expr:
    letters, places = list(ALPHABET), list(range(len(ALPHABET)))
    total = pl.sum_horizontal(
        *(
            pl.col("credit_code").str.slice(at, 1).replace_strict(letters, places, default=None, return_dtype=pl.Int32)
            * weight
            for at, weight in enumerate((*WEIGHTS, 1))
        )
    )
    return total % 31 == 0


def _unique(*columns: str) -> pl.Expr:
    present = pl.all_horizontal(pl.col(column).is_not_null() for column in columns)
    return ~(pl.struct(columns).is_duplicated() & present)


def _schema(place: Path) -> pa.DataFrameSchema:
    known = {name: pl.read_parquet(place / f"{name}.parquet").to_series() for name in ("divisions", "households")}
    text, col = pl.String, pl.col
    rules = {
        "rows": pl.len() >= 1,
        **{f"{c}.required": col(c).is_not_null() for c in ("number", "resident_id", "credit_code", "division", "name")},
        "status.required": col("status").is_not_null(),
        "mobile.required": (col("mobile").is_not_null().mean() >= 0.9),
        "number.unique": _unique("number"),
        "resident_id.unique": _unique("resident_id"),
        "benefit.unique": _unique("resident_id", "registered"),
        "resident_id.pattern": col("resident_id").str.contains(PERSON),
        "credit_code.pattern": col("credit_code").str.contains(FIRM),
        "division.pattern": col("division").str.contains(CODE),
        "mobile.mobile": col("mobile").str.contains(MOBILE),
        "name.length": col("name").str.len_chars().is_between(1, 30),
        "credit_code.length": col("credit_code").str.len_chars() == 18,
        "status.set": col("status").is_in(["1", "2", "3"]),
        "division.known": col("division").is_in(known["divisions"].implode()),
        "household.in_dataset": col("household").is_in(known["households"].implode()),
        "amount.range": col("amount").is_between(0, 100_000),
        "born.range": col("born").is_between(date(1900, 1, 1), date(2026, 11, 19)),
        "resident_id.resident_id": _resident_id(),
        "credit_code.credit_code": _credit_code(),
        "updated.latest": col("updated").max() >= date(2026, 11, 18),
        "updated.timely": col("updated") >= date(2026, 9, 20),
        "registered.after_birth": col("registered") >= col("born"),
        "updated.after_registration": col("updated") >= col("registered"),
    }
    return pa.DataFrameSchema(
        {"number": pa.Column(pl.Int64, nullable=True), "name": pa.Column(text, nullable=True)},
        checks=[_check(name, kept) for name, kept in rules.items()],
    )


def validate(place: Path) -> Mapping[str, int]:
    """Read the file, run the schema over all rows; rule -> rows that broke it."""
    frame = pl.scan_parquet(place / "benefits.parquet").select(pl.exclude("_row", "_piece", "_place")).collect()
    try:
        _schema(place).validate(frame, lazy=True)
    except SchemaErrors as wrong:
        cases = wrong.failure_cases.group_by("check").len()
        return {str(rule): int(count) for rule, count in cases.iter_rows()}
    return {}


def main() -> None:
    """A run for each line, until there are no more."""
    for _ in sys.stdin:
        began = perf_counter()
        found = validate(Path(sys.argv[1]))
        sys.stdout.write(json.dumps({"seconds": perf_counter() - began, "found": found}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
