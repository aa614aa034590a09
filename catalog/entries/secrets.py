"""Somebody brought an entry that is marked secret: who and when goes on record, and nothing of what it said."""

from datetime import datetime

from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.journey import SHANGHAI


def on_record(shelf: Shelf, subject: Subject | None, now: datetime) -> None:
    """Put the refusal in the ledger; without a subject it was the operator."""
    body = {
        "event": "entry",
        "action": "refused_as_secret",
        "system": subject.system if subject else "",
        "credential": subject.credential if subject else "",
        "person": subject.person if subject else "",
        "organisation": subject.organisation if subject else "",
        "division": subject.division if subject else "",
        "moment": now.astimezone(SHANGHAI).isoformat(),
    }
    shelf.ledger.record(body, now, shelf.randomness(16))
