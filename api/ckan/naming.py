"""Datasets under the names that CKAN allows: `civil_affairs-low_income` is the package, the key itself its id."""

from api.sight import KEY
from api.unsaid import APART
from schemas.access import PURPOSES
from schemas.dataset import Dataset
from schemas.errors import BadAsk


def package_name(dataset: Dataset) -> str:
    """Of a dataset."""
    return name_of(dataset.key)


def name_of(key: str) -> str:
    """Of a key. None holds a hyphen, so that this can be undone."""
    return key.replace(".", "-")


def key_of(name: str) -> str:
    """The key that an id or a name of a package or resource stands for; no key at all for anything else."""
    plain = name.partition(APART)[0]
    return plain if KEY.fullmatch(plain) else plain.replace("-", ".", 1)


def grant_of(name: str, told: str) -> str:
    """The grant that a resource's name says, `civil_affairs.low_income--YS-2026-000007`, or that is told beside it."""
    named = name.partition(APART)[2]
    if named and told and named != told:
        raise BadAsk(f"grant: found {told[:40]!r} beside {named[:40]!r} in the name of the resource, expected one")
    return named or told


def known_purpose(told: str) -> str:
    """The purpose, where it is one of the closed list or none is said."""
    if told and told not in PURPOSES:
        raise BadAsk(f"purpose: found {told[:40]!r}, expected one of {', '.join(PURPOSES)}")
    return told
