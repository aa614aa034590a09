"""What goes to other nodes is handed over in order, again until it is taken; an answer counts when it is signed."""

import logging
from collections.abc import Iterator, Sequence

from catalog.database import writing
from catalog.nodes import desk, messages, register, relayed
from catalog.nodes.messages import Waiting
from connectors.outbox.node import Handed, hand
from dags.delivery.post import Facts, Post
from schemas.errors import YishuError
from schemas.node import Node

LOG = logging.getLogger(__name__)


def relay_due(post: Post) -> list[Facts]:
    """Queue what is new and hand over everything that is due; what became of each. A node that is away fails no run."""
    desk.tell(post.shelf, post.now())
    with post.shelf.engine.connect() as connection:
        nodes = [register.active(connection, one) for one in messages.due(connection, post.now())]
    return [facts for node in nodes if node for facts in _to(post, node)]


def _to(post: Post, node: Node) -> Iterator[Facts]:
    """Everything for one node, until it is away."""
    away = False
    while not away and (taken := _taken(post, node)):
        for one in taken:
            facts = {"message": one.id, "node": one.node} | _handed(post, one, node)
            yield facts
            away = facts["state"] == "waiting"
            if away:
                break


def _taken(post: Post, node: Node) -> Sequence[Waiting]:
    with writing(post.shelf.engine) as connection:
        return messages.take(connection, post.now(), node.card.id)


def _handed(post: Post, one: Waiting, node: Node) -> Facts:
    try:
        answer = hand(node.card.url, one.envelope)
        if not answer.taken:
            return _not_taken(post, one, answer)
        told = messages.answered(answer.body, one.id, node, post.shelf.node)
    except YishuError as wrong:
        return _put_off(post, one, str(wrong))
    if "number" in told:
        relayed.learn(post.shelf, node.card.id, one.id, {"said": ""} | dict(told), post.now())
    with writing(post.shelf.engine) as connection:
        messages.sent(connection, one)
    return {"state": "sent"}


def _not_taken(post: Post, one: Waiting, answer: Handed) -> Facts:
    said = f"status {answer.status}: {answer.body[:300].decode('utf-8', 'replace')}"
    if not answer.final:
        return _put_off(post, one, said)
    LOG.error("message %s to %s was refused for good: %s", one.id, one.node, said)
    relayed.learn(post.shelf, one.node, one.id, {"state": "not_taken", "said": said}, post.now())
    with writing(post.shelf.engine) as connection:
        messages.failed(connection, one, said)
    return {"state": "failed", "said": said}


def _put_off(post: Post, one: Waiting, said: str) -> Facts:
    LOG.warning("message %s to %s: %s", one.id, one.node, said)
    with writing(post.shelf.engine) as connection:
        messages.put_off(connection, one, said, post.now())
    relayed.learn(post.shelf, one.node, one.id, {"said": said}, post.now())
    return {"state": "waiting", "said": said}
