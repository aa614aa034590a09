"""Where the demo city lies: real counties of Zaozhuang, towns and villages of its own under them."""

import csv
from pathlib import Path

PROVINCE = "370000000000"
CITY = "370400000000"
COUNTIES = {
    "370402": "市中区",
    "370403": "薛城区",
    "370404": "峄城区",
    "370405": "台儿庄区",
    "370406": "山亭区",
    "370481": "滕州市",
}
"""Real codes and names; six digits."""
NEIGHBOUR = "370826000000"
"""微山县 of Jining: where some recipients who live in the city are registered."""
RETIRED = "371202"
"""莱城区 of Laiwu, dissolved at the end of 2018; its land is 370116 济南市莱芜区."""
SUCCESSOR = "370116"
ELSEWHERE = ("370102", "370202", "370602", SUCCESSOR)
"""Counties of other cities in the province's credit records."""
UNKNOWN = "370499901201"
"""A code that no table has ever had."""
MADE_UP = "（演示）"
"""Behind every name of the demo's own."""

_COUNTY_WORDS = "甲乙丙丁戊己"
_NUMBERS = "一二三四五六七八九"
TOWNS, VILLAGES = 5, 8


def towns() -> tuple[tuple[str, str, str], ...]:
    """(code, name, parent) of the demo's towns; their numbers 901… are used by no real town."""
    return tuple(
        (f"{county}{901 + t}000", f"{word}{_NUMBERS[t]}镇{MADE_UP}", f"{county}000000")
        for word, county in zip(_COUNTY_WORDS, COUNTIES, strict=True)
        for t in range(TOWNS)
    )


def villages() -> tuple[tuple[str, str, str], ...]:
    """(code, name, parent) of the demo's villages."""
    return tuple(
        (f"{code[:9]}{201 + v}", f"{name[:2]}{_NUMBERS[v]}村{MADE_UP}", code)
        for code, name, _ in towns()
        for v in range(VILLAGES)
    )


def write_divisions(file: Path) -> Path:
    """The towns and villages as a table for `yishu divisions import`."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("code", "name", "parent"))
        rows.writerows(towns() + villages())
    return file
