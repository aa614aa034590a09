"""Each broken rule is one incident for its department, and only a later version says that it was mended."""

import hashlib
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.database import writing
from catalog.mending import incidents, notices
from catalog.mending.failing_records import records
from catalog.mending.reminders import remind
from catalog.shelf import Shelf
from schemas import lake as places
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset, Dimension, Load, Severity
from schemas.errors import BadInput, HeldBack
from schemas.incident import (
    ANSWERS,
    LONGEST,
    NEXT,
    Action,
    Answer,
    Incident,
    State,
    after,
    checked,
    shown,
)
from schemas.journey import SHANGHAI, Finding, Part, Verdict, Window
from schemas.notice import About
from schemas.origin import Indicator
from tests.builders import CIVIL_AFFAIRS, DAY, NOW, low_income_row, make_dataset, make_verdict

LOW_INCOME = make_dataset()
MOBILE = "mobile.pattern"


def broken_verdict(  # noqa: PLR0917
    lake: Path,
    bad: Sequence[int],
    day: date = DAY,
    dataset: Dataset = LOW_INCOME,
    severity: Severity = Severity.ERROR,
    good: int = 5,
) -> Verdict:
    """A verdict in which the rows of these numbers break the rule about mobiles and lie in quarantine."""
    rows = [low_income_row(number) for number in range(100, 100 + good)]
    plain = make_verdict(lake, dataset, rows, day)
    finding = Finding(
        MOBILE, "expect_column_values_to_match_regex", severity, Dimension.CONFORMITY, ("mobile",),
        checked=good + len(bad), failed=len(bad), success=not bad, title="联系电话：格式", title_en="Mobile: format",
    )  # fmt: skip
    critical = bool(bad) and severity is Severity.CRITICAL
    return replace(
        plain,
        read=good + len(bad),
        quarantined=len(bad),
        findings=(finding,),
        blocked=(MOBILE,) if critical else (),
        quarantine=(_quarantine(lake, dataset, plain.window, bad),) if bad else (),
    )


def _quarantine(lake: Path, dataset: Dataset, window: Window, bad: Sequence[int]) -> Part:
    file = lake / places.verdict(dataset.key, window) / "quarantine.parquet"
    extra = [("_row", pa.int64()), ("_piece", pa.string()), ("_place", pa.int64()), ("_rules", pa.list_(pa.string()))]
    rows = [
        low_income_row(number, mobile=f"1990000{number}")
        | {"_row": place, "_piece": "low_income", "_place": place, "_rules": [MOBILE]}
        for place, number in enumerate(bad, 1)
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema([*arrow_schema(dataset), *extra])), file)
    data = file.read_bytes()
    return Part(str(file.relative_to(lake)), len(rows), len(data), hashlib.sha256(data).hexdigest())


def days(number: int) -> date:
    return DAY + timedelta(days=number)


def publish(shelf: Shelf, bad: Sequence[int], number: int = 0, **told: object) -> None:
    """One delivery, `number` days after the first."""
    verdict = broken_verdict(shelf.lake, bad, days(number), **told)  # type: ignore[arg-type]
    dataset = told.get("dataset", LOW_INCOME)
    assert isinstance(dataset, Dataset)
    shelf.publish(dataset, verdict, NOW + timedelta(days=number))


def every(shelf: Shelf, dataset: str = LOW_INCOME.key) -> tuple[Incident, ...]:
    with shelf.engine.connect() as connection:
        return tuple(reversed(incidents.listed(connection, incidents.Wanted([dataset]))))


def told(shelf: Shelf, who: str = CIVIL_AFFAIRS) -> list[About]:
    with shelf.engine.connect() as connection:
        return [one.about for one in reversed(notices.inbox(connection, who))]


def put_in(shelf: Shelf, state: State, identifier: int = 1) -> None:
    """As if the department had answered."""
    with writing(shelf.engine) as connection:
        one = incidents.get(connection, identifier)
        step = incidents.history(connection, identifier)[0]
        incidents.move(connection, replace(one, state=state), replace(step, action="test", state=state))


