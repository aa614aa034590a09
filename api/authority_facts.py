"""Entries of the authority registry 一数一源 as answers and pages show them."""

from datetime import datetime

from api.desk import Desk
from catalog.collection.registry import Shown
from catalog.collection.sources import NO_SOURCE
from schemas.authority_source import Verb
from schemas.dataset import Json
from schemas.errors import BadAsk, Unknown
from schemas.journey import SHANGHAI

DIGITS = 15


def source_facts(shown: Shown, desk: Desk, now: datetime) -> dict[str, Json]:
    """One entry; of a hidden one only for which element and kind of subject there is a source."""
    one = shown.source
    if shown.hidden:
        return {"element": one.element, "subject_kind": one.subject_kind, "hidden": True}
    return {
        "number": one.number,
        "element": one.element,
        "subject_kind": one.subject_kind,
        "division": one.division,
        "division_name": desk.shelf.tree().name(one.division),
        "organisation": one.organisation,
        "organisation_name": shown.organisation_name,
        "dataset": one.dataset or None,
        "basis": one.basis,
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "standing": one.standing.value,
        "in_force": one.holds(now.astimezone(SHANGHAI).date()),
        "said": one.said,
        "hidden": False,
    }


def known_verb(text: str) -> Verb:
    """A decision; BadAsk lists them."""
    if text not in tuple(Verb):
        raise BadAsk(f"decision: found {text[:40]!r}, expected one of {', '.join(Verb)}")
    return Verb(text)


def known_number(text: str) -> int:
    """A number of the registry; Unknown for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise Unknown(NO_SOURCE)
    return int(text)
