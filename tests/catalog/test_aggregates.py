"""Figures by division: what is hidden cannot be worked out from what is told, by solving for it; sums hide values."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from random import Random

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.aggregates.hiding import hidden, pooled, risky
from catalog.aggregates.nodes import Key, Node, grown
from catalog.aggregates.table import rounded
from catalog.aggregates.tally import PART, PLACE, WHO, Tallies, Tally, count, merged
from schemas.divisions import shipped
from tests.builders import NOW

AT = NOW.date()
COUNTIES = ("370402", "370403", "370481", "371202", "370102")
TOWNS = [f"{county}{town:03d}000" for county in COUNTIES for town in (1, 2, 3)]
PLACES = [*TOWNS, "370402000000", "370400000000", "", "999999"]
K = 5
few_examples = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Rows = list[tuple[str, str, str, int | None]]
"""(place, class, person, amount)"""


def tallied(rows: Rows, pieces: int = 3, measures: tuple[str, ...] = ("amount",)) -> Tallies:
    found: Tallies = {}
    for start in range(pieces):
        place, part, who, amount = ([row[n] for row in rows[start::pieces]] for n in range(4))
        text = pa.string()
        columns = {PLACE: pa.array(place, text), PART: pa.array(part, text), WHO: pa.array(who, text)}
        count(pa.table(columns | {"amount": pa.array(amount, pa.int64())}), measures, found)
    return found


def rows_of(most: int) -> st.SearchStrategy[Rows]:
    """Made of a seed, as a list of so many rows is slow to draw."""

    def build(dice: Random, size: int, people: int) -> Rows:
        amounts = (None, -50, 10, 20, 900)
        return [
            (dice.choice(PLACES), dice.choice("aabc"), str(dice.randrange(people)), dice.choice(amounts))
            for _ in range(size)
        ]

    return st.builds(build, st.randoms(use_true_random=False), st.integers(0, most), st.sampled_from([8, 30, 500]))


def one_class(rows: Rows) -> Rows:
    return [(place, "", who, amount) for place, _, who, amount in rows]


@few_examples
@given(rows_of(80))
def test_a_tally_counts_what_its_rows_say_however_they_are_cut(rows: Rows) -> None:
    for (place, part), tally in tallied(rows).items():
        here = [row for row in rows if row[:2] == (place, part)]
        values = [row[3] for row in here if row[3] is not None]
        told = tally.sums["amount"]
        assert tally.rows == len(here)
        assert (told.total, told.weight) == (sum(values), sum(map(abs, values)))
        assert told.most == max(map(abs, values), default=0)
        assert len(tally.persons) == min(K, len({row[2] for row in here}))
        assert len(told.persons) == min(K, len({row[2] for row in here if row[3] is not None}))


def leaves_under(node: Node) -> set[Key]:
    return {one.key for one in node.everything() if not one.children}


def solvable(known: list[frozenset[Key]], unknown: list[Key]) -> set[Key]:
    """Which unknowns linear algebra gets out of the sums that are known (Gauss-Jordan over the rationals)."""
    rows = [[Fraction(one in group) for one in unknown] for group in known]
    done: list[list[Fraction]] = []
    for column in range(len(unknown)):
        pivot = next((row for row in rows if row[column] != 0), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        unit = [value / pivot[column] for value in pivot]
        rows, done = (
            [[v - row[column] * p for v, p in zip(row, unit, strict=True)] for row in some] for some in (rows, done)
        )
        done.append(unit)
    return {unknown[row.index(Fraction(1))] for row in done if sum(v != 0 for v in row) == 1}


@few_examples
@given(rows_of(200), st.sampled_from(["", "amount"]))
def test_nothing_that_is_hidden_can_be_solved_for_and_everything_risky_is_hidden(rows: Rows, measure: str) -> None:
    root = grown(tallied(one_class(rows)), shipped(), AT)
    out = hidden(root, measure, hidden(root, "") if measure else frozenset())
    nodes = {node.key: node for node in root.everything()}
    assert {key for key, node in nodes.items() if risky(node.parts, measure)} <= out
    unknown = sorted({leaf for key in out for leaf in leaves_under(nodes[key])})
    told = [frozenset(leaves_under(node) & set(unknown)) for key, node in nodes.items() if key not in out]
    assert not solvable([one for one in told if one], unknown)


@few_examples
@given(rows_of(200))
def test_classes_tell_no_more_than_the_whole_and_what_is_left_over_is_of_many_in_each(rows: Rows) -> None:
    whole, split = (grown(tallied(some), shipped(), AT) for some in (one_class(rows), rows))
    before = hidden(whole, "")
    out = hidden(split, "", before)
    assert before <= out
    for node in split.everything():
        gone = [child for child in node.children.values() if child.key in out]
        if node.key in out or not gone:
            continue
        assert len(gone) > 1
        for part in set(chain.from_iterable(child.parts for child in gone)):
            assert len(merged([child.parts[part] for child in gone if part in child.parts]).persons) >= K


def tally(persons: int) -> Tally:
    return Tally(persons, {str(n) for n in range(min(persons, K))})


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ({"a": 10, "b": 20}, set()),
        ({"a": 2, "b": 20, "c": 30}, {"a", "b"}),
        ({"a": 4}, {"a"}),
    ],
)
def test_classes_of_few_persons_are_told_together(classes: Mapping[str, int], expected: set[str]) -> None:
    assert pooled({name: tally(persons) for name, persons in classes.items()}) == expected


def test_one_who_has_many_rows_is_one_person() -> None:
    rows: Rows = [(TOWNS[0], "", "the same", 1)] * 50 + [(TOWNS[3], "", str(n), 1) for n in range(50)]
    root = grown(tallied(rows), shipped(), AT)
    assert ("370402001000", False) in hidden(root, "")


def test_a_sum_that_is_mostly_of_one_is_hidden_beside_a_count_that_is_told() -> None:
    rows: Rows = [(town, "", f"{town} {n}", 10) for town in TOWNS[:3] for n in range(20)]
    rows += [(TOWNS[0], "", "rich", 400)]
    rows += [(TOWNS[3], "", f"other {n}", 10) for n in range(100)]
    root = grown(tallied(rows), shipped(), AT)
    assert hidden(root, "") == frozenset()
    assert ("370402001000", False) in hidden(root, "amount")


def test_what_is_hidden_anyway_stays_hidden_and_is_covered_though_it_is_no_risk_itself() -> None:
    rows: Rows = [(town, "", f"{town} {n}", 10) for town in TOWNS[:3] for n in range(20)]
    root = grown(tallied(rows), shipped(), AT)
    out = hidden(root, "amount", frozenset({("370402002000", False)}))
    assert ("370402002000", False) in out
    assert len(out) == 2


@pytest.mark.parametrize(
    ("total", "most", "told"),
    [
        ("36120.50", "612", ("36000", "1000")),
        ("36120.50", "1000", ("36000", "1000")),
        ("36120.50", "1001", ("40000", "10000")),
        ("-36120", "7", ("-36120", "10")),
        ("12.7", "0.25", ("13", "1")),
        ("0", "0", ("0", "1")),
    ],
)
def test_a_sum_is_rounded_so_that_no_one_value_shows_in_it(total: str, most: str, told: tuple[str, str]) -> None:
    assert rounded(Decimal(total), Decimal(most)) == told


def test_retired_codes_are_counted_where_they_lie_today() -> None:
    root = grown(tallied([("371202000000", "", str(n), 1) for n in range(6)]), shipped(), AT)
    assert [node.code for node in root.everything()] == ["", "370000000000", "370100000000", "370116000000"]