EXPECTED: Mapping[State, str] = {
    # acknowledge, correct, reject, pass, others_fail, fail, more_fail
    State.OPEN: "acknowledged - - verified open open open",
    State.ACKNOWLEDGED: "- corrected rejected verified acknowledged acknowledged acknowledged",
    State.CORRECTED: "- - - verified verified open open",
    State.REJECTED: "acknowledged - - verified verified rejected open",
    State.VERIFIED: "- - - - - - -",
}


@pytest.mark.parametrize(("state", "action"), list(itertools.product(State, Action)))
def test_every_state_meets_every_action_as_the_table_says(state: State, action: Action) -> None:
    expected = EXPECTED[state].split()[list(Action).index(action)]
    if expected == "-":
        with pytest.raises(BadInput, match=f"an incident that is {state.value} cannot"):
            after(state, action)
    else:
        assert after(state, action) is State(expected)
        assert NEXT[state][action] is State(expected)


def test_an_answer_that_is_refused_is_told_what_is_possible() -> None:
    with pytest.raises(BadInput, match=r"possible now: correct, reject"):
        after(State.ACKNOWLEDGED, Action.ACKNOWLEDGE)
    with pytest.raises(BadInput, match="it waits for the next version"):
        after(State.CORRECTED, Action.REJECT)


def test_a_rejection_needs_a_reason_of_the_list_and_words() -> None:
    assert checked(Answer(Action.CORRECT, "record_right", " 已改 ")) == Answer(Action.CORRECT, "", "已改")
    assert checked(Answer(Action.REJECT, "record_right", "无误")).reason == "record_right"
    for wrong in (
        Answer(Action.REJECT, "no_time", "x"),
        Answer(Action.REJECT, "record_right", "  "),
        Answer(Action.CORRECT, "", "x" * (LONGEST + 1)),
        *(Answer(action) for action in Action if action not in ANSWERS),
    ):
        with pytest.raises(BadInput, match="expected"):
            checked(wrong)


@pytest.mark.parametrize(
    ("mine", "now", "expected"),
    [
        ("ab", "cd", Action.OTHERS_FAIL),
        ("ab", "a", Action.FAIL),
        ("ab", "ab", Action.FAIL),
        ("ab", "bc", Action.MORE_FAIL),
        (None, "a", Action.FAIL),
        ("a", None, Action.FAIL),
        ("", "a", Action.FAIL),
    ],
)
def test_the_records_that_fail_now_are_held_against_those_answered_for(
    mine: str | None, now: str | None, expected: Action
) -> None:
    assert shown(None if mine is None else frozenset(mine), None if now is None else frozenset(now)) is expected


def test_a_broken_rule_opens_one_incident_with_its_records_and_tells_the_department(shelf: Shelf) -> None:
    publish(shelf, [1, 2, 3])
    (one,) = every(shelf)
    assert (one.rule, one.state, one.failed, one.checked, one.severity) == (MOBILE, State.OPEN, 3, 8, Severity.ERROR)
    assert (one.first_version, one.last_version, one.kept, one.title) == (1, 1, 3, "联系电话：格式")
    assert told(shelf) == [About.INCIDENT_OPENED]
    found = records(shelf.lake, one.dataset, one.seen, one.rule, 10)
    assert [record.key for record in found] == [{"person_id": low_income_row(n)["person_id"]} for n in (1, 2, 3)]
    assert [record.values for record in found] == [{"mobile": f"1990000{n}"} for n in (1, 2, 3)]
    assert len(records(shelf.lake, one.dataset, one.seen, one.rule, 2)) == 2


def test_the_due_date_is_ten_working_days_away(shelf: Shelf) -> None:
    publish(shelf, [1])
    (one,) = every(shelf)
    assert (one.due, one.provisional) == (date(2026, 12, 4), False)
    assert not one.overdue(date(2026, 12, 4))
    assert one.overdue(date(2026, 12, 5))


