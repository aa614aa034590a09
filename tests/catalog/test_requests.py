"""A request from its draft to the first row and to its end: who moves it, by when, and what if nobody does."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from catalog.clocks.sweep import sweep
from catalog.mending import notices
from catalog.requests import desk, store, tables
from catalog.requests.desk import Asked
from catalog.requests.sweeping import sweep_requests
from catalog.shelf import Shelf
from schemas.access import GrantState, Mode, Subject
from schemas.dataset import Transform
from schemas.deadline import State as Running
from schemas.errors import BadInput, Refused, Unidentified, Unknown, YishuError
from schemas.journey import SHANGHAI
from schemas.notice import About
from schemas.request import FINAL, MOVES, PLATFORM, Action, State
from schemas.request_want import Answer, Defect, Incomplete, Request
from tests.builders import CIVIL_AFFAIRS, HEALTH, TENGZHOU_CIVIL, make_ask, make_verdict
from tests.catalog import test_linkage_guard as guard
from tests.catalog.requests_world import (
    ASKER,
    AUDITOR,
    BEGUN,
    BIG_DATA,
    CHECKER,
    DECIDER,
    ENTERPRISE,
    GOVERNMENT,
    KEEPER,
    LOW_INCOME,
    OTHER,
    PROVIDING_SYSTEM,
    RESIDENT,
    REVIEWER,
    SECRET,
    STRANGER,
    SYSTEM,
    WANT,
    World,
    build,
)

WORDS = {"said": "月保障金额非审核必需"}


@pytest.fixture
def world(shelf: Shelf) -> World:
    return build(shelf)


def told(world: World, organisation: str) -> list[tuple[About, str]]:
    """Notices to an organisation, the first one first: what about, and which state."""
    with world.shelf.engine.connect() as connection:
        found = notices.inbox(connection, organisation, limit=200)
    return [(one.about, str(one.body.get("state", one.body.get("event", "")))) for one in reversed(found)]


def read(world: World, who: Subject = SYSTEM, **more: object) -> bool:
    """A read of what was granted, as the counter does it: decided, recorded, then rows."""
    decision = world.shelf.decide(make_ask(who, LOW_INCOME.key, moment=world.now, **more))
    world.shelf.record(decision)
    return decision.allowed


# from draft to first row, across a holiday


def test_one_request_from_draft_to_first_row_with_due_dates_across_a_holiday(world: World) -> None:
    """2026-09-18 is a Friday; Sunday the 20th and 10 October are worked, 25–27 September and 1–7 October are off."""
    request = world.act(ASKER, world.draft(), Action.SUBMIT)
    assert (request.number, request.state) == ("SQ-2026-000001", State.FORMAL_CHECK)
    assert world.due(request, "formal_check") == date(2026, 9, 21)
    assert world.due(request, "reply_conditional") == date(2026, 10, 9)
    world.on(2026, 9, 21)
    request = world.act(CHECKER, request, Action.ACCEPT)
    assert request.state is State.PROVIDER_REVIEW
    assert world.due(request, "reply_conditional") == date(2026, 10, 9), "the term runs from the submission"
    world.on(2026, 10, 9)
    request = world.act(REVIEWER, request, Action.APPROVE)
    assert (request.state, request.outcome) == (State.PROVISIONING, "approved")
    assert world.due(request, "supply") == date(2026, 11, 5)
    assert world.shelf.grants_for(LOW_INCOME.key, TENGZHOU_CIVIL) == ()
    world.on(2026, 10, 12)
    request = world.act(REVIEWER, request, Action.PROVISION)
    (grant,) = world.shelf.grants_for(LOW_INCOME.key, TENGZHOU_CIVIL)
    assert (request.state, request.grant) == (State.TESTING, grant.number)
    assert (grant.columns, grant.purpose, grant.modes) == (WANT.items, "social_assistance", (Mode.QUERY, Mode.BULK))
    assert (grant.request, grant.retention_days, grant.basis) == (request.number, 180, WANT.basis)
    assert grant.end == datetime(2027, 9, 18, tzinfo=SHANGHAI), "the last day counts"
    assert not read(world, mode=Mode.VERIFY), "a refused read proves nothing"
    assert desk.find(world.shelf, ASKER, request.number).state is State.TESTING
    world.on(2026, 10, 13)
    assert read(world)
    assert read(world)
    assert world.steps(request)[-2:] == [("provision", State.TESTING), ("read", State.ACTIVE)]
    (grant,) = world.shelf.grants_for(LOW_INCOME.key, TENGZHOU_CIVIL)
    assert not grant.proving
    assert set(world.clocks(request).values()) == {Running.STOPPED}


def test_every_act_is_on_the_ledger_with_its_person_and_none_that_was_refused(world: World) -> None:
    request = world.tested()
    with pytest.raises(BadInput):
        world.act(REVIEWER, request, Action.PROVISION)
    bodies = [one.body for one in world.shelf.receipts.newest(50) if one.body["event"] == "request"]
    acts = [(one["action"], one["person"], one["organisation"]) for one in reversed(bodies)]
    assert acts == [
        ("submit", "p-requester", TENGZHOU_CIVIL),
        ("accept", "p-authority_reviewer", BIG_DATA),
        ("approve", "p-source_reviewer", CIVIL_AFFAIRS),
        ("provision", "p-source_reviewer", CIVIL_AFFAIRS),
    ]
    assert bodies[0]["grant"] == request.grant
    receipts = [one.receipt for one in desk.history(world.shelf, request)]
    assert len(set(receipts)) == 4, "what the platform did by rule stands on the act that brought it about"


def test_both_sides_are_told_of_every_move_but_not_of_their_own(world: World) -> None:
    world.tested()
    assert told(world, TENGZHOU_CIVIL) == [
        (About.REQUEST_MOVED, "provider_review"),
        (About.REQUEST_MOVED, "provisioning"),
        (About.REQUEST_WAITS, "testing"),
    ]
    assert told(world, BIG_DATA)[0] == (About.REQUEST_WAITS, "formal_check")
    assert told(world, CIVIL_AFFAIRS) == [
        (About.REQUEST_MOVED, "formal_check"),
        (About.REQUEST_WAITS, "provider_review"),
    ]


# who may


PERSONAS = {
    "asker": ASKER,
    "system": SYSTEM,
    "reviewer": REVIEWER,
    "keeper": KEEPER,
    "checker": CHECKER,
    "decider": DECIDER,
    "auditor": AUDITOR,
    "providing system": PROVIDING_SYSTEM,
    "requester's reviewer": replace(ASKER, roles=REVIEWER.roles | CHECKER.roles, person="p-both"),
    "off": replace(REVIEWER, credential_active=False),
    "stranger": STRANGER,
    "other": OTHER,
}
MAY = {
    "save": "asker, system",
    "submit": "asker, system",
    "withdraw": "asker, system",
    "object": "asker, system",
    "mediate": "asker, system",
    "give_back": "asker, system",
    "escalate": "asker, system, checker",
    "accept": "checker",
    "return": "checker",
    "match": "checker",
    "assign": "checker",
    "sign": "checker",
    "refuse": "checker, reviewer",
    "approve": "reviewer",
    "not_held": "reviewer",
    "provision": "reviewer, keeper",
    "catalogue": "reviewer, keeper",
    "suspend": "reviewer, checker",
    "resume": "reviewer, checker",
    "revoke": "reviewer, checker",
    "uphold": "decider",
    "overturn": "decider",
}
"""Written down apart from the table: action -> who may take it in some state."""
TRYING = ("asker", "reviewer", "checker", "stranger")
"""Those who try each act for real; for the others the look at what is possible is enough."""
CHECKING = {State.FORMAL_CHECK, State.DEMAND}


def placed(world: World, state: State) -> Request:
    """A request that was put into a state, whatever way leads there."""
    request = world.act(ASKER, world.draft(), Action.SUBMIT)
    moved = replace(request, state=state, version=9, outcome="partial")
    with world.shelf.engine.begin() as connection:
        store.put(connection, moved)
    return moved


@pytest.mark.parametrize("state", State)
def test_each_act_is_refused_to_all_but_those_whose_it_is_and_from_every_other_state(
    world: World, state: State
) -> None:
    request = placed(world, state)
    before = desk.history(world.shelf, request)
    receipts = len(world.shelf.receipts.newest(100))
    for action in Action:
        move = MOVES[state].get(action)
        expected = set(MAY[action.value].split(", ")) if move and move.by != PLATFORM else set()
        if action is Action.REFUSE:
            expected = {"checker"} if state in CHECKING else {"reviewer"} if expected else set()
        for name, who in PERSONAS.items():
            if name in expected:
                assert action in desk.possible(request, who), (state, action, name)
                continue
            assert action not in desk.possible(request, who), (state, action, name)
            if name not in TRYING:
                continue
            with pytest.raises((BadInput, Refused, Unknown)):
                desk.act(world.shelf, Asked(who, world.now), request.number, Answer(action, said="x", document="x"))
    assert desk.history(world.shelf, request) == before
    assert len(world.shelf.receipts.newest(100)) == receipts
    assert desk.find(world.shelf, ASKER, request.number) == request


def test_a_system_of_the_provider_approves_nothing_and_is_told_which_role_it_takes(world: World) -> None:
    with pytest.raises(Refused, match="needs a person in the role source_reviewer") as refused:
        world.act(PROVIDING_SYSTEM, world.reviewed(), Action.APPROVE)
    assert refused.value.code == "ROLE_MISSING"
    with pytest.raises(Refused, match="this is the provider's to do") as refused:
        world.act(CHECKER, world.reviewed(), Action.APPROVE)
    assert refused.value.code == "NOT_YOUR_MOVE"


def test_only_parties_and_auditors_read_a_request_and_a_draft_is_its_requesters_own(world: World) -> None:
    draft = world.draft()
    for who in (REVIEWER, CHECKER, AUDITOR, STRANGER):
        with pytest.raises(Unknown) as hidden:
            desk.find(world.shelf, who, draft.number)
        with pytest.raises(Unknown) as missing:
            desk.find(world.shelf, who, "SQ-2026-999999")
        assert str(hidden.value) == str(missing.value)
        assert desk.listed(world.shelf, who, store.Wanted()) == ()
    submitted = world.act(ASKER, draft, Action.SUBMIT)
    for who in (ASKER, SYSTEM, REVIEWER, PROVIDING_SYSTEM, CHECKER, DECIDER, AUDITOR):
        assert desk.find(world.shelf, who, submitted.number) == submitted
        assert [one.number for one in desk.listed(world.shelf, who, store.Wanted())] == [submitted.number]
    for who in (STRANGER, OTHER, replace(REVIEWER, organisation_active=False)):
        with pytest.raises(Unknown):
            desk.find(world.shelf, who, submitted.number)
        assert desk.listed(world.shelf, who, store.Wanted()) == ()
    with pytest.raises(Unidentified):
        desk.find(world.shelf, Subject("", "", "", "", ASKER.tier), submitted.number)


def test_what_the_asker_may_not_know_of_cannot_be_asked_for_and_looks_like_nothing(world: World) -> None:
    for key in (SECRET.key, "health.nothing"):
        with pytest.raises(Unknown, match=f"no dataset '{key}'"):
            world.draft(dataset=key)
        with pytest.raises(Unknown, match=f"no dataset '{key}'"):
            world.act(ASKER, world.draft(), Action.SAVE, want=replace(WANT, dataset=key))


def test_outsiders_and_persons_without_the_role_ask_for_nothing(world: World) -> None:
    with pytest.raises(Refused) as refused:
        world.draft(replace(SYSTEM, government=False))
    assert refused.value.code == "NOT_GOVERNMENT"
    with pytest.raises(Refused) as refused:
        world.draft(replace(ASKER, roles=AUDITOR.roles))
    assert refused.value.code == "ROLE_MISSING"
    with pytest.raises(Unidentified):
        world.draft(Subject("", "", "", "", ASKER.tier))


# formal check


def test_an_incomplete_request_is_not_submitted_and_all_its_defects_are_told_at_once(world: World) -> None:
    draft = world.draft(purpose="", basis="", modes=())
    with pytest.raises(Incomplete, match="3 defects, all of them") as incomplete:
        world.act(ASKER, draft, Action.SUBMIT)
    assert {one.field for one in incomplete.value.defects} == {"purpose", "basis", "modes"}
    assert desk.find(world.shelf, ASKER, draft.number) == draft
    world.act(ASKER, world.act(ASKER, draft, Action.SAVE, want=WANT), Action.SUBMIT)


def test_a_request_is_returned_once_with_every_defect_and_the_clock_stands_still(world: World) -> None:
    request = world.act(ASKER, world.draft(), Action.SUBMIT)
    world.on(2026, 9, 21)
    defects = (Defect("basis", "not_proven", "附文件"), Defect("scenario", "unclear", "写明环节"))
    with pytest.raises(BadInput, match="defects: found none, expected every one"):
        world.act(CHECKER, request, Action.RETURN)
    request = world.act(CHECKER, request, Action.RETURN, defects=defects)
    assert (request.state, request.defects) == (State.RETURNED, defects)
    assert world.clocks(request)["reply_conditional"] is Running.PAUSED
    world.on(2026, 10, 12)
    request = world.act(ASKER, request, Action.SAVE, want=replace(WANT, scenario="临时救助审核：收入核对环节"))
    assert world.clocks(request)["reply_conditional"] is Running.PAUSED
    request = world.act(ASKER, request, Action.SUBMIT)
    assert world.due(request, "reply_conditional") == date(2026, 10, 22), "two of ten days were used before the stop"
    assert world.due(request, "formal_check") == date(2026, 10, 14)
    with pytest.raises(BadInput, match="was returned once already"):
        world.act(CHECKER, request, Action.RETURN, defects=defects)
    assert world.act(CHECKER, request, Action.ACCEPT).state is State.PROVIDER_REVIEW


def test_a_draft_and_a_return_that_nobody_completes_lapse(world: World) -> None:
    draft, submitted = world.draft(), world.act(ASKER, world.draft(), Action.SUBMIT)
    returned = world.act(CHECKER, submitted, Action.RETURN, defects=(Defect("basis", "unclear"),))
    assert sweep_requests(world.shelf, world.now) == 0
    world.on(2026, 11, 2)
    assert sweep_requests(world.shelf, world.now) == 2
    assert sweep_requests(world.shelf, world.now) == 0
    for one in (draft, returned):
        assert desk.find(world.shelf, ASKER, one.number).state is State.CLOSED
        assert world.steps(one)[-1] == ("lapse", State.CLOSED)


def test_a_draft_that_is_worked_on_begins_its_term_anew(world: World) -> None:
    draft = world.draft()
    first = world.due(draft, "amendment")
    world.on(2026, 9, 30)
    world.act(ASKER, draft, Action.SAVE, want=WANT)
    assert world.due(draft, "amendment") > first


# unconditional


def test_unconditional_data_are_granted_with_the_submission_and_the_provider_is_told(world: World) -> None:
    draft = world.draft(dataset=ENTERPRISE.key, purpose="credit_supervision")
    request = world.act(SYSTEM, draft, Action.SUBMIT)
    (grant,) = world.shelf.grants_for(ENTERPRISE.key, TENGZHOU_CIVIL)
    assert (request.state, request.grant) == (State.TESTING, grant.number)
    assert world.steps(request) == [
        ("submit", State.SUBMITTED),
        ("pass", State.ACCEPTED),
        ("grant", State.TESTING),
    ]
    assert told(world, HEALTH) == [(About.REQUEST_MOVED, "testing")]
    assert world.clocks(request)["reply_unconditional"] is Running.STOPPED


def test_of_two_that_submit_at_once_one_does_and_there_is_one_grant(world: World) -> None:
    draft = world.draft(dataset=ENTERPRISE.key, purpose="credit_supervision")

    def submit(_: int) -> str:
        try:
            return world.act(ASKER, draft, Action.SUBMIT).state.value
        except BadInput as late:
            return str(late)[:40]

    with ThreadPoolExecutor(4) as at_once:
        ends = list(at_once.map(submit, range(4)))
    assert ends.count("testing") == 1, ends
    assert len(world.shelf.grants_for(ENTERPRISE.key, TENGZHOU_CIVIL)) == 1
    acts = [one.body["action"] for one in world.shelf.receipts.newest(50) if one.body["event"] == "request"]
    assert acts == ["submit"], "who came second is not on the ledger as having submitted"


def test_of_two_that_provide_at_once_one_does_and_there_is_one_grant(world: World) -> None:
    request = world.act(REVIEWER, world.reviewed(), Action.APPROVE)

    def provide(who: Subject) -> bool:
        try:
            return world.act(who, request, Action.PROVISION).state is State.TESTING
        except BadInput:
            return False

    with ThreadPoolExecutor(4) as at_once:
        assert sorted(at_once.map(provide, (REVIEWER, KEEPER, REVIEWER, KEEPER))) == [False, False, False, True]
    assert len(world.shelf.grants()) == 1


def test_of_two_first_reads_at_once_the_request_takes_one_step(world: World) -> None:
    request = world.tested()
    with ThreadPoolExecutor(4) as at_once:
        assert all(at_once.map(lambda _: read(world), range(4)))
    assert [name for name, _ in world.steps(request)].count("read") == 1


def test_the_same_key_again_is_answered_as_before_and_another_act_under_it_is_refused(world: World) -> None:
    asked = Asked(SYSTEM, world.now, key="k1")
    first = desk.draft(world.shelf, asked, WANT)
    assert desk.draft(world.shelf, asked, WANT).number == first.number
    with pytest.raises(BadInput, match="was sent with another act"):
        desk.draft(world.shelf, asked, replace(WANT, purpose=""))
    once = replace(asked, key="k2")
    submitted = desk.act(world.shelf, once, first.number, Answer(Action.SUBMIT))
    assert desk.act(world.shelf, once, first.number, Answer(Action.SUBMIT)) == submitted
    assert [name for name, _ in world.steps(first)] == ["submit", "check"]
    with pytest.raises(BadInput, match="was sent with another act"):
        desk.act(world.shelf, once, first.number, Answer(Action.WITHDRAW))


def test_what_was_looked_at_before_another_moved_it_is_refused(world: World) -> None:
    request = world.reviewed()
    world.act(REVIEWER, request, Action.REFUSE, reason="beyond_need", version=request.version, **WORDS)
    with pytest.raises(BadInput, match="has moved on to version"):
        world.act(ASKER, request, Action.OBJECT, version=request.version, **WORDS)


# the provider's answer


def test_items_are_given_and_refused_one_by_one(world: World) -> None:
    request = world.act(
        REVIEWER,
        world.reviewed(),
        Action.APPROVE,
        refused={"amount": "beyond_need"},
        transforms={"person_id": Transform.MASK},
        conditions=("不得转授",),
    )
    assert (request.outcome, request.items) == ("partial", ("person_id", "household"))
    granted = world.act(REVIEWER, request, Action.PROVISION)
    (grant,) = world.shelf.grants_for(LOW_INCOME.key, TENGZHOU_CIVIL)
    assert grant.number == granted.grant
    assert grant.columns == ("person_id", "household")
    assert grant.transforms == {"person_id": Transform.MASK}


@pytest.mark.parametrize(
    ("action", "more", "said"),
    [
        (Action.APPROVE, {"refused": {"amount": "because"}}, "expected items of the request"),
        (Action.APPROVE, {"refused": {"mobile": "beyond_need"}}, "expected items of the request"),
        (Action.APPROVE, {"refused": dict.fromkeys(WANT.items, "beyond_need")}, "to give none of them is a refusal"),
        (Action.APPROVE, {"transforms": {"mobile": Transform.MASK}}, "expected items that are given"),
        (Action.APPROVE, {"transforms": {"amount": Transform.TOKEN}}, "no condition may be added"),
        (Action.APPROVE, {"conditions": ("每月报告",)}, "which the catalogue does not state"),
        (Action.REFUSE, {"reason": "because", "said": "x"}, "expected one of withheld_by_law, condition_not_met"),
        (Action.REFUSE, {"reason": "beyond_need"}, "expected in words why"),
        (Action.REFUSE, {"reason": "withheld_by_law", "said": "x"}, "expected the law and article"),
        (Action.NOT_HELD, {}, "expected in words why"),
        (Action.APPROVE, {"said": "x" * 1001}, "1001 characters"),
    ],
)
def test_an_answer_that_the_lists_do_not_have_changes_nothing(
    world: World, action: Action, more: dict[str, object], said: str
) -> None:
    request = world.reviewed()
    with pytest.raises(BadInput, match=said):
        world.act(REVIEWER, request, action, **more)
    assert desk.find(world.shelf, ASKER, request.number) == request


def test_what_is_not_held_goes_to_the_source_that_is_right_about_it(world: World) -> None:
    request = world.reviewed(items=("mobile", "household"), scope=WANT.scope)
    world.on(2026, 9, 30)
    rerouted = world.act(REVIEWER, request, Action.NOT_HELD, said="手机号以卫健委为准")
    assert rerouted.state is State.PROVIDER_REVIEW
    assert (rerouted.want.dataset, rerouted.provider) == (RESIDENT.key, HEALTH)
    assert rerouted.want.items == ("phone", "home")
    assert world.due(rerouted, "reply_conditional") == date(2026, 10, 20), "the new provider has its whole term"
    assert world.act(OTHER, rerouted, Action.APPROVE).state is State.PROVISIONING
    assert desk.find(world.shelf, REVIEWER, request.number).provider == HEALTH, "who was asked first may follow it"


def test_what_nobody_is_registered_to_be_right_about_becomes_a_demand(world: World) -> None:
    request = world.act(REVIEWER, world.reviewed(items=("amount",)), Action.NOT_HELD, said="由财政代发")
    assert (request.state, request.want.dataset, request.want.items) == (State.DEMAND, "", ("月保障金额",))
    assert (request.provider, request.authority) == ("", BIG_DATA)


# demand


def demanded(world: World) -> Request:
    told = {"dataset": "", "demand": "残疾人两项补贴发放名册", "items": ("补贴金额",)}
    submitted = world.act(ASKER, world.draft(**told), Action.SUBMIT)
    return world.act(CHECKER, submitted, Action.ACCEPT)


def test_a_demand_is_assigned_catalogued_and_comes_back_to_the_route(world: World) -> None:
    request = demanded(world)
    assert request.state is State.DEMAND
    assert world.due(request, "duty_assignment") == date(2026, 9, 24)
    request = world.act(CHECKER, request, Action.ASSIGN, organisation=CIVIL_AFFAIRS)
    assert world.due(request, "catalogue_update") == date(2026, 10, 9)
    with pytest.raises(BadInput, match="is not the assigned department's own"):
        world.act(KEEPER, request, Action.CATALOGUE, dataset=RESIDENT.key, items=("number",))
    with pytest.raises(BadInput, match="items: found nothing"):
        world.act(KEEPER, request, Action.CATALOGUE, dataset=LOW_INCOME.key, items=("nothing",))
    request = world.act(KEEPER, request, Action.CATALOGUE, dataset=LOW_INCOME.key, items=("amount",))
    assert (request.state, request.provider) == (State.PROVIDER_REVIEW, CIVIL_AFFAIRS)
    assert world.act(REVIEWER, request, Action.APPROVE).state is State.PROVISIONING


def test_a_demand_may_be_met_by_what_there_is_or_be_passed_on_or_refused(world: World) -> None:
    met = world.act(CHECKER, demanded(world), Action.MATCH, dataset=ENTERPRISE.key, items=("amount",))
    assert met.state is State.TESTING, "unconditional data need nobody's review"
    duty = world.act(CHECKER, demanded(world), Action.ASSIGN, organisation=HEALTH)
    back = world.act(OTHER, duty, Action.NOT_HELD, said="不属本部门职责")
    assert (back.state, back.provider) == (State.DEMAND, "")
    refused = world.act(CHECKER, back, Action.REFUSE, reason="nobody_holds", said="无部门采集")
    assert refused.state is State.REFUSED
    with pytest.raises(BadInput, match="nobody is registered who could decide"):
        world.act(ASKER, refused, Action.OBJECT, **WORDS)
    for organisation in (TENGZHOU_CIVIL, "91370400MA3C0000XY"):
        with pytest.raises(YishuError):
            world.act(CHECKER, demanded(world), Action.ASSIGN, organisation=organisation)
    with pytest.raises(BadInput, match="withheld"):
        world.act(CHECKER, demanded(world), Action.MATCH, dataset=SECRET.key, items=("amount",))


def test_what_was_asked_of_nobody_is_given_by_the_condition_of_what_meets_it_alone(world: World) -> None:
    """A demand names modes, a purpose and places before anybody knows which dataset meets it."""
    strict = replace(ENTERPRISE, key="market_regulation.punished", modes=("verify", "query"))
    for other in (strict, replace(strict, key="market_regulation.other", purposes=("emergency",))):
        world.shelf.register(other, world.now)
    met = world.act(CHECKER, demanded(world), Action.MATCH, dataset=strict.key, items=("amount",))
    assert met.state is State.PROVIDER_REVIEW, "not granted by itself: BULK was asked for, and is not shared"
    given = world.act(OTHER, world.act(OTHER, met, Action.APPROVE), Action.PROVISION)
    [grant] = [one for one in world.shelf.grants() if one.number == given.grant]
    assert grant.modes == (Mode.QUERY,)
    met = world.act(CHECKER, demanded(world), Action.MATCH, dataset="market_regulation.other", items=("amount",))
    assert met.state is State.PROVIDER_REVIEW
    with pytest.raises(BadInput, match="purpose: found social_assistance"):
        world.act(OTHER, met, Action.APPROVE)
    assert world.act(OTHER, met, Action.REFUSE, reason="beyond_need", said="用途不符").state is State.REFUSED


def test_a_request_whose_period_is_over_is_still_seen_and_refused(world: World) -> None:
    request = world.reviewed()
    world.on(2027, 10, 8)
    assert desk.linkage(world.shelf, request, world.now) is None
    assert world.act(REVIEWER, request, Action.REFUSE, reason="beyond_need", said="期限已过").state is State.REFUSED


# overdue


def test_an_overdue_reply_is_escalated_and_never_becomes_consent(world: World) -> None:
    request = world.reviewed()
    world.on(2026, 10, 9)
    assert sweep(world.shelf, world.now).breached == 0, "the last day is in time"
    with pytest.raises(BadInput, match="nothing is overdue"):
        world.act(ASKER, request, Action.OBJECT, **WORDS)
    world.on(2026, 10, 10)
    sweep_requests(world.shelf, world.now)
    swept = sweep(world.shelf, world.now)
    assert (swept.breached, swept.escalated) == (1, 1)
    assert (About.CLOCK_OVERDUE, "reply_conditional") in told(world, CIVIL_AFFAIRS)
    assert (About.CLOCK_OVERDUE, "reply_conditional") in told(world, TENGZHOU_CIVIL)
    for above in (GOVERNMENT, BIG_DATA):
        assert (About.CLOCK_ESCALATED, "reply_conditional") in told(world, above)
        assert (About.CLOCK_OVERDUE, "reply_conditional") not in told(world, above), "told once, as those above"
    world.on(2027, 6, 1)
    sweep_requests(world.shelf, world.now)
    sweep(world.shelf, world.now)
    assert desk.find(world.shelf, ASKER, request.number).state is State.PROVIDER_REVIEW
    assert world.shelf.grants() == ()
    assert not read(world)
    assert world.act(ASKER, request, Action.OBJECT, said="逾期未答复").state is State.NEGOTIATION


# disputes


def test_one_refused_disputed_and_decided_for_the_requester(world: World) -> None:
    request = world.act(ASKER, world.refused(), Action.OBJECT, said="救助审核须核对金额")
    assert world.due(request, "negotiation") == date(2026, 10, 9)
    world.on(2026, 10, 10)
    assert sweep_requests(world.shelf, world.now) == 1
    request = desk.find(world.shelf, ASKER, request.number)
    assert request.state is State.MEDIATION, "negotiation that leads nowhere goes on by itself"
    assert (About.REQUEST_WAITS, "mediation") in told(world, BIG_DATA)
    request = world.act(CHECKER, request, Action.ESCALATE, said="调解未果")
    assert request.state is State.ESCALATED
    assert (About.REQUEST_WAITS, "escalated") in told(world, GOVERNMENT)
    request = world.act(DECIDER, request, Action.OVERTURN, said="应予提供", document="枣政裁〔2026〕1号")
    assert (request.state, request.outcome) == (State.PROVISIONING, "approved")
    request = world.act(REVIEWER, request, Action.PROVISION)
    assert read(world)


def test_a_refusal_may_be_settled_by_negotiation_or_upheld_for_good(world: World) -> None:
    settled = world.act(ASKER, world.refused(), Action.OBJECT, **WORDS)
    settled = world.act(REVIEWER, settled, Action.APPROVE, refused={"amount": "beyond_need"})
    assert (settled.state, settled.outcome) == (State.PROVISIONING, "partial")
    request = world.act(ASKER, world.refused(), Action.OBJECT, **WORDS)
    request = world.act(ASKER, world.act(ASKER, request, Action.MEDIATE), Action.ESCALATE)
    with pytest.raises(BadInput, match="expected in words why"):
        world.act(DECIDER, request, Action.UPHOLD)
    request = world.act(DECIDER, request, Action.UPHOLD, said="维持")
    assert (request.state, request.outcome) == (State.DECIDED, "refused")


def test_a_refusal_that_nobody_disputes_is_closed(world: World) -> None:
    request = world.refused()
    assert (request.reason, request.said) == ("beyond_need", "月保障金额非审核必需")
    world.on(2026, 12, 1)
    sweep_requests(world.shelf, world.now)
    assert desk.find(world.shelf, ASKER, request.number).state is State.CLOSED


def test_items_that_were_refused_may_be_disputed_but_nothing_that_was_given(world: World) -> None:
    given = world.act(REVIEWER, world.reviewed(), Action.APPROVE)
    with pytest.raises(BadInput, match=r"nothing of .* was refused"):
        world.act(ASKER, given, Action.OBJECT, **WORDS)
    partly = world.act(REVIEWER, world.reviewed(), Action.APPROVE, refused={"amount": "beyond_need"})
    assert world.act(ASKER, partly, Action.OBJECT, **WORDS).state is State.NEGOTIATION


# the grant's life


def test_thirty_days_before_its_end_notice_is_given_and_at_its_end_nobody_reads(world: World) -> None:
    request = world.tested()
    assert read(world)
    world.now = datetime(2027, 8, 18, 10, tzinfo=SHANGHAI)
    assert sweep_requests(world.shelf, world.now) == 0
    world.now += timedelta(days=1)
    assert sweep_requests(world.shelf, world.now) == 1
    assert (About.GRANT_EXPIRING, "expiring") in told(world, TENGZHOU_CIVIL)
    assert read(world)
    world.now = datetime(2027, 9, 18, 0, 0, tzinfo=SHANGHAI)
    assert sweep_requests(world.shelf, world.now) == 1
    assert desk.find(world.shelf, ASKER, request.number).state is State.EXPIRED
    assert world.shelf.grants()[0].state is GrantState.EXPIRED
    assert not read(world)


def test_a_grant_is_suspended_resumed_revoked_and_given_back(world: World) -> None:
    request = world.tested()
    assert read(world)
    with pytest.raises(BadInput, match="expected one of breach, purpose_ended"):
        world.act(REVIEWER, request, Action.SUSPEND, reason="mood", said="x")
    suspended = world.act(CHECKER, request, Action.SUSPEND, reason="security", said="排查")
    assert not read(world)
    world.act(REVIEWER, suspended, Action.RESUME)
    assert read(world)
    world.act(REVIEWER, request, Action.REVOKE, reason="breach", said="超范围使用")
    assert not read(world)
    assert world.shelf.grants()[0].state is GrantState.REVOKED
    returned = world.act(ASKER, world.tested(), Action.GIVE_BACK)
    assert returned.state is State.CLOSED
    assert not read(world)


# the linkage guard


@pytest.fixture
def joined(world: World) -> tuple[World, Request]:
    """The requester holds the sexes of ten people; their days of examination with it would single some out."""
    days = [guard.checkup(n, guard.MARCH + timedelta(days=n // 5)) for n in range(10)]
    for dataset, rows in ((guard.RELIEF, guard.TEN), (guard.CHECKUP, days)):
        world.shelf.publish(dataset, make_verdict(world.shelf.lake, dataset, rows, date(2026, 9, 17)), BEGUN)
    world.shelf.grant(replace(guard.SEX, number=""), BEGUN)
    draft = world.draft(dataset=guard.CHECKUP.key, items=("day", "hospital"), divisions=(), scope=None)
    return world, world.act(CHECKER, world.act(ASKER, draft, Action.SUBMIT), Action.ACCEPT)


def test_what_would_single_persons_out_is_provided_with_the_authoritys_signature_only(
    joined: tuple[World, Request],
) -> None:
    world, request = joined
    warned = desk.linkage(world.shelf, request, world.now)
    assert warned is not None
    assert warned.gate == "G12"
    owner = replace(REVIEWER, organisation=guard.CHECKUP.owner)
    request = world.act(owner, request, Action.APPROVE)
    with pytest.raises(Refused) as refused:
        world.act(owner, request, Action.PROVISION)
    assert refused.value.code == "LINKAGE_NEEDS_SIGNATURE"
    assert len(world.shelf.grants()) == 1
    with pytest.raises(BadInput, match="expected the number of the document"):
        world.act(CHECKER, request, Action.SIGN)
    request = world.act(CHECKER, request, Action.SIGN, document="枣数〔2026〕7号")
    request = world.act(owner, request, Action.PROVISION)
    assert world.shelf.grants()[-1].signature == "枣数〔2026〕7号"


def test_the_database_holds_no_request_in_a_state_without_a_name(world: World) -> None:
    world.draft()
    with world.shelf.engine.connect() as connection:
        states = set(connection.scalars(select(tables.request.c.state)))
    assert states <= {one.value for one in State}
    assert FINAL


def test_where_no_authority_is_registered_the_provider_stands_in_for_the_formal_check(world: World) -> None:
    city = world.shelf.parties.organisation(BIG_DATA)
    world.shelf.parties.add_organisation(replace(city, authority=False))
    request = world.act(ASKER, world.draft(), Action.SUBMIT)
    assert (request.authority, request.superior) == (CIVIL_AFFAIRS, GOVERNMENT)
    with pytest.raises(Unknown):
        world.act(CHECKER, request, Action.ACCEPT)
    request = world.act(REVIEWER, request, Action.ACCEPT)
    request = world.act(REVIEWER, request, Action.REFUSE, reason="beyond_need", **WORDS)
    request = world.act(ASKER, world.act(ASKER, request, Action.OBJECT, **WORDS), Action.MEDIATE)
    assert world.act(DECIDER, request, Action.ESCALATE).state is State.ESCALATED, "nobody mediates their own dispute"
    with pytest.raises(BadInput, match=r"no data administration .* is registered"):
        world.act(ASKER, world.draft(dataset="", demand="x", items=("x",)), Action.SUBMIT)
