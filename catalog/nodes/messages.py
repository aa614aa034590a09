"""Messages between nodes: written to a queue with what brings them about, opened and acted on once."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from catalog.database import writing
from catalog.delivery.deliveries import FIRST_PAUSE, HOLD, LAST_TRY, LONGEST_PAUSE
from catalog.ledger.signer import Signer
from catalog.nodes import envelope, register
from catalog.nodes.tables import outgoing, received
from catalog.put import put
from catalog.shelf import Shelf
from schemas.dataset import Json
from schemas.errors import BadInput, Unidentified
from schemas.journey import SHANGHAI
from schemas.node import Kind, Message, Node

TYPE = "application/vnd.yishu.message+json"
ANSWER = "application/vnd.yishu.answer+json"
AT_ONCE = 100
Act = Callable[[Shelf, Node, Message, datetime], Mapping[str, Json]]
"""What a kind of message does, and what it is answered."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that is to be sent."""

    id: str
    node: str
    envelope: bytes
    tries: int


def write(connection: Connection, message: Message, key: Signer) -> None:
    """Queue it for its recipient, signed; the same id again is nothing new. Call it inside `writing`."""
    if connection.execute(select(outgoing.c.id).where(outgoing.c.id == message.id)).first() is not None:
        return
    values = {"id": message.id, "node": message.recipient, "body": spelt(message, key).decode(), "state": "waiting"}
    moments = {"tries": 0, "next_at": message.at, "made_at": message.at, "said": ""}
    connection.execute(insert(outgoing).values(values | moments))


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
        told = json.loads(payload)
        at = datetime.fromisoformat(told["at"])
        message = Message(told["id"], told["from"], told["to"], Kind(told["kind"]), at, told["body"])
        well = isinstance(message.body, dict) and isinstance(message.id, str) and 8 <= len(message.id) <= 64
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BadInput("message: expected id, from, to, kind, at and body") from wrong
    if not well or at.tzinfo is None or message.sender != node.card.id or message.recipient != me.origin:
        raise BadInput(f"message: found one from {message.sender} to {message.recipient}, expected one to {me.origin}")
    return message


def answered(text: bytes, message: str, node: Node, me: Signer) -> Mapping[str, Json]:
    """What a node answered to a message; BadInput where the answer is not its own, or another message's."""
    told: Mapping[str, Json] = json.loads(envelope.opened(text, ANSWER, node.card.key))
    if (told.get("of"), told.get("from"), told.get("to")) != (message, node.card.id, me.origin):
        raise BadInput(f"{node.card.name}: found the answer to another message, expected that to {message}")
    return told


def take(connection: Connection, now: datetime, to: str = "") -> Sequence[Waiting]:
    """What is due (to one node, or to all), in the order in which it was written, for this caller alone. Inside
    `writing`."""
    table = outgoing
    wanted = select(table.c.number).where(table.c.state == "waiting", table.c.next_at <= now)
    wanted = wanted.where(table.c.node == to) if to else wanted
    wanted = wanted.order_by(table.c.number)
    due = connection.scalars(wanted.limit(AT_ONCE).with_for_update()).all()
    mine = table.c.number.in_(due)
    connection.execute(update(table).where(mine).values(tries=table.c.tries + 1, next_at=now + HOLD))
    rows = connection.execute(
        select(table.c.id, table.c.node, table.c.body, table.c.tries).where(mine).order_by(table.c.number)
    )
    return [Waiting(row.id, row.node, row.body.encode(), row.tries) for row in rows]


def sent(connection: Connection, one: Waiting) -> None:
    """It was answered. Call it inside `writing`."""
    connection.execute(update(outgoing).where(outgoing.c.id == one.id).values(state="sent", said=""))


def put_off(connection: Connection, one: Waiting, said: str, now: datetime, *, final: bool = False) -> None:
    """It was not: later again, or not any more (`final`, or after the last try). Call it inside `writing`."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** (one.tries - 1), LONGEST_PAUSE)
    state = "failed" if final or one.tries >= LAST_TRY else "waiting"
    values = {"state": state, "next_at": now + pause, "said": said[:500]}
    connection.execute(update(outgoing).where(outgoing.c.id == one.id).values(values))
