"""Who may see what: one pure function decides; it denies first, only ever intersects, and says why.

Gates G0 to G12 are those of the access rule's page; the first that refuses decides. A refusal at G0 to G3 ends the
evaluation, so that nothing is said about grants and rows to somebody who has no basis; from G4 on every gate is
looked at, so that an asker learns at once of everything that is in the way.
"""

from collections.abc import Sequence

from catalog.rule import gates as gate
from catalog.rule.basis import Matter, day_of, own_grants, owns, stand
from catalog.rule.ceilings import QUERY_ROWS
from catalog.rule.columns import asked, permitted
from catalog.rule.explain import explain
from catalog.rule.reasons import following
from catalog.rule.rows import Land, land, row_scope
from schemas.access import (
    Ask,
    Basis,
    ColumnView,
    Consent,
    Decision,
    Gate,
    Grant,
    GrantState,
    Mode,
    Roster,
    Standing,
    Subject,
    Tier,
)
from schemas.dataset import Dataset, Sharing
from schemas.divisions import DivisionTree

__all__ = ["decide", "explain", "owns", "unknown", "visible"]

OBLIGATIONS = {
    Basis.OWNER: ("receipt",),
    Basis.GRANT: ("receipt", "purpose_only", "no_onward"),
    Basis.RETURN: ("receipt",),
    Basis.OPEN: (),
    Basis.SUPERIOR: ("receipt", "purpose_only", "no_onward"),
}
"""What the recipient must keep, by basis."""


def decide(  # noqa: PLR0913, PLR0917 - the six things that an answer depends on, and nothing else; every door calls it so
    ask: Ask,
    dataset: Dataset,
    grants: Sequence[Grant],
    standing: Standing,
    tree: DivisionTree,
    consents: Sequence[Consent] | Roster = (),
) -> Decision:
    """The answer to one ask. `grants` and `consents` may hold anybody's: only the asker's own are looked at."""
    matter = Matter(ask, dataset, standing, tree, consents, day_of(ask), *stand(ask, dataset, grants))
    seen: list[Gate] = []
    for look in (gate.subject, gate.published, gate.sharing, gate.basis):
        seen.append(look(matter))
        if not seen[-1].passed:
            return _refuse(matter, seen, established=False)
    may = permitted(matter)
    columns, where = asked(matter, may), land(matter)
    seen += [gate.purpose(matter), gate.mode(matter), gate.term(matter), gate.grade(matter, columns)]
    seen += [gate.items(matter, may, columns), gate.rows(matter, where), gate.consent(matter)]
    seen += [gate.verify(matter), gate.linkage(matter)]
    if not all(one.passed for one in seen):
        return _refuse(matter, seen, established=True)
    return _allow(matter, columns, where, tuple(seen))


def visible(subject: Subject, dataset: Dataset, grants: Sequence[Grant] = ()) -> bool:
    """Whether the catalogue shows this dataset to this asker at all.

    Open data to anybody, withheld to its owner, the rest to government organisations and to outsiders with a grant.
    """
    if dataset.sharing is Sharing.OPEN:
        return True
    if subject.public or not subject.credential_active or not subject.organisation_active:
        return False
    if owns(subject, dataset):
        return True
    if dataset.sharing is Sharing.WITHHELD:
        return False
    return subject.government or any(g.state is GrantState.ACTIVE for g in own_grants(subject, dataset, grants))


def unknown(ask: Ask) -> Decision:
    """The answer to an ask for a dataset that the asker may not know of: the same whether there is one or not."""
    return Decision(
        ask=ask,
        allowed=False,
        basis=None,
        grant="",
        version=0,
        columns=(),
        rows=None,
        gates=(),
        code="UNKNOWN",
        gate="",
        following="",
        following_en="",
    )


def _allow(matter: Matter, columns: tuple[ColumnView, ...], where: Land, gates: tuple[Gate, ...]) -> Decision:
    return Decision(
        ask=matter.ask,
        allowed=True,
        basis=matter.basis,
        grant=matter.grant.number if matter.grant else "",
        version=matter.standing.version,
        columns=columns,
        rows=row_scope(matter, where),
        gates=gates,
        code="OK",
        gate="",
        following="",
        following_en="",
        obligations=OBLIGATIONS[matter.basis],
        most=_most(matter),
    )


def _most(matter: Matter) -> int | None:
    """How many rows a query may page through: a listing of everything is bulk by another name."""
    bounded = matter.basis is Basis.GRANT and matter.ask.subject.tier >= Tier.COUNTY
    return QUERY_ROWS if bounded and matter.ask.mode is Mode.QUERY else None


def _refuse(matter: Matter, gates: list[Gate], *, established: bool) -> Decision:
    """A refusal carries no columns, no rows and no version; before G3 has passed there is no basis either."""
    first = next(one for one in gates if not one.passed)
    then = following(matter, first.code)
    return Decision(
        ask=matter.ask,
        allowed=False,
        basis=matter.basis if established else None,
        grant=matter.grant.number if established and matter.grant else "",
        version=0,
        columns=(),
        rows=None,
        gates=tuple(gates),
        code=first.code,
        gate=first.name,
        following=then.chinese,
        following_en=then.english,
    )
