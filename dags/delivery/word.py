"""The signed word that a version is there: facts of the catalogue alone, to who may fetch it."""

import json

from catalog.database import writing
from catalog.delivery import deliveries, subscriptions, told
from connectors.outbox.webhook import Word, signed
from dags.delivery.post import Outcome, Try
from schemas.journey import SHANGHAI
from schemas.subscription import DeliveryState, Webhook

EVENT = "dataset.version.published"
GONE = "the receiver answered 410"


def word_delivered(this: Try, hook: Webhook) -> Outcome:
    """Send it, unless the rule would refuse the fetch; no row leaves, so that no receipt is due."""
    shelf, decision = this.post.shelf, this.decided()
    if not decision.allowed:
        facts = {"said": decision.code}
        with writing(shelf.engine) as connection:
            deliveries.close(connection, this.begun, DeliveryState.REFUSED, this.post.now(), **facts)
            told.refused(connection, this.subscription, decision, "", this.post.now())
        return DeliveryState.REFUSED, facts
    word, secret = word_of(this), subscriptions.secret(shelf.token_key, this.subscription)
    taken = this.post.sender.send(hook.url, word, signed(word, secret, this.post.now()))
    with writing(shelf.engine) as connection:
        deliveries.close(connection, this.begun, DeliveryState.DELIVERED, this.post.now(), said="")
        if not taken:
            subscriptions.end(connection, this.subscription.id, GONE, this.post.now())
    return DeliveryState.DELIVERED, {}


def word_of(this: Try) -> Word:
    """Which version of what; never a value, and no number of rows. Its id is the same however often it is sent."""
    snapshot, one = this.due.snapshot, this.subscription
    said = {
        "type": EVENT,
        "timestamp": snapshot.published_at.astimezone(SHANGHAI).isoformat(),
        "data": {
            "subscription": one.id,
            "dataset": one.dataset,
            "version": snapshot.version,
            "window": snapshot.window.key,
            "purpose": one.purpose,
            "grant": one.grant,
        },
    }
    return Word(f"msg_s{one.id}_v{snapshot.version}", json.dumps(said, ensure_ascii=False).encode())
