"""A walk through lineage as a drawing: things in columns by their distance from the start, lines between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalog.lineage.walk import Edge, Name, Node, Walk

WIDE, HIGH = 190, 52
"""Of a box."""
APART, BETWEEN = 80, 18
"""Columns from each other, boxes below each other."""
MARGIN = 8
LINE = 11
"""Chinese characters of one line in a box; others are half as wide."""


@dataclass(frozen=True, slots=True)
class Box:
    """One thing in its place; `lines` is its title cut to the box."""

    node: Node
    x: int
    y: int
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another, as the path of an SVG."""

    edge: Edge
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it, and how large it is."""

    wide: int
    high: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def drawing(walk: Walk, title: Callable[[Node], str]) -> Drawing:
    """Where everything stands. Within a column, things stand beside what they are joined to."""
    columns = _columns(walk)
    tallest = max(len(column) for column in columns.values())
    high = 2 * MARGIN + tallest * HIGH + (tallest - 1) * BETWEEN
    boxes = {}
    for at, depth in enumerate(sorted(columns)):
        names = columns[depth]
        y = MARGIN + (tallest - len(names)) * (HIGH + BETWEEN) // 2
        for place, node in enumerate(names):
            text = title(node)
            x = MARGIN + at * (WIDE + APART)
            boxes[node.kind, node.name] = Box(node, x, y + place * (HIGH + BETWEEN), text, lines_of(text))
    lines = tuple(
        Line(edge, _path(boxes[edge.start], boxes[edge.end]))
        for edge in walk.edges
        if edge.start in boxes and edge.end in boxes
    )
    wide = 2 * MARGIN + len(columns) * WIDE + (len(columns) - 1) * APART
    return Drawing(wide, high, tuple(boxes.values()), lines)


def _columns(walk: Walk) -> Mapping[int, list[Node]]:
    """Depth -> its things, sorted by the mean place of those that they are joined to in the column nearer the start."""
    found: dict[int, list[Node]] = {}
    for node in walk.nodes:
        found.setdefault(node.depth, []).append(node)
    places: dict[Name, float] = {}
    joined: dict[Name, list[Name]] = {}
    for edge in walk.edges:
        joined.setdefault(edge.start, []).append(edge.end)
        joined.setdefault(edge.end, []).append(edge.start)
    for depth in sorted(found, key=abs):
        found[depth].sort(
            key=lambda node: (_mean(joined.get((node.kind, node.name), []), places), node.kind, node.name)
        )
        places |= {(node.kind, node.name): float(place) for place, node in enumerate(found[depth])}
    return found


def _mean(names: list[Name], places: Mapping[Name, float]) -> float:
    known = [places[name] for name in names if name in places]
    return sum(known) / len(known) if known else 0.0


def _path(start: Box, end: Box) -> str:
    """A curve from the right side of one box to the left side of the other; around, where that lies behind."""
    x1, y1, x2, y2 = start.x + WIDE, start.y + HIGH // 2, end.x, end.y + HIGH // 2
    bend = APART // 2 if x2 > x1 else APART
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def lines_of(text: str) -> tuple[str, ...]:
    """The title on at most two lines; a word of Latin letters is broken only where it fills a line by itself."""
    lines, line = [], ""
    for char in text:
        if _wide(line + char) > LINE and char != " ":
            kept, space, word = line.rpartition(" ")
            broken = bool(space) and char.isascii() and word.isascii()
            lines.append(kept if broken else line)
            line = word if broken else ""
        line += char
    lines.append(line)
    return (
        tuple(lines)
        if len(lines) <= 2
        else (lines[0], lines[1].rstrip()[: -1 if _wide(lines[1].rstrip()) + 1 > LINE else None] + "…")
    )


def _wide(text: str) -> float:
    return sum(1.0 if ord(char) > 0x2E7F else 0.55 for char in text)
