"""Messages between nodes: written to a queue with what brings them about, opened and acted on once."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from catalog.database import serialise, writing
from catalog.delivery.deliveries import FIRST_PAUSE, HOLD, LONGEST_PAUSE
from catalog.ledger.signer import Signer
from catalog.nodes import envelope, register
from catalog.nodes.tables import node as nodes
from catalog.nodes.tables import outgoing, received
from catalog.put import put
from catalog.shelf import Shelf
from schemas.dataset import Json
from schemas.errors import BadInput, Unidentified
from schemas.journey import SHANGHAI
from schemas.node import Kind, Message, Node

TYPE = "application/vnd.yishu.message+json"
ANSWER = "application/vnd.yishu.answer+json"
AT_ONCE = 20
"""Messages that are taken together: as many as may be handed over within `HOLD`, however slow the other side."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
"""An id of a message: it becomes the name of a file, and a part of other ids."""
Act = Callable[[Shelf, Node, Message, datetime], Mapping[str, Json]]
"""What a kind of message does, and what it is answered."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that is to be sent."""

    id: str
    node: str
    envelope: bytes
    tries: int
    """With this one."""
    next_at: datetime


def write(connection: Connection, message: Message, key: Signer, about: str) -> None:
    """Queue it for its recipient, signed; the same id again is nothing new. Call it inside `writing`."""
    if connection.execute(select(outgoing.c.id).where(outgoing.c.id == message.id)).first() is not None:
        return
    values = {"id": message.id, "node": message.recipient, "body": spelt(message, key).decode(), "state": "waiting"}
    moments = {"tries": 0, "next_at": message.at, "made_at": message.at, "said": "", "about": about}
    connection.execute(insert(outgoing).values(values | moments))


def overtake(connection: Connection, node: str, about: str) -> None:
    """What still waits to be said of the same thing need not be said any more. Call it inside `writing`."""
    connection.execute(delete(outgoing).where(_waiting(node), outgoing.c.about == about))


def spelt(message: Message, key: Signer) -> bytes:
    """The message as an envelope."""
    told = {
        "id": message.id,
        "from": message.sender,
        "to": message.recipient,
        "kind": message.kind.value,
        "at": message.at.astimezone(SHANGHAI).isoformat(),
        "body": dict(message.body),
    }
    return envelope.sealed(json.dumps(told, ensure_ascii=False).encode(), TYPE, key)


def receive(shelf: Shelf, text: bytes, acts: Mapping[Kind, Act], now: datetime) -> bytes:
    """Open, act, and answer with a signed answer; the same message again is answered as the first time.

    Unidentified where its sender is not registered here, or switched off; BadInput where it is not for this node, not
    signed, or cannot be acted on. An act must bear to be done again: its answer is kept after it.
    """
    me = shelf.node
    with shelf.engine.connect() as connection:
        node = register.active(connection, envelope.signer_of(text))
        if node is None:
            raise Unidentified("this message is of no node that is registered here; exchange cards (`yishu node card`)")
        message = _read(envelope.opened(text, TYPE, node.card.key), node, me)
        before = _answer(connection, message)
    if before:
        return before.encode()
    told = acts[message.kind](shelf, node, message, now)
    said = {"of": message.id, "from": me.origin, "to": node.card.id} | dict(told)
    answer = envelope.sealed(json.dumps(said, ensure_ascii=False).encode(), ANSWER, me)
    with writing(shelf.engine) as connection:
        put(connection, received, {"id": message.id, "node": node.card.id, "at": now, "answer": answer.decode()})
    return answer


def _answer(connection: Connection, message: Message) -> str:
    """What the message was answered when it came before; empty where it did not."""
    row = connection.execute(
        select(received.c.answer, received.c.node).where(received.c.id == message.id)
    ).one_or_none()
    if row is not None and row.node != message.sender:
        raise BadInput(f"message {message.id} was another node's; expected an id of its own")
    return str(row.answer) if row is not None else ""


