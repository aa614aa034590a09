"""What a caller may know of: a hidden dataset and one that does not exist give the same answer."""

import re

from api.desk import Desk
from catalog.access import visible
from schemas.access import Subject
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
        raise Unknown(NO_DATASET)
    return dataset


def may_know(desk: Desk, subject: Subject, dataset: Dataset) -> bool:
    """Whether the catalogue shows it to this caller; an outsider's grants count."""
    if visible(subject, dataset):
        return True
    outsider = not subject.public and not subject.government
    return outsider and visible(subject, dataset, desk.shelf.grants_for(dataset.key, subject.organisation))
