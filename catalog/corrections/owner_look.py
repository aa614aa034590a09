"""What the source sees of a correction: the row and the words, as far as its officer's clearance goes."""

from dataclasses import replace
from datetime import datetime

from catalog.corrections.desk import Seen, words
from catalog.shelf import Shelf
from schemas.access import Ask, Basis, Decision, Mode, Subject
from schemas.dataset import Transform
from schemas.doubt import Claim, Doubt, Words


def decided(shelf: Shelf, subject: Subject, seen: Seen, now: datetime) -> Decision:
    """The access rule's answer to the owner's own ask for the row's key and the doubted value."""
    columns = tuple(dict.fromkeys((*seen.dataset.key_fields, seen.it.column)))
    ask = Ask(subject, seen.it.dataset, Mode.QUERY, "own_duty", now, columns=columns, basis=Basis.OWNER)
    return shelf.decide(ask)


def clear(shelf: Shelf, seen: Seen, decision: Decision) -> tuple[Words, tuple[tuple[Claim, Doubt], ...]]:
    """The words, with those columns alone that the decision gives in clear."""
    plain = {view.name for view in decision.served if view.transform is Transform.CLEAR}
    told, claims = words(shelf, seen)
    key = {name: value for name, value in told.key.items() if name in plain}
    if seen.it.column in plain:
        return replace(told, key=key), claims
    hidden = tuple((one, replace(doubt, expected=None, key={})) for one, doubt in claims)
    return replace(told, key=key, found=None, becomes=None), hidden
