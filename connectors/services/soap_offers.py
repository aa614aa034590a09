"""What a WSDL offers before there is a contract: its operations, what each wants, and where its records may stand."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.exploring import Offer, Proposal
from connectors.services.soap_wsdl import bare_name, operations
from connectors.services.web import web
from schemas.connection import Connection
from schemas.dataset import Json

PATIENCE_S = 15.0
DEEP = 6
"""Elements within elements that are looked into."""
_ASKING = "an operation may do more than answer, so none is asked for a sample: only its WSDL was looked at"
_WORDS: Mapping[str, tuple[str, ...]] = {
    "{page}": ("page", "pageno", "pagenum", "pageindex", "pagenumber", "currentpage"),
    "{size}": ("size", "pagesize", "rows", "limit"),
    "{offset}": ("offset", "start", "startrow"),
    "{low}": ("from", "begin", "begintime", "begindate", "starttime", "startdate"),
    "{high}": ("to", "end", "endtime", "enddate"),
}
"""What may stand for an argument -> names that arguments of its kind often have."""


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """The operations of the WSDL at a path such as `/population?wsdl`; `/population?wsdl#Query` is one of them."""
    path, _, operation = name.partition("#")
    if not (path.startswith("/") and "wsdl" in path.lower()):
        return ()
    with web(connection, PATIENCE_S) as client:
        found = operations(connection, client, path)
    wanted = {one: told for one, told in found.items() if operation in ("", one)}
    return tuple(_offer(path, one, told) for one, told in sorted(wanted.items()))


def _offer(path: str, name: str, of: Any) -> Offer:
    wanted, answer = of.input.body, of.output.body if of.output is not None else None
    arguments = _arguments(wanted.type, DEEP) if wanted is not None else {}
    proposals = {
        "records": _records(answer),
        "arguments": Proposal(arguments, "what its WSDL says that it takes; what for each, only its owner can tell"),
    }
    if paging := [one for one in _leaves(arguments) if one in ("{page}", "{offset}")]:
        kind = "number" if paging[0] == "{page}" else "offset"
        proposals["page"] = Proposal({"kind": kind}, "it seems to answer page by page; does it?")
    options = {"wsdl": path, "operation": name}
    return Offer(f"{path}#{name}", "operation", "soap", options, proposals, unsampled=_ASKING)


def _records(body: Any) -> Proposal:
    wrapper = bare_name(body) if body is not None else ""
    found = list(_repeating(body.type, wrapper, DEEP)) if body is not None else []
    if len(found) == 1:
        return Proposal(found[0], "the only element of its answer that may repeat", certain=True)
    if found:
        return Proposal(found[0], f"several elements of its answer may repeat: {', '.join(found)}")
    return Proposal(wrapper or "Response", "its WSDL tells of no element that may repeat; look at an answer")


def _repeating(of: Any, path: str, deep: int) -> Iterator[str]:
    """Paths of the outermost elements that may stand more than once."""
    for name, one in getattr(of, "elements", None) or ():
        here = f"{path}.{name}" if path else name
        if one.max_occurs == "unbounded" or int(one.max_occurs) > 1:
            yield here
        elif deep:
            yield from _repeating(one.type, here, deep - 1)


def _arguments(of: Any, deep: int) -> dict[str, Json]:
    return {name: _argument(name, one, deep) for name, one in getattr(of, "elements", None) or ()}


def _argument(name: str, one: Any, deep: int) -> Json:
    if getattr(one.type, "elements", None) and deep:
        return _arguments(one.type, deep - 1)
    bare = name.casefold().replace("_", "")
    return next((word for word, names in _WORDS.items() if bare in names), f"TODO {one.type.name}")


def _leaves(told: Json) -> Iterator[Json]:
    for one in told.values() if isinstance(told, dict) else ():
        yield from _leaves(one) if isinstance(one, dict) else (one,)
