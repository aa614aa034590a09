"""The catalogue goes up 目录上报: this node's to its superior in parts, a subordinate's kept here beside our own."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, select, true, update

from catalog import tables as catalogue
from catalog.cards.tokens import plain
from catalog.database import writing
from catalog.datasets import parse
from catalog.nodes import messages
from catalog.nodes.reported import Entry, read
from catalog.nodes.tables import entry, node
from catalog.put import put
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.dataset import Dataset, Json, Sharing
from schemas.errors import BadInput
from schemas.node import Kind, Message, Node, Relation

PART = 400_000
"""Bytes of entries in one message, but for an entry that is larger by itself."""
FORM = b"1"
"""What is told of a dataset; whoever changes it reports everything anew."""
ABOUT = "catalogue"
AT_ONCE = 500
"""Datasets that are read together."""


def report(shelf: Shelf, to: Node, now: datetime) -> int:
    """Queue the whole catalogue for a superior, but for what is withheld; 0 where it has not changed since the last.

    What still waits of the report before is overtaken. Each part is queued by itself: nobody waits for the whole, and
    no more of it is in memory.
    """
    if to.relation is not Relation.SUPERIOR:
        raise BadInput(f"{to.card.name} is no superior of this node: catalogues go up")
    with shelf.engine.connect() as connection:
        digest = _digest(connection)
        if connection.scalar(select(node.c.reported).where(node.c.id == to.card.id)) == digest:
            return 0
    me, number = shelf.node, 0
    name = f"{me.origin.split('/')[1]}{digest[:12]}{int(now.timestamp()):x}"
    with writing(shelf.engine) as connection:
        messages.overtake(connection, to.card.id, ABOUT)
    for number, (some, last) in enumerate(_parts(shelf.engine), 1):
        body = {"report": name, "part": number, "last": last, "entries": some}
        told = Message(f"{name}.{number}", me.origin, to.card.id, Kind.CATALOGUE, now, body)
        with writing(shelf.engine) as connection:
            messages.write(connection, told, me, ABOUT)
    with writing(shelf.engine) as connection:
        connection.execute(update(node).where(node.c.id == to.card.id).values(reported=digest))
    return number


def taken(shelf: Shelf, of: Node, message: Message, now: datetime) -> Mapping[str, Json]:
    """Keep what a subordinate reports; what is no longer in it when its last part is there is gone.

    Again it changes nothing, and neither does a report that has been overtaken by a later one.
    """
    del now
    body = message.body
    if of.relation is not Relation.SUBORDINATE:
        raise BadInput(f"{of.card.name} is no subordinate of this node: catalogues go up")
    some = read(body.get("entries"))
    name, mine = str(body.get("report"))[:64], entry.c.node == of.card.id
    with writing(shelf.engine) as connection:
        kept = select(entry.c.key).where(mine, entry.c.key.in_([one.key for one in some]), entry.c.at > message.at)
        later = set(connection.scalars(kept))
        for one in some:
            if one.key not in later:
                _keep(connection, of, one, name, message.at)
        if body.get("last") is True:
            connection.execute(delete(entry).where(mine, entry.c.report != name, entry.c.at <= message.at))
    return {"kept": len(some) - len(later)}


def found(
    connection: Connection, subject: Subject, text: str, after: tuple[str, str], limit: int
) -> list[Mapping[str, Json]]:
    """Entries of other nodes that hold all the words and that the asker may know of, by node and key."""
    wanted = select(entry.c.node, entry.c.body).where(_seen(subject)).order_by(entry.c.node, entry.c.key).limit(limit)
    wanted = wanted.where((entry.c.node > after[0]) | ((entry.c.node == after[0]) & (entry.c.key > after[1])))
    for word in plain(text).split():
        wanted = wanted.where(entry.c.words.contains(word, autoescape=True))
    return [json.loads(row.body) | {"node": row.node} for row in connection.execute(wanted)]


def numbers(connection: Connection, subject: Subject | None = None) -> Mapping[str, int]:
    """Node -> how many entries it reported that the asker may know of; all of them for the operator (None)."""
    wanted = select(entry.c.node, func.count().label("number")).group_by(entry.c.node)
    rows = connection.execute(wanted.where(true() if subject is None else _seen(subject)))
    return {row.node: row.number for row in rows}


def _seen(subject: Subject) -> ColumnElement[bool]:
    """Open data are for everybody, what is shared for government organisations, what is withheld for nobody here."""
    if subject.government and not subject.public and subject.credential_active and subject.organisation_active:
        return entry.c.sharing != Sharing.WITHHELD.value
    return entry.c.sharing == Sharing.OPEN.value


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


def _shared() -> ColumnElement[bool]:
    table = catalogue.dataset
    return and_(table.c.state == "active", table.c.sharing != Sharing.WITHHELD.value)


def _digest(connection: Connection) -> str:
    """Of what would be reported; no contract is read for it."""
    table, told = catalogue.dataset, hashlib.sha256(FORM)
    wanted = select(table.c.key, table.c.contract_hash).where(_shared()).order_by(table.c.key)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(wanted):
        told.update(f"{row.key} {row.contract_hash}\n".encode())
    return told.hexdigest()


def _parts(engine: Engine) -> Iterator[tuple[list[Json], bool]]:
    """The entries in parts, and whether it is the last; one part without any where there are none."""
    part: list[Json] = []
    size = 0
    for dataset in _each(engine):
        one = entry_of(dataset)
        added = len(json.dumps(one, ensure_ascii=False).encode())
        if part and size + added > PART:
            yield part, False
            part, size = [], 0
        part.append(one)
        size += added
    yield part, True


def _each(engine: Engine) -> Iterator[Dataset]:
    table, after = catalogue.dataset, ""
    while True:
        wanted = select(table.c.key, table.c.contract).where(_shared(), table.c.key > after).order_by(table.c.key)
        with engine.connect() as connection:
            rows = connection.execute(wanted.limit(AT_ONCE)).all()
        if not rows:
            return
        yield from (parse(row.contract) for row in rows)
        after = rows[-1].key


def _keep(connection: Connection, of: Node, one: Entry, report_id: str, at: datetime) -> None:
    words = "\n".join(map(plain, one.texts))
    told = {"node": of.card.id, "key": one.key, "report": report_id, "sharing": one.sharing.value}
    put(connection, entry, told | {"words": words, "body": json.dumps(one.told, ensure_ascii=False), "at": at})
