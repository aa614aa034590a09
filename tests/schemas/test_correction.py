"""Every state of a correction meets every action as one table says, and values are compared by their type."""

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from schemas.correction import (
    BY,
    CLOCKS,
    DISPUTED,
    LONGEST,
    NEXT,
    OUTCOMES,
    STATES,
    Action,
    Answer,
    State,
    Who,
    after,
    checked,
)
from schemas.correction_values import spelt, told
from schemas.dataset import FieldType, Kind
from schemas.errors import BadInput
from tests.builders import make_field

L, V, C, U, N, P, X = (
    State.LOCATED, State.VERIFYING, State.CORRECTING, State.UPHELD, State.UNASSIGNED, State.PROPAGATING, State.CLOSED,
)  # fmt: skip
EXPECTED: Mapping[Action, str] = {
    # from: located, verifying, correcting, upheld, unassigned, propagating, closed
    Action.TAKE_UP: "verifying - - - - - -",
    Action.CORRECT: "- correcting - - - - -",
    Action.CORRECT_PARTLY: "- correcting - - - - -",
    Action.UPHOLD: "- upheld - - - - -",
    Action.NOT_OURS: "unassigned unassigned - - - - -",
    Action.REROUTE: "located located - - - - -",
    Action.ASSIGN: "- - - - located - -",
    Action.JOIN: "located verifying correcting - unassigned - -",
    Action.WITHDRAW: "closed closed - - closed - -",
    Action.ACCEPT: "- - - closed - - -",
    Action.REOPEN: "- - - located - located located",
    Action.ACKNOWLEDGE: "- - - - - propagating -",
    Action.ACKNOWLEDGE_LAST: "- - - - - closed -",
    Action.BIND: "- - propagating - - - -",
    Action.BIND_ALONE: "- - closed - - - -",
    Action.LAPSE: "- - - closed - - -",
}


@pytest.mark.parametrize(("state", "action"), list(itertools.product(State, Action)))
def test_every_state_meets_every_action_as_the_table_says(state: State, action: Action) -> None:
    expected = EXPECTED[action].split()[[L, V, C, U, N, P, X].index(state)]
    if expected == "-":
        with pytest.raises(BadInput, match=f"a correction that is {state.value} cannot"):
            after(state, action)
    else:
        assert after(state, action) is State(expected)


def test_every_state_but_the_last_has_a_clock_and_a_way_out() -> None:
    assert [state for state in State if CLOCKS[state] is None] == [State.CLOSED]
    for state in State:
        assert any(then is not state for then in NEXT[state].values())
        assert STATES[state][0]
        assert STATES[state][1]
    assert set(BY) == set(Action)
    assert set(DISPUTED) == {L, V, C, N}
    assert "" in OUTCOMES


def test_a_refusal_lists_what_may_be_answered_and_nothing_that_only_happens() -> None:
    with pytest.raises(BadInput, match=r"possible now: accept, reopen$"):
        after(State.UPHELD, Action.CORRECT)
    with pytest.raises(BadInput, match="waits for a version"):
        after(State.CORRECTING, Action.UPHOLD)
    assert BY[Action.BIND] is Who.NOBODY


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(Action.UPHOLD), "said: found nothing"),
        (Answer(Action.NOT_OURS, "  "), "said: found nothing"),
        (Answer(Action.REOPEN), "said: found nothing"),
        (Answer(Action.CORRECT_PARTLY, "x"), "value: found nothing"),
        (Answer(Action.REROUTE, "x"), "dataset: found nothing"),
        (Answer(Action.ASSIGN), "dataset: found nothing"),
        (Answer(Action.TAKE_UP, "x" * (LONGEST + 1)), "said: found 501"),
    ],
)
def test_an_answer_lacks_nothing_that_belongs_to_it(answer: Answer, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        checked(answer)
    assert checked(Answer(Action.CORRECT_PARTLY, " 已核 ", None, valued=True)).said == "已核"


MONEY = FieldType(Kind.DECIMAL, 18, 2)


@pytest.mark.parametrize(
    ("kind", "written", "stored", "expected"),
    [
        (MONEY, "650", Decimal("650.00"), "650"),
        (MONEY, "650.50", Decimal("650.5"), "650.5"),
        (MONEY, "6.5E+2", Decimal("650.00"), "650"),
        (FieldType(Kind.INTEGER), "007", 7, "7"),
        (FieldType(Kind.DOUBLE), "1", 1.0, "1.0"),
        (FieldType(Kind.BOOLEAN), "是", True, "true"),
        (FieldType(Kind.DATE), "2026-11-20", date(2026, 11, 20), "2026-11-20"),
        (
            FieldType(Kind.TIMESTAMP),
            "2026-11-20T09:30:00+08:00",
            datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
            "2026-11-20T01:30:00+00:00",
        ),
        (FieldType(Kind.STRING), " 李 ", "李", "李"),
    ],
)
def test_what_is_written_and_what_is_stored_have_one_spelling(
    kind: FieldType, written: str, stored: object, expected: str
) -> None:
    field = make_field("it", type=kind)
    assert spelt(field, written) == expected == told(field, stored)
    assert spelt(field, None) is None is told(field, None)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (MONEY, "viel"),
        (MONEY, "NaN"),
        (MONEY, "Infinity"),
        (MONEY, "1e99999999"),
        (MONEY, "-1e-99999999"),
        (FieldType(Kind.INTEGER), "1.5"),
        (FieldType(Kind.BOOLEAN), "maybe"),
        (FieldType(Kind.DATE), "20.11.2026"),
        (FieldType(Kind.TIMESTAMP), "2026-11-21T08:15:00"),
        (FieldType(Kind.STRING), "x" * 2_001),
    ],
)
def test_a_value_that_the_field_cannot_have_is_refused_and_not_repeated(kind: FieldType, written: str) -> None:
    with pytest.raises(BadInput) as refused:
        spelt(make_field("it", type=kind), written)
    assert written not in str(refused.value)
