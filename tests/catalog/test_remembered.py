"""What the access rule remembers between asks: only of the very same words, and not without end."""

from dataclasses import replace
from typing import NamedTuple

from catalog.access import decide
from catalog.rule.remembered import MOST, remembered
from schemas.access import Decision, Grant, Standing
from schemas.dataset import Transform
from schemas.divisions import shipped
from tests.builders import SHIZHONG, TENGZHOU, make_ask, make_dataset, make_grant


class Words(NamedTuple):
    said: list[str]
    more: int = 0


def answer(grant: Grant) -> Decision:
    return decide(make_ask(), make_dataset(), (grant,), Standing(True, False, 1), shipped())


def test_a_grant_that_was_altered_is_looked_at_anew() -> None:
    grant = make_grant(number="YS-2026-000001")
    masked = replace(grant, transforms={"amount": Transform.DROP})
    moved = replace(grant, divisions=(SHIZHONG,))
    before = answer(grant)
    assert [c.name for c in answer(masked).served] == [c.name for c in before.served if c.name != "amount"]
    assert answer(grant) == before
    assert [found.rows.divisions for found in (before, answer(moved)) if found.rows] == [(TENGZHOU,), (SHIZHONG,)]


def test_what_is_equal_but_another_object_is_asked_about_again() -> None:
    asked = []
    question = remembered(lambda words: asked.append(words.said) or len(asked))
    one, other = ["a"], ["a"]
    assert [question(Words(said)) for said in (one, one, other, one)] == [1, 1, 2, 1]


def test_one_part_that_differs_makes_other_words() -> None:
    question = remembered(lambda words: words.more)
    said = ["a"]
    assert [question(Words(said, more)) for more in (1, 2, 1)] == [1, 2, 1]


def test_it_does_not_remember_without_end() -> None:
    asked = []
    question = remembered(lambda words: asked.append(words) or True)
    words = [Words([str(number)]) for number in range(MOST + 1)]
    for one in words:
        question(one)
    question(words[-1])
    assert len(asked) == MOST + 1
    question(words[0])
    assert len(asked) == MOST + 2
