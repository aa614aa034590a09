"""What a WSDL offers before there is a contract: its operations, what each wants, and where its records may stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.exploring import Offer, Proposal
from connectors.services.soap_wsdl import bare_name, operations
from connectors.services.web import web
from schemas.connection import Connection
from schemas.dataset import Json

PATIENCE_S = 15.0
DEEP = 6
"""Elements within elements that are looked into."""
MOST = 1000
"""Elements of an operation's ask, or of its answer, that are looked at."""
Around = tuple[Any, ...]
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
    arguments = _arguments(wanted.type, _Look(), ()) if wanted is not None else {}
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
    found = list(_repeating(body.type, wrapper, _Look(), ())) if body is not None else []
    if len(found) == 1:
        return Proposal(found[0], "the only element of its answer that may repeat", certain=True)
    if found:
        return Proposal(found[0], f"several elements of its answer may repeat: {', '.join(found)}")
    return Proposal(wrapper or "Response", "its WSDL tells of no element that may repeat; look at an answer")


@dataclass(slots=True)
class _Look:
    """What may still be looked at: types that hold themselves have no end, and those that hold others many."""

    left: int = MOST

    def into(self, of: Any, around: Around) -> Around:
        """Names and elements of a type; none where it stands around itself, too deep, or after too many others."""
        if len(around) > DEEP or any(of is one for one in around):
            return ()
        found = tuple(islice(getattr(of, "elements", None) or (), self.left))
        self.left -= len(found)
        return found


def _repeating(of: Any, path: str, look: _Look, around: Around) -> Iterator[str]:
    """Paths of the outermost elements that may stand more than once."""
    for name, one in look.into(of, around):
        here = f"{path}.{name}" if path else name
        if one.max_occurs == "unbounded" or int(one.max_occurs) > 1:
            yield here
        else:
            yield from _repeating(one.type, here, look, (*around, of))


def _arguments(of: Any, look: _Look, around: Around) -> dict[str, Json]:
    return {name: _argument(name, one, look, (*around, of)) for name, one in look.into(of, around)}


def _argument(name: str, one: Any, look: _Look, around: Around) -> Json:
    if held := _arguments(one.type, look, around):
        return held
    bare = name.casefold().replace("_", "")
    return next((word for word, names in _WORDS.items() if bare in names), f"TODO {one.type.name}")


def _leaves(told: Json) -> Iterator[Json]:
    for one in told.values() if isinstance(told, dict) else ():
        yield from _leaves(one) if isinstance(one, dict) else (one,)
