"""Market regulation of the demo city: the register of enterprises as a spreadsheet with merged headers and cells."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from demo import names, places
from demo.checks import credit_code, spoiled
from demo.faults import Delivery, Fault, Kind, Row, change, copies, plant, put
from demo.people import mobile
from demo.spreadsheet import Cell, write_sheet

KEY = "market_regulation.enterprise"
SHEET = "企业登记"
TITLE = "枣庄市企业登记信息（演示数据）"
GROUPS = (("所在地", 3), ("登记信息", 7), ("联系方式", 1))
HEADER = (
    "省", "县（区、市）", "区划代码", "统一社会信用代码", "企业名称", "法定代表人", "行业代码",
    "注册资本（万元）", "成立日期", "经营状态", "联系电话",
)  # fmt: skip
COUNTY, DIVISION, CODE, NAME, CAPITAL = 1, 2, 3, 4, 7
FIRST = 4
"""Row of the sheet where the data begin: title, two header rows, then they."""
FAULTS = (
    Fault("credit_code.credit_code", 19, change(CODE, spoiled)),
    Fault("name.required", 4, put(NAME, None)),
    Fault("registered_division.known", 8, put(DIVISION, places.UNKNOWN)),
    Fault("registered_capital.misfit", 7, put(CAPITAL, "一百万")),
    Fault("key.unique", 5, put(CAPITAL, "0.01"), Kind.CONFLICT),
    copies(6),
)


def deliver(count: int, day: date, rng: random.Random) -> Delivery:
    """`count` enterprises, spread over the demo's villages."""
    homes = rng.choices([code for code, _, _ in places.villages()], k=count)
    every = names.persons()
    rows = [_row(number, home, every, day, rng) for number, home in enumerate(homes, start=1)]
    return plant(rows, FAULTS, rng)


def _row(number: int, home: str, every: Sequence[str], day: date, rng: random.Random) -> Row:
    county = places.COUNTIES[home[:6]]
    return [
        "山东省",
        county,
        home,
        credit_code(home[:6], f"DE{number:06d}"),
        names.company(county, number),
        every[rng.randrange(len(every))],
        names.INDUSTRIES[number % len(names.INDUSTRIES)],
        f"{rng.randrange(10, 5000)}.{rng.randrange(0, 100, 5):02d}",
        (day - timedelta(days=rng.randrange(30, 9000))).isoformat(),
        ("存续", "存续", "存续", "注销", "吊销")[rng.randrange(5)],
        mobile(rng),
    ]


def write_xlsx(rows: Sequence[Row], folder: Path, day: date) -> Path:
    """`enterprise_YYYYMMDD.xlsx`: one merged province cell for all, one merged county cell for each county."""
    ordered = sorted(rows, key=lambda row: row[COUNTY] or "")
    last = FIRST + len(ordered) - 1
    merged = ["A1:K1", "A2:C2", "D2:J2", f"A{FIRST}:A{last}"]
    first = FIRST
    for _, block in groupby(ordered, key=lambda row: row[COUNTY]):
        until = first + sum(1 for _ in block) - 1
        if until > first:
            merged.append(f"B{first}:B{until}")
        first = until + 1
    return write_sheet(folder / f"enterprise_{day:%Y%m%d}.xlsx", SHEET, _sheet(ordered), merged)


def _sheet(ordered: Sequence[Row]) -> Iterator[Sequence[Cell]]:
    yield [TITLE]
    yield [name if place == 0 else None for name, width in GROUPS for place in range(width)]
    yield HEADER
    above: str | None = None
    for place, row in enumerate(ordered):
        cells: list[Cell] = [*row]
        cells[0] = row[0] if place == 0 else None
        cells[COUNTY] = row[COUNTY] if row[COUNTY] != above else None
        cells[CAPITAL] = _number(row[CAPITAL] or "")
        above = row[COUNTY]
        yield cells


def _number(text: str) -> Cell:
    try:
        return float(text)
    except ValueError:
        return text
