"""What a caller may know of: a hidden dataset and one that does not exist give the same answer."""

import re

from api.caller import Call
from api.desk import Desk
from catalog.access import unknown, visible
from schemas.access import PURPOSES, Ask, Mode, Subject
from schemas.dataset import Dataset
from schemas.errors import Unknown

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}")
NO_DATASET = "no dataset of this key that you may know of; GET /api/v1/datasets lists those that there are for you"


def find(desk: Desk, subject: Subject, key: str) -> Dataset:
    """The dataset of that key; Unknown, in the same words, when it is not there or hidden from this caller."""
    if not KEY.fullmatch(key):
        raise Unknown(NO_DATASET)
    try:
        dataset = desk.shelf.dataset(key)
    except Unknown:
        raise Unknown(NO_DATASET) from None
    if not may_know(desk, subject, dataset):
        desk.shelf.look_for(key)  # as for one that is not there; what is at hand would be refused faster
        raise Unknown(NO_DATASET)
    return dataset


def sought(call: Call, key: str, mode: Mode, purpose: str) -> Dataset:
    """As `find`, for an ask that would carry rows: it is on record even where there is nothing that may be told.

    A hidden dataset and one that does not exist leave the same receipt: else a gap between two receipts of one's own,
    or the time that writing one takes, would tell them apart.
    """
    try:
        return find(call.desk, call.subject, key)
    except Unknown:
        if KEY.fullmatch(key):
            told = purpose if purpose in PURPOSES else ""
            ask = Ask(subject=call.subject, dataset=key, mode=mode, purpose=told, moment=call.now)
            call.desk.shelf.record(unknown(ask))
        raise


def may_know(desk: Desk, subject: Subject, dataset: Dataset) -> bool:
    """Whether the catalogue shows it to this caller; an outsider's grants count."""
    if visible(subject, dataset):
        return True
    outsider = not subject.public and not subject.government
    return outsider and visible(subject, dataset, desk.shelf.grants_for(dataset.key, subject.organisation))
