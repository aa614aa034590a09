"""What recipients and owners find in their inbox about deliveries that do not arrive."""

from datetime import datetime

from sqlalchemy import Connection

from catalog import datasets
from catalog.mending import notices
from schemas.access import Decision
from schemas.notice import About, Notice
from schemas.subscription import Delivery, Subscription


def failing(connection: Connection, subscription: Subscription, begun: Delivery, said: str, now: datetime) -> None:
    """Tell recipient and owner, once for each version. Call it inside `writing`.

    The owner is not told what the recipient's server said: it names his hosts and folders.
    """
    dataset = datasets.get(connection, subscription.dataset)
    body = {"subscription": subscription.id, "version": begun.version, "tries": begun.tries}
    notice = Notice(
        recipient=subscription.organisation,
        about=About.DELIVERY_FAILING,
        dataset=dataset.key,
        cause=f"subscription {subscription.id} version {begun.version} failing",
        subject=f"{dataset.title}：第 {begun.version} 版送达失败",
        subject_en=f"{dataset.title_en}: version {begun.version} could not be delivered",
        created_at=now,
        body=body | {"said": said[:500]},
    )
    owner = Notice(dataset.owner, notice.about, dataset.key, notice.cause, notice.subject, notice.subject_en, now, body)
    notices.tell(connection, [notice] if dataset.owner == subscription.organisation else [notice, owner])


def refused(
    connection: Connection, subscription: Subscription, decision: Decision, receipt: str, now: datetime
) -> None:
    """Tell the recipient that the access rule stopped it, once for each reason. Call it inside `writing`."""
    dataset = datasets.get(connection, subscription.dataset)
    notice = Notice(
        recipient=subscription.organisation,
        about=About.DELIVERY_REFUSED,
        dataset=dataset.key,
        cause=f"subscription {subscription.id} refused {decision.code}",
        subject=f"{dataset.title}：订阅 {subscription.id} 已停止送达（{decision.following}）",
        subject_en=f"{dataset.title_en}: subscription {subscription.id} is not delivered ({decision.following_en})",
        created_at=now,
        body={"subscription": subscription.id, "code": decision.code, "gate": decision.gate, "receipt": receipt},
    )
    notices.tell(connection, [notice])
