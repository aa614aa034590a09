"""Real public data: where the contracts for them lie, and the connections that `yishu demo --data DIR` needs."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from schemas.errors import NotReady

CONTRACTS = Path(__file__).parent.parent / "tests" / "real" / "contracts"
"""They stand in the source tree, not in the wheel: the data do not come with the product either."""
DAY = date(2026, 11, 20)
"""Data date of all of them; the files are as they were published by then."""
FOLDERS = {
    "REAL_DIVISIONS": "divisions",
    "REAL_AIR": "air",
    "REAL_COVID_IT": "covid_it_regions",
    "REAL_COVID_CN": "covid_cn_daily",
    "REAL_CODES": "codes",
}
DATABASE = ("REAL_DIVISIONS_DB", "divisions/shandong.sqlite")


def real_connections(data: Path) -> Mapping[str, str]:
    """AIRFLOW_CONN_* for the data in `data`, read in place; NotReady names what is missing."""
    wanted = {name: data / folder for name, folder in FOLDERS.items()} | {DATABASE[0]: data / DATABASE[1]}
    missing = [str(path) for path in wanted.values() if not path.exists()]
    if missing:
        raise NotReady(f"--data {data}: expected {', '.join(missing)} to be there")
    if not CONTRACTS.is_dir():
        raise NotReady(f"the contracts for real data are expected in {CONTRACTS}: run from a source tree")
    kinds = {DATABASE[0]: "sqlite"}
    return {
        f"AIRFLOW_CONN_{name}": json.dumps({"conn_type": kinds.get(name, "fs"), "host": str(path.resolve())})
        for name, path in wanted.items()
    }
