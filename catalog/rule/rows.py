"""Which rows leave: gates G9 (divisions, filter) and G11 (verify); whose consent there is says `consent`."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from catalog.filters.expression import both
from catalog.rule.basis import Matter
from catalog.rule.ceilings import WHOLESALE
from catalog.rule.consent import JOINT, applied, consented, needs_consent, person_columns, roster_of
from catalog.rule.remembered import remembered
from schemas.access import Basis, Grant, Mode, RowScope, Tier
from schemas.dataset import Dataset, ScopeRole
from schemas.divisions import DivisionTree, normalise

DIVISION_UNKNOWN, NO_ROWS_IN_SCOPE = "DIVISION_UNKNOWN", "NO_ROWS_IN_SCOPE"


class Land(NamedTuple):
    """Where the rows of a read may lie. `divisions` None: anywhere; empty: nowhere, and `code` says why."""

    column: str
    divisions: tuple[str, ...] | None
    code: str = ""


def land(matter: Matter) -> Land:
    """The basis's divisions ∩ the asked one ∩ the asker's own subtree, on one column of place."""
    start = _start(matter)
    if not start.column and start.divisions is None:
        return start if _placeless(matter) else Land("", (), NO_ROWS_IN_SCOPE)
    limits, code = _limits(matter)
    if code:
        return Land(start.column, (), code)
    divisions = start.divisions
    for limit in limits:
        divisions = (limit,) if divisions is None else _meet(matter, divisions, limit)
    if divisions is None:
        return start
    return Land(start.column, _widest(matter, divisions), "" if divisions else NO_ROWS_IN_SCOPE)


def row_scope(matter: Matter, where: Land) -> RowScope:
    """The land, the subjects and the filters of an allowed read as one word."""
    row_filter = matter.grant.row_filter if matter.grant else None
    roster = roster_of(matter)
    return RowScope(
        column=where.column if where.divisions else "",
        divisions=where.divisions or (),
        at=matter.at,
        keys=subjects(matter),
        filter=both(row_filter, matter.ask.filter),
        key_columns=_key_columns(matter),
        roster=roster.mark if roster else "",
        person_columns=person_columns(matter.dataset) if roster else (),
        consents=applied(matter),
    )


def subjects(matter: Matter) -> tuple[str, ...] | None:
    """Keys of the only subjects whose rows may leave; None where there is no such limit."""
    if matter.ask.mode is Mode.VERIFY:
        return (subject_key(matter.dataset, matter.ask.key or {}),)
    return consented(matter) if needs_consent(matter) and roster_of(matter) is None else None


def subject_key(dataset: Dataset, key: Mapping[str, str]) -> str:
    """The values of the dataset's subject fields in their order, joined by U+001F where there are several."""
    return JOINT.join(key.get(name, "") for name in dataset.subject_fields)


def full_key(matter: Matter) -> bool:
    """Whether a verify names a case and one subject by exactly the dataset's subject fields, none of them empty."""
    names, key = matter.dataset.subject_fields, matter.ask.key or {}
    exact = bool(names) and set(key) == set(names)
    return exact and bool(matter.ask.case.strip()) and all(v.strip() and JOINT not in v for v in key.values())


def _key_columns(matter: Matter) -> tuple[str, ...]:
    if matter.ask.mode is Mode.VERIFY:
        return matter.dataset.subject_fields
    return person_columns(matter.dataset) if needs_consent(matter) and roster_of(matter) is None else ()


def _start(matter: Matter) -> Land:
    return _STARTS[matter.basis](matter)


def _everywhere(matter: Matter) -> Land:
    return Land(_default_column(matter.dataset), None)


def _returned(matter: Matter) -> Land:
    own = _known(matter.tree, matter.ask.subject.division)
    return Land(matter.dataset.scopes().get(ScopeRole.COLLECTED_BY, ""), (own,) if own else ())


def _beneath(matter: Matter) -> Land:
    """The asker's own subtree, on the column that versions are sorted by; nothing where rows have no place."""
    own, column = _known(matter.tree, matter.ask.subject.division), _default_column(matter.dataset)
    return Land(column, (own,) if own and column else ())


class Granted(NamedTuple):
    """All that decides where the rows of a grant may lie; what is asked for under it is no part of it."""

    grant: Grant
    dataset: Dataset
    tree: DivisionTree


def _granted(matter: Matter) -> Land:
    grant = matter.grant
    return Land("", ()) if grant is None else _opened(Granted(grant, matter.dataset, matter.tree))


@remembered
def _opened(matter: Granted) -> Land:
    grant = matter.grant
    column = matter.dataset.scopes().get(grant.scope, "") if grant.scope else ""
    if grant.divisions:
        codes = (_known(matter.tree, d) for d in grant.divisions)
        return Land(column, tuple(c for c in codes if c) if column else ())
    if grant.scope and not column:
        return Land("", ())
    return Land(column or _default_column(matter.dataset), None)


_STARTS: Mapping[Basis, Callable[[Matter], Land]] = {
    Basis.OWNER: _everywhere,
    Basis.OPEN: _everywhere,
    Basis.RETURN: _returned,
    Basis.GRANT: _granted,
    Basis.SUPERIOR: _beneath,
}


def _limits(matter: Matter) -> tuple[tuple[str, ...], str]:
    """Divisions that narrow the basis's own, and a refusal code when one of them is none."""
    limits = []
    if matter.ask.division:
        asked = _known(matter.tree, matter.ask.division)
        if not asked:
            return (), DIVISION_UNKNOWN
        limits.append(asked)
    if clipped(matter):
        own = _known(matter.tree, matter.ask.subject.division)
        if not own:
            return (), NO_ROWS_IN_SCOPE
        limits.append(own)
    return tuple(limits), ""


def clipped(matter: Matter) -> bool:
    """Whether a grant is held to the asker's own subtree: taken wholesale, from the county down."""
    return matter.basis is Basis.GRANT and matter.ask.mode in WHOLESALE and matter.ask.subject.tier >= Tier.COUNTY


def _placeless(matter: Matter) -> bool:
    """Whether rows without any place may leave: none was asked for, and a lot of them is about nobody (code tables)."""
    return not matter.ask.division and not (clipped(matter) and matter.dataset.subject_kind)


def _default_column(dataset: Dataset) -> str:
    return dataset.default_scope or next(iter(dataset.scopes().values()), "")


def _known(tree: DivisionTree, code: str) -> str:
    """The code in full where the tree knows it, or for a town and below its county; else empty."""
    try:
        full = normalise(code)
    except ValueError:
        return ""
    county = full[:6] + "000000"
    return full if tree.known(full) or (full != county and tree.known(county)) else ""


def _meet(matter: Matter, divisions: tuple[str, ...], limit: str) -> tuple[str, ...]:
    met = (matter.tree.meet(d, limit, matter.at) for d in divisions)
    return tuple(d for d in met if d)


def _widest(matter: Matter, divisions: tuple[str, ...]) -> tuple[str, ...]:
    """Sorted, each once, without those that lie within another."""
    if len(divisions) < 2:
        return divisions
    kept: list[str] = []
    for one in sorted(set(divisions)):
        if not any(matter.tree.within(one, k, matter.at) for k in kept):
            kept = [k for k in kept if not matter.tree.within(k, one, matter.at)] + [one]
    return tuple(sorted(kept))
