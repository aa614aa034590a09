"""Which rows leave: gates G9 (divisions, filter), G10 (consent) and G11 (verify)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog.filters.expression import both
from catalog.rule.basis import Matter
from catalog.rule.ceilings import IDS, WHOLESALE
from schemas.access import Basis, Mode, RowScope, Tier
from schemas.dataset import Dataset, Identifying, ScopeRole
from schemas.divisions import DivisionTree, normalise

DIVISION_UNKNOWN, NO_ROWS_IN_SCOPE = "DIVISION_UNKNOWN", "NO_ROWS_IN_SCOPE"
JOINT = "\x1f"
"""Stands between the values of a key of several columns."""
WITHOUT_CONSENT = frozenset({Basis.OWNER, Basis.RETURN})
"""Bases on which the persons' consent is not asked again: who collected the rows had it from them."""


_full = lru_cache(maxsize=65536)(normalise)


@dataclass(frozen=True, slots=True)
class Land:
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
    return RowScope(
        column=where.column if where.divisions else "",
        divisions=where.divisions or (),
        at=matter.at,
        keys=subjects(matter),
        filter=both(row_filter, matter.ask.filter),
        key_columns=_key_columns(matter),
    )


def subjects(matter: Matter) -> tuple[str, ...] | None:
    """Keys of the only subjects whose rows may leave; None where there is no such limit."""
    if matter.ask.mode is Mode.VERIFY:
        return (subject_key(matter.dataset, matter.ask.key or {}),)
    return consented(matter) if needs_consent(matter) else None


def subject_key(dataset: Dataset, key: Mapping[str, str]) -> str:
    """The values of the dataset's subject fields in their order, joined by U+001F where there are several."""
    return JOINT.join(key.get(name, "") for name in dataset.subject_fields)


def person_columns(dataset: Dataset) -> tuple[str, ...]:
    """The columns that a consent names a person by: the one that numbers persons, else the subject key.

    Of the key only what identifies directly, where something does: a consent is not about one month's row.
    """
    numbers = tuple(f.name for f in dataset.fields if f.element in IDS)
    if len(numbers) == 1:
        return numbers
    direct = tuple(n for n in dataset.subject_fields if dataset.field(n).identifying is Identifying.DIRECT)
    return direct or dataset.subject_fields


def full_key(matter: Matter) -> bool:
    """Whether a verify names a case and one subject by exactly the dataset's subject fields, none of them empty."""
    names, key = matter.dataset.subject_fields, matter.ask.key or {}
    exact = bool(names) and set(key) == set(names)
    return exact and bool(matter.ask.case.strip()) and all(v.strip() and JOINT not in v for v in key.values())


def needs_consent(matter: Matter) -> bool:
    """Whether the contract asks for the persons' consent (`yishu.consent: true`) on this basis."""
    return matter.dataset.consent and matter.basis not in WITHOUT_CONSENT


def consented(matter: Matter) -> tuple[str, ...]:
    """Keys of the persons with a consent in force for this organisation and purpose, sorted."""
    ask = matter.ask
    purpose = "open_use" if matter.basis is Basis.OPEN else ask.purpose
    mine = (c for c in matter.consents if c.organisation == ask.subject.organisation and c.purpose == purpose)
    return tuple(sorted({c.key for c in mine if c.key and ask.moment < c.until}))


def consent_covers(matter: Matter) -> bool:
    """Whether anybody is left: for verify the person asked about, else at least one person."""
    if not needs_consent(matter):
        return True
    keys = consented(matter)
    if matter.ask.mode is not Mode.VERIFY:
        return bool(keys)
    told = matter.ask.key or {}
    return JOINT.join(told.get(n, "") for n in person_columns(matter.dataset)) in keys


def _key_columns(matter: Matter) -> tuple[str, ...]:
    if matter.ask.mode is Mode.VERIFY:
        return matter.dataset.subject_fields
    return person_columns(matter.dataset) if needs_consent(matter) else ()


def _start(matter: Matter) -> Land:
    return _STARTS[matter.basis](matter)


def _everywhere(matter: Matter) -> Land:
    return Land(_default_column(matter.dataset), None)


def _returned(matter: Matter) -> Land:
    own = _known(matter.tree, matter.ask.subject.division)
    return Land(matter.dataset.scopes().get(ScopeRole.COLLECTED_BY, ""), (own,) if own else ())


def _granted(matter: Matter) -> Land:
    grant = matter.grant
    if grant is None:
        return Land("", ())
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
        full = _full(code)
    except ValueError:
        return ""
    county = full[:6] + "000000"
    return full if tree.known(full) or (full != county and tree.known(county)) else ""


def _meet(matter: Matter, divisions: tuple[str, ...], limit: str) -> tuple[str, ...]:
    met = (matter.tree.meet(d, limit, matter.at) for d in divisions)
    return tuple(d for d in met if d)


def _widest(matter: Matter, divisions: tuple[str, ...]) -> tuple[str, ...]:
    """Sorted, each once, without those that lie within another."""
    kept: list[str] = []
    for one in sorted(set(divisions)):
        if not any(matter.tree.within(one, k, matter.at) for k in kept):
            kept = [k for k in kept if not matter.tree.within(k, one, matter.at)] + [one]
    return tuple(sorted(kept))
