"""On what a read stands: picks exactly one basis and, where that is a grant, exactly one grant."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from catalog.rule.ceilings import TIER_MODES
from schemas.access import PURPOSES, Ask, Basis, Consent, Grant, GrantState, Mode, Roster, Standing, Subject, Tier
from schemas.dataset import Dataset, ScopeRole, Sharing
from schemas.divisions import DivisionTree, normalise
from schemas.journey import SHANGHAI

RESERVED = {"own_duty": Basis.OWNER, "data_return": Basis.RETURN, "open_use": Basis.OPEN}
"""Purposes that belong to one basis; no grant is ever given for them."""
OF_GRANTS = frozenset(PURPOSES) - frozenset(RESERVED)


class Matter(NamedTuple):
    """Everything that the gates look at, gathered once."""

    ask: Ask
    dataset: Dataset
    standing: Standing
    tree: DivisionTree
    consents: Sequence[Consent] | Roster
    at: date
    """The day of the ask in Asia/Shanghai, on which divisions are resolved."""
    own: tuple[Grant, ...]
    """Grants of the asker's organisation on this dataset that its system may use; nobody else's is ever looked at."""
    basis: Basis
    fitting: tuple[Grant, ...]
    """The grants that fit best: several are ambiguous, none means there is none."""
    grant: Grant | None
    """The one grant this read stands on."""


class Stand(NamedTuple):
    """What a read stands on: the last four of a `Matter`."""

    own: tuple[Grant, ...]
    basis: Basis
    fitting: tuple[Grant, ...]
    grant: Grant | None


def stand(ask: Ask, dataset: Dataset, grants: Sequence[Grant]) -> Stand:
    """The asker's own grants, the basis of the ask, the grants that fit it, and the grant where just one does."""
    own = own_grants(ask.subject, dataset, grants)
    basis = basis_of(ask, dataset, own)
    fit = fitting(ask, own) if basis is Basis.GRANT else ()
    return Stand(own, basis, fit, fit[0] if len(fit) == 1 else None)


def day_of(ask: Ask) -> date:
    """The day of the ask in Asia/Shanghai."""
    return ask.moment.astimezone(SHANGHAI).date()


def own_grants(subject: Subject, dataset: Dataset, grants: Sequence[Grant]) -> tuple[Grant, ...]:
    """Grants of this organisation on this dataset that this system may use; none for the public."""
    if subject.public or not subject.organisation:
        return ()
    ours = [
        g
        for g in grants
        if g.organisation == subject.organisation
        and g.dataset == dataset.key
        and (not g.systems or subject.system in g.systems)
    ]
    return tuple(ours)


def basis_of(ask: Ask, dataset: Dataset, own: tuple[Grant, ...]) -> Basis:
    """The one basis of an ask: the named one, else the one of its grant number, else the one of its purpose.

    Without a purpose it is open data for everybody alike (also for their owner: what is least comes first), then
    the owner's own right; a grant and a return always need their purpose said.
    """
    if ask.basis is not None:
        return ask.basis
    if ask.grant:
        return Basis.GRANT
    if ask.purpose in RESERVED:
        return RESERVED[ask.purpose]
    if ask.mode is Mode.AGGREGATE:
        return Basis.SUPERIOR
    return _basis_of_purpose(ask, dataset, own)


def _basis_of_purpose(ask: Ask, dataset: Dataset, own: tuple[Grant, ...]) -> Basis:
    if ask.purpose and own:
        return Basis.GRANT
    if dataset.sharing is Sharing.OPEN:
        return Basis.OPEN
    return Basis.OWNER if owns(ask.subject, dataset) else Basis.GRANT


