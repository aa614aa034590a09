"""The tree of divisions that rows lie in, each with what lies below it; rows that name no smaller one are its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from catalog.aggregates.tally import Tallies, Tally
from schemas.divisions import DivisionTree, normalise

Key = tuple[str, bool]
"""Division, and whether only rows that name no smaller one within it are meant."""


@dataclass(slots=True)
class Node:
    """One division with rows in it; the root is that of all rows, also those whose place is not known."""

    code: str
    own: bool = False
    parts: dict[str, Tally] = field(default_factory=dict)
    """Class -> its tally; all rows under the empty class."""
    children: "dict[str, Node]" = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What it is known by."""
        return self.code, self.own

    @property
    def rows(self) -> int:
        """Of all classes."""
        return sum(one.rows for one in self.parts.values())

    def everything(self) -> "Iterator[Node]":
        """Itself and all below it."""
        yield self
        for child in self.children.values():
            yield from child.everything()


def grown(leaves: Tallies, tree: DivisionTree, at: date) -> Node:
    """The tree over all places that rows name, as divisions stand at `at`."""
    root = Node("")
    for (code, part), tally in sorted(leaves.items()):
        here = root
        for step in path(code, tree, at):
            here = here.children.setdefault(step, Node(step))
        here.parts.setdefault(part, Tally()).add(tally)
    _settle(root)
    return root


def path(code: str, tree: DivisionTree, at: date) -> tuple[str, ...]:
    """From the province down to the division as it is called today; empty where it is none."""
    try:
        full = normalise(code) if code else ""
    except ValueError:
        full = ""
    return tree.path(tree.meet(full, full, at) or full, at) if full else ()


def _settle(node: Node) -> None:
    """Rows of its own become a child where it has others; then it holds what its children hold."""
    if not node.children:
        return
    if node.parts:
        node.children["own"] = Node(node.code, own=True, parts=node.parts)
        node.parts = {}
    for child in node.children.values():
        _settle(child)
        for part, tally in child.parts.items():
            node.parts.setdefault(part, Tally()).add(tally)
