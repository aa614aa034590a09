"""What a JSON document shows before there is a contract: which of its lists may be the records."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from connectors.exploring import Offer, Proposal
from connectors.files.about import Files, head_of
from connectors.files.encoding import decodes
from connectors.places.known import place_of
from connectors.places.place import Entry
from connectors.records import lists, parse
from connectors.success import proposed
from schemas.connection import Connection
from schemas.dataset import Json
from schemas.errors import BadInput

FILES = Files("json", (".json",))
MOST = 16 << 20
"""Bytes of a document that is looked at: it must be whole. Of a larger one a person names the list."""
GB = "its bytes are no UTF-8, and fit GB18030; look at some names"


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """Every document; of one that is named its lists of objects, as `a.json#data.rows` where there are several."""
    file, _, path = name.partition("#")
    found = FILES.offers(connection, file)
    if not name or len(found) != 1:
        return found
    content = _content(connection, found[0])
    if len(content) > MOST:
        return (_unlooked(found[0], content, path),)
    return tuple(one for one in _looked(found[0], content) if not path or one.name == name)


def _content(connection: Connection, offer: Offer) -> bytes:
    folder, file = str(offer.options.get("folder", "")), PurePosixPath(offer.name).name
    return head_of(place_of(connection, folder), Entry(file, offer.size), MOST + 1)


def _unlooked(offer: Offer, head: bytes, path: str) -> Offer:
    """One that is too large to be looked through: with the list that somebody names, or as a list itself."""
    larger = f"the document is larger than {MOST >> 20} MB, and its lists are not looked for"
    if not path and not head.removeprefix(BOM_UTF8).lstrip().startswith(b"["):
        raise BadInput(f"{offer.name}: {larger}; name the one that holds the records, e.g. {offer.name}#data.rows")
    told = dict(offer.proposals)
    if not decodes(head, "utf-8") and decodes(head, "gb18030"):
        told["encoding"] = Proposal("gb18030", GB)
    if not path:
        return replace(offer, proposals=told)
    told["records"] = Proposal(path, f"as somebody named it; {larger}", certain=True)
    return replace(offer, name=f"{offer.name}#{path}", form="list", proposals=told)


def _looked(offer: Offer, content: bytes) -> Iterator[Offer]:
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
    """The document, and how it is written where that is not UTF-8; None for one that is not JSON."""
    for codec in ("utf-8-sig", "gb18030"):
        try:
            body = parse(content.decode(codec))
        except (ValueError, RecursionError):
            continue
        return body, Proposal("gb18030", GB) if codec == "gb18030" else None
    return None, None
