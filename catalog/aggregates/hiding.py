"""Which figures are not told, so that none can be worked out from those that are: one pattern for everybody who asks.

A figure is risky that stands for fewer than `SMALLEST_GROUP` persons, or a sum of which one value makes more than half.
It is hidden, and beside it as many of its siblings, smallest first, as it takes for what is hidden together to be no
risk either, two at the least; everything below a hidden division is hidden too. So whoever subtracts what is told from
the whole is left with a figure of several divisions that could have been told itself.
"""

from collections.abc import Mapping

from catalog.aggregates.nodes import Key, Node
from catalog.aggregates.tally import Tally, merged
from catalog.rule.ceilings import SMALLEST_GROUP

OTHERS = "\x01"
"""Class of all classes that are risky by themselves in the whole version."""
Hidden = frozenset[Key]


def hidden(root: Node, measure: str, before: Hidden = frozenset()) -> Hidden:
    """What is not told of one measure (of the count, where it is empty) in any class; `before` is hidden anyway."""
    if root.key in before or risky(root.parts, measure):
        return frozenset(node.key for node in root.everything())
    found: set[Key] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        out = {child.key for child in withheld(node, measure, before)}
        for child in node.children.values():
            if child.key in out:
                found.update(one.key for one in child.everything())
            else:
                waiting.append(child)
    return frozenset(found)


def withheld(node: Node, measure: str, before: Hidden) -> list[Node]:
    """The children of a division that are not told: the risky ones, and others that cover for them."""
    children = sorted(node.children.values(), key=lambda child: (child.rows, child.key))
    out = [child for child in children if child.key in before or risky(child.parts, measure)]
    rest = [child for child in children if child not in out]
    while out and rest and (len(out) == 1 or risky(_together(out), measure)):
        out.append(rest.pop(0))
    return out


def risky(parts: Mapping[str, Tally], measure: str) -> bool:
    """Whether a figure of some class is of too few persons, or mostly of one."""
    return any(_few(one, measure) for one in parts.values() if one.rows)


def pooled(parts: Mapping[str, Tally]) -> frozenset[str]:
    """Classes that are told together only: those that are risky in the whole version, and others to cover for them."""
    classes = sorted(parts, key=lambda name: (parts[name].rows, name))
    out = [name for name in classes if risky({name: parts[name]}, "")]
    rest = [name for name in classes if name not in out]
    while out and rest and (len(out) == 1 or risky({OTHERS: merged([parts[name] for name in out])}, "")):
        out.append(rest.pop(0))
    return frozenset(out)


def _few(one: Tally, measure: str) -> bool:
    if not measure:
        return len(one.persons) < SMALLEST_GROUP
    told = one.sums[measure]
    return len(told.persons) < SMALLEST_GROUP or told.most * 2 > told.weight


def _together(some: list[Node]) -> Mapping[str, Tally]:
    classes = {name for node in some for name in node.parts}
    return {name: merged([node.parts[name] for node in some if name in node.parts]) for name in classes}
