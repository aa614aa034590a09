"""Yearly tables of divisions as their publishers write them, told apart by their header: one place for each line."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from schemas.access import Tier
from schemas.errors import BadInput, ContractBroken, Mistake
from schemas.standards.division_code import normalise, shorter, tier_of

Row = Mapping[str, str]
PLAIN = ("code", "name", "parent", "kind")
VILLAGES = ("统计用区划代码", "村级名称", "乡级代码")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a yearly table."""

    line: int
    published: str
    """The code as the publisher writes it."""
    code: str
    """The same, normalised."""
    name: str
    parent: str
    """Normalised; empty for a province."""
    kind: str = ""
    """`zone` or `holder` where the table or the operator says so."""

    @property
    def tier(self) -> Tier:
        """By the digits."""
        return tier_of(self.code)

    @property
    def undivided(self) -> bool:
        """The line that stands for the missing counties of a city: its code is the city's own (441900 东莞市)."""
        return self.code == self.parent

    @property
    def zone_code(self) -> bool:
        """Whether it has one of the county codes 71 to 79, which the statistics give to development zones."""
        return self.tier is Tier.COUNTY and self.code[4] == "7"


def listed(text: str, file: str, *, zones: bool = False) -> tuple[Listed, ...]:
    """The places of a table, by its lines; ContractBroken has every mistake.

    `zones`: what has a zone's code is a zone, as the one who imports it says.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), restval="")
    read = _form(tuple(reader.fieldnames or ()), file)
    mistakes: list[Mistake] = []
    found: dict[str, Listed] = {}
    for row in reader:
        one = _place(read, row, file, reader.line_num, mistakes)
        if one is None:
            continue
        if one.published in found:
            first = found[one.published].line
            mistakes.append(Mistake(file, one.line, "code", one.published, f"each code once; line {first} has it"))
        found.setdefault(one.published, replace(one, kind="zone") if zones and one.zone_code else one)
    if mistakes:
        raise ContractBroken(mistakes)
    if not found:
        raise BadInput(f"{file}: found no line below the header, expected one for each place")
    return tuple(found.values())


def _place(
    read: Callable[[Row], tuple[str, str, str]], row: Row, file: str, line: int, mistakes: list[Mistake]
) -> Listed | None:
    code, parent, name = read(row)
    try:
        full = normalise(code)
        above = normalise(parent) if parent else shorter(full)
    except ValueError as wrong:
        mistakes.append(Mistake(file, line, "code", repr(code), str(wrong).rsplit("expected ", 1)[-1]))
        return None
    if not name.strip():
        mistakes.append(Mistake(file, line, "name", "nothing", "a name"))
        return None
    return Listed(line, code, full, name.strip(), above, row.get("kind") or "")


def _form(header: tuple[str, ...], file: str) -> Callable[[Row], tuple[str, str, str]]:
    """How this table says (code, parent, name)."""
    if {"code", "name", "province", "city", "area"} <= set(header):
        return _split_town if "town" in header else _split_county
    if {"code", "name"} <= set(header):
        above = next((one for one in ("parent", "areaCode", "cityCode", "provinceCode") if one in header), "")
        return lambda row: (row["code"], row.get(above, ""), row["name"])
    if set(VILLAGES) <= set(header):
        return lambda row: (row[VILLAGES[0]], row[VILLAGES[2]], row[VILLAGES[1]])
    raise BadInput(
        f"{file}: found the columns {', '.join(header)[:200] or 'nothing'}, expected {', '.join(PLAIN[:2])} and "
        f"perhaps {', '.join(PLAIN[2:])}, areaCode, cityCode, provinceCode, or the villages' {', '.join(VILLAGES)}"
    )


def _split_county(row: Row) -> tuple[str, str, str]:
    """Its digits in groups: 33, 01, 03 is the county 330103 of the city 3301."""
    return row["code"], row["province"] + row["city"], row["name"]


def _split_town(row: Row) -> tuple[str, str, str]:
    """Here `code` is that of the county; a town under no county (`area` 00 or empty) hangs under the city."""
    return row["code"] + row["town"][:3], row["code"], row["name"]
