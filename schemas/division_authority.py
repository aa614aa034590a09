"""Who is right where two sources give the same fact about a division: one authority for each kind of fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.access import Tier
from schemas.division_forms import Listed


class Fact(StrEnum):
    """Kinds of facts that sources disagree about: that a place exists, what it is called and where it lies."""

    COUNTY = "county"
    """Provinces, cities and counties."""
    ZONE = "zone"
    """Development zones."""
    TOWN = "town"
    VILLAGE = "village"
    GRID = "grid"


@dataclass(frozen=True, slots=True)
class Named:
    """The source that wins for one kind of fact, and on what ground."""

    fact: Fact
    source: str
    """Short name, as imports and comparisons give it: `mca`, `nbs`, or one of your own."""
    basis: str
    at: datetime | None = None
    """When it was recorded; None for what is so unless an installation says otherwise."""


DEFAULTS: Mapping[Fact, Named] = {
    one.fact: one
    for one in (
        Named(Fact.COUNTY, "mca", "《行政区划管理条例》：县级以上行政区划代码由民政部公布（条款待核）"),
        Named(Fact.ZONE, "nbs", "开发区不是行政区划，只有统计用区划代码（编制规则条款待核）"),
        Named(Fact.TOWN, "nbs", "统计用区划代码和城乡划分代码，每年公布至村级（条款待核）"),
        Named(Fact.VILLAGE, "nbs", "统计用区划代码和城乡划分代码，每年公布至村级（条款待核）"),
        Named(Fact.GRID, "local", "网格由本地划定"),
    )
}
"""What holds until an installation records something else. `mca` 民政部, `nbs` 国家统计局, `local` this area."""

_OF_TIER = {Tier.TOWN: Fact.TOWN, Tier.VILLAGE: Fact.VILLAGE, Tier.GRID: Fact.GRID}


def fact_of(one: Listed) -> Fact:
    """Which kind of fact a line of a table states."""
    return Fact.ZONE if one.kind == "zone" or one.zone_code else _OF_TIER.get(one.tier, Fact.COUNTY)
