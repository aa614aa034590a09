"""Collection forms: what is found elsewhere blocks them until it is reused, exempted or said to be something else."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest

from catalog.clocks import clocks
from catalog.collection import desk, forms, moves, registry
from catalog.collection.moves import Ruling
from catalog.database import writing
from catalog.mending import notices
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import Role, Tier
from schemas.authority_source import Source
from schemas.collection import MOVES, Act, Choice, Form, FormItem, FormState, Item, may
from schemas.deadline import Event, Thing
from schemas.errors import BadInput, Refused, Unidentified, Unknown
from schemas.notice import About
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    NOW,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    make_dataset,
    make_subject,
)

BUREAU = "11370400004300006B"
COUNTY = make_subject()
REVIEWER = make_subject(
    ZAOZHUANG, Tier.CITY, organisation=BUREAU, system="bureau", person="reviewer",
    roles=frozenset({Role.AUTHORITY_REVIEWER}),
)  # fmt: skip
AUDITOR = replace(REVIEWER, person="auditor", roles=frozenset({Role.SECURITY_AUDITOR}))
UNTIL = NOW.date() + timedelta(days=90)
TOMORROW = NOW + timedelta(days=1)
EXEMPT = FormItem(Item(""), Choice.EXEMPTION, reason="not_timely", said="灾情需每日更新", until=UNTIL)
REUSE = FormItem(Item(""), Choice.REUSE, dataset="civil_affairs.low_income")
DIFFERENT = FormItem(Item(""), Choice.DIFFERENT, said="此处为补贴申请金额")


@pytest.fixture
def governed(shelf: Shelf) -> Shelf:
    for code, name, place, tier, authority in (
        (CIVIL_AFFAIRS, "枣庄市民政局", ZAOZHUANG, Tier.CITY, False),
        (HEALTH, "枣庄市卫生健康委员会", ZAOZHUANG, Tier.CITY, False),
        (BUREAU, "枣庄市大数据局", ZAOZHUANG, Tier.CITY, True),
        (TENGZHOU_CIVIL, "滕州市民政局", TENGZHOU, Tier.COUNTY, False),
    ):
        shelf.parties.add_organisation(Organisation(code, name, "", place, tier, authority=authority))
    shelf.register(make_dataset(), NOW)
    return shelf


def form(*names: str, **told: object) -> Form:
    facts = {"title": "困难群众入户登记表", "basis": "社会救助暂行办法", "subject_kind": "person", "division": TENGZHOU}
    return Form(items=tuple(FormItem(Item(name)) for name in names), **facts | told)  # type: ignore[arg-type]


def events(shelf: Shelf) -> list[tuple[str, str]]:
    found = [r.body for r in reversed(shelf.receipts.newest()) if r.body["event"] == "collection_form"]
    return [(body["act"], body["state"]) for body in found]


def test_a_form_that_asks_for_nothing_that_is_known_is_cleared_when_it_is_sent(governed: Shelf) -> None:
    made = desk.design(governed, COUNTY, form("帮扶需求", "走访日期"), NOW)
    assert (made.number, made.state, made.organisation) == ("YS-F-2026-000001", FormState.DRAFT, TENGZHOU_CIVIL)
    assert moves.submit(governed, COUNTY, made.number, TOMORROW).state is FormState.CLEARED
    assert events(governed) == [("submit", "cleared")]
    assert desk.design(governed, COUNTY, form("帮扶需求"), NOW).number == "YS-F-2026-000002"


def test_an_item_that_is_collected_already_blocks_until_it_is_reused(governed: Shelf) -> None:
    made = desk.design(governed, COUNTY, form("手机号", "帮扶需求"), NOW)
    with pytest.raises(BadInput, match="手机号: collected already"):
        moves.submit(governed, COUNTY, made.number, NOW)
    assert events(governed) == [], "what was refused is not on record as done"
    desk.choose(governed, COUNTY, made.number, {1: REUSE}, NOW)
    sent = moves.submit(governed, COUNTY, made.number, NOW)
    assert sent.state is FormState.CLEARED
    assert [(one.choice, one.dataset, one.hits) for one in sent.items] == [
        (Choice.REUSE, "civil_affairs.low_income", 1),
        (Choice.NONE, "", 0),
    ]


def test_an_item_with_an_authority_source_is_blocked_until_an_exemption_is_approved(governed: Shelf) -> None:
    """Issue 5, must show 3: blocked; the exemption has a reason, words, an end, and is on the ledger."""
    registry.bring(governed, Source("marital_status", "person", ZAOZHUANG, HEALTH, "x", date(2026, 1, 1)), NOW)
    made = desk.design(governed, COUNTY, form("婚姻状况"), NOW)
    with pytest.raises(BadInput, match="婚姻状况: collected already or with a source"):
        moves.submit(governed, COUNTY, made.number, NOW)
    with pytest.raises(BadInput, match="found by their name"):
        desk.choose(governed, COUNTY, made.number, {1: DIFFERENT}, NOW)
    desk.choose(governed, COUNTY, made.number, {1: EXEMPT}, NOW)
    assert moves.submit(governed, COUNTY, made.number, NOW).state is FormState.WAITING
    with governed.engine.connect() as connection:
        clock = clocks.living(connection, Thing("collection_form", made.number), Event.AUTHORITY_REVIEW)
        told = notices.inbox(connection, BUREAU)
    assert clock is not None
    assert clock.thing.responsible == BUREAU
    assert [one.about for one in told] == [About.EXEMPTION_ASKED]
    done = moves.decide(governed, REVIEWER, made.number, Ruling(Act.APPROVE, "同意，限期九十日"), TOMORROW)
    assert (done.state, done.decided_by, done.items[0].approved) == (FormState.CLEARED, BUREAU, True)
    assert events(governed) == [("submit", "waiting"), ("approve", "cleared")]
    newest = governed.receipts.newest()[0].body
    assert newest["person"] == "reviewer"
    assert newest["chosen"] == [
        {"item": "婚姻状况", "choice": "exemption", "dataset": "", "reason": "not_timely", "until": UNTIL.isoformat()}
    ]
    with governed.engine.connect() as connection:
        assert clocks.living(connection, Thing("collection_form", made.number), Event.AUTHORITY_REVIEW) is None
        assert [one.about for one in notices.inbox(connection, TENGZHOU_CIVIL)] == [About.EXEMPTION_DECIDED]


def test_an_exemption_that_is_refused_is_chosen_anew_and_what_was_reused_stays(governed: Shelf) -> None:
    made = desk.design(governed, COUNTY, form("手机号", "姓名"), NOW)
    desk.choose(governed, COUNTY, made.number, {1: EXEMPT, 2: REUSE}, NOW)
    moves.submit(governed, COUNTY, made.number, NOW)
    back = moves.decide(governed, REVIEWER, made.number, Ruling(Act.REFUSE, "请复用低保数据"), TOMORROW)
    assert (back.state, [one.choice for one in back.items]) == (FormState.DRAFT, [Choice.NONE, Choice.REUSE])
    with pytest.raises(BadInput, match="手机号"):
        moves.submit(governed, COUNTY, made.number, TOMORROW)
    desk.choose(governed, COUNTY, made.number, {1: REUSE}, TOMORROW)
    assert moves.submit(governed, COUNTY, made.number, TOMORROW).state is FormState.CLEARED
    with governed.engine.connect() as connection:
        assert [step.act for step in forms.history(connection, made.number)] == ["submit", "refuse", "submit"]


def test_an_item_that_is_only_called_alike_is_cleared_by_words(governed: Shelf) -> None:
    made = desk.design(governed, COUNTY, form("每月保障金额"), NOW)
    desk.choose(governed, COUNTY, made.number, {1: DIFFERENT}, NOW)
    assert moves.submit(governed, COUNTY, made.number, NOW).state is FormState.CLEARED


def test_an_exemption_ends_with_its_last_day(governed: Shelf) -> None:
    made = desk.design(governed, COUNTY, form("手机号"), NOW)
    desk.choose(governed, COUNTY, made.number, {1: EXEMPT}, NOW)
    moves.submit(governed, COUNTY, made.number, NOW)
    moves.decide(governed, REVIEWER, made.number, Ruling(Act.APPROVE, "同意"), NOW)
    on, after = (NOW.replace(hour=23) + timedelta(days=days) for days in (90, 91))
    assert desk.find(governed, COUNTY, made.number, on).blocked == ()
    assert desk.find(governed, COUNTY, made.number, after).blocked == ("手机号",)


@pytest.mark.parametrize(("state", "act"), list(itertools.product(FormState, Act)))
def test_every_act_in_every_state(governed: Shelf, state: FormState, act: Act) -> None:
    made = desk.design(governed, COUNTY, form("帮扶需求"), NOW)
    with writing(governed.engine) as connection:
        forms.put(connection, replace(made, state=state), NOW)
    if act in (Act.APPROVE, Act.REFUSE):
        call = lambda: moves.decide(governed, REVIEWER, made.number, Ruling(act, "x"), NOW)  # noqa: E731 - said once
    else:
        call = lambda: {Act.SUBMIT: moves.submit, Act.WITHDRAW: moves.withdraw}[act](governed, COUNTY, made.number, NOW)  # noqa: E731
    before = len(events(governed))
    if may(state, act):
        assert call().state in MOVES[state, act]
        assert len(events(governed)) == before + 1
    else:
        with pytest.raises(BadInput, match=f"{act.value}: {made.number} is {state.value}; possible now"):
            call()
        assert len(events(governed)) == before


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (replace(REVIEWER, roles=frozenset({Role.SOURCE_REVIEWER})), "ROLE_MISSING"),
        (AUDITOR, "ROLE_MISSING"),
        (COUNTY, "ROLE_MISSING"),
        (replace(COUNTY, division=SHIZHONG, person="p", roles=frozenset({Role.AUTHORITY_REVIEWER})), "OUT_OF_AREA"),
        (replace(COUNTY, person="p", roles=frozenset({Role.AUTHORITY_REVIEWER})), "OWN_PROPOSAL"),
    ],
)
def test_nobody_decides_but_a_reviewer_of_the_area_who_has_not_sent_it(governed: Shelf, who, code: str) -> None:  # type: ignore[no-untyped-def]
    sender = replace(COUNTY, person="p") if code == "OWN_PROPOSAL" else COUNTY
    made = desk.design(governed, COUNTY, form("手机号"), NOW)
    desk.choose(governed, COUNTY, made.number, {1: EXEMPT}, NOW)
    moves.submit(governed, sender, made.number, NOW)
    with pytest.raises(Refused) as refused:
        moves.decide(governed, who, made.number, Ruling(Act.APPROVE, "x"), NOW)
    assert refused.value.code == code
    assert desk.find(governed, COUNTY, made.number, NOW).form.state is FormState.WAITING


def test_a_form_is_known_to_who_designs_decides_or_audits_it_and_to_nobody_else(governed: Shelf) -> None:
    number = desk.design(governed, COUNTY, form("帮扶需求"), NOW).number
    for known in (COUNTY, REVIEWER, AUDITOR):
        assert desk.find(governed, known, number, NOW).form.number == number
    stranger = make_subject(organisation=HEALTH)
    for unknown in (stranger, replace(REVIEWER, division=SHIZHONG), replace(COUNTY, credential_active=False)):
        with pytest.raises(Unknown):
            desk.find(governed, unknown, number, NOW)
    for act in (moves.submit, moves.withdraw):
        with pytest.raises(Unknown):
            act(governed, REVIEWER, number, NOW)
    with pytest.raises(Unknown):
        desk.choose(governed, stranger, number, {}, NOW)
    assert (desk.listed(governed, stranger), len(desk.listed(governed, COUNTY))) == ((), 1)
    with pytest.raises(Unidentified):
        desk.design(governed, governed.parties.subject("", NOW), form("x"), NOW)


def test_a_changed_draft_keeps_what_was_chosen_for_the_items_that_stay(governed: Shelf) -> None:
    number = desk.design(governed, COUNTY, form("手机号", "姓名"), NOW).number
    desk.choose(governed, COUNTY, number, {1: REUSE, 2: REUSE}, NOW)
    kept = desk.change(governed, COUNTY, number, form("姓名", "帮扶需求", title="新表"), NOW)
    assert [(one.item.name, one.choice) for one in kept.items] == [("姓名", Choice.REUSE), ("帮扶需求", Choice.NONE)]
    elsewhere = desk.change(governed, COUNTY, number, form("姓名", division=ZAOZHUANG), NOW)
    assert [one.choice for one in elsewhere.items] == [Choice.NONE], "what was found there is not what is found here"
    moves.submit(governed, COUNTY, desk.choose(governed, COUNTY, number, {1: REUSE}, NOW).number, NOW)
    with pytest.raises(BadInput, match="only a draft can be changed"):
        desk.change(governed, COUNTY, number, form("姓名"), NOW)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"title": " "}, "title: found 0 characters"),
        ({"basis": ""}, "basis: found 0"),
        ({"subject_kind": "dog"}, "subject_kind: found 'dog'"),
        ({"division": "x"}, "division: "),
        ({"division": "999999"}, "no table knows 999999000000"),
        ({"items": ()}, "items: found 0"),
        ({"items": (FormItem(Item("甲")), FormItem(Item("甲 ")))}, "stands there twice"),
        ({"items": (FormItem(Item("甲", type="blob")),)}, r"items\[1\].type: found 'blob'"),
        ({"items": (FormItem(Item("甲", element="shoe")),)}, r"items\[1\].element: found 'shoe'"),
    ],
)
def test_a_form_that_lacks_something_is_refused_with_what_was_expected(
    governed: Shelf, told: dict[str, object], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        desk.design(governed, COUNTY, replace(form("甲"), **told), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (replace(REUSE, dataset="no.such"), "dataset: found 'no.such', expected whose item is reused: civil_affairs"),
        (replace(REUSE, dataset=""), "dataset: found ''"),
        (replace(EXEMPT, reason="because"), "reason: found 'because', expected one of law_requires"),
        (replace(EXEMPT, said=" "), "said: found 0"),
        (replace(EXEMPT, until=None), "until: found None"),
        (replace(EXEMPT, until=NOW.date()), "expected a day after 2026-11-20"),
        (replace(EXEMPT, until=NOW.date() + timedelta(days=367)), "and not after 2027-11-21"),
        (DIFFERENT, "only of items found by their name"),
    ],
)
def test_a_choice_that_does_not_fit_changes_nothing(governed: Shelf, chosen: FormItem, said: str) -> None:
    number = desk.design(governed, COUNTY, form("手机号", "帮扶需求"), NOW).number
    with pytest.raises(BadInput, match=said):
        desk.choose(governed, COUNTY, number, {1: chosen}, NOW)
    with pytest.raises(BadInput, match="nothing blocks this item"):
        desk.choose(governed, COUNTY, number, {1: REUSE, 2: EXEMPT}, NOW)
    with pytest.raises(BadInput, match="place: found 3"):
        desk.choose(governed, COUNTY, number, {3: REUSE}, NOW)
    assert all(one.choice is Choice.NONE for one in desk.find(governed, COUNTY, number, NOW).form.items)


def test_an_item_of_a_source_without_a_dataset_is_reused_without_naming_one(governed: Shelf) -> None:
    registry.bring(governed, Source("sex", "person", ZAOZHUANG, HEALTH, "x", date(2026, 1, 1)), NOW)
    number = desk.design(governed, COUNTY, form("性别"), NOW).number
    chosen = desk.choose(governed, COUNTY, number, {1: replace(REUSE, dataset="")}, NOW)
    assert chosen.items[0].choice is Choice.REUSE
