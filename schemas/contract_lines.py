"""Where each word of a contract stands: the lines that whoever finds fault with a contract names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from schemas.yaml_text import Spot, joined

Way = tuple[str, ...]
"""The way to a word: `("name",)`, `("yishu.owner", "name")`, `("fields", "person_id", "yishu.grade")`."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The words of one contract file and the line and path of each."""

    file: str
    places: Mapping[Way, Spot]

    def has(self, *way: str) -> bool:
        """Whether the contract says this word."""
        return way in self.places

    def place(self, *way: str) -> tuple[int, str]:
        """Line and path of a word; of the table that it should stand in where the contract does not say it."""
        for length in range(len(way), 0, -1):
            if way[:length] in self.places:
                spot = self.places[way[:length]]
                return spot.line, ".".join((spot.where, *way[length:]))
        among = self.places.get(("customProperties",)) if way[0].startswith("yishu.") else None
        return among.line if among else 1, ".".join(way)


def lines_of(root: yaml.MappingNode, file: str) -> Lines:
    """Every word of the contract, of each of its fields, and of the properties of ours."""
    places: dict[Way, Spot] = dict(_words(root, "", ()))
    schema = _below(root, "schema")
    first = schema.value[0] if isinstance(schema, yaml.SequenceNode) and schema.value else None
    properties = _below(first, "properties")
    members = properties.value if isinstance(properties, yaml.SequenceNode) else []
    for number, node in enumerate(members):
        name, where = _below(node, "name"), f"schema[0].properties[{number}]"
        if isinstance(name, yaml.ScalarNode) and ("fields", name.value) not in places:
            places["fields", name.value] = Spot(node, where)
            places.update(_words(node, where, ("fields", name.value)))
    return Lines(file, places)


def _words(node: yaml.Node | None, where: str, way: Way) -> Iterator[tuple[Way, Spot]]:
    """The keys of a mapping, those one step below, and `customProperties` by their names."""
    for key, value in _pairs(node):
        yield (*way, key), Spot(value, joined(where, key))
        for inner, below in _pairs(value):
            yield (*way, key, inner), Spot(below, f"{joined(where, key)}.{inner}")
    listed = _below(node, "customProperties")
    members = listed.value if isinstance(listed, yaml.SequenceNode) else []
    for item in members:
        name, told = _below(item, "property"), _below(item, "value")
        if not isinstance(name, yaml.ScalarNode) or told is None:
            continue
        yield (*way, name.value), Spot(told, joined(where, name.value))
        for inner, below in _pairs(told):
            yield (*way, name.value, inner), Spot(below, f"{joined(where, name.value)}.{inner}")


def _pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else []:
        if isinstance(key, yaml.ScalarNode):
            yield key.value, value


def _below(node: yaml.Node | None, key: str) -> yaml.Node | None:
    return dict(_pairs(node)).get(key)
