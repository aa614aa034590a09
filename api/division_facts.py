"""A division in words and facts, for the API and the pages."""

from datetime import date
from typing import Any

from api.language import pick
from catalog.shelf import Shelf
from catalog.territory import desk
from schemas.access import Tier
from schemas.division import Division, Lineage
from schemas.division_search import Shape, Sought, look_up, shape_of
from schemas.divisions import DivisionTree, normalise
from schemas.errors import Unknown

PAGE = 100
"""Divisions of one page."""
SHAPES = {
    Shape.ORDINARY: ("", ""),
    Shape.HOLDER: ("只归集下级的代码，不是行政区", "A code that only groups others, no division"),
    Shape.ZONE: ("开发区，只有统计用区划代码", "A development zone, with a code of the statistics only"),
    Shape.UNDIVIDED_CITY: ("不设县级的地级市，直辖乡级", "A city without counties: its towns lie right under it"),
    Shape.DIRECT_COUNTY: ("省直辖县级行政区", "A county right under its province"),
}


def place_facts(tree: DivisionTree, one: Division, lang: str, at: date | None) -> dict[str, Any]:
    """One division in a list."""
    shape = shape_of(tree, one, at)
    return {
        "code": one.code,
        "name": one.name,
        "tier": int(one.tier),
        "parent": one.parent or None,
        "path": [tree.name(code, at) for code in tree.path(one.code, at)],
        "shape": shape.value,
        "shape_said": pick(lang, *SHAPES[shape]),
        "valid_from": one.valid_from.isoformat() if one.valid_from else None,
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
    }


def division_facts(shelf: Shelf, code: str, lang: str, at: date) -> dict[str, Any]:
    """One division on a day: what it is, what it was, what it became, and on whose land it lies."""
    tree = shelf.tree()
    entry, full = find(tree, code, at)
    custody = desk.custody(shelf, full)
    return place_facts(tree, entry, lang, at) | {
        "in_force": entry.in_force(at),
        "ancestors": [_named(tree, one, at) for one in tree.path(full, at)[:-1]],
        "names": [_dated(one) for one in tree.entries(full)],
        "became": [_change(tree, one, one.new) for one in tree.lineage_of(full) if one.old == full],
        "came_from": [_change(tree, one, one.old) for one in tree.lineage_of(full) if one.new == full],
        "on_land_of": [_named(tree, one.place, at) | {"source": one.source} for one in custody if one.zone == full],
        "zones_on_its_land": [
            _named(tree, one.zone, at) | {"source": one.source} for one in custody if one.place == full
        ],
        "children_count": len(tree.children(full, at)),
    }


def find(tree: DivisionTree, code: str, at: date) -> tuple[Division, str]:
    """The entry that stands for a code on a day, or the nearest one, and the code normalised; Unknown without one."""
    try:
        full = normalise(code)
    except ValueError as wrong:
        raise Unknown(str(wrong)[:200]) from wrong
    entry = tree.entry(full, at)
    if entry is None:
        raise Unknown(f"no table knows a division {full}")
    return entry, full


def below(tree: DivisionTree, code: str, at: date) -> tuple[Division, ...]:
    """Those right below a code on a day; below nothing: the provinces."""
    if not code:
        return look_up(tree, Sought(tier=Tier.PROVINCE, at=at))
    return tuple(entry for child in tree.children(code, at) if (entry := tree.entry(child, at)))


def _named(tree: DivisionTree, code: str, at: date) -> dict[str, Any]:
    return {"code": code, "name": tree.name(code, at)}


def _dated(one: Division) -> dict[str, Any]:
    return {
        "name": one.name,
        "parent": one.parent or None,
        "valid_from": one.valid_from.isoformat() if one.valid_from else None,
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
    }


def _change(tree: DivisionTree, change: Lineage, other: str) -> dict[str, Any]:
    return {
        "code": other,
        "name": tree.name(other, change.when),
        "kind": change.kind.value,
        "when": change.when.isoformat(),
    }
