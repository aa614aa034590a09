"""What one try to deliver one version holds, and the question that it asks again and again: may this still go out?"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.database import writing
from catalog.delivery import deliveries, subscriptions
from catalog.delivery.asking import decided
from catalog.delivery.deliveries import Due
from catalog.shelf import Shelf
from connectors.outbox.place import belongs_to
from connectors.outbox.webhook import Sender
from schemas.access import Decision
from schemas.connection import Connection
from schemas.errors import NotReady
from schemas.subscription import Delivery, DeliveryState, Subscription

LOG = logging.getLogger(__name__)
Facts = dict[str, Any]
Outcome = tuple[DeliveryState, Facts]


@dataclass(frozen=True, slots=True)
class Post:
    """What deliveries need at hand."""

    shelf: Shelf
    connection: Callable[[str], Connection | None]
    """By name, from the secrets back end."""
    sender: Sender
    now: Callable[[], datetime]
    clock: Callable[[], float] = time.monotonic
    """Seconds that only grow."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try to deliver one version."""

    post: Post
    due: Due
    begun: Delivery

    @property
    def subscription(self) -> Subscription:
        """Whose version it is."""
        return self.due.subscription

    def decided(self) -> Decision:
        """The access rule's answer now. Unknown where the subscription has ended, Busy where another is at it.

        A version takes one read off a quota, however many tries it needs.
        """
        now, one = self.post.now(), self.subscription
        with writing(self.post.shelf.engine) as connection:
            subscriptions.get(connection, one.id, one.organisation)
            receipt = deliveries.hold(connection, self.begun, now)
        return decided(self.post.shelf, one, self.begun.version, now, reads=0 if receipt else 1)

    def connection(self, name: str) -> Connection:
        """The recipient's own connection of that name; the same NotReady for none and for another's.

        A subscriber reads it, who could else try out names; the operator finds the reason in the log.
        """
        try:
            found = self.post.connection(name)
        except NotReady as wrong:
            LOG.warning("connection %s: %s", name, wrong)
            found = None
        return belongs_to(found or Connection(name, ""), self.subscription.organisation)
