"""What subscriptions are due is sent: decided anew, on record before the first byte, once.

`yishu deliver` and the DAG of deliveries call `deliver_due`. A try that was killed is taken up by a later call, ten
minutes later at the earliest; what arrived before that is found by its marker and not sent again.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pyarrow as pa

from catalog.database import writing
from catalog.delivery import deliveries, told
from catalog.delivery.asking import decided
from catalog.delivery.deliveries import Due
from dags.delivery.file import file_delivered
from dags.delivery.post import Facts, Outcome, Post, Try
from dags.delivery.word import word_delivered
from schemas.access import Decision
from schemas.errors import Refused, YishuError
from schemas.subscription import DeliveryState

LOG = logging.getLogger(__name__)
AT_ONCE = 4
"""So that a slow recipient does not keep the others waiting."""


def deliver_due(post: Post, dataset: str = "") -> list[Facts]:
    """Try everything that is due now; what became of each. A try that failed is no error: it is told in inboxes."""
    with post.shelf.engine.connect() as connection:
        found = deliveries.due(connection, post.now(), dataset)
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [facts for facts in pool.map(partial(_one, post), found) if facts is not None]
    finally:
        post.shelf.ledger.settle()  # this process may end now, and how its answers ended is still being written


def _one(post: Post, due: Due) -> Facts | None:
    with writing(post.shelf.engine) as connection:
        begun = deliveries.take(connection, due, post.now())
    if begun is None:
        return None
    this, one = Try(post, due, begun), due.subscription
    state, facts = _tried(this)
    LOG.info("subscription %s, %s version %s: %s", one.id, one.dataset, begun.version, state.value)
    about = {"subscription": one.id, "dataset": one.dataset, "version": begun.version}
    return about | {"state": state.value, "tries": begun.tries} | facts


def _tried(this: Try) -> Outcome:
    one = this.subscription
    try:
        if one.file is not None:
            return file_delivered(this, one.file)
        if one.webhook is not None:
            return word_delivered(this, one.webhook)
    except Refused as stopped:
        found = decided(this.post.shelf, one, this.begun.version, this.post.now(), reads=0)
        return _failed(this, str(stopped)) if found.allowed else _refused(this, found, stopped.receipt)
    except (YishuError, OSError, pa.ArrowException) as wrong:
        return _failed(this, str(wrong))
    return DeliveryState.WAITING, {}


def _failed(this: Try, said: str) -> Outcome:
    now = this.post.now()
    LOG.warning("subscription %s version %s: %s", this.subscription.id, this.begun.version, said)
    with writing(this.post.shelf.engine) as connection:
        state = deliveries.put_off(connection, this.begun, said, now)
        if this.begun.tries >= deliveries.TELL_AFTER:
            told.failing(connection, this.subscription, this.begun, said, now)
    return state, {"said": said}


def _refused(this: Try, decision: Decision, receipt: str) -> Outcome:
    """`receipt` is the refusal's; empty where the permission ended in the middle: then it is the one of that answer."""
    now, begun = this.post.now(), this.begun
    with writing(this.post.shelf.engine) as connection:
        found = deliveries.of(connection, begun.subscription, begun.version)
        facts = {"said": decision.code, "receipt": receipt or (found.receipt if found else "")}
        deliveries.close(connection, begun, DeliveryState.REFUSED, now, **facts)
        told.refused(connection, this.subscription, decision, facts["receipt"], now)
    return DeliveryState.REFUSED, facts
