"""Looks the linkage guard's facts up: the grants that an organisation holds, their datasets, and the published rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from catalog import datasets, grants, versions
from catalog.lake.where import Lake
from catalog.linkage.guard import joined, signed_or_safe
from catalog.linkage.join import Part, smallest
from catalog.rule.ceilings import SMALLEST_GROUP
from schemas.access import Grant, GrantState
from schemas.dataset import Dataset
from schemas.errors import Refused
from schemas.journey import Snapshot
from schemas.linkage import told_apart

NEXT = (
    "同级数据主管部门签批后，在授权中写明签批文号（signature）再登记 "
    "The data authority of your tier must sign; state the signature in the grant and register it again"
)


@dataclass(frozen=True, slots=True)
class Everything:
    """Every grant that an organisation holds, and the datasets that they are on, of those that have a version."""

    held: tuple[Grant, ...]
    published: Mapping[str, tuple[Dataset, Snapshot]]


def everything(connection: Connection, organisation: str, also: str) -> Everything:
    """What an organisation could join today; `also` is a dataset that it is about to have."""
    held = grants.of_organisation(connection, organisation)
    keys = sorted({also, *(one.dataset for one in held)})
    latest, known = versions.latest_each(connection, keys), datasets.each(connection, keys)
    return Everything(held, {key: (known[key], found) for key, found in latest.items()})


def of_grants(
    every: Everything, lake: Lake, dataset: Dataset, asked: Sequence[Grant], moment: datetime
) -> dict[str, int | None]:
    """Number -> smallest group that a grant tells apart with those its recipient held before; without those of no join.

    `asked` are the recipient's grants on `dataset`.
    """
    active = unsigned(dataset, asked, moment)
    if not active or len({one.number for one in (*every.held, *active)}) < 2:
        return {}
    known = {key: each for key, (each, _) in every.published.items()}
    found = {}
    for one in active:
        pieces = joined(one, every.held, known, moment)
        if pieces:
            found[one.number] = smallest(lake, [Part(piece, every.published[piece.dataset][1]) for piece in pieces])
    return found


def unsigned(dataset: Dataset, asked: Sequence[Grant], moment: datetime) -> list[Grant]:
    """Those of the grants that the guard must look at: active, not signed for, on data that tell persons apart."""
    if not told_apart(dataset):
        return []
    return [one for one in asked if one.state is GrantState.ACTIVE and moment < one.end and not one.signature]


def look(connection: Connection, lake: Lake, grant: Grant, now: datetime) -> None:
    """Before a grant is made: Refused where it would single persons out together with others, and nobody signed it."""
    dataset = datasets.get(connection, grant.dataset)
    told = of_grants(everything(connection, grant.organisation, grant.dataset), lake, dataset, [grant], now)
    k = told.get(grant.number)
    if not signed_or_safe(grant, k, SMALLEST_GROUP):
        raise Refused(
            f"{grant.dataset}: together with the grants that {grant.organisation} holds, the smallest group of persons "
            f"is {k}, expected at least {SMALLEST_GROUP}",
            code="LINKAGE_NEEDS_SIGNATURE",
            gate="G12",
            following=NEXT,
        )
