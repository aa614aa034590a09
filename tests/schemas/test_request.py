"""The table of requests: what stands not in it is refused, nothing hangs, and every refusal has a reason of a list."""

import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.access import ROLES, Mode, Tier
from schemas.dataset import ScopeRole, Sharing, Transform
from schemas.divisions import shipped
from schemas.errors import BadInput
from schemas.request import FINAL, MOVES, PLATFORM, Action, Side, State, after
from schemas.request_check import defects
from schemas.request_reasons import ACTIONS, DEFECTS, ENDINGS, REFUSALS, STATES
from schemas.request_terms import TIMING, Term
from schemas.sharing_condition import check_conditions, condition_of
from tests.builders import CIVIL_AFFAIRS, TENGZHOU, make_dataset, make_field, make_subject
from tests.catalog.requests_world import ENTERPRISE, LOW_INCOME, WANT

LITERAL = """
draft save draft | draft submit submitted | draft withdraw withdrawn | draft lapse closed
submitted check formal_check | submitted pass accepted
formal_check accept accepted | formal_check return returned | formal_check refuse refused
formal_check withdraw withdrawn
returned save returned | returned submit submitted | returned withdraw withdrawn | returned lapse closed
accepted grant testing | accepted review provider_review | accepted demand demand
demand match accepted | demand assign duty | demand refuse refused | demand withdraw withdrawn
duty catalogue accepted | duty not_held demand | duty withdraw withdrawn
provider_review approve provisioning | provider_review refuse refused | provider_review not_held accepted
provider_review object negotiation | provider_review withdraw withdrawn
provisioning sign provisioning | provisioning provision testing | provisioning object negotiation
provisioning withdraw withdrawn
testing read active | testing revoke revoked | testing give_back closed | testing expire expired
active remind expiring | active suspend suspended | active revoke revoked | active give_back closed
active expire expired
expiring suspend suspended | expiring revoke revoked | expiring give_back closed | expiring expire expired
suspended resume active | suspended revoke revoked | suspended give_back closed | suspended expire expired
refused object negotiation | refused lapse closed | refused withdraw withdrawn
negotiation approve provisioning | negotiation mediate mediation | negotiation overrun mediation
negotiation withdraw withdrawn
mediation approve provisioning | mediation escalate escalated | mediation overrun escalated
mediation withdraw withdrawn
escalated uphold decided | escalated overturn provisioning | escalated withdraw withdrawn
"""
"""Written down apart from the table: state, action, state after."""
ALLOWED = {tuple(one.split()) for line in LITERAL.strip().splitlines() for one in line.split("|")}


@pytest.mark.parametrize("state", State)
def test_every_action_is_refused_from_every_state_where_the_table_does_not_have_it(state: State) -> None:
    for action in Action:
        leads = {to for frm, name, to in ALLOWED if (frm, name) == (state.value, action.value)}
        if leads:
            assert {after(state, action).to.value} == leads
        else:
            with pytest.raises(BadInput, match=rf"{state.value} cannot be moved by {action.value}; possible now: "):
                after(state, action)


def test_no_state_that_is_not_final_is_without_a_clock() -> None:
    assert set(TIMING) == set(State) - FINAL
    for state, timing in TIMING.items():
        assert timing.runs or timing.until_end, state
        assert not set(timing.runs) & set(timing.paused)


def test_every_state_can_be_reached_and_from_every_state_an_end() -> None:
    reached = {State.DRAFT}
    while more := {move.to for state in reached for move in MOVES[state].values()} - reached:
        reached |= more
    assert reached == set(State)
    ends = set(FINAL)
    while more := {s for s, moves in MOVES.items() if {m.to for m in moves.values()} & ends} - ends:
        ends |= more
    assert ends == set(State)


def test_what_the_platform_does_by_itself_gives_nobody_data_but_unconditional() -> None:
    by_itself = {(s, a, m.to) for s, moves in MOVES.items() for a, m in moves.items() if m.by == PLATFORM}
    assert {one for one in by_itself if one[2] in (State.PROVISIONING, State.TESTING)} == {
        (State.ACCEPTED, Action.GRANT, State.TESTING)
    }


def test_only_systems_that_ask_act_without_a_person() -> None:
    alone = {
        action
        for moves in MOVES.values()
        for action, move in moves.items()
        for who in move.by
        if who.system and who.side is not Side.PLATFORM
    }
    asking = {Action.SAVE, Action.SUBMIT, Action.WITHDRAW, Action.OBJECT, Action.MEDIATE, Action.ESCALATE}
    assert alone == asking | {Action.GIVE_BACK}


def test_every_word_has_a_name_in_both_languages_and_every_term_an_event() -> None:
    assert set(STATES) == set(State)
    assert set(ACTIONS) == set(Action)
    assert all(term.event(unconditional=u) for term, u in itertools.product(Term, (True, False)))
    assert len(ROLES) == 6


def found(want: Any = WANT, dataset: Any = LOW_INCOME, **told: Any) -> set[tuple[str, str]]:
    asker = make_subject(**told.pop("asker", {}))
    each = defects(replace(want, **told), dataset, asker, shipped(), date(2026, 9, 18))
    assert all(one.code in DEFECTS for one in each)
    return {(one.field, one.code) for one in each}


