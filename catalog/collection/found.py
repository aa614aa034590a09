"""Looks for items among the fields of all datasets: a few of each, in so many statements whatever there is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, text

from catalog.collection.places import Around
from catalog.collection.tables import item_pair
from schemas.likeness import THRESHOLD, likeness, pairs, rare_first, says_something

MOST = 4
"""Places that are told of one element or name: enough to choose from."""
NEAREST = 3
"""Names that are nearly alike, of one item."""
ARMS = 400
"""Parts of one statement; SQLite takes 500."""
_COLUMNS = (
    "i.dataset, i.name, i.title, i.title_en, i.element, i.told, i.division, "
    "d.title AS dataset_title, d.title_en AS dataset_title_en, d.owner, d.owner_name, d.state"
)
_FROM = "FROM collected_item i JOIN dataset d ON d.key = i.dataset"
_VISIBLE = "i.withheld = false"
_OWN = "i.withheld = true AND d.owner = :mine"
_HIDDEN = "i.withheld = true AND d.owner <> :mine"

Key = tuple[str, str]
"""(`element` or `told`, its value)."""
Places = Mapping[Key, Sequence[Row[Any]]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who looks, for items of which subjects and where."""

    subject_kind: str
    around: Around
    organisation: str
    dataset: str = ""
    """Not itself: a contract that is looked at again is no repetition of itself."""


def held(connection: Connection, wanted: Wanted, keys: Sequence[Key]) -> Places:
    """Element or name -> fields that the asker may know of, at most `MOST` each."""
    found = _each(connection, wanted, keys, _VISIBLE, MOST)
    own = _each(connection, wanted, keys, _OWN, 1) if _withholds(connection, wanted.organisation) else {}
    return {key: [*found.get(key, ()), *own.get(key, ())] for key in keys}


def hidden(connection: Connection, wanted: Wanted, keys: Sequence[Key]) -> set[Key]:
    """Those of the keys that a field is which the asker may not know of."""
    return {key for key, some in _each(connection, wanted, keys, _HIDDEN, 1).items() if some}


def near(connection: Connection, names: Sequence[str]) -> Mapping[str, tuple[tuple[float, str], ...]]:
    """Compared name -> those names of fields that are nearly alike, with their likeness, nearest first."""
    sought: dict[str, list[str]] = defaultdict(list)
    for name in filter(says_something, names):
        for pair in rare_first(name):
            sought[pair].append(name)
    if not sought:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    rows = connection.execute(select(item_pair).where(item_pair.c.pair.in_(sorted(sought))))
    for pair, told, number in rows:
        for name in sought[pair]:
            if told != name and _may_be_alike(len(pairs(name)), number):
                found[name].add(told)
    return {name: _nearest(name, some) for name, some in found.items()}


def _may_be_alike(mine: int, theirs: int) -> bool:
    """Whether names of so many pairs can share enough of them."""
    return 2 * min(mine, theirs) >= THRESHOLD * (mine + theirs)


def _nearest(name: str, others: set[str]) -> tuple[tuple[float, str], ...]:
    alike = ((likeness(name, other), other) for other in others)
    return tuple(sorted((one for one in alike if one[0] >= THRESHOLD), key=lambda one: (-one[0], one[1]))[:NEAREST])


def _withholds(connection: Connection, organisation: str) -> bool:
    told = text("SELECT 1 FROM dataset WHERE owner = :mine AND sharing = 'withheld' LIMIT 1")
    return connection.execute(told, {"mine": organisation}).first() is not None


def _each(
    connection: Connection, wanted: Wanted, keys: Sequence[Key], condition: str, most: int
) -> Mapping[Key, list[Row[Any]]]:
    found: dict[Key, list[Row[Any]]] = {}
    for at in range(0, len(keys), ARMS // 2):
        some = keys[at : at + ARMS // 2]
        for row in connection.execute(text(_statement(some, wanted, condition, most)), _values(some, wanted)):
            rows = found.setdefault(some[row.slot], [])
            if len(rows) < most:
                rows.append(row)
    return found


def _statement(keys: Sequence[Key], wanted: Wanted, condition: str, most: int) -> str:
    """Two parts for each key, above and below: each a walk along an index that ends after `most` rows.

    Nothing of what anybody wrote stands in it, only names of columns and of parameters.
    """
    codes = ", ".join(f":c{at}" for at in range(len(wanted.around.codes)))
    areas = (f"i.division IN ({codes})", "i.division > :low AND i.division < :high")
    parts = (
        f"SELECT * FROM (SELECT {slot} AS slot, {_COLUMNS} {_FROM} WHERE i.{column} = :k{slot} AND "
        f"i.subject_kind = :kind AND {condition} AND {area} AND i.dataset <> :me AND d.state = 'active' "
        f"LIMIT {most}) AS p{slot}"
        for slot, (column, _) in enumerate(keys)
        for area in areas
    )
    return " UNION ALL ".join(parts)


def _values(keys: Sequence[Key], wanted: Wanted) -> dict[str, str]:
    told = {f"k{slot}": value for slot, (_, value) in enumerate(keys)}
    told |= {f"c{at}": code for at, code in enumerate(wanted.around.codes)}
    area = {"low": wanted.around.low, "high": wanted.around.high}
    return told | area | {"kind": wanted.subject_kind, "mine": wanted.organisation, "me": wanted.dataset}
