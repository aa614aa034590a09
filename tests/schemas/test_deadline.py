"""Rules apply where and when they are in force, the strictest decides, and time that was used stays used."""

from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest

from schemas.deadline import (
    DEFAULT,
    NATIONAL,
    Approver,
    Clock,
    Event,
    Move,
    Rule,
    State,
    Step,
    Thing,
    Unit,
    check_extension,
    extension_limit,
    reckon,
    strictest,
)
from schemas.deadline_file import read_rules, rules_of, shipped_rules
from schemas.errors import BadInput
from schemas.journey import SHANGHAI
from schemas.work_day_file import calendar_of, shipped_work_days
from schemas.working_days import Due

CALENDAR = calendar_of(shipped_work_days())
TEN = Rule(NATIONAL, Event.CORRECTION, 10, Unit.WORKING_DAYS, "条例；待核实")
HEAD = "jurisdiction,event,days,unit,extend_days,extend_approver,valid_from,valid_to,source\n"


def on(text: str, move: Move, days: int = 0) -> Step:
    day = date.fromisoformat(text)
    return Step(datetime.combine(day, time(10), SHANGHAI), day, move, day, days=days)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # National Day 2025: 1 to 8 October off, 28 September and 11 October worked
        ([("2025-09-25", Move.STARTED)], "2025-10-15"),
        # three days used (26, 28, 29 September), seven left from 13 October on
        ([("2025-09-25", Move.STARTED), ("2025-09-29", Move.PAUSED), ("2025-10-13", Move.RESUMED)], "2025-10-22"),
        # stopped and gone on within a day changes nothing
        ([("2025-09-25", Move.STARTED), ("2025-09-29", Move.PAUSED), ("2025-09-29", Move.RESUMED)], "2025-10-15"),
        # all used on the last day: due on the day on which it goes on
        ([("2025-09-25", Move.STARTED), ("2025-10-15", Move.PAUSED), ("2025-10-20", Move.RESUMED)], "2025-10-20"),
        # overdue when stopped: due when it was
        ([("2025-09-25", Move.STARTED), ("2025-10-16", Move.PAUSED), ("2025-10-20", Move.RESUMED)], "2025-10-15"),
        ([("2025-09-25", Move.STARTED), ("2025-09-26", Move.EXTENDED, 5)], "2025-10-22"),
        (
            [
                ("2025-09-25", Move.STARTED),
                ("2025-09-29", Move.PAUSED),
                ("2025-10-10", Move.EXTENDED, 1),
                ("2025-10-13", Move.RESUMED),
            ],
            "2025-10-23",
        ),
    ],
)
def test_what_was_used_before_a_stop_stays_used(steps: list[tuple[str, Move]], expected: str) -> None:
    assert reckon(TEN, [on(*one) for one in steps], CALENDAR) == Due(date.fromisoformat(expected), False)


def test_the_strictest_rule_decides_and_the_others_are_kept_beside_it() -> None:
    local = replace(TEN, jurisdiction="370400000000", days=7)
    softer = replace(TEN, jurisdiction="370000000000", days=15)
    assert strictest([TEN, softer, local], date(2025, 9, 25), CALENDAR) == (local, TEN, softer)
    assert strictest([softer, TEN], date(2025, 9, 25), CALENDAR)[0] is TEN


def test_days_and_working_days_are_compared_by_the_day_that_they_end_on() -> None:
    fortnight = replace(TEN, jurisdiction="370400000000", days=13, unit=Unit.DAYS)
    assert strictest([TEN, fortnight], date(2025, 9, 25), CALENDAR)[0] is fortnight
    assert strictest([TEN, fortnight], date(2025, 7, 1), CALENDAR)[0] is fortnight
    longer = replace(fortnight, days=20)
    assert strictest([TEN, longer], date(2025, 7, 1), CALENDAR)[0] is TEN
    assert strictest([TEN, longer], date(2025, 9, 25), CALENDAR)[0] is TEN


def test_a_default_counts_only_where_there_is_no_law_however_strict_it_is() -> None:
    default = replace(TEN, jurisdiction=DEFAULT, days=2)
    assert strictest([default, TEN], date(2025, 9, 25), CALENDAR) == (TEN,)
    later = replace(TEN, valid_from=date(2025, 10, 1))
    assert strictest([default, later], date(2025, 9, 25), CALENDAR) == (default,)


