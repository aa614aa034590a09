"""The gates of the access rule, G0 to G12: each looks at one thing and says yes, or no with a code."""

from catalog.filters.expression import columns_in
from catalog.rule.basis import (
    OF_GRANTS,
    RESERVED,
    Matter,
    has_quota,
    in_force,
    is_superior,
    may_return,
    mode_open,
    owns,
)
from catalog.rule.ceilings import OPEN_CEILING, SMALLEST_GROUP
from catalog.rule.columns import GRADE, highest_grade, none_served, only_grade_is_left
from catalog.rule.consent import consent_covers, needs_consent
from catalog.rule.reasons import passed, refused, smallest_group
from catalog.rule.rows import Land, full_key
from schemas.access import Basis, ColumnView, Gate, Mode
from schemas.dataset import Dataset, Identifying, Sharing, Transform

CLOSED_TO = {Basis.RETURN: "return", Basis.SUPERIOR: "superior"}
"""Bases but grants that closed data are open to."""


def subject(matter: Matter) -> Gate:
    """G0: the credential and its organisation are active."""
    asker = matter.ask.subject
    if not asker.credential_active:
        return refused(matter, "G0", "SUBJECT_CREDENTIAL_INACTIVE", asker.credential)
    if not asker.organisation_active or not (asker.public or asker.organisation):
        return refused(matter, "G0", "SUBJECT_ORGANISATION_INACTIVE", asker.organisation)
    return passed("G0", "public") if asker.public else passed("G0", "", asker.organisation_name)


def published(matter: Matter) -> Gate:
    """G1: published, its version passed the gate and is not held back."""
    if matter.ask.dataset != matter.dataset.key:
        return refused(matter, "G1", "DATASET_MISMATCH")
    if not matter.standing.published or matter.standing.version < 1:
        return refused(matter, "G1", "DATASET_NOT_PUBLISHED")
    if matter.standing.held_back:
        return refused(matter, "G1", "DATASET_HELD_BACK")
    return passed("G1")


def sharing(matter: Matter) -> Gate:
    """G2: what the sharing class lets this basis do."""
    clause = str(matter.dataset.sharing)
    if matter.basis is Basis.OWNER and owns(matter.ask.subject, matter.dataset):
        return passed("G2", "owner", clause)
    if matter.dataset.sharing is Sharing.OPEN:
        return passed("G2", "open", clause)
    closed = matter.dataset.sharing is Sharing.WITHHELD or matter.ask.subject.public or matter.basis is Basis.OPEN
    if closed or (matter.basis is Basis.GRANT and not matter.own):
        return refused(matter, "G2", "SHARE_CLASS_DENIED", matter.dataset.withheld_basis or clause)
    return passed("G2", CLOSED_TO.get(matter.basis, "grant"), clause)


def basis(matter: Matter) -> Gate:
    """G3: exactly one basis, and for a grant exactly one grant."""
    if matter.ask.grant and matter.basis is not Basis.GRANT:
        return refused(matter, "G3", "BASIS_UNCLEAR")
    if matter.basis is Basis.OWNER and not owns(matter.ask.subject, matter.dataset):
        return refused(matter, "G3", "NOT_THE_OWNER")
    if matter.basis is Basis.RETURN and not may_return(matter):
        return refused(matter, "G3", "RETURN_NOT_DUE")
    if matter.basis is Basis.SUPERIOR and not is_superior(matter):
        return refused(matter, "G3", "NOT_SUPERIOR")
    if matter.basis is Basis.GRANT and matter.grant is None:
        return refused(matter, "G3", "AMBIGUOUS_GRANT" if matter.fitting else "GRANT_UNKNOWN")
    return passed("G3", str(matter.basis), matter.grant.number if matter.grant else "")


def purpose(matter: Matter) -> Gate:
    """G4: the grant's purpose, or the one that belongs to the basis; owner and open need not say theirs."""
    said = matter.ask.purpose
    if matter.grant is not None:
        fits = said == matter.grant.purpose and said in OF_GRANTS
    elif matter.basis is Basis.SUPERIOR:
        fits = said in OF_GRANTS
    else:
        unsaid = not said and matter.basis is not Basis.RETURN
        fits = unsaid or RESERVED.get(said) is matter.basis
    return passed("G4", "", said) if fits else refused(matter, "G4", "PURPOSE_MISMATCH", _clause(matter))


def mode(matter: Matter) -> Gate:
    """G5: a mode of the grant (of the contract for open data) that the tier may use."""
    if not mode_open(matter, matter.ask.mode):
        return refused(matter, "G5", "MODE_NOT_GRANTED", _clause(matter))
    return passed("G5", "", str(matter.ask.mode))