def test_the_next_version_updates_the_same_incident(shelf: Shelf) -> None:
    publish(shelf, [1, 2, 3])
    publish(shelf, [2, 7], 1)
    (one,) = every(shelf)
    assert (one.state, one.failed, one.first_version, one.last_version, one.reopened) == (State.OPEN, 2, 1, 2, 0)
    assert told(shelf) == [About.INCIDENT_OPENED]


def test_the_same_verdict_again_changes_nothing_not_even_what_was_answered_meanwhile(shelf: Shelf) -> None:
    publish(shelf, [1, 2])
    put_in(shelf, State.CORRECTED)
    before = every(shelf)
    publish(shelf, [1, 2])
    assert every(shelf) == before
    with shelf.engine.connect() as connection:
        assert [step.action for step in incidents.history(connection, 1)] == ["opened", "test"]


def test_a_rule_that_is_kept_again_verifies_and_the_next_break_is_a_new_incident(shelf: Shelf) -> None:
    publish(shelf, [1])
    publish(shelf, [], 1)
    publish(shelf, [1], 2)
    assert [(one.state, one.first_version) for one in every(shelf)] == [(State.VERIFIED, 1), (State.OPEN, 3)]
    assert told(shelf) == [About.INCIDENT_OPENED, About.INCIDENT_OPENED]


def test_what_was_said_to_be_corrected_and_still_fails_is_open_again_with_its_count(shelf: Shelf) -> None:
    publish(shelf, [1, 2])
    put_in(shelf, State.CORRECTED)
    publish(shelf, [2], 1)
    (one,) = every(shelf)
    assert (one.state, one.reopened, one.failed, one.due) == (State.OPEN, 1, 1, date(2026, 12, 4))
    put_in(shelf, State.CORRECTED)
    publish(shelf, [2], 2)
    assert every(shelf)[0].reopened == 2
    assert told(shelf) == [About.INCIDENT_OPENED, About.INCIDENT_REOPENED, About.INCIDENT_REOPENED]


def test_records_that_were_corrected_are_verified_although_others_fail_now(shelf: Shelf) -> None:
    publish(shelf, [1, 2])
    put_in(shelf, State.CORRECTED)
    publish(shelf, [3, 4], 1)
    assert [(one.state, one.failed) for one in every(shelf)] == [(State.VERIFIED, 2), (State.OPEN, 2)]


def test_a_rejection_stands_for_its_records_and_for_no_others(shelf: Shelf) -> None:
    publish(shelf, [1, 2])
    put_in(shelf, State.REJECTED)
    publish(shelf, [1], 1)
    assert [(one.state, one.failed) for one in every(shelf)] == [(State.REJECTED, 1)]
    publish(shelf, [1, 9], 2)
    assert [(one.state, one.failed, one.reopened) for one in every(shelf)] == [(State.OPEN, 2, 1)]


def test_a_version_that_is_held_back_opens_its_incident_too(shelf: Shelf) -> None:
    for _ in range(2):
        with pytest.raises(HeldBack):
            publish(shelf, [1, 2], severity=Severity.CRITICAL)
    (one,) = every(shelf)
    assert (one.state, one.severity, one.failed, one.first_version) == (State.OPEN, Severity.CRITICAL, 2, 1)
    assert shelf.latest(LOW_INCOME.key) is None
    publish(shelf, [], 1)
    assert every(shelf)[0].state is State.VERIFIED


def test_withdrawn_rows_verify_an_incident_although_the_clean_rows_are_the_same(shelf: Shelf) -> None:
    publish(shelf, [1])
    publish(shelf, [])
    assert [one.number for one in shelf.versions(LOW_INCOME.key)] == [1]
    assert every(shelf)[0].state is State.VERIFIED


