"""The whole table of an entry's life: every state with every act, who may do it, and which clocks run."""

from datetime import date
from itertools import product

import pytest

from schemas.access import Role
from schemas.deadline import Event
from schemas.entry_life import IN_FORCE, NEXT, WAYS, Act, Action, State, checked, move, possible
from schemas.errors import BadInput

TODAY = date(2026, 11, 20)
KEEPER, SOURCE, AUTHORITY = Role.CATALOGUE_KEEPER, Role.SOURCE_REVIEWER, Role.AUTHORITY_REVIEWER

TABLE = """
draft             edit      draft             catalogue_keeper   -                 -                 -
draft             check     checked           catalogue_keeper   -                 -                 -
draft             discard   discarded         catalogue_keeper   -                 -                 -
checked           edit      draft             catalogue_keeper   -                 -                 -
checked           submit    dept_review       catalogue_keeper   -                 dept_review       -
checked           discard   discarded         catalogue_keeper   -                 -                 -
dept_review       recall    draft             catalogue_keeper   dept_review       -                 -
dept_review       approve   authority_review  source_reviewer    dept_review       authority_review  -
dept_review       return    draft             source_reviewer    dept_review       -                 said
authority_review  recall    draft             catalogue_keeper   authority_review  -                 -
authority_review  publish   published         authority_reviewer authority_review  -                 -
authority_review  return    draft             authority_reviewer authority_review  -                 said
published         change    changing          catalogue_keeper   -                 catalogue_update  said
published         announce  retiring          source_reviewer    -                 -                 said
changing          replace   superseded        -                  catalogue_update  -                 -
changing          keep      published         -                  catalogue_update  -                 -
retiring          keep      published         source_reviewer    -                 -                 said
retiring          retire    retired           authority_reviewer -                 -                 -
"""
"""From, act, to, role, clock that stops, clock that starts, whether a reason is needed. Written by hand."""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
ALLOWED = {(State(row[0]), Action(row[1])) for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_every_move_of_the_table_leads_where_it_says(row: list[str]) -> None:
    found = move(State(row[0]), Action(row[1]))
    assert found.state == row[2]
    assert found.role == (None if row[3] == "-" else Role(row[3]))
    assert found.stops == (None if row[4] == "-" else Event(row[4]))
    assert found.starts == (None if row[5] == "-" else Event(row[5]))
    assert found.said == (row[6] == "said")


@pytest.mark.parametrize(("state", "action"), [pair for pair in product(State, Action) if pair not in ALLOWED])
def test_every_other_act_is_refused_and_says_what_is_possible(state: State, action: Action) -> None:
    with pytest.raises(BadInput, match="possible now: ") as told:
        move(state, action)
    for one in possible(state):
        assert one.value in str(told.value)


def test_no_state_but_the_ends_is_without_a_way_out_and_every_state_is_reached() -> None:
    ends = {state for state in State if not NEXT[state]}
    assert ends == {State.RETIRED, State.SUPERSEDED, State.DISCARDED}
    reached, left = {State.DRAFT}, [State.DRAFT]
    while left:
        for one in NEXT[left.pop()].values():
            if one.state not in reached:
                reached.add(one.state)
                left.append(one.state)
    assert reached == set(State)


def test_what_waits_for_a_review_has_a_clock_and_nobody_in_one_role_can_publish_alone() -> None:
    into = {one.state: one.starts for moves in NEXT.values() for one in moves.values() if one.starts}
    assert into[State.DEPT_REVIEW] is Event.DEPT_REVIEW
    assert into[State.AUTHORITY_REVIEW] is Event.AUTHORITY_REVIEW
    for role in (KEEPER, SOURCE, AUTHORITY):
        reached, left = {State.DRAFT}, [State.DRAFT]
        while left:
            for one in NEXT[left.pop()].values():
                if one.role is role and one.state not in reached:
                    reached.add(one.state)
                    left.append(one.state)
        assert State.PUBLISHED not in reached
    assert not set(WAYS) & set(IN_FORCE)


def test_a_reason_or_an_end_that_is_missing_is_asked_for() -> None:
    with pytest.raises(BadInput, match="expected in words why"):
        checked(Act(Action.RETURN, said="  "), TODAY, move(State.DEPT_REVIEW, Action.RETURN))
    announce = move(State.PUBLISHED, Action.ANNOUNCE)
    for ends in (None, TODAY):
        with pytest.raises(BadInput, match="expected a day after 2026-11-20"):
            checked(Act(Action.ANNOUNCE, said="系统停用", ends=ends), TODAY, announce)
    assert checked(Act(Action.ANNOUNCE, said=" 系统停用 ", ends=date(2027, 1, 1)), TODAY, announce).said == "系统停用"
    with pytest.raises(BadInput, match="expected at most 500"):
        checked(Act(Action.RETURN, said="字" * 501), TODAY, move(State.DEPT_REVIEW, Action.RETURN))
