"""Clocks run by the strictest rule and the calendar that is known; nothing passes in silence or is told twice."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from catalog.clocks import calendar, clocks, rules
from catalog.clocks.renewed import import_calendar, import_rules
from catalog.clocks.sweep import Swept, sweep
from catalog.database import writing
from catalog.mending import incidents, notices
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import Tier
from schemas.deadline import DEFAULT, NATIONAL, Approver, Clock, Event, Extension, Move, Rule, State, Thing, Unit
from schemas.errors import BadInput, Unknown
from schemas.journey import SHANGHAI
from schemas.notice import About
from schemas.work_day_file import WorkDay
from tests.builders import CIVIL_AFFAIRS, HEALTH, TENGZHOU, TENGZHOU_CIVIL, ZAOZHUANG
from tests.catalog.test_mending import publish

GOVERNMENT = "11370400004305001A"
LINE = "11370000004300002B"
AUTHORITY = "11370400004305003C"
THING = Thing(
    "request", "17", TENGZHOU_CIVIL, (HEALTH,), "civil_affairs.low_income", "申请 17", "Request 17", "/requests/17"
)
LATE_YEAR = datetime(2026, 12, 21, 10, tzinfo=SHANGHAI)
"""Ten working days from here reach into 2027, whose notice the package does not carry."""


def day(text: str, hour: int = 10) -> datetime:
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), SHANGHAI) + timedelta(hours=hour)


def acting(shelf: Shelf, act: Callable[[Connection], Clock | None]) -> Clock:
    with writing(shelf.engine) as connection:
        done = act(connection)
    assert done is not None
    return done


def started(shelf: Shelf, now: datetime, event: Event = Event.REPLY_CONDITIONAL, thing: Thing = THING) -> Clock:
    return acting(shelf, lambda connection: clocks.start(connection, thing, event, TENGZHOU, now))


def told(shelf: Shelf, who: str) -> list[str]:
    with shelf.engine.connect() as connection:
        return [f"{one.about.value} {one.cause}" for one in reversed(notices.inbox(connection, who))]


def the_clock(shelf: Shelf, thing: Thing = THING) -> Clock:
    with shelf.engine.connect() as connection:
        return clocks.of(connection, thing)[-1]


def notice_2027(working: Sequence[str] = ()) -> list[WorkDay]:
    """A made-up notice for 2027 that makes the first week of the year free."""
    off = [date(2027, 1, number) for number in range(1, 7)] + [date(2027, 10, 1)]
    days = [WorkDay(one, False, "演示通知") for one in off]
    return days + [WorkDay(date.fromisoformat(one), True, "演示通知") for one in working]


def those_above(shelf: Shelf) -> None:
    parties = shelf.parties
    for code, name, division, tier, authority in (
        (GOVERNMENT, "滕州市人民政府（演示）", TENGZHOU, Tier.COUNTY, False),
        (LINE, "枣庄市民政局（演示）", ZAOZHUANG, Tier.CITY, False),
        (AUTHORITY, "枣庄市数据局（演示）", ZAOZHUANG, Tier.CITY, True),
    ):
        parties.add_organisation(Organisation(code, name, name, division, tier, authority=authority))
    parties.add_organisation(
        Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY, parent=GOVERNMENT, line=LINE)
    )


def test_a_clock_runs_across_a_holiday_and_a_day_worked_instead(shelf: Shelf) -> None:
    one = started(shelf, day("2026-09-18"))
    # 20 September and 10 October are worked, 25 September and 1 to 7 October are off
    assert (one.due, one.provisional) == (date(2026, 10, 9), False)
    assert started(shelf, day("2026-09-24"), Event.CORRECTION).due == date(2026, 10, 15)
    assert (one.rule.days, one.rule.jurisdiction, one.state) == (10, NATIONAL, State.RUNNING)


def test_what_is_started_twice_is_one_clock(shelf: Shelf) -> None:
    first = started(shelf, day("2026-11-02"))
    assert started(shelf, day("2026-11-05")) == first
    stopped = acting(shelf, lambda c: clocks.stop(c, THING, Event.REPLY_CONDITIONAL, day("2026-11-06")))
    assert (stopped.state, stopped.breached_at) == (State.STOPPED, None)
    again = started(shelf, day("2026-11-09"))
    assert (again.id, again.due) != (first.id, first.due)
    with shelf.engine.connect() as connection:
        assert [one.state for one in clocks.of(connection, THING)] == [State.STOPPED, State.RUNNING]


def test_a_clock_that_is_not_there_is_not_moved(shelf: Shelf) -> None:
    with writing(shelf.engine) as connection:
        assert clocks.stop(connection, THING, Event.SUPPLY, day("2026-11-02")) is None
        with pytest.raises(Unknown, match="no supply clock of request 17"):
            clocks.pause(connection, THING, Event.SUPPLY, day("2026-11-02"))


def test_a_stop_keeps_the_time_that_was_used(shelf: Shelf) -> None:
    event = Event.REPLY_CONDITIONAL
    started(shelf, day("2025-09-25"))
    paused = acting(shelf, lambda c: clocks.pause(c, THING, event, day("2025-09-29"), "补正"))
    assert acting(shelf, lambda c: clocks.pause(c, THING, event, day("2025-09-30"))) == paused
    sweep(shelf, day("2025-11-20"))
    assert told(shelf, TENGZHOU_CIVIL) == []
    resumed = acting(shelf, lambda c: clocks.resume(c, THING, event, day("2025-10-13")))
    assert (resumed.due, resumed.state) == (date(2025, 10, 22), State.RUNNING)
    assert [step.move for step in resumed.steps] == [Move.STARTED, Move.PAUSED, Move.RESUMED]


def test_an_extension_is_given_once_to_its_limit_and_before_the_day(shelf: Shelf) -> None:
    event = Event.CATALOGUE_UPDATE
    first = started(shelf, day("2026-11-02"), event)
    five = Extension(5, Approver.AUTHORITY, AUTHORITY)
    with pytest.raises(BadInput, match="expected authority"):
        acting(shelf, lambda c: clocks.extend(c, THING, event, Extension(5, Approver.HEAD, "x"), day("2026-11-03")))
    longer = acting(shelf, lambda c: clocks.extend(c, THING, event, five, day("2026-11-03")))
    assert (first.due, longer.due) == (date(2026, 11, 16), date(2026, 11, 23))
    assert (longer.steps[-1].by, longer.steps[-1].days) == (f"authority {AUTHORITY}", 5)
    with pytest.raises(BadInput, match="and 5 were given"):
        acting(shelf, lambda c: clocks.extend(c, THING, event, five, day("2026-11-04")))
    other = Thing("entry", "2")
    started(shelf, day("2026-11-02"), event, other)
    with pytest.raises(BadInput, match="was due on 2026-11-16"):
        acting(shelf, lambda c: clocks.extend(c, other, event, five, day("2026-11-17")))
    started(shelf, day("2026-11-02"))
    with pytest.raises(BadInput, match="expected 1 to 0"):
        acting(shelf, lambda c: clocks.extend(c, THING, Event.REPLY_CONDITIONAL, five, day("2026-11-03")))


def test_a_local_rule_that_is_stricter_decides_where_it_holds_and_the_national_one_is_shown(shelf: Shelf) -> None:
    local = Rule(TENGZHOU, Event.REPLY_CONDITIONAL, 7, Unit.WORKING_DAYS, "演示：滕州办法第五条")
    softer = Rule(ZAOZHUANG, Event.REPLY_CONDITIONAL, 15, Unit.WORKING_DAYS, "演示：枣庄办法")
    done = import_rules(shelf, [local, softer], day("2026-11-02"))
    assert (done.read, done.added) == (2, 2)
    assert import_rules(shelf, [local, softer], day("2026-11-02")).added == 0
    one = started(shelf, day("2026-11-02"))
    assert one.due == date(2026, 11, 11)
    assert [rule.jurisdiction for rule in one.rules] == [TENGZHOU, NATIONAL, ZAOZHUANG]
    with writing(shelf.engine) as connection:
        city = clocks.start(connection, Thing("request", "18"), Event.REPLY_CONDITIONAL, ZAOZHUANG, day("2026-11-02"))
    assert [(rule.jurisdiction, rule.days) for rule in city.rules] == [(NATIONAL, 10), (ZAOZHUANG, 15)]


def test_a_rule_that_clocks_run_by_keeps_its_term_but_its_source_can_be_verified(shelf: Shelf) -> None:
    local = Rule(TENGZHOU, Event.MEDIATION, 7, Unit.WORKING_DAYS, "待核实")
    read = Rule(TENGZHOU, Event.MEDIATION, 7, Unit.WORKING_DAYS, "演示：第六条，已核实", valid_to=date(2027, 1, 1))
    other = Rule(TENGZHOU, Event.MEDIATION, 5, Unit.WORKING_DAYS, "演示")
    assert import_rules(shelf, [local], day("2026-11-02")).added == 1
    assert import_rules(shelf, [read], day("2026-11-02")).added == 1
    with pytest.raises(BadInput, match="close that version with valid_to"):
        import_rules(shelf, [other], day("2026-11-02"))
    with shelf.engine.connect() as connection:
        assert [one for one in rules.rules(connection) if one.jurisdiction == TENGZHOU] == [read]


def test_an_imported_rule_takes_the_place_of_the_packages_own(shelf: Shelf) -> None:
    with shelf.engine.connect() as connection:
        (ours,) = (one for one in rules.rules(connection) if (one.event, one.jurisdiction) == (Event.SUPPLY, NATIONAL))
    read = Rule(NATIONAL, Event.SUPPLY, 15, Unit.WORKING_DAYS, "演示：读到的条文", valid_from=ours.valid_from)
    import_rules(shelf, [read], day("2026-11-02"))
    one = started(shelf, day("2026-11-02"), Event.SUPPLY)
    assert one.rules == (read,)
    assert started(shelf, day("2026-11-02"), Event.NEGOTIATION).rule.jurisdiction == DEFAULT


def test_beyond_the_published_year_a_date_is_provisional_and_is_reckoned_anew_when_it_is(shelf: Shelf) -> None:
    one = started(shelf, LATE_YEAR)
    assert (one.due, one.provisional) == (date(2027, 1, 4), True)
    done = import_calendar(shelf, notice_2027(["2027-01-09"]), LATE_YEAR)
    assert (done.read, done.added, done.moved) == (8, 8, 1)
    moved = the_clock(shelf)
    # 22 to 25, 28 to 31 December, 7 and 8 January
    assert (moved.due, moved.provisional, moved.steps[-1].move) == (date(2027, 1, 8), False, Move.RECKONED)
    for who in (TENGZHOU_CIVIL, HEALTH):
        assert told(shelf, who) == [f"clock_moved clock {one.id} moved 2027-01-08"]
    assert import_calendar(shelf, notice_2027(["2027-01-09"]), LATE_YEAR).added == 0
    assert len(told(shelf, HEALTH)) == 1


def test_a_year_is_imported_as_a_whole_or_not_at_all(shelf: Shelf) -> None:
    with pytest.raises(BadInput, match="found days of 2027 without both 1 January and 1 October"):
        import_calendar(shelf, [WorkDay(date(2027, 1, 1), False, "演示通知")], LATE_YEAR)
    with shelf.engine.connect() as connection:
        assert all(one.day.year < 2027 for one in calendar.days(connection))
    local = [WorkDay(date(2026, 11, 26), False, "演示：本市临时放假")]
    assert import_calendar(shelf, local, LATE_YEAR).added == 1


def test_a_stopped_clock_is_not_reckoned_anew_and_a_paused_one_is(shelf: Shelf) -> None:
    other = Thing("request", "18", HEALTH)
    started(shelf, LATE_YEAR)
    started(shelf, LATE_YEAR, thing=other)
    acting(shelf, lambda c: clocks.stop(c, THING, Event.REPLY_CONDITIONAL, LATE_YEAR))
    acting(shelf, lambda c: clocks.pause(c, other, Event.REPLY_CONDITIONAL, LATE_YEAR))
    assert import_calendar(shelf, notice_2027(), LATE_YEAR).moved == 1
    assert (the_clock(shelf).due, the_clock(shelf, other).due) == (date(2027, 1, 4), date(2027, 1, 8))


def test_reminded_before_then_a_breach_on_record_then_those_above_each_once(shelf: Shelf) -> None:
    those_above(shelf)
    one = started(shelf, day("2026-11-02"))
    assert one.due == date(2026, 11, 16)
    assert sweep(shelf, day("2026-11-11")) == Swept(0, 0, 0)
    assert sweep(shelf, day("2026-11-12")) == Swept(1, 0, 0)
    assert sweep(shelf, day("2026-11-16", 23)) == Swept(0, 0, 0)
    assert told(shelf, TENGZHOU_CIVIL) == [f"clock_due_soon clock {one.id} due_soon 2026-11-16"]
    assert sweep(shelf, day("2026-11-17", 0)) == Swept(0, 1, 1)
    assert sweep(shelf, day("2026-11-18")) == Swept(0, 0, 0)
    overdue = f"clock_overdue clock {one.id} overdue 2026-11-16"
    above = [f"clock_escalated clock {one.id} escalated 2026-11-16"]
    assert told(shelf, TENGZHOU_CIVIL)[1:] == [overdue]
    assert told(shelf, HEALTH) == [overdue]
    assert [told(shelf, who) for who in (GOVERNMENT, LINE, AUTHORITY)] == [above, above, above]
    late = the_clock(shelf)
    assert (late.state, late.breached_at is not None) == (State.RUNNING, True)
    breaches = [body["due"] for body in recorded(shelf) if body["event"] == "clock"]
    assert breaches == ["2026-11-16"]


def recorded(shelf: Shelf) -> list[dict[str, object]]:
    return [dict(one.body) for one in shelf.ledger.receipts()]


def test_a_breach_waits_for_somebody_above_to_be_registered(shelf: Shelf) -> None:
    started(shelf, day("2026-11-02"))
    assert sweep(shelf, day("2026-11-17")) == Swept(0, 1, 0)
    those_above(shelf)
    assert sweep(shelf, day("2026-11-18")) == Swept(0, 0, 1)


def test_what_is_answered_too_late_without_a_sweep_is_on_record_as_late(shelf: Shelf) -> None:
    started(shelf, day("2026-11-02"))
    done = acting(shelf, lambda c: clocks.stop(c, THING, Event.REPLY_CONDITIONAL, day("2026-11-17")))
    assert done.breached_at == day("2026-11-17")
    assert sweep(shelf, day("2026-11-18")) == Swept(0, 0, 0)


def test_a_term_of_a_day_has_no_word_before(shelf: Shelf) -> None:
    started(shelf, day("2026-11-02"), Event.REPLY_UNCONDITIONAL)
    assert sweep(shelf, day("2026-11-02")) == Swept(0, 0, 0)
    assert sweep(shelf, day("2026-11-04")) == Swept(0, 1, 0)


def test_a_breach_that_a_late_notice_shows_to_be_none_is_taken_back(shelf: Shelf) -> None:
    started(shelf, LATE_YEAR)
    assert sweep(shelf, day("2027-01-05")) == Swept(0, 1, 0)
    import_calendar(shelf, notice_2027(), day("2027-01-06"))
    one = the_clock(shelf)
    assert (one.due, one.breached_at) == (date(2027, 1, 8), None)
    assert [step.move for step in one.steps] == [Move.STARTED, Move.BREACHED, Move.RECKONED]
    assert sweep(shelf, day("2027-01-11")).breached == 1


def test_many_clocks_are_swept_in_batches(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.clocks.sweep.BATCH", 2)
    monkeypatch.setattr("catalog.clocks.renewed.BATCH", 2)
    for number in range(5):
        started(shelf, LATE_YEAR, thing=Thing("request", str(number), HEALTH))
    assert import_calendar(shelf, notice_2027(), LATE_YEAR).moved == 5
    assert sweep(shelf, day("2027-01-11")).breached == 5


def test_an_incident_runs_by_the_calendar_and_moves_with_it(shelf: Shelf) -> None:
    publish(shelf, [1], 31)
    with shelf.engine.connect() as connection:
        (one,) = incidents.listed(connection, incidents.Wanted(["civil_affairs.low_income"]))
    assert (one.due, one.provisional) == (date(2027, 1, 4), True)
    import_calendar(shelf, notice_2027(), LATE_YEAR)
    with shelf.engine.connect() as connection:
        moved = incidents.get(connection, one.id)
        clock = clocks.of(connection, Thing("incident", str(one.id)))[-1]
    assert (moved.due, moved.provisional) == (date(2027, 1, 8), False)
    assert (clock.due, clock.thing.responsible) == (moved.due, CIVIL_AFFAIRS)
    publish(shelf, [], 32)
    assert the_clock(shelf, Thing("incident", str(one.id))).state is State.STOPPED


def test_an_import_is_on_record(shelf: Shelf) -> None:
    import_calendar(shelf, notice_2027(), LATE_YEAR)
    (body,) = (body for body in recorded(shelf) if body["event"] == "import")
    assert (body["what"], body["added"]) == ("calendar", 7)


def test_every_notice_of_a_clock_has_words_and_a_page(shelf: Shelf) -> None:
    started(shelf, day("2026-11-02"))
    sweep(shelf, day("2026-11-12"))
    with shelf.engine.connect() as connection:
        (one,) = notices.inbox(connection, TENGZHOU_CIVIL)
    assert one.about is About.CLOCK_DUE_SOON
    assert (one.subject, one.subject_en) == (
        "即将到期：答复有条件共享申请（申请 17），应于 2026-11-16 前办结",
        "due soon: Reply, conditional data (Request 17), due 2026-11-16",
    )
    assert (one.body["path"], one.body["due"]) == ("/requests/17", "2026-11-16")