def test_an_earlier_window_that_is_held_back_says_nothing_about_a_later_one(shelf: Shelf) -> None:
    publish(shelf, [1], 1)
    before = every(shelf)
    with pytest.raises(HeldBack):
        publish(shelf, [1, 2, 3], 0, severity=Severity.CRITICAL)
    assert every(shelf) == before


def test_of_an_append_each_window_has_incidents_of_its_own(shelf: Shelf) -> None:
    payments = make_dataset(source=replace(LOW_INCOME.source, load=Load.APPEND))
    publish(shelf, [1], 0, dataset=payments)
    publish(shelf, [], 1, dataset=payments)
    publish(shelf, [5], 2, dataset=payments)
    assert [(one.part, one.state) for one in every(shelf)] == [
        (days(0).isoformat(), State.OPEN),
        (days(2).isoformat(), State.OPEN),
    ]
    publish(shelf, [], 0, dataset=payments, good=6)
    assert [one.state for one in every(shelf)] == [State.VERIFIED, State.OPEN]


def test_a_publication_that_fails_leaves_no_incident(shelf: Shelf) -> None:
    verdict = broken_verdict(shelf.lake, [1])
    (shelf.lake / verdict.clean[0].path).unlink()
    with pytest.raises(BadInput):
        shelf.publish(LOW_INCOME, verdict, NOW)
    assert (every(shelf) if tuple(shelf.datasets()) else ()) == ()


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_bytes(b"another")], ids=["gone", "another"])
def test_a_quarantine_that_is_not_the_verdicts_stops_the_publication(
    shelf: Shelf, spoil: Callable[[Path], object]
) -> None:
    verdict = broken_verdict(shelf.lake, [1])
    spoil(shelf.lake / verdict.quarantine[0].path)
    with pytest.raises(BadInput, match="validate again"):
        shelf.publish(LOW_INCOME, verdict, NOW)
    assert (shelf.latest(LOW_INCOME.key), every(shelf)) == (None, ())


def test_a_misfit_is_kept_by_the_texts_of_its_row_whatever_they_are(shelf: Shelf) -> None:
    verdict = broken_verdict(shelf.lake, [])
    misfit = replace(verdict.findings[0], rule="amount.misfit", columns=("amount",), failed=4, success=False)
    file = shelf.lake / places.verdict(LOW_INCOME.key, verdict.window) / "quarantine-misfits.parquet"
    shared = {"_piece": "a.csv", "field": "amount", "value": "12元", "reason": "no number", "_rules": ["amount.misfit"]}
    rows = [
        shared | {"_row": 1, "_place": 7, "raw": '{"person_id": "37", "amount": "12元", "value": "x"}'},
        shared | {"_row": 2, "_place": 8, "raw": "half a li"},
        shared | {"_row": 3, "_place": 9, "raw": "[" * 5000},
        shared | {"_row": 4, "_place": 10, "raw": '{"person_id": "38", "amount": [1], "_rules": 5, "_place": "x"}'},
    ]
    pq.write_table(pa.Table.from_pylist(rows), file)
    part = Part(str(file.relative_to(shelf.lake)), 4, 0, hashlib.sha256(file.read_bytes()).hexdigest())
    told = replace(verdict, findings=(misfit,), read=9, quarantined=4, quarantine=(part,))
    shelf.publish(LOW_INCOME, told, NOW)
    (one,) = every(shelf)
    first, second, deep, named = records(shelf.lake, one.dataset, one.seen, one.rule, 10)
    assert (first.key, first.values, first.place) == ({"person_id": "37"}, {"amount": "12元"}, 7)
    assert (second.key, second.values, second.piece) == ({"person_id": None}, {"amount": None}, "a.csv")
    assert (deep.key, deep.values, deep.place) == ({"person_id": None}, {"amount": None}, 9)
    assert (named.key, named.values, named.place) == ({"person_id": "38"}, {"amount": "[1]"}, 10)


