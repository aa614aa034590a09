"""Human resources of the demo city: social insurance payments, one GB18030 CSV file a day in a shared folder."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from demo import places
from demo.checks import spoiled
from demo.faults import Delivery, Fault, Kind, Row, change, copies, plant, put
from demo.people import Person

KEY = "human_resources.insurance_payment"
HEADER = (
    "缴费流水号", "身份证号", "姓名", "单位统一社会信用代码", "参保地行政区划代码", "险种", "费款所属期",
    "缴费基数", "缴费金额", "缴费日期",
)  # fmt: skip
KINDS = (("养老保险", 8), ("医疗保险", 2), ("失业保险", 1), ("工伤保险", 1))
FAULTS = (
    Fault("person_id.resident_id", 6, change(1, spoiled)),
    Fault("employer_credit_code.credit_code", 5, change(3, spoiled)),
    Fault("insured_division.required", 3, put(4, "")),
    Fault("insured_division.known", 4, put(4, places.UNKNOWN)),
    Fault("paid_amount.misfit", 8, put(8, "一百元")),
    Fault("key.unique", 2, put(7, "99999.00"), Kind.CONFLICT),
    copies(9),
)


def deliver(people: Sequence[Person], employers: Sequence[str], day: date, rng: random.Random) -> Delivery:
    """One day's payments: one person in ten."""
    count = max(200, len(people) // 10)
    chosen = rng.choices(people, k=count)
    rows = [_row(number, person, employers, day, rng) for number, person in enumerate(chosen, start=1)]
    late = (day - timedelta(days=40)).strftime("%Y%m%d")
    return plant(rows, (*FAULTS, Fault("paid_on.timely", 7, put(9, late), Kind.WARNING)), rng)


def _row(number: int, person: Person, employers: Sequence[str], day: date, rng: random.Random) -> Row:
    kind, percent = KINDS[number % len(KINDS)]
    base = rng.randrange(4000, 20000)
    return [
        f"JF{day:%Y%m%d}{number:06d}",
        person.id,
        person.name,
        employers[rng.randrange(len(employers))],
        person.village,
        kind,
        f"{day:%Y%m}",
        f"{base}.00",
        f"{base * percent / 100:.2f}",
        f"{day - timedelta(days=rng.randrange(5)):%Y%m%d}",
    ]


def write_csv(rows: Sequence[Row], folder: Path, day: date) -> Path:
    """`payment_YYYYMMDD.csv`, GB18030, CRLF. No value of ours needs quotes."""
    lines = [",".join(HEADER), *(",".join(value or "" for value in row) for row in rows), ""]
    file = folder / f"payment_{day:%Y%m%d}.csv"
    file.write_bytes("\r\n".join(lines).encode("gb18030"))
    return file
