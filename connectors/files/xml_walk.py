"""What is kept of an XML file on the walk through it: the elements that are open, nothing that stands before them."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from connectors.files.content import Raw
from connectors.files.xml_paths import Names

_SOME = 1 << 12
"""Bytes that are looked at at a time for the root."""


class Walked:
    """The bytes that a parser asks for. When it asks for more, all that it made of the last ones has been looked at."""

    def __init__(self, first: bytes, rest: Raw, tags: tuple[str, ...]) -> None:
        self.root: Any = None
        """The root, once it is there."""
        self._first, self._rest, self._tags = first, rest, tags

    def read(self, size: int) -> bytes:
        """Reads on, and forgets what stands before the elements that are open."""
        if self.root is not None:
            self._forget()
        if self._first:
            found, self._first = self._first[:size], self._first[size:]
            return found
        return self._rest.read(size) or b""

    def _forget(self) -> None:
        """On the way to the last element, up to a record: that may be open."""
        element = self.root
        way: tuple[str, ...] = (element.tag,)
        while len(element) and way != self._tags:
            del element[:-1]
            element = element[0]
            way = (*way, element.tag)


@dataclass(slots=True)
class Instead:
    """What looks like a record where none is at the path: under the elements to which the path leads farthest."""

    tags: tuple[str, ...]
    """The path of the records."""
    fields: frozenset[str]
    """Names of children and attributes that every record has."""
    names: Names
    _deep: int = 0
    _seen: dict[int, str] = field(default_factory=dict)
    """So many steps of the path -> the first that looks like a record under an element there."""

    @property
    def found(self) -> str:
        """Its path; empty where there is none."""
        return self._seen.get(self._deep, "")

    def look(self, element: Any) -> None:
        """At an element that has ended and is no record; what stood before the last block is forgotten by then."""
        way = way_of(element)
        deep = self._led(way)
        if element.tag == self.tags[-1]:
            self._see(way)
        if deep == len(way):
            self._deep = max(deep, self._deep)
            if deep not in self._seen:
                for one in filter(self._alike, element.iterdescendants()):
                    self._see(way_of(one))

    def _alike(self, element: Any) -> bool:
        inner = {_bare(child.tag) for child in element} | {f"@{_bare(name)}" for name in element.attrib}
        return bool(self.fields) and {f.rpartition(":")[2] if "@" not in f else f for f in self.fields} <= inner

    def _see(self, way: tuple[str, ...]) -> None:
        self._seen.setdefault(self._led(way), self.names.path(way))

    def _led(self, way: tuple[str, ...]) -> int:
        """How many steps of the path it has taken."""
        return next((n for n, (mine, step) in enumerate(zip(way, self.tags, strict=False)) if mine != step), len(way))


def root_of(etree: Any, first: bytes, encoding: str | None) -> str:
    """The root's tag, where the first bytes tell it; what is broken is told by the walk."""
    pull = etree.XMLPullParser(("start",), encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False)
    with suppress(etree.XMLSyntaxError, LookupError):
        for at in range(0, len(first), _SOME):
            pull.feed(first[at : at + _SOME])
            for _, element in pull.read_events():
                return str(element.tag)
    return ""


def _bare(tag: str) -> str:
    """Whatever namespace it is in."""
    return tag.rpartition("}")[2]


def way_of(element: Any) -> tuple[str, ...]:
    """The tags from the root to an element."""
    outer = (*(one.tag for one in element.iterancestors()),)
    return (*reversed(outer), element.tag)
