"""What a new contract of a registered dataset does to its grantees: a broken promise is told, or it is refused."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from catalog import tables
from catalog.mending import notices
from schemas.access import GrantState
from schemas.change_words import Change, Level
from schemas.contract_change import breaks_silently, changes, version_needed
from schemas.dataset import Dataset
from schemas.errors import BadInput
from schemas.notice import About, Notice

LIVE = (GrantState.ACTIVE.value, GrantState.SUSPENDED.value)
MOST = 50
"""Changes that a notice lists."""


def renew(connection: Connection, before: Dataset, dataset: Dataset, now: datetime) -> None:
    """Tell every organisation with a live grant what breaks; BadInput where that has no new major version.

    Call it in the transaction that registers the new contract: both happen, or neither.
    """
    told = grantees(connection, dataset.key, now)
    silent = breaks_silently(before, dataset)
    if silent:
        raise BadInput(_refusal(before, dataset, silent, told))
    broken = [one for one in changes(before, dataset) if one.level is Level.BREAKING]
    if broken:
        notices.tell(connection, [_notice(before, dataset, broken, code, now) for code, _ in told])


def grantees(connection: Connection, key: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """Credit code and name of every organisation that has a grant on a dataset which is not over, by code."""
    grant, organisation = tables.grant, tables.organisation
    rows = connection.execute(
        select(organisation.c.credit_code, organisation.c.name)
        .join(grant, grant.c.organisation == organisation.c.credit_code)
        .where(grant.c.dataset == key, grant.c.state.in_(LIVE), grant.c.ends > now)
        .distinct()
        .order_by(organisation.c.credit_code)
    )
    return tuple((row.credit_code, row.name) for row in rows)


def _refusal(before: Dataset, dataset: Dataset, silent: Sequence[Change], told: Sequence[tuple[str, str]]) -> str:
    first = silent[0]
    names = ", ".join(f"{name} {code}" for code, name in told) or "nobody yet"
    return (
        f"{dataset.key}: found version {dataset.version}, which breaks {before.version} "
        f"({first.where}: {first.said} {first.said_en}{f' and {len(silent) - 1} more' if len(silent) > 1 else ''}); "
        f"expected {version_needed(before, silent)} or later, or the promise kept; to be told 须告知: {names}"
    )


def _notice(before: Dataset, dataset: Dataset, broken: Sequence[Change], recipient: str, now: datetime) -> Notice:
    return Notice(
        recipient=recipient,
        about=About.CONTRACT_BREAKS,
        dataset=dataset.key,
        cause=f"contract {dataset.key} {dataset.version}",
        subject=f"{dataset.title}：数据承诺升至 {dataset.version}，与 {before.version} 不兼容",
        subject_en=f"{dataset.title_en}: contract {dataset.version} breaks {before.version}",
        created_at=now,
        body={
            "from": before.version,
            "to": dataset.version,
            "changes": [{"where": one.where, "said": one.said, "said_en": one.said_en} for one in broken[:MOST]],
            "more": max(0, len(broken) - MOST),
        },
    )
