"""What a JSON document shows before there is a contract: which of its lists may be the records."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from connectors.exploring import Offer, Proposal
from connectors.files.about import Files, head_of
from connectors.places.known import place_of
from connectors.places.place import Entry
from connectors.records import lists, parse
from connectors.success import proposed
from schemas.connection import Connection
from schemas.dataset import Json

FILES = Files("json", (".json",))
MOST = 16 << 20
"""Bytes of a document that is looked at: it must be whole. Of a larger one nothing is proposed."""


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """Every document; of one that is named its lists of objects, as `a.json#data.rows` where there are several."""
    file, _, path = name.partition("#")
    found = FILES.offers(connection, file)
    if not name or len(found) != 1:
        return found
    return tuple(one for one in _looked(connection, found[0]) if not path or one.name == name)


def _looked(connection: Connection, offer: Offer) -> Iterator[Offer]:
    folder, file = str(offer.options.get("folder", "")), PurePosixPath(offer.name).name
    content = head_of(place_of(connection, folder), Entry(file, offer.size), MOST + 1)
    body, encoding = _parsed(content)
    told = {**offer.proposals, **({"encoding": encoding} if encoding else {})}
    found = {path: len(rows) for path, rows in lists(body)}
    if not found or "" in found:
        yield replace(offer, proposals=told)
        return
    for path, count in found.items():
        why = f"a list of {count} objects, the only one in the document"
        if len(found) > 1:
            why = f"a list of {count} objects; others are {', '.join(one for one in found if one != path)}"
        found_there = told | {"records": Proposal(path, why, certain=True)} | proposed(body, path)
        name = offer.name if len(found) == 1 else f"{offer.name}#{path}"
        yield replace(offer, name=name, form="list", proposals=found_there)


def _parsed(content: bytes) -> tuple[Json, Proposal | None]:
    """The document, and how it is written where that is not UTF-8; None for one that is not JSON, or too large."""
    if len(content) > MOST:
        return None, None
    for codec in ("utf-8-sig", "gb18030"):
        try:
            body = parse(content.decode(codec))
        except (ValueError, RecursionError):
            continue
        why = "its bytes are no UTF-8, and fit GB18030; look at some names"
        return body, Proposal("gb18030", why) if codec == "gb18030" else None
    return None, None
