"""Entries on their way: a draft, its reviews, a change beside what is in force, an end that waits for grants."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from catalog.clocks import clocks
from catalog.database import writing
from catalog.entries import book, desk
from catalog.entries.book import CONTRACT, OFFICE, Version, Wanted
from catalog.entries.desk import Doing, Seen
from catalog.mending import notices
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import GrantState, Mode, Role, Subject, Tier
from schemas.dataset import Dataset, Opening, Sharing
from schemas.deadline import Event, Thing
from schemas.deadline import State as Running
from schemas.entry import Entry
from schemas.entry_life import Act, Action, State
from schemas.errors import BadInput, Refused, Unknown
from tests.builders import (
    HEALTH,
    NOW,
    TENGZHOU,
    ZAOZHUANG,
    low_income_row,
    make_ask,
    make_dataset,
    make_grant,
    make_subject,
    make_verdict,
)
from tests.entries import BUREAU, CIVIL, COUNTY_CIVIL, make_entry

GOOD = make_entry()


@dataclass(frozen=True, slots=True)
class Town:
    """A shelf with the bodies that have a hand in entries."""

    shelf: Shelf
    keeper: Subject
    reviewer: Subject
    authority: Subject
    others: dict[str, Subject]

    def act(self, who: Subject, number: int, action: Action, **told: object) -> Version:
        """One act on the version on its way, else on the one in force."""
        seen = desk.find(self.shelf, who, number, NOW)
        version = seen.coming or seen.shown
        act = Act(**{"action": action, "version": version.number} | told)  # type: ignore[arg-type]
        return desk.act(Doing(self.shelf, who, act, told.get("now", NOW)), seen)  # type: ignore[arg-type]

    def published(self, entry: Entry = GOOD) -> int:
        """Number of an entry that went the whole way."""
        made = desk.create(self.shelf, self.keeper, entry, NOW)
        for who, action in self.way:
            self.act(who, made.id, action)
        return made.id

    @property
    def way(self) -> tuple[tuple[Subject, Action], ...]:
        """From a draft to publication."""
        return (
            (self.keeper, Action.CHECK),
            (self.keeper, Action.SUBMIT),
            (self.reviewer, Action.APPROVE),
            (self.authority, Action.PUBLISH),
        )


def subject(**told: Any) -> Subject:
    """A system of 滕州市民政局."""
    return make_subject(**{"organisation": COUNTY_CIVIL} | told)


def of_civil(**told: Any) -> Dataset:
    """A contract of 枣庄市民政局."""
    return make_dataset(**{"owner": CIVIL} | told)


def person(organisation: str, division: str, name: str, *roles: Role, **told: object) -> Subject:
    return make_subject(
        division, Tier.CITY, organisation=organisation, organisation_name=name, system=name, person=f"p-{name}-{roles}",
        post=name, roles=frozenset(roles), **told,
    )  # fmt: skip


@pytest.fixture
def town(shelf: Shelf) -> Town:
    bodies = (
        (CIVIL, "枣庄市民政局", ZAOZHUANG, Tier.CITY, False),
        (HEALTH, "枣庄市卫生健康委员会", ZAOZHUANG, Tier.CITY, False),
        (COUNTY_CIVIL, "滕州市民政局", TENGZHOU, Tier.COUNTY, False),
        (BUREAU, "枣庄市大数据局", ZAOZHUANG, Tier.CITY, True),
    )
    for code, name, division, tier, authority in bodies:
        shelf.parties.add_organisation(Organisation(code, name, name, division, tier, authority=authority))
    every = Role.CATALOGUE_KEEPER, Role.SOURCE_REVIEWER
    return Town(
        shelf,
        keeper=person(CIVIL, ZAOZHUANG, "民政目录岗", Role.CATALOGUE_KEEPER),
        reviewer=person(CIVIL, ZAOZHUANG, "民政审核岗", Role.SOURCE_REVIEWER),
        authority=person(BUREAU, ZAOZHUANG, "大数据审核岗", Role.AUTHORITY_REVIEWER),
        others={
            "health": person(HEALTH, ZAOZHUANG, "卫健", *every, Role.AUTHORITY_REVIEWER),
            "auditor": person(HEALTH, ZAOZHUANG, "审计", Role.SECURITY_AUDITOR),
            "bureau keeper": person(BUREAU, ZAOZHUANG, "大数据目录岗", Role.CATALOGUE_KEEPER),
            "bureau clerk": person(BUREAU, ZAOZHUANG, "大数据经办", Role.REQUESTER),
            "system": subject(organisation=CIVIL),
            "county": subject(),
            "outsider": subject(government=False, organisation="91370400MA3C0000XY"),
            "public": subject(system="", organisation="", division="", person=""),
        },
    )


def states(town: Town, number: int) -> list[State]:
    return [one.state for one in desk.find(town.shelf, town.others["auditor"], number, NOW).versions]


def test_an_entry_goes_from_a_draft_to_publication_with_every_step_on_record_and_in_the_ledger(town: Town) -> None:
    number = town.published()
    seen = desk.find(town.shelf, town.others["county"], number, NOW)
    assert seen.shown.state is State.PUBLISHED
    assert seen.shown.entry.published_on == date(2026, 11, 20)
    steps = desk.history(town.shelf, desk.find(town.shelf, town.keeper, number, NOW))
    assert [(one.action, one.state.value) for one in steps] == [
        ("edit", "draft"),
        ("check", "checked"),
        ("submit", "dept_review"),
        ("approve", "authority_review"),
        ("publish", "published"),
    ]
    assert [one.post for one in steps[2:]] == ["民政目录岗", "民政审核岗", "大数据审核岗"]
    for step in steps:
        receipt = town.shelf.ledger.receipt(step.receipt)
        assert receipt is not None
        assert receipt.body["event"] == "entry"
        assert receipt.body["action"] == step.action


def test_each_review_has_its_clock_and_the_one_before_stops(town: Town) -> None:
    made = desk.create(town.shelf, town.keeper, GOOD, NOW)
    town.act(town.keeper, made.id, Action.CHECK)
    town.act(town.keeper, made.id, Action.SUBMIT)
    thing = Thing("entry", f"{made.id}.1")
    with town.shelf.engine.connect() as connection:
        (one,) = clocks.of(connection, thing)
    assert (one.event, one.state, one.thing.responsible) == (Event.DEPT_REVIEW, Running.RUNNING, CIVIL)
    town.act(town.reviewer, made.id, Action.APPROVE)
    with town.shelf.engine.connect() as connection:
        first, second = clocks.of(connection, thing)
    assert (first.state, second.event, second.thing.responsible) == (
        Running.STOPPED,
        Event.AUTHORITY_REVIEW,
        BUREAU,
    )
    town.act(town.authority, made.id, Action.RETURN, said="摘要不明")
    with town.shelf.engine.connect() as connection:
        assert {one.state for one in clocks.of(connection, thing)} == {Running.STOPPED}
    assert states(town, made.id) == [State.DRAFT]


def test_an_entry_with_errors_goes_nowhere_and_all_are_told_at_once(town: Town) -> None:
    made = desk.create(town.shelf, town.keeper, replace(GOOD, abstract="", condition="", formats=()), NOW)
    with pytest.raises(BadInput, match="found 3 errors") as told:
        town.act(town.keeper, made.id, Action.CHECK)
    assert all(word in str(told.value) for word in ("missing abstract", "missing formats", "sharing-terms condition"))
    seen = desk.find(town.shelf, town.keeper, made.id, NOW)
    desk.edit(Doing(town.shelf, town.keeper, Act(Action.EDIT), NOW), seen, GOOD)
    assert town.act(town.keeper, made.id, Action.CHECK).state is State.CHECKED


def test_a_title_that_the_provider_has_already_is_refused_however_it_is_spelt(town: Town) -> None:
    town.published()
    made = desk.create(town.shelf, town.keeper, replace(GOOD, title="困难群众 救助发放信息2", code=""), NOW)
    with pytest.raises(BadInput, match=r"duplicate-title.*of entry 1"):
        town.act(town.keeper, made.id, Action.CHECK)


def test_a_code_is_given_once(town: Town) -> None:
    town.published()
    made = desk.create(town.shelf, town.keeper, replace(GOOD, title="另一个标题"), NOW)
    for who, action in town.way[:3]:
        town.act(who, made.id, action)
    with pytest.raises(BadInput, match="306005/000123 is that of entry 1"):
        town.act(town.authority, made.id, Action.PUBLISH)


def test_only_the_right_person_of_the_right_body_moves_it(town: Town) -> None:
    made = desk.create(town.shelf, town.keeper, GOOD, NOW)
    everybody = [town.keeper, town.reviewer, town.authority, *town.others.values()]
    bureau = town.others["bureau keeper"]
    keepers = [town.keeper, bureau]
    allowed = dict(zip(Action, [[]] * len(Action), strict=True)) | {Action.CHECK: keepers, Action.SUBMIT: keepers}
    allowed |= {Action.APPROVE: [town.reviewer], Action.PUBLISH: [town.authority]}
    for who, action in town.way:
        for one in everybody:
            if one not in allowed[action]:
                with pytest.raises((Refused, Unknown)):
                    town.act(one, made.id, action)
        assert states(town, made.id) != [State.PUBLISHED]
        town.act(who, made.id, action)
    assert states(town, made.id) == [State.PUBLISHED]


def test_nobody_approves_what_they_submitted_or_publishes_what_they_approved(town: Town) -> None:
    both = replace(town.keeper, roles=town.keeper.roles | town.reviewer.roles)
    made = desk.create(town.shelf, both, GOOD, NOW)
    town.act(both, made.id, Action.CHECK)
    town.act(both, made.id, Action.SUBMIT)
    with pytest.raises(Refused, match="another person must approve") as told:
        town.act(both, made.id, Action.APPROVE)
    assert told.value.code == "SAME_PERSON"


def test_drafts_are_seen_by_those_who_work_on_them_and_by_auditors_alone(town: Town) -> None:
    made = desk.create(town.shelf, town.keeper, GOOD, NOW)
    sees = {"keeper": town.keeper, "reviewer": town.reviewer, "authority": town.authority} | town.others
    seen = set()
    for name, who in sees.items():
        listed = [one.id for one in desk.listed(town.shelf, who, Wanted(), NOW)]
        count = sum(desk.counts(town.shelf, who, NOW).values())
        try:
            desk.find(town.shelf, who, made.id, NOW)
            seen.add(name)
            assert (listed, count) == ([made.id], 1), name
        except Unknown:
            assert (listed, count) == ([], 0), name
    assert seen == {"keeper", "reviewer", "authority", "auditor", "bureau keeper", "system"}


@pytest.mark.parametrize(
    ("sharing", "seen"),
    [
        (
            Sharing.OPEN,
            {"health", "auditor", "bureau keeper", "bureau clerk", "system", "county", "outsider", "public"},
        ),
        (Sharing.CONDITIONAL, {"health", "auditor", "bureau keeper", "bureau clerk", "system", "county"}),
        (Sharing.UNCONDITIONAL, {"health", "auditor", "bureau keeper", "bureau clerk", "system", "county"}),
        (Sharing.WITHHELD, {"auditor", "bureau keeper", "system"}),
    ],
)
def test_what_is_published_is_seen_as_its_dataset_would_be_in_lists_and_counts_alike(
    town: Town, sharing: Sharing, seen: set[str]
) -> None:
    told = replace(GOOD, sharing=sharing, condition="条件", withheld_basis="《某法》第一条", opening_condition="条件")
    items = tuple(replace(one, sharing=None) for one in told.items)
    opening = Opening.UNCONDITIONAL if sharing is Sharing.OPEN else told.opening
    number = town.published(replace(told, items=items, opening=opening))
    found = set()
    for name, who in town.others.items():
        listed = [one.id for one in desk.listed(town.shelf, who, Wanted(), NOW)]
        assert sum(desk.counts(town.shelf, who, NOW).values()) == len(listed)
        if listed:
            assert desk.find(town.shelf, who, number, NOW).shown.entry.title == GOOD.title
            found.add(name)
        else:
            with pytest.raises(Unknown):
                desk.find(town.shelf, who, number, NOW)
    assert found == seen


def test_a_change_stands_beside_what_is_in_force_until_it_is_published(town: Town) -> None:
    number = town.published()
    town.act(town.keeper, number, Action.CHANGE, said="职责调整")
    seen = desk.find(town.shelf, town.keeper, number, NOW)
    assert [one.state for one in seen.versions] == [State.CHANGING, State.DRAFT]
    new = replace(GOOD, abstract="由县级民政部门按月归集的救助金，每人每月一条。")
    desk.edit(Doing(town.shelf, town.keeper, Act(Action.EDIT), NOW), seen, new)
    outside = desk.find(town.shelf, town.others["county"], number, NOW)
    assert [one.number for one in outside.versions] == [1]
    with town.shelf.engine.connect() as connection:
        (clock,) = clocks.of(connection, Thing("entry", str(number)))
    assert (clock.event, clock.state) == (Event.CATALOGUE_UPDATE, Running.RUNNING)
    for who, action in town.way:
        town.act(who, number, action)
    assert states(town, number) == [State.SUPERSEDED, State.PUBLISHED]
    outside = desk.find(town.shelf, town.others["county"], number, NOW)
    assert (outside.shown.number, outside.shown.entry.abstract) == (2, new.abstract)
    with town.shelf.engine.connect() as connection:
        assert clocks.of(connection, Thing("entry", str(number)))[0].state is Running.STOPPED


def test_a_change_that_is_discarded_leaves_what_was_in_force(town: Town) -> None:
    number = town.published()
    town.act(town.keeper, number, Action.CHANGE, said="拟调整")
    seen = desk.find(town.shelf, town.keeper, number, NOW)
    with pytest.raises(BadInput, match="cannot be moved by change"):
        desk.act(Doing(town.shelf, town.keeper, Act(Action.CHANGE, 1, "再调整"), NOW), seen)
    town.act(town.keeper, number, Action.DISCARD)
    assert states(town, number) == [State.PUBLISHED, State.DISCARDED]
    town.act(town.keeper, number, Action.CHANGE, said="再次调整")
    assert states(town, number) == [State.CHANGING, State.DISCARDED, State.DRAFT]


def test_what_follows_from_another_act_is_nobodys_act(town: Town) -> None:
    number = town.published()
    town.act(town.keeper, number, Action.CHANGE, said="拟调整")
    seen = desk.find(town.shelf, town.keeper, number, NOW)
    for action in (Action.REPLACE, Action.KEEP):
        with pytest.raises(BadInput, match="nobody does it by itself"):
            desk.act(Doing(town.shelf, town.keeper, Act(action, 1), NOW), seen)


def test_two_who_act_at_once_do_not_both_win(town: Town) -> None:
    made = desk.create(town.shelf, town.keeper, GOOD, NOW)
    seen = desk.find(town.shelf, town.keeper, made.id, NOW)
    assert seen.shown.steps == 1
    town.act(town.keeper, made.id, Action.CHECK)
    with pytest.raises(BadInput, match="it has moved since you looked"):
        desk.act(Doing(town.shelf, town.keeper, Act(Action.SUBMIT, 1, seen=1), NOW), seen)


def test_of_many_who_do_the_same_at_once_one_does_it(town: Town) -> None:
    made = desk.create(town.shelf, town.keeper, GOOD, NOW)
    seen = desk.find(town.shelf, town.keeper, made.id, NOW)

    def check(_: int) -> bool:
        try:
            desk.act(Doing(town.shelf, town.keeper, Act(Action.CHECK, 1), NOW), seen)
        except BadInput:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(check, range(8))) == 1
    assert desk.find(town.shelf, town.keeper, made.id, NOW).shown.steps == 2


def with_grant(town: Town) -> tuple[int, str]:
    """A published entry that a dataset fulfils, on which Tengzhou holds a grant."""
    number = town.published()
    dataset = of_civil(catalogue_code=GOOD.code, sharing_condition="x")
    town.shelf.register(dataset, NOW)
    return number, town.shelf.grant(make_grant(COUNTY_CIVIL), NOW).number


def test_an_outsider_sees_the_entry_of_data_that_it_has_a_grant_on(town: Town) -> None:
    number, _ = with_grant(town)
    outsider = town.others["outsider"]
    assert desk.listed(town.shelf, outsider, Wanted(), NOW) == ()
    code, name = outsider.organisation, "某某科技有限公司"
    town.shelf.parties.add_organisation(Organisation(code, name, name, ZAOZHUANG, Tier.CITY, government=False))
    granted = town.shelf.grant(make_grant(code), NOW).number
    assert [one.id for one in desk.listed(town.shelf, outsider, Wanted(), NOW)] == [number]
    assert desk.find(town.shelf, outsider, number, NOW).actions == ()
    town.shelf.set_grant_state(granted, GrantState.REVOKED)
    with pytest.raises(Unknown):
        desk.find(town.shelf, outsider, number, NOW)


def test_an_end_is_announced_told_to_recipients_and_blocked_while_a_grant_lives(town: Town) -> None:
    number, grant = with_grant(town)
    town.act(town.reviewer, number, Action.ANNOUNCE, said="系统停用", ends=date(2026, 12, 31))
    seen = desk.find(town.shelf, town.others["county"], number, NOW)
    assert (seen.shown.state, seen.shown.ends) == (State.RETIRING, date(2026, 12, 31))
    with town.shelf.engine.connect() as connection:
        told = notices.inbox(connection, COUNTY_CIVIL)
    assert [(one.about.value, one.body["ends"]) for one in told] == [("entry_ends", "2026-12-31")]
    with pytest.raises(BadInput, match="found 2026-11-20, expected that day or later"):
        town.act(town.authority, number, Action.RETIRE)
    late = NOW + timedelta(days=50)

    def retire() -> Version:
        looked = desk.find(town.shelf, town.authority, number, late)
        return desk.act(Doing(town.shelf, town.authority, Act(Action.RETIRE, looked.shown.number), late), looked)

    with pytest.raises(BadInput, match=r"1 organisations hold grants .*滕州市民政局"):
        retire()
    town.shelf.set_grant_state(grant, GrantState.SUSPENDED)
    with pytest.raises(BadInput, match="hold grants"):
        retire()
    town.shelf.set_grant_state(grant, GrantState.REVOKED)
    assert retire().state is State.RETIRED
    assert "civil_affairs.low_income" not in town.shelf.catalogue.in_sight(subject())
    with pytest.raises(BadInput, match="expected an entry that is in force"):
        town.shelf.register(of_civil(catalogue_code=GOOD.code, version="1.0.1"), late)
    with pytest.raises(BadInput, match="its catalogue entry is retired"):
        town.shelf.grant(make_grant(COUNTY_CIVIL), late)


def test_what_is_retired_is_granted_to_nobody_by_itself_either(shelf: Shelf) -> None:
    dataset = make_dataset(sharing=Sharing.UNCONDITIONAL)
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, [low_income_row(1)]), NOW)
    shelf.parties.add_organisation(Organisation(HEALTH, "卫健委", "卫健委", ZAOZHUANG, Tier.CITY, True, True))
    ask = make_ask(make_subject(ZAOZHUANG, Tier.CITY, organisation=HEALTH), mode=Mode.QUERY, purpose="public_health")
    assert [one.allowed for one in shelf.decide_over([ask])] == [True]
    with writing(shelf.engine) as connection:
        book.close(connection, dataset.key)
    assert [shelf.decide(ask).code, *(one.code for one in shelf.decide_over([ask]))] == ["SHARE_CLASS_DENIED"] * 2
    assert shelf.grants_for(dataset.key, HEALTH) == ()


def test_an_end_may_be_called_off(town: Town) -> None:
    number = town.published()
    town.act(town.reviewer, number, Action.ANNOUNCE, said="系统停用", ends=date(2026, 12, 31))
    town.act(town.reviewer, number, Action.KEEP, said="继续使用")
    seen = desk.find(town.shelf, town.keeper, number, NOW)
    assert (seen.shown.state, seen.shown.ends) == (State.PUBLISHED, None)


def test_words_of_reviews_are_not_for_everybody(town: Town) -> None:
    made = desk.create(town.shelf, town.keeper, GOOD, NOW)
    town.act(town.keeper, made.id, Action.CHECK)
    town.act(town.keeper, made.id, Action.SUBMIT)
    town.act(town.reviewer, made.id, Action.RETURN, said="李某的数据有误")
    for who, action in town.way:
        town.act(who, made.id, action)
    inside = desk.history(town.shelf, desk.find(town.shelf, town.keeper, made.id, NOW))
    outside = desk.history(town.shelf, desk.find(town.shelf, town.others["county"], made.id, NOW))
    assert "李某的数据有误" in {one.said for one in inside}
    assert [(one.action, one.said, one.person) for one in outside] == [("publish", "", "")]
    assert "李某" not in repr([receipt.body for receipt in town.shelf.ledger.receipts(limit=100)])


# what contracts have to do with it


def entry_of(town: Town, key: str) -> Seen:
    (found,) = [
        one
        for one in desk.listed(town.shelf, town.others["auditor"], Wanted(states=[State.PUBLISHED]), NOW)
        if one.entry.dataset == key
    ]
    return desk.find(town.shelf, town.others["auditor"], found.id, NOW)


def test_a_contract_without_an_entry_is_entered_on_the_operators_authority_and_names_no_official(town: Town) -> None:
    dataset = of_civil()
    town.shelf.register(dataset, NOW)
    seen = entry_of(town, dataset.key)
    assert (seen.shown.origin, seen.shown.state, seen.shown.entry.title) == (CONTRACT, State.PUBLISHED, dataset.title)
    (step,) = desk.history(town.shelf, seen)
    assert (step.action, step.organisation, step.receipt) == ("entered", "", "")
    assert dataset.contract_hash in step.said
    assert town.shelf.register(dataset, NOW) is False
    assert len(entry_of(town, dataset.key).versions) == 1


def test_such_an_entry_follows_its_contract_version_by_version(town: Town) -> None:
    town.shelf.register(of_civil(), NOW)
    town.shelf.register(of_civil(version="1.0.1", description="每月核定的低保对象"), NOW)
    seen = entry_of(town, "civil_affairs.low_income")
    assert [(one.number, one.state) for one in seen.versions] == [(1, State.SUPERSEDED), (2, State.PUBLISHED)]
    assert seen.shown.entry.abstract == "每月核定的低保对象"
    town.shelf.register(of_civil(version="1.0.2", description="每月核定的低保对象"), NOW)
    assert len(entry_of(town, "civil_affairs.low_income").versions) == 2, "nothing of the entry is other"


def test_a_contract_fulfils_the_published_entry_of_its_code(town: Town) -> None:
    number, _ = with_grant(town)
    seen = entry_of(town, "civil_affairs.low_income")
    assert (seen.id, seen.shown.origin, seen.shown.entry.title) == (number, OFFICE, GOOD.title)


def test_a_contract_that_shares_otherwise_than_the_published_entry_is_refused(town: Town) -> None:
    town.published()
    lax = of_civil(catalogue_code=GOOD.code, sharing=Sharing.OPEN)
    with pytest.raises(BadInput, match="found sharing class open, but catalogue entry 1 is published with conditional"):
        town.shelf.register(lax, NOW)
    with pytest.raises(Unknown):
        town.shelf.dataset(lax.key)


def test_an_entry_that_becomes_stricter_binds_its_dataset_at_once_and_bars_the_lax_contract(town: Town) -> None:
    lax = of_civil(sharing=Sharing.UNCONDITIONAL, catalogue_code=GOOD.code)
    verdict = make_verdict(town.shelf.lake, lax, [low_income_row(1)])
    town.shelf.publish(lax, verdict, NOW)
    assert town.shelf.decide(make_ask(subject())).allowed
    seen = entry_of(town, lax.key)
    town.act(town.keeper, seen.id, Action.CHANGE, said="依法不予共享")
    strict = replace(GOOD, sharing=Sharing.WITHHELD, withheld_basis="《某法》第三条：不得提供", condition="", modes=())
    coming = desk.find(town.shelf, town.keeper, seen.id, NOW)
    desk.edit(Doing(town.shelf, town.keeper, Act(Action.EDIT), NOW), coming, strict)
    for who, action in town.way:
        town.act(who, seen.id, action)
    refused = town.shelf.decide(make_ask(subject()))
    assert (refused.allowed, refused.code) == (False, "SHARE_CLASS_DENIED")
    with pytest.raises(BadInput, match="is published with withheld"):
        town.shelf.register(lax, NOW)


def test_an_item_that_is_withheld_in_the_catalogue_leaves_no_more(town: Town) -> None:
    dataset = of_civil(sharing=Sharing.UNCONDITIONAL, catalogue_code=GOOD.code)
    town.shelf.publish(dataset, make_verdict(town.shelf.lake, dataset, [low_income_row(1)]), NOW)
    assert "name" in [one.name for one in town.shelf.decide(make_ask(subject())).served]
    seen = entry_of(town, dataset.key)
    town.act(town.keeper, seen.id, Action.CHANGE, said="姓名不予共享")
    items = tuple(
        replace(one, sharing=Sharing.WITHHELD, withheld_basis="《某法》第三条") if one.name == "姓名" else one
        for one in replace(GOOD, items=GOOD.items[:3]).items
    )
    new = replace(GOOD, sharing=Sharing.UNCONDITIONAL, condition="", items=items)
    coming = desk.find(town.shelf, town.keeper, seen.id, NOW)
    desk.edit(Doing(town.shelf, town.keeper, Act(Action.EDIT), NOW), coming, new)
    for who, action in town.way:
        town.act(who, seen.id, action)
    assert "name" not in [one.name for one in town.shelf.decide(make_ask(subject())).served]


def test_a_keeper_of_the_data_administration_may_draft_for_a_department_of_its_division(town: Town) -> None:
    bureau = town.others["bureau keeper"]
    made = desk.create(town.shelf, bureau, GOOD, NOW)
    assert made.entry.provider == CIVIL
    with pytest.raises(BadInput, match="expected your own organisation"):
        desk.create(town.shelf, town.keeper, replace(GOOD, provider=HEALTH), NOW)
    with pytest.raises(BadInput, match="expected your own organisation"):
        desk.create(town.shelf, bureau, replace(GOOD, division="370100000000"), NOW)
    with pytest.raises(Refused, match="catalogue_keeper"):
        desk.create(town.shelf, town.reviewer, GOOD, NOW)


def test_without_a_title_nothing_is_kept(town: Town) -> None:
    with pytest.raises(BadInput, match="expected the name of the data"):
        desk.create(town.shelf, town.keeper, replace(GOOD, title="  "), NOW)


def test_a_county_is_reviewed_by_the_administration_above_it(town: Town) -> None:
    keeper = person(COUNTY_CIVIL, TENGZHOU, "滕州目录岗", Role.CATALOGUE_KEEPER)
    made = desk.create(town.shelf, keeper, replace(GOOD, provider=COUNTY_CIVIL, division=TENGZHOU), NOW)
    town.act(keeper, made.id, Action.CHECK)
    town.act(keeper, made.id, Action.SUBMIT)
    town.act(person(COUNTY_CIVIL, TENGZHOU, "滕州审核岗", Role.SOURCE_REVIEWER), made.id, Action.APPROVE)
    own = Organisation("11370481DEM000000A", "滕州市大数据局", "", TENGZHOU, Tier.COUNTY, authority=True)
    town.shelf.parties.add_organisation(own)
    with pytest.raises((Refused, Unknown)):
        town.act(town.authority, made.id, Action.PUBLISH)
    local = person(own.credit_code, TENGZHOU, "滕州数据审核岗", Role.AUTHORITY_REVIEWER)
    assert town.act(local, made.id, Action.PUBLISH).state is State.PUBLISHED


@pytest.mark.parametrize("who", ["auditor", "bureau keeper", "county", "outsider", "public"])
def test_a_list_costs_as_few_statements_for_many_entries_as_for_one(town: Town, who: str) -> None:
    asked: list[str] = []
    event.listen(town.shelf.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def statements() -> int:
        before = len(asked)
        desk.listed(town.shelf, town.others[who], Wanted(limit=100), NOW)
        desk.counts(town.shelf, town.others[who], NOW)
        return len(asked) - before

    desk.create(town.shelf, town.keeper, GOOD, NOW)
    few = statements()
    for number in range(20):
        desk.create(town.shelf, town.keeper, replace(GOOD, title=f"清单{number}甲", code=""), NOW)
    assert statements() == few <= 10
