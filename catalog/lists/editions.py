"""Kept editions of lists: whole, with a digest on the ledger, so that nobody can say later that it was otherwise."""

import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from catalog.database import writing
from catalog.lists.desk import everything
from catalog.lists.tables import edition as table
from catalog.shelf import Shelf
from schemas.errors import Unknown
from schemas.lists import Line, ListName


@dataclass(frozen=True, slots=True)
class Edition:
    """What is known of one edition but for its lines."""

    id: int
    list: ListName
    at: datetime
    lines: int
    sha256: str
    """Of its lines as JSON Lines; the receipt on the ledger says the same."""
    receipt: str


def keep(shelf: Shelf, name: ListName, now: datetime) -> Edition:
    """Make an edition of the list as it is now; where nothing has changed since the last one, that one is found."""
    text, number = _written(everything(shelf, name, now))
    sha256 = hashlib.sha256(text).hexdigest()
    with shelf.engine.connect() as connection:
        last = newest(connection, name)
    if last is not None and last.sha256 == sha256:
        return last
    told = {"event": "list", "list": name.value, "lines": number, "sha256": sha256}
    receipt = shelf.ledger.record(told, now, shelf.randomness(16)).number
    kept = {"list": name.value, "at": now, "lines": number, "sha256": sha256, "receipt": receipt}
    with writing(shelf.engine) as connection:
        made = connection.execute(insert(table).values(kept | {"body": zlib.compress(text)}).returning(table.c.id))
        return Edition(made.scalar_one(), name, now, number, sha256, receipt)


def newest(connection: Connection, name: ListName) -> Edition | None:
    """The last edition; None before the first."""
    found = listed(connection, name, 1)
    return found[0] if found else None


def listed(connection: Connection, name: ListName, limit: int = 20) -> tuple[Edition, ...]:
    """The newest editions of a list, the newest first."""
    columns = (table.c[one] for one in Edition.__slots__)
    wanted = select(*columns).where(table.c.list == name.value).order_by(table.c.id.desc()).limit(limit)
    return tuple(Edition(**{**row._mapping, "list": name}) for row in connection.execute(wanted))


def lines_of(connection: Connection, name: ListName, identifier: int) -> tuple[Line, ...]:
    """The lines of an edition; Unknown where there is no such edition of this list."""
    body = connection.scalar(select(table.c.body).where(table.c.id == identifier, table.c.list == name.value))
    if body is None:
        raise Unknown(f"no edition {identifier} of the list {name.value}; its newest are told with the list")
    return tuple(Line(**json.loads(one)) for one in zlib.decompress(body).splitlines())


def _written(lines: Iterable[Line]) -> tuple[bytes, int]:
    """JSON Lines with sorted names, one spelling for the same line, by key; and how many."""
    told = [
        {"key": one.key, "dataset": one.dataset, "values": dict(one.values), "whose": one.whose}
        for one in sorted(lines, key=lambda one: one.key)
    ]
    text = "".join(f"{json.dumps(one, ensure_ascii=False, sort_keys=True)}\n" for one in told)
    return text.encode(), len(told)
