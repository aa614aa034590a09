"""A county rewritten and masked by polars, in its own environment: prints seconds of each of some runs as JSON."""

import importlib
import json
import sys
import time
from typing import Any

RUNS = 4
"""The first one warms up."""


def main() -> None:
    """What to read, where the county begins and where to write stand in the argument."""
    told = json.loads(sys.argv[1])
    pl = importlib.import_module("polars")
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        _rewrite(pl, told)
        times.append(time.perf_counter() - began)
    sys.stdout.write(json.dumps(times[1:]))


def _rewrite(pl: Any, told: dict[str, Any]) -> None:
    mask = [
        pl.concat_str(pl.col("person_id").str.slice(0, 6), pl.lit("********"), pl.col("person_id").str.tail(2)),
        pl.concat_str(pl.col("name").str.slice(0, 1), pl.lit("**")),
        pl.concat_str(pl.col("phone").str.slice(0, 3), pl.lit("********"), pl.col("phone").str.tail(4)),
    ]
    named = [one.alias(name) for one, name in zip(mask, ("person_id", "name", "phone"), strict=True)]
    inside = pl.col("household").str.starts_with(told["county"])
    pl.scan_parquet(told["paths"]).filter(inside).with_columns(named).sink_parquet(told["to"], compression="zstd")


if __name__ == "__main__":
    main()
