"""Makes schemas/standards/work_days.csv from chinesecalendar (MIT), which must be installed where this runs.

python deploy/build_work_days.py 2024 2026 schemas/standards/work_days.csv
"""

import csv
import sys
from datetime import date, timedelta
from pathlib import Path

from chinese_calendar import constants

NOTICE = "国务院办公厅关于{}年部分节假日安排的通知"
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}


def rows(first: int, last: int) -> list[tuple[str, str, str]]:
    """Days off 放假 and days worked instead 调休上班; all others are as the week has them."""
    day, found = date(first, 1, 1), []
    while day.year <= last:
        notice = NOTICE.format(day.year)
        if day in constants.holidays:
            found.append((day.isoformat(), "no", f"{notice}：{NAMES[constants.holidays[day]]}"))
        if day in constants.workdays:
            found.append((day.isoformat(), "yes", f"{notice}：{NAMES[constants.workdays[day]]}调休上班"))
        day += timedelta(days=1)
    return found


def main() -> None:
    """The table, by day."""
    first, last, file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(("day", "working", "source"))
        writer.writerows(rows(first, last))


if __name__ == "__main__":
    main()
