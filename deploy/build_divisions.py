"""Makes the division tables that the package carries from the code history of yescallop/areacodes (CC0).

    python deploy/build_divisions.py <folder with codes.json> <folder to write to>

Years in the source are those of yearly tables: a code of 2018 is in the table of 31 December 2018. They are written
as years and read as that day. What the first table (1981) has is in force since before the table begins.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIRST_YEAR = 1981
CENTRAL = ("11", "12", "31", "50")


@dataclass(frozen=True, slots=True)
class Entry:
    """One code with one name from one yearly table to another."""

    code: str
    name: str
    parent: str
    start: int
    end: int | None
    became: tuple[tuple[str, int | None], ...]
    """(new code, year of a partial transfer or None for what became of it at its end)."""


def main(source: Path, target: Path) -> None:
    """Write `divisions.csv` and `division_lineage.csv`."""
    entries = sorted(_entries(json.loads((source / "codes.json").read_text(encoding="utf-8"))["items"], ""), key=_order)
    holders = _holders(entries)
    rows = [(e.code, e.name, _year(e.start), _year(e.end), "") for e in entries]
    rows += [(code, name, "", "", "holder") for code, name in holders.items()]
    _write(target / "divisions.csv", ("code", "name", "valid_from", "valid_to", "kind"), sorted(rows))
    _write(target / "division_lineage.csv", ("old", "new", "when", "kind"), sorted(set(_lineage(entries))))


def _order(entry: Entry) -> tuple[str, int]:
    return entry.code, entry.start


def _entries(items: list[Mapping[str, Any]], parent: str) -> Iterator[Entry]:
    for item in items:
        became = tuple((str(s["code"]), s.get("time")) for s in item.get("succ", ()))
        code = str(item["code"])
        yield Entry(code, item["name"], parent, item["start"], item.get("end"), became)
        yield from _entries(item.get("children", []), code)


def _holders(entries: list[Entry]) -> dict[str, str]:
    """Codes that only group counties: 市辖区 and 县 of the four central cities, 直辖 counties of a province."""
    known = {e.code for e in entries}
    found = {}
    for code in sorted(known):
        above = code[:4] + "00"
        if code[4:] != "00" and above not in known:
            found[above] = _holder_name(code)
    return found


def _holder_name(code: str) -> str:
    if code[:2] in CENTRAL:
        return {"01": "市辖区", "02": "县"}.get(code[2:4], "市直辖县级行政区划")
    return "自治区直辖县级行政区划" if code[:2] in ("15", "45", "54", "64", "65") else "省直辖县级行政区划"


def _lineage(entries: list[Entry]) -> Iterator[tuple[str, str, int, str]]:
    starts = {(e.code, e.start) for e in entries}
    heirs = [(e.code, new, e.end) for e in entries for new, year in e.became if year is None and e.end]
    origins = Counter((new, end) for _, new, end in heirs)
    fates: dict[tuple[str, int], list[str]] = defaultdict(list)
    for old, new, end in heirs:
        fates[old, end].append(new)
    for (old, end), news in fates.items():
        for new in news:
            alone = len(news) == 1 and origins[new, end] == 1 and (new, end) in starts
            yield old, new, end, "rename" if alone else "merge" if len(news) == 1 else "split"
    for entry in entries:
        yield from ((entry.code, new, year, "transfer") for new, year in entry.became if year)


def _year(year: int | None) -> str:
    return "" if year is None or year == FIRST_YEAR else str(year)


def _write(file: Path, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
