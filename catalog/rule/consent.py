"""Whose consent 个人授权 there is: gate G10. Named person by person, or as a roster that names nobody."""

from catalog.rule.basis import Matter
from catalog.rule.ceilings import IDS
from schemas.access import Basis, Consent, Mode, Roster
from schemas.dataset import Dataset, Identifying

JOINT = "\x1f"
"""Stands between the values of a key of several columns."""
WITHOUT_CONSENT = frozenset({Basis.OWNER, Basis.RETURN, Basis.SUPERIOR})
"""Bases on which the persons' consent is not asked again: who collected the rows had it; figures name nobody."""


def person_columns(dataset: Dataset) -> tuple[str, ...]:
    """The columns that a consent names a person by: the one that numbers persons, else the subject key.

    Of the key only what identifies directly, where something does: a consent is not about one month's row.
    """
    numbers = tuple(f.name for f in dataset.fields if f.element in IDS)
    if len(numbers) == 1:
        return numbers
    direct = tuple(n for n in dataset.subject_fields if dataset.field(n).identifying is Identifying.DIRECT)
    return direct or dataset.subject_fields


def needs_consent(matter: Matter) -> bool:
    """Whether the contract asks for the persons' consent (`yishu.consent: true`) on this basis."""
    return matter.dataset.consent and matter.basis not in WITHOUT_CONSENT


def purpose_of(matter: Matter) -> str:
    """The purpose that a person must have consented to."""
    return "open_use" if matter.basis is Basis.OPEN else matter.ask.purpose


def consented(matter: Matter) -> tuple[str, ...]:
    """Keys of the persons with a consent in force for this organisation, dataset and purpose, sorted."""
    if isinstance(matter.consents, Roster):
        return ()
    return tuple(sorted({c.key for c in matter.consents if c.key and _in_force(matter, c)}))


def roster_of(matter: Matter) -> Roster | None:
    """The roster that a read of many rows is limited to; None where there is none that fits, or none is needed."""
    told, ask = matter.consents, matter.ask
    if not isinstance(told, Roster) or not needs_consent(matter) or ask.mode is Mode.VERIFY:
        return None
    ours = (ask.subject.organisation, matter.dataset.key, purpose_of(matter))
    if (told.organisation, told.dataset, told.purpose) != ours or told.persons < 1 or not told.mark:
        return None
    now = told.since <= ask.moment and (told.until is None or ask.moment < told.until)
    return told if now else None


def applied(matter: Matter) -> int | None:
    """How many persons' consents a read stands on; None where it needs none."""
    if not needs_consent(matter):
        return None
    roster = roster_of(matter)
    if roster is not None:
        return roster.persons
    return 1 if matter.ask.mode is Mode.VERIFY else len(consented(matter))


def consent_covers(matter: Matter) -> bool:
    """Whether anybody is left: for verify the person asked about, else at least one person."""
    if not needs_consent(matter):
        return True
    keys = consented(matter)
    if matter.ask.mode is not Mode.VERIFY:
        return bool(keys) or roster_of(matter) is not None
    told = matter.ask.key or {}
    return JOINT.join(told.get(n, "") for n in person_columns(matter.dataset)) in keys


def _in_force(matter: Matter, one: Consent) -> bool:
    """To this organisation, for this purpose, for this dataset or for all, and at this moment."""
    ask = matter.ask
    ours = one.organisation == ask.subject.organisation and one.purpose == purpose_of(matter)
    here = not one.dataset or one.dataset == matter.dataset.key
    return ours and here and (one.since is None or one.since <= ask.moment) and ask.moment < one.until
