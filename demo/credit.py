"""Credit records of the province: published penalties as a CSV with a byte order mark, some with a retired division."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from demo import names, places
from demo.checks import credit_code, spoiled
from demo.faults import Delivery, Fault, Kind, Row, change, copies, plant, put

KEY = "credit.penalty"
DERIVED = "credit.enterprise_profile"
HEADER = (
    "行政处罚决定书文号", "统一社会信用代码", "行政相对人名称", "区划代码", "处罚类别", "罚款金额",
    "处罚决定日期", "公示日期", "处罚机关",
)  # fmt: skip
DIVISION = 3
RETIRED_ROWS, SUCCESSOR_ROWS = 40, 12
KINDS = ("警告", "罚款", "没收违法所得", "责令停产停业", "吊销许可证件")
LAST_OF_LAIWU = date(2018, 12, 1)
FAULTS = (
    Fault("credit_code.credit_code", 10, change(1, spoiled)),
    Fault("enterprise_name.required", 3, put(2, "")),
    Fault("division.known", 6, put(DIVISION, places.UNKNOWN)),
    Fault("fine.misfit", 4, put(5, "伍佰元整")),
    Fault("key.unique", 3, put(5, "1.00"), Kind.CONFLICT),
    copies(5),
)


def deliver(enterprises: Sequence[Row], day: date, rng: random.Random) -> Delivery:
    """Penalties on one enterprise in six of the city's, and on some of other counties, one of them long dissolved.

    `enterprises` are rows of the register: the county in place 2, the credit code in place 3, the name in place 4.
    """
    here = [(str(e[2])[:6], str(e[3]), str(e[4])) for e in rng.sample(enterprises, max(300, len(enterprises) // 6))]
    counties = (
        [places.RETIRED] * RETIRED_ROWS
        + [places.SUCCESSOR] * SUCCESSOR_ROWS
        + rng.choices(places.ELSEWHERE[:-1], k=len(here) // 5)
    )
    there = [(c, credit_code(c, f"DF{n:06d}"), _stranger(c, n)) for n, c in enumerate(counties, start=1)]
    rows = [_row(number, about, day, rng) for number, about in enumerate(here + there, start=1)]
    late = (day - timedelta(days=400)).strftime("%Y/%m/%d")
    return plant(rows, (*FAULTS, Fault("published_on.timely", 8, put(7, late), Kind.WARNING)), rng)


def _stranger(county: str, number: int) -> str:
    return f"外市{county}{names.GIVEN[number % 60]}示例有限公司第{number:05d}号（演示）"


def _row(number: int, about: tuple[str, str, str], day: date, rng: random.Random) -> Row:
    county, code, name = about
    decided = (LAST_OF_LAIWU if county == places.RETIRED else day) - timedelta(days=rng.randrange(200, 700))
    return [
        f"鲁演罚决〔{decided.year}〕{number:06d}号",
        code,
        name,
        county,
        KINDS[number % len(KINDS)],
        f"{rng.randrange(1, 500) * 100}.00" if number % len(KINDS) == 1 else "-",
        decided.strftime("%Y/%m/%d"),
        (day - timedelta(days=rng.randrange(1, 150))).strftime("%Y/%m/%d"),
        f"{county}市场监督管理局（演示）",
    ]


def write_csv(rows: Sequence[Row], folder: Path, day: date) -> Path:
    """`penalty_YYYYMMDD.csv`, UTF-8 with a byte order mark. No value of ours needs quotes."""
    lines = [",".join(HEADER), *(",".join(value or "" for value in row) for row in rows), ""]
    file = folder / f"penalty_{day:%Y%m%d}.csv"
    file.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    return file
