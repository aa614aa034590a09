"""A walk is drawn from left to right, nothing upon anything else, and titles fit their boxes."""

from datetime import timedelta
from itertools import pairwise

import pytest

from api.drawing import HIGH, WIDE, drawing, lines_of
from catalog.lineage.walk import Edge, Node, Walk
from tests.builders import NOW


def test_what_feeds_stands_left_of_what_is_fed_and_no_box_lies_on_another() -> None:
    nodes = [Node("dataset", f"d{n}", depth) for n, depth in enumerate((0, -1, -1, 1, 1, 1, 2))]
    ends = [(1, 0), (2, 0), (0, 3), (0, 4), (0, 5), (3, 6), (5, 6)]
    edges = [Edge(("dataset", f"d{a}"), ("dataset", f"d{b}"), "", NOW - timedelta(1)) for a, b in ends]
    drawn = drawing(Walk(tuple(nodes), tuple(edges), frozenset()), lambda node: node.name)
    at = {box.node.name: (box.x, box.y) for box in drawn.boxes}
    assert len(set(at.values())) == len(nodes)
    assert all(at[f"d{a}"][0] + WIDE < at[f"d{b}"][0] for a, b in ends)
    for x in {x for x, _ in at.values()}:
        rows = sorted(y for found, y in at.values() if found == x)
        assert all(low + HIGH <= high for low, high in pairwise(rows))
    assert all(0 <= x <= drawn.wide - WIDE and 0 <= y <= drawn.high - HIGH for x, y in at.values())
    assert len(drawn.lines) == len(edges)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("城乡低保对象", ("城乡低保对象",)),
        ("困难群众多维画像含低保特困临时救助", ("困难群众多维画像含低保", "特困临时救助")),
        ("困难群众多维画像含低保特困临时救助困难群众多维画像", ("困难群众多维画像含低保", "特困临时救助困难群众…")),
        ("Recipients of subsistence allowances", ("Recipients of", "subsistence…")),
        ("civil_affairs.low_income", ("civil_affairs.low_i", "ncome")),
        ("", ("",)),
    ],
)
def test_a_title_is_cut_to_two_lines(title: str, lines: tuple[str, ...]) -> None:
    assert lines_of(title) == lines