def test_each_version_counts_from_its_first_day_to_the_day_before_its_last() -> None:
    old = replace(TEN, days=15, valid_to=date(2025, 8, 1))
    new = replace(TEN, valid_from=date(2025, 8, 1))
    assert strictest([old, new], date(2025, 7, 31), CALENDAR) == (old,)
    assert strictest([old, new], date(2025, 8, 1), CALENDAR) == (new,)


def clock(rules: tuple[Rule, ...], *steps: Step) -> Clock:
    first = on("2025-09-25", Move.STARTED)
    return Clock(
        1, Thing("request", "1"), Event.CORRECTION, "370400000000", State.RUNNING, rules, first.due, False, first.at,
        (first, *steps),
    )  # fmt: skip


def test_an_extension_keeps_to_the_least_that_a_rule_allows_and_to_its_approver() -> None:
    national = replace(TEN, extend_days=5, extend_approver=Approver.AUTHORITY)
    local = replace(TEN, jurisdiction="370400000000", extend_days=3)
    assert extension_limit((national, local)) == 3
    assert extension_limit((TEN,)) == 0
    check_extension(clock((national, local)), 3, Approver.AUTHORITY)
    given = on("2025-09-26", Move.EXTENDED, 2)
    for days, approver, said in (
        (4, Approver.AUTHORITY, "found 4, expected 1 to 3"),
        (0, Approver.AUTHORITY, "found 0"),
        (1, Approver.HEAD, "found head, expected authority"),
    ):
        with pytest.raises(BadInput, match=said):
            check_extension(clock((national, local)), days, approver)
    with pytest.raises(BadInput, match="and 2 were given"):
        check_extension(clock((national, local), given), 2, Approver.AUTHORITY)
    with pytest.raises(BadInput, match="has stopped"):
        check_extension(replace(clock((national,)), state=State.STOPPED), 1, Approver.AUTHORITY)


def test_every_event_has_a_rule_of_the_package_and_each_says_that_it_must_be_verified() -> None:
    for event in Event:
        found = strictest([one for one in shipped_rules() if one.event is event], date(2026, 11, 20), CALENDAR)
        assert found, event
        assert strictest([one for one in shipped_rules() if one.event is event], date(2020, 1, 2), CALENDAR), event
    assert all("待核实" in one.source for one in shipped_rules())
    terms = {one.event.value: one.days for one in shipped_rules() if one.jurisdiction == NATIONAL}
    assert terms == {
        "reply_unconditional": 1,
        "reply_conditional": 10,
        "supply": 20,
        "correction": 10,
        "catalogue_update": 10,
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("national,correct,10,working_days,,,,,x", "event: found correct, expected one of reply_unconditional"),
        ("national,correction,ten,working_days,,,,,x", "days: found ten"),
        ("national,correction,0,working_days,,,,,x", "days: found 0"),
        ("national,correction,10,hours,,,,,x", "unit: found hours, expected one of working_days, days"),
        ("national,correction,10,working_days,,mayor,,,x", "extend_approver: found mayor"),
        ("Zaozhuang,correction,10,working_days,,,,,x", "jurisdiction: found Zaozhuang"),
        ("national,correction,10,working_days,,,2025-08-01,2025-08-01,x", "valid_to: found 2025-08-01"),
        ("national,correction,10,working_days,,,soon,,x", "valid_from: found soon"),
        ("national,correction,10,working_days,,,,,", "source: found nothing"),
        ("national,correction,,working_days,,,,,x", "days: found nothing"),
        ("national,correction,1,days,,,,,x\nnational,correction,2,days,,,,,x", "rules.csv:3: event"),
        ("", "found no rule"),
    ],
)
def test_a_file_of_rules_with_mistakes_is_refused_as_a_whole(line: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        rules_of(f"{HEAD}{line}\n", "rules.csv")


def test_a_rule_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(f"{HEAD}3704,correction,7,days,0,head,2026-01-01,2027-01-01,枣庄办法第九条\n", encoding="utf-8")
    assert read_rules(file) == (
        Rule(
            "370400000000", Event.CORRECTION, 7, Unit.DAYS, "枣庄办法第九条", 0, Approver.HEAD, date(2026, 1, 1),
            date(2027, 1, 1),
        ),
    )  # fmt: skip
