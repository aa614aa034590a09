"""Looks for items among the fields of all datasets: a few of each, in so many statements whatever there is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, text

from catalog.collection.places import Around
from catalog.collection.tables import item_pair
from schemas.likeness import THRESHOLD, alike, pairs, rare_first, says_something

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
_VISIBLE = "i.withheld = false LIMIT {most}"
_OWN = "i.withheld = true AND d.owner = :mine LIMIT {most}"
_HIDDEN = "i.withheld = true AND d.owner <> :mine LIMIT {most}"

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
    rows = connection.execute(select(item_pair).where(item_pair.c.pair.in_(sorted(sought)))).all()
    sizes = {name: len(pairs(name)) for name in names}
    for pair, told, number in rows:
        for name in sought[pair]:
            if told != name and _may_be_alike(sizes[name], number):
                found[name].add(told)
    return {name: _nearest(name, some) for name, some in found.items()}


def _may_be_alike(mine: int, theirs: int) -> bool:
    """Whether names of so many pairs can share enough of them."""
    return 2 * min(mine, theirs) >= THRESHOLD * (mine + theirs)


def _nearest(name: str, others: set[str]) -> tuple[tuple[float, str], ...]:
    found = ((alike(name, other), other) for other in others)
    return tuple(sorted((one for one in found if one[0] >= THRESHOLD), key=lambda one: (-one[0], one[1]))[:NEAREST])


def _withholds(connection: Connection, organisation: str) -> bool:
    told = text("SELECT 1 FROM dataset WHERE owner = :mine AND sharing = 'withheld' LIMIT 1")
    return connection.execute(told, {"mine": organisation}).first() is not None


def _each(
    connection: Connection, wanted: Wanted, keys: Sequence[Key], condition: str, most: int
) -> Mapping[Key, list[Row[Any]]]:
    """Key -> at most so many rows: two walks along an index for each, above and below, that end as soon as they can."""
    walk = _on_postgres if connection.dialect.name == "postgresql" else _on_sqlite
    found: dict[Key, list[Row[Any]]] = {}
    for at in range(0, len(keys), ARMS // 2):
        some = keys[at : at + ARMS // 2]
        for row in walk(connection, wanted, some, condition.format(most=most)):
            rows = found.setdefault(some[row.slot], [])
            if len(rows) < most:
                rows.append(row)
    return found


def _on_postgres(connection: Connection, wanted: Wanted, keys: Sequence[Key], condition: str) -> Iterable[Row[Any]]:
    """One lateral join for each column, so that one plan serves all keys."""
    for column in sorted({column for column, _ in keys}):
        told = [(slot, value) for slot, (one, value) in enumerate(keys) if one == column]
        walk = (
            f"SELECT {_COLUMNS} {_FROM} WHERE i.{column} = k.value AND i.subject_kind = :kind AND i.dataset <> :me "
            "AND d.state = 'active' AND "
        )
        areas = ("i.division = ANY(CAST(:codes AS text[]))", "i.division > :low AND i.division < :high")
        both = " UNION ALL ".join(f"({walk}{area} AND {condition})" for area in areas)
        statement = (
            "SELECT k.slot, p.* FROM unnest(CAST(:slots AS int[]), CAST(:keys AS text[])) AS k(slot, value) "
            f"CROSS JOIN LATERAL ({both}) AS p"
        )
        values = _values(wanted) | {"slots": [slot for slot, _ in told], "keys": [value for _, value in told]}
        yield from connection.execute(text(statement), values)


def _on_sqlite(connection: Connection, wanted: Wanted, keys: Sequence[Key], condition: str) -> Iterable[Row[Any]]:
    """One statement of many parts; the driver's own, since to look such a text through takes longer than to run it."""
    values = [wanted.subject_kind, wanted.dataset, wanted.organisation, wanted.around.low, wanted.around.high]
    first = len(values) + 1
    values += wanted.around.codes
    listed = ", ".join(f"?{first + at}" for at in range(len(wanted.around.codes)))
    places = (f"i.division IN ({listed})", "i.division > ?4 AND i.division < ?5")
    start = len(values) + 1
    values += [value for _, value in keys]
    told = condition.replace(":mine", "?3")
    parts = (
        f"SELECT * FROM (SELECT {slot} AS slot, {_COLUMNS} {_FROM} WHERE i.{column} = ?{start + slot} AND "
        f"i.subject_kind = ?1 AND i.dataset <> ?2 AND d.state = 'active' AND {area} AND {told})"
        for slot, (column, _) in enumerate(keys)
        for area in places
    )
    return connection.exec_driver_sql(" UNION ALL ".join(parts), tuple(values)) if keys else ()


def _values(wanted: Wanted) -> dict[str, Any]:
    area = {"codes": list(wanted.around.codes), "low": wanted.around.low, "high": wanted.around.high}
    return area | {"kind": wanted.subject_kind, "mine": wanted.organisation, "me": wanted.dataset}
