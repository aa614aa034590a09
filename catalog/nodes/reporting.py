"""The catalogue goes up 目录上报: this node's to its superior in parts, a subordinate's kept here beside our own."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from catalog import tables as catalogue
from catalog.cards.tokens import plain
from catalog.database import writing
from catalog.datasets import parse
from catalog.ledger.signer import Signer
from catalog.nodes import messages
from catalog.nodes.tables import entry, node
from catalog.put import put
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.dataset import Dataset, Json, Sharing
from schemas.errors import BadInput
from schemas.node import Kind, Message, Node, Relation

PART = 400_000
"""Bytes of entries in one message, but for an entry that is larger by itself."""
NEEDED = ("key", "title", "owner", "owner_name", "division", "sharing", "fields")


def report(connection: Connection, to: Node, me: Signer, now: datetime) -> int:
    """Queue the whole catalogue for a superior, but for what is withheld; 0 where it has not changed since the last.

    Call it inside `writing`.
    """
    if to.relation is not Relation.SUPERIOR:
        raise BadInput(f"{to.card.name} is no superior of this node: catalogues go up")
    entries = [entry_of(one) for one in _shared(connection)]
    digest = hashlib.sha256(json.dumps(entries, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    if connection.scalar(select(node.c.reported).where(node.c.id == to.card.id)) == digest:
        return 0
    parts = _parts(entries)
    name = f"{digest[:24]}{int(now.timestamp()):x}"
    for number, some in enumerate(parts):
        body = {"report": name, "part": number, "parts": len(parts), "entries": some}
        told = Message(f"{name}.{number}", me.origin, to.card.id, Kind.CATALOGUE, now, body)
        messages.write(connection, told, me)
    connection.execute(update(node).where(node.c.id == to.card.id).values(reported=digest))
    return len(parts)


def taken(shelf: Shelf, of: Node, message: Message, now: datetime) -> Mapping[str, Json]:
    """Keep what a subordinate reports; what its last part no longer holds is gone. Again it changes nothing."""
    del now
    body = message.body
    if of.relation is not Relation.SUBORDINATE:
        raise BadInput(f"{of.card.name} is no subordinate of this node: catalogues go up")
    some = body.get("entries")
    if not isinstance(some, list) or not all(isinstance(one, dict) and all(n in one for n in NEEDED) for one in some):
        raise BadInput(f"catalogue: expected entries with {', '.join(NEEDED)}")
    name, last = str(body.get("report")), body.get("part") == int(body.get("parts", 0)) - 1
    with writing(shelf.engine) as connection:
        for one in some:
            _keep(connection, of, one, name, message.at)
        if last:
            connection.execute(delete(entry).where(entry.c.node == of.card.id, entry.c.report != name))
    return {"kept": len(some)}


def found(
    connection: Connection, subject: Subject, text: str, after: tuple[str, str], limit: int
) -> list[Mapping[str, Json]]:
    """Entries of other nodes that hold all the words and that the asker may know of, by node and key."""
    wanted = select(entry.c.node, entry.c.body).order_by(entry.c.node, entry.c.key).limit(limit)
    wanted = wanted.where((entry.c.node > after[0]) | ((entry.c.node == after[0]) & (entry.c.key > after[1])))
    for word in plain(text).split():
        wanted = wanted.where(entry.c.words.contains(word, autoescape=True))
    if not (subject.government and not subject.public and subject.credential_active and subject.organisation_active):
        wanted = wanted.where(entry.c.sharing == Sharing.OPEN.value)
    return [{"node": row.node} | json.loads(row.body) for row in connection.execute(wanted)]


def numbers(connection: Connection) -> Mapping[str, int]:
    """Node -> how many entries it reported."""
    rows = connection.execute(select(entry.c.node, func.count().label("number")).group_by(entry.c.node))
    return {row.node: row.number for row in rows}


def entry_of(dataset: Dataset) -> dict[str, Json]:
    """What goes up of one dataset: the catalogue's words, no rows and no figures about them."""
    return {
        "key": dataset.key,
        "version": dataset.version,
        "title": dataset.title,
        "title_en": dataset.title_en,
        "description": dataset.description,
        "owner": dataset.owner,
        "owner_name": dataset.owner_name,
        "division": dataset.division,
        "sharing": dataset.sharing.value,
        "condition": dataset.sharing_condition,
        "update_cycle": dataset.update_cycle,
        "modes": list(dataset.modes),
        "purposes": list(dataset.purposes),
        "catalogue_code": dataset.catalogue_code,
        "fields": [
            {"name": f.name, "title": f.title, "type": str(f.type), "element": f.element, "grade": f.grade.word}
            for f in dataset.fields
        ],
    }


def _parts(entries: Sequence[Mapping[str, Json]]) -> list[list[Mapping[str, Json]]]:
    parts: list[list[Mapping[str, Json]]] = [[]]
    size = 0
    for one in entries:
        added = len(json.dumps(one, ensure_ascii=False).encode())
        if parts[-1] and size + added > PART:
            parts.append([])
            size = 0
        parts[-1].append(one)
        size += added
    return parts


def _shared(connection: Connection) -> Iterator[Dataset]:
    table = catalogue.dataset
    active = (table.c.state == "active", table.c.sharing != Sharing.WITHHELD.value)
    yield from map(parse, connection.scalars(select(table.c.contract).where(*active).order_by(table.c.key)))


def _keep(connection: Connection, of: Node, one: Mapping[str, Json], report_id: str, at: datetime) -> None:
    try:
        sharing, fields = Sharing(one["sharing"]), one["fields"]
        texts: Sequence[str] = [one["key"], one["title"], one["owner_name"], *(f["title"] for f in fields)]
        words = "\n".join(map(plain, texts))
    except (ValueError, KeyError, TypeError) as wrong:
        raise BadInput(f"catalogue: {str(one.get('key'))[:60]}: expected a sharing class and fields") from wrong
    told = {"node": of.card.id, "key": str(one["key"])[:128], "report": report_id, "sharing": sharing.value}
    put(connection, entry, told | {"words": words, "body": json.dumps(dict(one), ensure_ascii=False), "at": at})