def term(matter: Matter) -> Gate:
    """G6: in force, with quota left."""
    if matter.grant is None:
        return passed("G6", "none")
    if not in_force(matter.ask, matter.grant):
        return refused(matter, "G6", "GRANT_NOT_IN_FORCE", _clause(matter))
    if not has_quota(matter.ask, matter.grant):
        return refused(matter, "G6", "QUOTA_SPENT", _clause(matter))
    return passed("G6", "", _clause(matter))


def grade(matter: Matter, columns: tuple[ColumnView, ...]) -> Gate:
    """G7: grades above clearance or ceiling fall away; a refusal when nothing else was asked for."""
    clause, fallen = highest_grade(matter).word, GRADE in [c.reason for c in columns]
    if fallen and only_grade_is_left(columns):
        return refused(matter, "G7", "GRADE_TOO_HIGH", clause)
    return passed("G7", "some" if fallen else "", clause)


def items(matter: Matter, may: tuple[ColumnView, ...], columns: tuple[ColumnView, ...]) -> Gate:
    """G8: something is left to serve, and filter and comparison look only at what the asker may have in clear."""
    counting = matter.basis is Basis.SUPERIOR and not matter.ask.columns
    if none_served(columns) and not only_grade_is_left(columns) and not counting:
        return refused(matter, "G8", "NO_COLUMNS", _clause(matter))
    if not _may_look_at(matter, may):
        return refused(matter, "G8", "FILTER_NOT_ALLOWED", _clause(matter))
    return passed("G8", "", _clause(matter))


def _may_look_at(matter: Matter, may: tuple[ColumnView, ...]) -> bool:
    if matter.ask.filter is None and not matter.ask.compared:
        return True
    try:
        names = frozenset(matter.ask.compared or ())
        names |= columns_in(matter.ask.filter) if matter.ask.filter is not None else frozenset()
    except ValueError:
        return False
    return not names or names <= {c.name for c in may if c.transform is Transform.CLEAR}


def rows(matter: Matter, where: Land) -> Gate:
    """G9: some land is left."""
    if where.code:
        return refused(matter, "G9", where.code, _clause(matter))
    if where.divisions is None:
        return passed("G9", "all", _clause(matter))
    return passed("G9", "", f"{where.column}: {', '.join(where.divisions)}")


def consent(matter: Matter) -> Gate:
    """G10: only persons with a consent in force, where the contract asks for it."""
    if not consent_covers(matter):
        return refused(matter, "G10", "CONSENT_MISSING")
    return passed("G10", "some" if needs_consent(matter) else "")


def verify(matter: Matter) -> Gate:
    """G11: a verify names a case and one subject by its full key."""
    if matter.ask.mode is not Mode.VERIFY:
        return passed("G11")
    if not full_key(matter):
        return refused(matter, "G11", "VERIFY_NEEDS_CASE_AND_SUBJECT")
    return passed("G11", "verify", matter.ask.case)


def linkage(matter: Matter) -> Gate:
    """G12: the smallest group of people that can be told apart is large enough."""
    k = matter.standing.smallest_group
    if matter.basis is Basis.OPEN and _opens_people(matter.dataset) and (k is None or k < SMALLEST_GROUP):
        return refused(matter, "G12", "OPEN_NOT_ANONYMOUS", f"k={SMALLEST_GROUP}")
    return _joined(matter) if matter.basis is Basis.GRANT and matter.grant else passed("G12")


def _joined(matter: Matter) -> Gate:
    """G12 of a grant: with all that its recipient was granted before it, unless the authority signed for that."""
    k = smallest_group(matter)
    if matter.grant and matter.grant.signature:
        return passed("G12", "signed", matter.grant.signature)
    if k is not None and k < SMALLEST_GROUP:
        return refused(matter, "G12", "LINKAGE_NEEDS_SIGNATURE", f"k={SMALLEST_GROUP}")
    return passed("G12", "later" if k is None else "")


def _opens_people(dataset: Dataset) -> bool:
    """Whether an item that open data serve tells people apart; enterprises are published by name."""
    if dataset.subject_kind == "enterprise":
        return False
    served = (f for f in dataset.fields if f.shareable and f.grade <= OPEN_CEILING)
    return any(f.identifying is not Identifying.NONE for f in served)


def _clause(matter: Matter) -> str:
    return matter.grant.number if matter.grant else matter.basis.value