def test_a_complete_request_has_no_defect() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"purpose": ""}, ("purpose", "missing")),
        ({"purpose": "fun"}, ("purpose", "unknown")),
        ({"purpose": "data_return"}, ("purpose", "unknown")),
        ({"purpose": "statistics"}, ("purpose", "not_in_condition")),
        ({"basis": " "}, ("basis", "missing")),
        ({"scenario": ""}, ("scenario", "missing")),
        ({"security": ""}, ("security", "missing")),
        ({"security": "x" * 1001}, ("security", "unclear")),
        ({"items": ()}, ("items", "missing")),
        ({"items": ("nothing",)}, ("items", "unknown")),
        ({"modes": ()}, ("modes", "missing")),
        ({"modes": (Mode.FILE,)}, ("modes", "not_in_condition")),
        ({"divisions": ("99",)}, ("divisions", "unknown")),
        ({"divisions": ("no",)}, ("divisions", "unknown")),
        ({"scope": None}, ("scope", "missing")),
        ({"scope": ScopeRole.RESIDENCE}, ("scope", "unknown")),
        ({"start": None}, ("start", "missing")),
        ({"end": date(2026, 9, 17)}, ("end", "period")),
        ({"end": date(2036, 9, 17)}, ("end", "period")),
        ({"retention_days": 0}, ("retention_days", "missing")),
        ({"retention_days": 99_999}, ("retention_days", "period")),
        ({"asker": {"organisation": CIVIL_AFFAIRS}}, ("dataset", "own")),
        ({"asker": {"tier": Tier.VILLAGE}, "modes": (Mode.BULK,)}, ("modes", "not_in_condition")),
    ],
)
def test_each_defect_is_found_by_itself(told: dict[str, Any], expected: tuple[str, str]) -> None:
    assert found(**told) == {expected}


def test_all_defects_are_told_at_once() -> None:
    told = found(purpose="", basis="", items=("nothing",), modes=(), retention_days=0)
    assert {name for name, _ in told} == {"purpose", "basis", "items", "modes", "retention_days"}


def test_what_is_open_or_withheld_and_tiers_outside_the_condition_cannot_be_asked_for() -> None:
    assert found(dataset=replace(LOW_INCOME, sharing=Sharing.OPEN)) == {("dataset", "not_needed")}
    assert found(dataset=replace(LOW_INCOME, sharing=Sharing.WITHHELD)) == {("dataset", "not_shared")}
    assert found(dataset=replace(LOW_INCOME, sharing_tiers=("city",))) == {("dataset", "not_in_condition")}
    assert found(dataset=replace(LOW_INCOME, sharing_tiers=("city", "county"))) == set()
    hidden = make_dataset(fields=(*LOW_INCOME.fields, make_field("x", shareable=False)), purposes=LOW_INCOME.purposes)
    assert found(dataset=hidden, items=("x",)) == {("items", "not_shared")}


def test_a_demand_needs_words_and_the_names_of_items_only() -> None:
    demand = replace(WANT, dataset="", demand="残疾人两项补贴发放名册", items=("补贴金额",), divisions=(TENGZHOU,))
    assert found(demand, None) == set()
    assert found(demand, None, demand="") == {("dataset", "missing")}


def test_no_condition_may_be_set_that_the_catalogue_does_not_state() -> None:
    assert condition_of(LOW_INCOME).clauses == ("按授权的用途、范围和期限使用", "不得转授")
    check_conditions(LOW_INCOME, {"amount": Transform.MASK}, ("不得转授",))
    check_conditions(ENTERPRISE, {}, ())
    with pytest.raises(
        BadInput, match=r"每月提交使用报告.* which the catalogue does not state; expected some of 按授权"
    ):
        check_conditions(LOW_INCOME, {}, ("每月提交使用报告",))
    with pytest.raises(BadInput, match=r"found token for amount.*no condition may be added"):
        check_conditions(LOW_INCOME, {"amount": Transform.TOKEN}, ())
    with pytest.raises(BadInput, match="it states no condition in words"):
        check_conditions(ENTERPRISE, {}, ("不得转授",))


def moves_drawn() -> str:
    lines = ["| state | act | leads to | whose |", "|---|---|---|---|"]
    for state, moves in MOVES.items():
        if not moves:
            lines.append(f"| {state.value} {STATES[state][0]} | – | final | |")
        for action, move in moves.items():
            whose = ", ".join(
                f"{who.side.value}{': ' if who.roles else ''}{' or '.join(sorted(who.roles))}"
                f"{', or a system' if who.system else ''}"
                for who in move.by
            )
            lines.append(f"| {state.value} {STATES[state][0]} | `{action.value}` | {move.to.value} | {whose} |")
    return "\n".join(lines)


def timing_drawn() -> str:
    lines = ["| state | whose move | clocks that run | stand still |", "|---|---|---|---|"]
    for state, timing in TIMING.items():
        runs = [f"`{one.value}`" for one in timing.runs] + ["the grant's end"] * timing.until_end
        paused = ", ".join(f"`{one.value}`" for one in timing.paused)
        lines.append(f"| {state.value} | {timing.whose.value} | {', '.join(runs)} | {paused} |")
    return "\n".join(lines)


def test_the_page_about_requests_holds_the_whole_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "requests.md").read_text(encoding="utf-8")
    assert f"<!-- moves -->\n{moves_drawn()}\n<!-- /moves -->" in page
    assert f"<!-- timing -->\n{timing_drawn()}\n<!-- /timing -->" in page
    for word in (*REFUSALS, *ENDINGS, *DEFECTS):
        assert f"`{word}`" in page