def fitting(ask: Ask, own: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """The grant that is named; else those that survive purpose, mode and term, one after the other.

    Where none survives a step, the first one before that step stays, so that the step's gate can say why; the only
    one stays therefore in any case.
    """
    if ask.grant:
        return tuple(g for g in own if g.number == ask.grant)
    if len(own) == 1:
        return own
    left = own
    for fits in (_purpose_fits, _mode_fits, _term_fits):
        kept = _kept(fits, ask, left)
        if not kept:
            return tuple(sorted(left, key=lambda g: g.number)[:1])
        left = kept
    return left


def _kept(fits: Callable[[Ask, Grant], bool], ask: Ask, left: tuple[Grant, ...]) -> tuple[Grant, ...]:
    return tuple(g for g in left if fits(ask, g))


def _purpose_fits(ask: Ask, grant: Grant) -> bool:
    return ask.purpose == grant.purpose


def _mode_fits(ask: Ask, grant: Grant) -> bool:
    return ask.mode in grant.modes


def _term_fits(ask: Ask, grant: Grant) -> bool:
    return in_force(ask, grant) and has_quota(ask, grant)


def in_force(ask: Ask, grant: Grant) -> bool:
    """Active, started, and not yet ended at the moment of the ask."""
    return grant.state is GrantState.ACTIVE and grant.start <= ask.moment < grant.end


def has_quota(ask: Ask, grant: Grant) -> bool:
    """Unlimited, or as many reads left as the ask takes."""
    return grant.quota is None or grant.quota >= ask.reads


def owns(subject: Subject, dataset: Dataset) -> bool:
    """Whether the asking organisation is the one that provides the dataset."""
    return not subject.public and bool(subject.organisation) and subject.organisation == dataset.owner


def may_return(matter: Matter) -> bool:
    """Whether the asker is of a lower tier than the provider and the rows say who collected them.

    A superior, an equal or a foreign division has no right of return, whatever it calls itself.
    """
    subject, dataset = matter.ask.subject, matter.dataset
    if not subject.government or subject.public or subject.tier < Tier.CITY:
        return False
    return ScopeRole.COLLECTED_BY in dataset.scopes() and _strictly_below(matter, subject.division, dataset.division)


def is_superior(matter: Matter) -> bool:
    """Whether the asker is a government body, a town's or larger, whose division holds the provider's and is larger."""
    subject = matter.ask.subject
    if subject.public or not subject.government or subject.tier > Tier.TOWN:
        return False
    return _strictly_below(matter, matter.dataset.division, subject.division)


def _strictly_below(matter: Matter, division: str, root: str) -> bool:
    try:
        below, above = normalise(division), normalise(root)
    except ValueError:
        return False
    within = matter.tree.within
    return within(below, above, matter.at) and not within(above, below, matter.at)


def possible_purposes(matter: Matter) -> tuple[str, ...]:
    """Purposes under which this asker could ask for this dataset; only what its own rights tell."""
    found = {g.purpose for g in matter.own if g.purpose in OF_GRANTS}
    if matter.dataset.sharing is Sharing.OPEN:
        found.add("open_use")
    if owns(matter.ask.subject, matter.dataset):
        found.add("own_duty")
    if matter.dataset.sharing is not Sharing.WITHHELD and may_return(matter):
        found.add("data_return")
    if matter.basis is Basis.SUPERIOR and matter.dataset.sharing is not Sharing.WITHHELD and is_superior(matter):
        found |= OF_GRANTS
    return tuple(p for p in PURPOSES if p in found)


def mode_open(matter: Matter, mode: Mode) -> bool:
    """Whether the contract (for open data) or else both the grant and the asker's tier allow a mode."""
    if mode is Mode.AGGREGATE or matter.basis is Basis.SUPERIOR:
        return _figures_open(matter, mode)
    if matter.basis is Basis.OPEN:
        return mode in matter.dataset.modes
    granted = matter.grant is None or mode in matter.grant.modes
    return granted and mode in TIER_MODES[matter.ask.subject.tier]


def _figures_open(matter: Matter, mode: Mode) -> bool:
    """Figures are for the provider itself and for superiors, and for superiors there is nothing else."""
    entitled = matter.basis in (Basis.OWNER, Basis.SUPERIOR) and mode in TIER_MODES[matter.ask.subject.tier]
    return entitled and mode is Mode.AGGREGATE
