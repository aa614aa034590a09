"""An answer of a SOAP service, element by element as it comes: records, what stands around them, or a fault."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.drivers import driver
from schemas.dataset import Json
from schemas.errors import SourceChanged

ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
OURS = ("Client", "Sender")
"""Codes of faults that say that the ask is wrong, so that asking again is of no use."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What the service says is wrong."""

    code: str
    said: str

    @property
    def ours(self) -> bool:
        """Whether it lies in what we asked."""
        return self.code.rpartition(":")[2].split(".", 1)[0] in OURS


@dataclass(slots=True)
class Answer:
    """`records` gives them one by one; after the last one `around` and `fault` are known."""

    path: tuple[str, ...]
    """Bare names from the child of the body to the record's element."""
    where: str
    around: Json = None
    """The body without the records."""
    fault: Fault | None = None
    _some: bool = False
    """Whether there was a record."""
    _open: list[str] = field(default_factory=list)

    def records(self, chunks: Iterable[bytes]) -> Iterator[dict[str, Json]]:
        """SourceChanged where it is no SOAP, or not well-formed up to its end."""
        etree = driver("lxml.etree", "soap")
        pull = etree.XMLPullParser(
            ("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for chunk in chunks:
                pull.feed(chunk)
                yield from self._taken(pull)
            root = pull.close()
        except etree.XMLSyntaxError as wrong:
            said = f"{self.where}: the answer is no whole XML: {wrong.msg}; expected a SOAP envelope"
            raise SourceChanged(said) from wrong
        self._end(root)

    def _taken(self, pull: Any) -> Iterator[dict[str, Json]]:
        for event, element in pull.read_events():
            name = bare(element.tag)
            if event == "start":
                self._begin(element, name)
                continue
            if tuple(self._open[2:]) == self.path and self._open[1] == "Body":
                self._some = True
                yield record(element)
                _forget(element)
            self._open.pop()

    def _begin(self, element: Any, name: str) -> None:
        if not self._open:
            if element.getroottree().docinfo.doctype:
                raise SourceChanged(f"{self.where}: found a DOCTYPE, expected none: SOAP forbids it")
            if element.tag not in [f"{{{space}}}Envelope" for space in ENVELOPES]:
                raise SourceChanged(f"{self.where}: found {name!r}, expected a SOAP envelope")
        self._open.append(name)

    def _end(self, root: Any) -> None:
        body = next((child for child in root if bare(child.tag) == "Body"), None)
        if body is None:
            raise SourceChanged(f"{self.where}: the SOAP envelope has no Body")
        for child in body:
            if bare(child.tag) == "Fault":
                self.fault = _fault(child)
                return
        self.around = value(body)
        first = [bare(child.tag) for child in body]
        if self.path and self.path[0] not in first:
            found = ", ".join(map(repr, first)) or "nothing"
            raise SourceChanged(
                f"{self.where}: no {self.path[0]!r} in the body, found {found}; is options.records right?"
            )
        if not self._some and (others := _instead(self.around, self.path)):
            found = ", ".join(map(repr, others))
            raise SourceChanged(f"{self.where}: found {found}, expected {self.path[-1]!r}; is options.records right?")


def _instead(around: Json, path: tuple[str, ...]) -> tuple[str, ...]:
    """What looks like records where none is: elements of another case, or several that hold elements."""
    for step in path[:-1]:
        around = around.get(step) if isinstance(around, dict) else None
    if not isinstance(around, dict):
        return ()
    several = (name for name, value in around.items() if isinstance(value, list) and isinstance(value[0], dict))
    alike = (name for name in around if name.casefold() == path[-1].casefold())
    return tuple(dict.fromkeys((*several, *alike)))


def _forget(element: Any) -> None:
    """Lets a record go, and those before it; what else stands before it stays."""
    element.clear()
    before = element.getprevious()
    while before is not None and before.tag == element.tag:
        element.getparent().remove(before)
        before = element.getprevious()


def record(element: Any) -> dict[str, Json]:
    """A record's element as a mapping; a text alone stands under `.`."""
    found = value(element)
    return found if isinstance(found, dict) else {".": found}


def value(element: Any) -> Json:
    """Text of a leaf as it stands, None where it is nil, a mapping of its children, a list where a name stands again.

    Attributes of an element with children stand under `@name`, of a leaf beside it under `leaf@name`.
    """
    if element.get(f"{XSI}nil") in ("true", "1"):
        return None
    if not len(element):
        return element.text or ""
    made: dict[str, Json] = {f"@{name}": text for name, text in _attributes(element)}
    for child in element:
        name, found = bare(child.tag), value(child)
        if not len(child):
            made |= {f"{name}@{attribute}": text for attribute, text in _attributes(child)}
        if name not in made:
            made[name] = found
        elif isinstance(made[name], list):
            made[name].append(found)
        else:
            made[name] = [made[name], found]
    return made


def bare(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]


def _attributes(element: Any) -> list[tuple[str, str]]:
    return [(bare(name), text) for name, text in element.attrib.items() if not name.startswith(XSI)]


def _fault(element: Any) -> Fault:
    """Of SOAP 1.1 (faultcode, faultstring) or 1.2 (Code/Value, Reason/Text)."""
    texts: dict[str, str] = {}
    for child in element.iter():
        texts.setdefault(bare(child.tag), (child.text or "").strip())
    code = texts.get("faultcode") or texts.get("Value", "")
    said = texts.get("faultstring") or texts.get("Text", "")
    return Fault(code, " ".join(said.split())[:300])
