"""What an XML file says of itself, where the option `success` looks for it: an error may come as a well-formed file."""

from dataclasses import dataclass, field
from typing import Any

from connectors.files.xml_paths import Names, attributes
from connectors.files.xml_walk import way_of
from connectors.success import Said, Success
from schemas.dataset import Json


@dataclass(slots=True)
class SaidAround:
    """One file; its elements are looked at as they end, and judged at its end."""

    success: Success | None
    names: Names
    where: str
    _found: dict[str, Json] = field(default_factory=dict)

    @property
    def tags(self) -> frozenset[str]:
        """Of the elements that say something."""
        return frozenset(self.names.tags(path.rpartition("/@")[0] or path)[-1] for path in self._paths())

    def look(self, element: Any) -> None:
        """At one of these tags. Where a path leads to several, the first that says no counts."""
        here = self.names.path(way_of(element))
        for path in self._paths():
            around, _, attribute = path.rpartition("/@")
            if here != (around or path):
                continue
            told = attributes(element, self.names).get(f"@{attribute}") if around else self._value(element)
            if told is not None and (path not in self._found or self._well(path)):
                self._found[path] = told.strip() if isinstance(told, str) else told

    def judge(self) -> None:
        """SourceChanged where it says that something is wrong, SourceUnreachable where it is busy."""
        Said(self.success, "", self.where).sound(self._found)

    def _value(self, element: Any) -> Json:
        """Its text; of one with children their texts, as far as they are still held."""
        if not len(element):
            return element.text or ""
        return {self.names.shown(child.tag): " ".join(child.itertext()) for child in element}

    def _paths(self) -> tuple[str, ...]:
        told = self.success
        return () if told is None else tuple(filter(None, (told.path, told.message)))

    def _well(self, path: str) -> bool:
        return self.success is not None and self._found[path] in self.success.values
