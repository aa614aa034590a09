"""What an XML file shows before there is a contract: which of its elements may be the records."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, count
from pathlib import PurePosixPath
from typing import Any

from connectors.drivers import driver
from connectors.exploring import Offer, Proposal
from connectors.files.about import HEAD, Files, head_of
from connectors.files.xml_head import encoding_of, has_doctype
from connectors.places.known import place_of
from connectors.places.place import Entry
from connectors.success import CODES, MESSAGES, proposal
from schemas.connection import Connection

FILES = Files("xml", (".xml",))
BYTES = f"the first {HEAD >> 10} KiB"


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """Every XML file; of one that is named its elements that repeat, as `file.xml#/t/row` where there are several."""
    file, _, path = name.partition("#")
    found = FILES.offers(connection, file)
    if not name or len(found) != 1:
        return found
    return tuple(one for one in _looked(connection, found[0]) if not path or one.name == name)


@dataclass(slots=True)
class Seen:
    """The elements of a file, by their path from the root."""

    spaces: dict[str, str] = field(default_factory=dict)
    """Namespace -> prefix, of those that stand in a name."""
    count: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    """Path -> how often it stands at most in one element around it."""
    said: dict[str, str] = field(default_factory=dict)
    """Path -> the text there, of elements and attributes that are called as what says how it went."""
    holding: set[str] = field(default_factory=set)
    """Paths of elements that hold others, or attributes."""

    def candidates(self) -> list[str]:
        """The outermost paths that repeat, most frequent first."""
        several = {path: None for path, times in self.most.items() if times > 1}
        outer = [one for one in several if not any(around in several for around in _around(one))]
        held = [one for one in outer if one in self.holding] or outer
        return sorted(held, key=lambda path: -self.count[path])

    def lone(self) -> str:
        """Where nothing repeats: the outermost element that holds more than one other."""
        path, inner = "", [one for one in self.count if one.count("/") == 1]
        while len(inner) == 1 and inner[0] in self.holding:
            path = inner[0]
            inner = [one for one in self.count if one.rpartition("/")[0] == path]
        return path

    def success(self, records: str) -> dict[str, Proposal]:
        """The option `success`, where a code stands around the records."""
        around = set(_around(records)) - {""}
        told = {path: text for path, text in self.said.items() if path.rpartition("/")[0] in around}
        code = next((path for path, text in told.items() if text and _called(path) in CODES), "")
        if not code or self.count[code.rpartition("/@")[0] or code] > 1:
            return {}
        beside = (path for path in told if _called(path) in MESSAGES and _beside(path, code))
        where = {"path": code, "message": next(beside, "")}
        return {"success": proposal({name: path for name, path in where.items() if path}, told[code])}


def _called(path: str) -> str:
    """The bare name at the end of a path, of an attribute only one in no namespace."""
    return path.rpartition("/")[2].removeprefix("@").rpartition(":")[2].casefold()


def _beside(path: str, other: str) -> bool:
    return path.rpartition("/")[0] == other.rpartition("/")[0]


def _around(path: str) -> Iterator[str]:
    """The paths of the elements around it."""
    return accumulate(path.split("/")[1:-1], lambda outer, step: f"{outer}/{step}", initial="")


def _looked(connection: Connection, offer: Offer) -> Iterator[Offer]:
    folder, file = str(offer.options.get("folder", "")), PurePosixPath(offer.name).name
    head = head_of(place_of(connection, folder), Entry(file, offer.size), HEAD)
    seen, encoding = _seen(head)
    told = {**offer.proposals, **({"encoding": encoding} if encoding else {})}
    options = dict(offer.options)
    if seen.spaces:
        options["namespaces"] = {prefix: space for space, prefix in seen.spaces.items()}
    found = seen.candidates()
    if not found:
        lone, why = seen.lone(), f"nothing repeats in {BYTES}; this is the outermost element that holds several others"
        told |= {"records": Proposal(lone or "/root/row", why)} | seen.success(lone)
        yield replace(offer, options=options, proposals=told)
    for path in found:
        why = f"{seen.count[path]} of these in {BYTES}"
        records = Proposal(path, f"{why}, and no other outermost element repeats", certain=True)
        if len(found) > 1:
            records = Proposal(path, f"{why}; others repeat as well: {', '.join(p for p in found if p != path)}", True)
        name = offer.name if len(found) == 1 else f"{offer.name}#{path}"
        proposals = told | {"records": records} | seen.success(path)
        yield replace(offer, name=name, form="elements", options=options, proposals=proposals)


def _seen(head: bytes) -> tuple[Seen, Proposal | None]:
    """What the bytes show; in GB18030 where they are not what they declare, and fit that."""
    seen = Seen()
    if has_doctype(head) or _read(head, seen, encoding_of(head)):
        return seen, None
    again = Seen()
    if _read(head, again, "gb18030"):
        return again, Proposal("gb18030", "its bytes are not written as it says, and fit GB18030; look at some names")
    return seen, None


def _read(head: bytes, seen: Seen, encoding: str | None) -> bool:
    """Whether the bytes are XML up to where they were cut off."""
    etree = driver("lxml.etree", "xml")
    pull = etree.XMLPullParser(
        ("start", "start-ns", "end"),
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    walk = _Walk(seen)
    try:
        pull.feed(head)
        walk.take(pull.read_events())
    except (etree.XMLSyntaxError, LookupError):
        return False
    return True


@dataclass(slots=True)
class _Walk:
    """Where in the file we are."""

    seen: Seen
    path: list[str] = field(default_factory=list)
    inside: list[Counter[str]] = field(default_factory=lambda: [Counter()])
    """Of each open element, how often each path has stood directly in it."""
    prefixes: dict[str, str] = field(default_factory=dict)
    """Namespace -> the prefix under which the file first declares it; numbered where it means another by then."""
    taken: set[str] = field(default_factory=set)
    """Those prefixes."""

    def take(self, events: Any) -> None:
        for event, found in events:
            if event == "start-ns":
                self._declare(*found)
            elif event == "start":
                self._begin(found)
            else:
                self._end(found)
                self.path.pop()
                self.inside.pop()

    def _declare(self, prefix: str, space: str) -> None:
        if space in self.prefixes:
            return
        numbered = (f"{prefix or 'n'}{number}" for number in count(len(self.prefixes) + 1))
        free = next(one for one in chain((prefix,), numbered) if one not in self.taken)
        self.prefixes[space] = free
        self.taken.add(free)

    def _begin(self, element: Any) -> None:
        seen, outer = self.seen, "".join(f"/{step}" for step in self.path)
        self.path.append(self._shown(element.tag))
        here = f"{outer}/{self.path[-1]}"
        seen.count[here] += 1
        self.inside[-1][here] += 1
        seen.most[here] = max(seen.most[here], self.inside[-1][here])
        self.inside.append(Counter())
        if outer:
            seen.holding.add(outer)
        if any(not name.startswith("{http://www.w3.org/2001/XMLSchema-instance}") for name in element.attrib):
            seen.holding.add(here)
        for name, text in element.attrib.items():
            self._say(f"{here}/@{name}", text)

    def _end(self, element: Any) -> None:
        if not len(element):
            self._say("".join(f"/{step}" for step in self.path), element.text or "")

    def _say(self, path: str, text: str) -> None:
        if _called(path) in (*CODES, *MESSAGES):
            self.seen.said.setdefault(path, text.strip())

    def _shown(self, tag: str) -> str:
        if not tag.startswith("{"):
            return tag
        space, bare = tag[1:].split("}", 1)
        prefix = self.seen.spaces.setdefault(space, self.prefixes.get(space, ""))
        return f"{prefix}:{bare}" if prefix else bare
