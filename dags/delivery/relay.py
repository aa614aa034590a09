"""What goes to other nodes is handed over in order, again until it is taken; an answer counts when it is signed."""

import logging

from catalog.database import writing
from catalog.nodes import desk, messages, register, relayed
from catalog.nodes.messages import Waiting
from connectors.outbox.node import hand
from dags.delivery.post import Facts, Post
from schemas.errors import YishuError
from schemas.node import Node

LOG = logging.getLogger(__name__)


def relay_due(post: Post) -> list[Facts]:
    """Queue what is new and hand over everything that is due; what became of each. A node that is away fails no run."""
    desk.tell(post.shelf, post.now())
    with writing(post.shelf.engine) as connection:
        taken = messages.take(connection, post.now())
        nodes = {one.node: register.active(connection, one.node) for one in taken}
    return [{"message": one.id, "node": one.node} | _handed(post, one, nodes[one.node]) for one in taken]


def _handed(post: Post, one: Waiting, node: Node | None) -> Facts:
    if node is None or not node.card.url:
        return _put_off(post, one, "the node is switched off, or reached by files alone")
    try:
        answer = hand(node.card.url, one.envelope)
        if not answer.taken:
            said = f"status {answer.status}: {answer.body[:300].decode('utf-8', 'replace')}"
            return _put_off(post, one, said, final=answer.final)
        told = messages.answered(answer.body, one.id, node, post.shelf.node)
    except YishuError as wrong:
        return _put_off(post, one, str(wrong))
    with writing(post.shelf.engine) as connection:
        messages.sent(connection, one)
    if "number" in told:
        relayed.learn(post.shelf, node.card.id, one.id, told, post.now())
    return {"state": "sent"}


def _put_off(post: Post, one: Waiting, said: str, *, final: bool = False) -> Facts:
    LOG.warning("message %s to %s: %s", one.id, one.node, said)
    with writing(post.shelf.engine) as connection:
        messages.put_off(connection, one, said, post.now(), final=final)
    if final:
        relayed.learn(post.shelf, one.node, one.id, {"state": "not_taken", "said": said}, post.now())
    return {"state": "failed" if final else "waiting", "said": said}