def _read(payload: bytes, node: Node, me: Signer) -> Message:
    try:
        told = envelope.read(payload)
        at = datetime.fromisoformat(told["at"])
        message = Message(told["id"], told["from"], told["to"], Kind(told["kind"]), at, told["body"])
        well = isinstance(message.body, dict) and NAME.fullmatch(message.id)
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BadInput("message: expected id, from, to, kind, at and body") from wrong
    if not well or at.tzinfo is None or message.sender != node.card.id or message.recipient != me.origin:
        raise BadInput(f"message: found one from {message.sender} to {message.recipient}, expected one to {me.origin}")
    return message


def answered(text: bytes, message: str, node: Node, me: Signer) -> Mapping[str, Json]:
    """What a node answered to a message; BadInput where the answer is not its own, or another message's."""
    try:
        told: Mapping[str, Json] = dict(envelope.read(envelope.opened(text, ANSWER, node.card.key)))
    except (ValueError, TypeError, RecursionError) as wrong:
        raise BadInput(f"{node.card.name}: expected an answer in JSON") from wrong
    if (told.get("of"), told.get("from"), told.get("to")) != (message, node.card.id, me.origin):
        raise BadInput(f"{node.card.name}: found the answer to another message, expected that to {message}")
    return told


def due(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Nodes on the network whose turn it is: what was written for them first is sent first, or waits."""
    first = select(func.min(outgoing.c.number)).where(outgoing.c.state == "waiting").group_by(outgoing.c.node)
    wanted = select(outgoing.c.node).join(nodes, nodes.c.id == outgoing.c.node).order_by(outgoing.c.node)
    wanted = wanted.where(outgoing.c.number.in_(first), outgoing.c.next_at <= now, nodes.c.active, nodes.c.url != "")
    return tuple(connection.scalars(wanted))


def take(connection: Connection, now: datetime, to: str) -> Sequence[Waiting]:
    """The next for a node, in the order in which they were written, for this caller alone; none before its pause is
    over. Inside `writing`."""
    serialise(connection, f"messages to {to}")
    found = next_ones(connection, to)
    if not found or found[0].next_at > now:
        return ()
    mine = outgoing.c.id.in_([one.id for one in found])
    connection.execute(update(outgoing).where(mine).values(next_at=now + HOLD))
    return found


def next_ones(connection: Connection, to: str) -> Sequence[Waiting]:
    """The next for a node, whether their pause is over or not."""
    table = outgoing
    columns = (table.c.id, table.c.node, table.c.body, table.c.tries, table.c.next_at)
    rows = connection.execute(select(*columns).where(_waiting(to)).order_by(table.c.number).limit(AT_ONCE))
    return [Waiting(row.id, row.node, row.body.encode(), row.tries + 1, row.next_at) for row in rows]


def sent(connection: Connection, one: Waiting) -> None:
    """It was answered; its text is not needed any more. Call it inside `writing`."""
    connection.execute(update(outgoing).where(outgoing.c.id == one.id).values(state="sent", said="", body=""))


def failed(connection: Connection, one: Waiting, said: str) -> None:
    """It was understood, and refused for good. Call it inside `writing`."""
    values = {"state": "failed", "said": said[:500], "body": ""}
    connection.execute(update(outgoing).where(outgoing.c.id == one.id).values(values))


def put_off(connection: Connection, one: Waiting, said: str, now: datetime) -> None:
    """The node is away: this one, and what was written after it, waits. It is never given up, for nobody would say it
    again. Call it inside `writing`."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(one.tries - 1, 16), LONGEST_PAUSE)
    connection.execute(update(outgoing).where(_waiting(one.node)).values(next_at=now + pause))
    told = {"tries": one.tries, "said": said[:500]}
    connection.execute(update(outgoing).where(outgoing.c.id == one.id).values(told))


def _waiting(to: str) -> ColumnElement[bool]:
    return (outgoing.c.node == to) & (outgoing.c.state == "waiting")
