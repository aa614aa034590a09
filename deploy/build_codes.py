"""Makes the code tables that the package carries from liulinwjzx/liuinwj-public-coding (MIT).

    python deploy/build_codes.py <folder with GB-4754-2017.csv and the others> <folder to write to>

The source has lost the leading zeros of the industries: how many digits a code has is told by its level. Names are
taken as they are but for blanks around them and for those in `NAMES`, where the source is not the standard.
"""

import csv
import sys
from collections.abc import Mapping
from pathlib import Path

WIDTHS = (1, 2, 3, 4)
"""Characters of an industry's code by level: section 门类, division 大类, group 中类, class 小类."""
NAMES: Mapping[str, Mapping[str, str]] = {
    "industry": {
        "727": "安全保护服务",
        "7271": "安全服务",
        "905": "文化体育娱乐活动与经纪代理服务",
        "9051": "文化活动服务",
    },
    "nationality": {"20": "傈僳族", "29": "柯尔克孜族", "36": "毛南族", "43": "乌孜别克族", "46": "德昂族"},
}
"""Two names run together, a wrong character, a missing 族, and two names that were changed in 1985 and 1986."""
UNKNOWN = (("97", "其他", ""), ("98", "外国血统中国籍人士", ""))
"""What registers write beside the 56: not yet identified or of no known nationality, and naturalised."""

Row = tuple[str, str, str]
"""Code, name, code above."""


def main(source: Path, target: Path) -> None:
    """Write `industry.csv`, `nationality.csv`, `degree.csv` and `party.csv`."""
    _write(target, "industry", _nested(_read(source / "GB-4754-2017.csv"), WIDTHS))
    _write(target, "nationality", [*_flat(_read(source / "GB-3304-1991.csv"), "code_number"), *UNKNOWN])
    _write(target, "degree", _nested(_read(source / "GB-6864-2003.csv"), (1, 3)))
    _write(target, "party", _flat(_read(source / "GB-4763-2008.csv"), "code"))


def _read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def _flat(rows: list[dict[str, str]], column: str) -> list[Row]:
    return [(row[column], row["name"].strip(), "") for row in rows]


def _nested(rows: list[dict[str, str]], widths: tuple[int, ...]) -> list[Row]:
    """Codes filled up with zeros to the width of their level."""
    by_id = {row["id"]: row for row in rows}

    def level(row: dict[str, str]) -> int:
        return 1 + level(by_id[row["parent_id"]]) if row["parent_id"] else 0

    full = {row["id"]: row["code"].zfill(widths[level(row)]) for row in rows}
    return [(full[row["id"]], row["name"].strip(), full.get(row["parent_id"], "")) for row in rows]


def _write(target: Path, table: str, rows: list[Row]) -> None:
    named = [(code, NAMES.get(table, {}).get(code, name), above) for code, name, above in rows]
    with (target / f"{table}.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("code", "name", "parent"))
        writer.writerows(sorted(named, key=lambda row: row[0]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
