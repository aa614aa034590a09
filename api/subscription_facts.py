"""Subscriptions and deliveries as the facts that answers show."""

from collections.abc import Sequence

from schemas.dataset import Json
from schemas.journey import SHANGHAI
from schemas.subscription import Delivery, DeliveryState, Subscription


def subscription_facts(one: Subscription, found: Sequence[Delivery]) -> dict[str, Json]:
    """A subscription without its secret."""
    told: dict[str, Json] = {
        "id": one.id,
        "dataset": one.dataset,
        "system": one.system,
        "purpose": one.purpose,
        "grant": one.grant,
        "columns": list(one.columns),
        "division": one.division,
        "made_at": one.made_at.astimezone(SHANGHAI).isoformat(),
        "deliveries": [delivery_facts(each) for each in found],
    }
    if one.file is not None:
        told["file"] = {
            "connection": one.file.connection,
            "folder": one.file.folder,
            "format": one.file.format.value,
            "cipher": one.file.cipher.value,
            "key": one.file.key,
        }
    if one.webhook is not None:
        told["webhook"] = {"url": one.webhook.url, "mode": one.webhook.mode.value}
    return told


def delivery_facts(one: Delivery) -> dict[str, Json]:
    """What became of one version."""
    return {
        "version": one.version,
        "state": one.state.value,
        "tries": one.tries,
        "next_at": one.next_at.astimezone(SHANGHAI).isoformat() if one.state is DeliveryState.WAITING else None,
        "moved_at": one.moved_at.astimezone(SHANGHAI).isoformat(),
        "receipt": one.receipt,
        "rows": one.rows,
        "bytes": one.bytes,
        "sha256": one.sha256,
        "said": one.said,
    }
