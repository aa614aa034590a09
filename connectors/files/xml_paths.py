"""Elements of XML become nested records: attributes, children and texts under the names that paths call them by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.files.records import Element, Path, Paths, Record
from schemas.dataset import Dataset, Field, Json

_UP = "../"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of elements and attributes as paths write them: a prefix of the contract before the bare name."""

    prefixes: Mapping[str, str]
    """Prefix -> namespace."""
    known: dict[str, str] = field(default_factory=dict)

    def shown(self, tag: str) -> str:
        """`{http://…}row` as `g:row`; a namespace without a prefix stays as it is."""
        if tag not in self.known:
            self.known[tag] = self._shown(tag)
        return self.known[tag]

    def _shown(self, tag: str) -> str:
        if not tag.startswith("{"):
            return tag
        space, bare = tag[1:].split("}", 1)
        prefix = next((p for p, of in self.prefixes.items() if of == space), None)
        return tag if prefix is None else f"{prefix}:{bare}" if prefix else bare

    def path(self, tags: Sequence[str]) -> str:
        """The path from the root that tags are."""
        return "/" + "/".join(map(self.shown, tags))

    def tags(self, path: str) -> tuple[str, ...]:
        """The tags from the root to the elements of a path."""
        return tuple(self._tag(step) for step in path.strip("/").split("/"))

    def _tag(self, step: str) -> str:
        prefix, _, bare = step.rpartition(":")
        space = self.prefixes.get(prefix)
        return f"{{{space}}}{bare}" if space else step


def record_of(element: Any, place: int, names: Names, *, around: bool) -> Record:
    """The record of one element, with the attributes of the elements around it where a path asks for them."""
    above: tuple[Json, ...] = ()
    if around:
        above = tuple(Element(attributes(outer, names)) for outer in element.iterancestors())[::-1]
    value = _value(element, names)
    return Record(place, value if isinstance(value, Element) else Element({".": value}), above=above)


def xml_paths(dataset: Dataset, optional: tuple[str, ...]) -> Paths:
    """The paths that the fields' source names are: `person/name`, `@id`, `.`, `../@day`."""
    return Paths(dataset, tuple(_path(f, f.name in optional) for f in dataset.fields), "/")


def _path(of: Field, optional: bool) -> Path:
    bare = of.source_name
    while bare.startswith(_UP):
        bare = bare[len(_UP) :]
    return Path(of, (len(of.source_name) - len(bare)) // len(_UP), tuple(bare.split("/")), optional)


def _value(element: Any, names: Names) -> Json:
    if element.get(_NIL) in ("true", "1"):
        return None
    if not len(element):
        text = element.text or ""
        return Element({".": text, **attributes(element, names)}) if element.attrib else text
    made = Element(attributes(element, names))
    for child in element:
        name, value = names.shown(child.tag), _value(child, names)
        if name not in made:
            made[name] = value
        elif isinstance(made[name], list):
            made[name].append(value)
        else:
            made[name] = [made[name], value]
    return made


def attributes(element: Any, names: Names) -> dict[str, Json]:
    """Those of one element, under `@name`."""
    return {f"@{names.shown(name)}": value for name, value in element.attrib.items()}
