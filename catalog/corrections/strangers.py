"""Who may not know of the dataset whose value is doubted: they met the value in another that is made of it."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from catalog import tables
from schemas.access import GrantState
from schemas.dataset import Dataset, Sharing


def strangers(connection: Connection, dataset: Dataset, organisations: Iterable[str]) -> frozenset[str]:
    """Those of the organisations to which the catalogue does not show the dataset: what they are told names it not."""
    others = sorted({one for one in organisations if one and one != dataset.owner})
    if dataset.sharing is Sharing.OPEN or not others:
        return frozenset()
    if dataset.sharing is Sharing.WITHHELD:
        return frozenset(others)
    body, grant = tables.organisation.c, tables.grant.c
    government = connection.scalars(select(body.credit_code).where(body.credit_code.in_(others), body.government))
    of_it = (grant.dataset == dataset.key, grant.state == GrantState.ACTIVE.value, grant.organisation.in_(others))
    held = connection.scalars(select(grant.organisation).where(*of_it))
    return frozenset(others).difference(government, held)