def test_who_lets_the_day_pass_is_told_once(shelf: Shelf) -> None:
    slow = make_dataset(update_cycle="P1Y")
    publish(shelf, [1], dataset=slow)
    late = datetime(2026, 12, 5, 8, tzinfo=SHANGHAI)
    for now, expected in ((NOW, 0), (late, 1), (late + timedelta(days=3), 1)):
        assert remind(shelf, now) == expected
    assert told(shelf) == [About.INCIDENT_OPENED, About.INCIDENT_OVERDUE]
    put_in(shelf, State.CORRECTED)
    assert remind(shelf, late) == 0


def test_a_dataset_whose_newest_data_are_too_old_is_told_of_once_until_it_is_renewed(shelf: Shelf) -> None:
    publish(shelf, [])
    assert remind(shelf, NOW) == 0
    for number in (8, 9):
        assert remind(shelf, NOW + timedelta(days=number)) == 1
    assert told(shelf) == [About.DATASET_OVERDUE]
    publish(shelf, [], 10)
    assert remind(shelf, NOW + timedelta(days=10)) == 0
    assert remind(shelf, NOW + timedelta(days=30)) == 1
    assert told(shelf) == [About.DATASET_OVERDUE] * 2


def test_records_that_no_incident_speaks_of_are_gone_after_a_day(shelf: Shelf) -> None:
    for number in (0, 1):
        publish(shelf, [1, 2 + number], number)
    folder = shelf.lake / "incidents" / LOW_INCOME.key
    spoken_of = every(shelf)[0].seen
    assert len(list(folder.iterdir())) == 2
    young, dead = folder / ".being-written", folder / ".of-a-dead-run"
    for file in (young, dead):
        file.touch()
    for file in folder.iterdir():
        os.utime(file, times=((NOW + timedelta(days=5 if file == young else 0)).timestamp(),) * 2)
    publish(shelf, [1], 5)
    assert {file.stem for file in folder.iterdir()} == {spoken_of, every(shelf)[0].seen, young.stem}


def test_an_indicator_that_is_crossed_is_a_notice_and_no_incident(shelf: Shelf) -> None:
    sign = Indicator(value="amount", threshold="1000", direction="above", officer="枣庄市民政局救助科")
    watched = make_dataset(indicator=sign)
    plain = make_verdict(shelf.lake, watched, [low_income_row(1)])
    crossed = replace(plain.findings[0], rule=sign.rule, failed=1, success=False, severity=Severity.WARNING)
    for _ in range(2):
        shelf.publish(watched, replace(plain, findings=(crossed,)), NOW)
    assert every(shelf) == ()
    assert told(shelf) == [About.INDICATOR_CROSSED]
    with shelf.engine.connect() as connection:
        (notice,) = notices.inbox(connection, CIVIL_AFFAIRS)
    assert (notice.body["officer"], notice.body["rows"]) == ("枣庄市民政局救助科", 1)


def test_an_earlier_window_that_is_run_again_opens_nothing_that_a_later_one_has_verified(shelf: Shelf) -> None:
    publish(shelf, [1])
    publish(shelf, [], 1)
    before = every(shelf)
    publish(shelf, [1])
    assert every(shelf) == before
    assert [one.state for one in before] == [State.VERIFIED]


def test_a_version_that_is_held_back_verifies_nothing(shelf: Shelf) -> None:
    publish(shelf, [1, 2])
    put_in(shelf, State.CORRECTED)
    before = every(shelf)
    empty = broken_verdict(shelf.lake, [], days(1), good=1)
    count = replace(empty.findings[0], rule="rows.count", severity=Severity.CRITICAL, success=False, failed=1)
    with pytest.raises(HeldBack):
        shelf.publish(
            LOW_INCOME,
            replace(empty, findings=(*empty.findings, count), blocked=("rows.count",)),
            NOW + timedelta(days=1),
        )
    mobile, rows = every(shelf)
    assert (mobile, rows.rule, rows.state) == (before[0], "rows.count", State.OPEN)
    publish(shelf, [], 2)
    assert [one.state for one in every(shelf)] == [State.VERIFIED, State.VERIFIED]
