"""Real public data: where the contracts for them lie, and the connections that `yishu demo --data DIR` needs."""

import json
from collections.abc import Mapping
from pathlib import Path

from demo.faults import Truth
from schemas.errors import NotReady

CONTRACTS = Path(__file__).parent.parent / "tests" / "real" / "contracts"
"""They stand in the source tree, not in the wheel: the data do not come with the product either."""
FOLDERS = {
    "REAL_DIVISIONS": "divisions",
    "REAL_AIR": "air",
    "REAL_COVID_IT": "covid_it_regions",
    "REAL_COVID_CN": "covid_cn_daily",
    "REAL_CODES": "codes",
}
DATABASE = ("REAL_DIVISIONS_DB", "divisions/shandong.sqlite")


def _clean(rows: int) -> Truth:
    return Truth(read=rows, published=rows, quarantined={}, duplicates=0)


TRUTH: Mapping[str, Truth] = {
    "divisions_db.provinces": _clean(1),
    "divisions_db.cities": _clean(16),
    "divisions_db.areas": _clean(151),
    "divisions_db.streets": _clean(1_853),
    "divisions_db.villages": _clean(62_074),
    "divisions.provinces": _clean(31),
    "divisions.cities": _clean(342),
    "divisions.areas": _clean(2_978),
    "divisions.streets": _clean(41_352),
    "divisions.villages_shandong": _clean(62_074),
    "divisions.villages_zaozhuang": _clean(2_469),
    "divisions.villages_zaozhuang_dirty": Truth(
        read=2_493,
        published=2_385,
        quarantined={
            "code.misfit": 36,
            "name.required": 12,
            "name.pattern": 12,
            "street.in_dataset": 12,
            "key.unique": 24,
        },
        duplicates=12,
    ),
    "environment.air_hourly": Truth(
        read=70_128,
        published=70_128,
        quarantined={},
        duplicates=0,
        warnings={"pm25.measured": 1_699, "pm.fine_within_coarse": 2_867},
    ),
    "epidemic.italy_regions": Truth(1_890, 1_889, {"cases.sum": 1}, 0),
    "epidemic.china_cities": Truth(18_698, 18_470, {"cases.outcomes_within_confirmed": 228}, 0),
    "standards.industries": _clean(1_970),
}
"""What the data's own README says of each file; in an order in which they can be run one after the other.

36 broken codes are 12 in full-width digits, 12 in scientific notation and 12 cut to 11 digits.
"""


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
