"""What a grant gives in a day: rows and subjects, over all processes, until midnight in Shanghai."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from catalog.allowance import Meter
from catalog.database import writing
from catalog.shelf import Shelf
from schemas.access import Decision, Grant, Mode
from schemas.errors import DaySpent
from schemas.journey import SHANGHAI
from tests.api.conftest import people, stock
from tests.builders import NOW, TENGZHOU, TENGZHOU_CIVIL, low_income_row, make_ask, make_grant, make_subject


@pytest.fixture
def stocked(shelf: Shelf) -> Shelf:
    stock(shelf)
    people(shelf)
    return shelf


def asked(shelf: Shelf, grant: Grant, moment: datetime = NOW, **told: object) -> Decision:
    subject = make_subject(organisation=TENGZHOU_CIVIL)
    return shelf.decide(make_ask(subject, grant=grant.number, moment=moment, **told))


def verify(shelf: Shelf, grant: Grant, moment: datetime = NOW, reads: int = 1) -> Decision:
    key = {"person_id": str(low_income_row(1, TENGZHOU)["person_id"])}
    return asked(shelf, grant, moment, mode=Mode.VERIFY, case="C-1", key=key, reads=reads)


def test_rows_that_left_count_and_tomorrow_is_another_day(stocked: Shelf) -> None:
    grant = stocked.grant(make_grant(rows_per_day=30), NOW)
    for _ in range(2):  # 48 rows: what has begun is finished
        receipt = stocked.record(asked(stocked, grant))
        stocked.receipts.served(receipt.number, {"rows": 24}, NOW)
    written = len(stocked.receipts.newest())
    with pytest.raises(DaySpent, match="30 rows a day") as told:
        stocked.record(asked(stocked, grant))
    assert told.value.after == timedelta(hours=14, minutes=30).total_seconds()
    assert len(stocked.receipts.newest()) == written
    tomorrow = datetime(2026, 11, 21, 0, 0, tzinfo=SHANGHAI)
    with pytest.raises(DaySpent):
        stocked.record(asked(stocked, grant, tomorrow - timedelta(seconds=1)))
    assert stocked.record(asked(stocked, grant, tomorrow))


def test_subjects_are_taken_all_or_none_before_the_answer(stocked: Shelf) -> None:
    grant = stocked.grant(make_grant(subjects_per_day=5), NOW)
    assert stocked.record(verify(stocked, grant, reads=3))
    with pytest.raises(DaySpent, match="5 subjects a day"):
        stocked.record(verify(stocked, grant, reads=3))
    assert stocked.record(verify(stocked, grant, reads=2))
    with pytest.raises(DaySpent):
        stocked.record(verify(stocked, grant))
    assert stocked.record(asked(stocked, grant))  # rows are no subjects


def test_many_at_once_never_take_more_subjects_than_there_are(stocked: Shelf) -> None:
    grant = stocked.grant(make_grant(subjects_per_day=7), NOW)
    decision = verify(stocked, grant)

    def take(_: int) -> bool:
        try:
            return bool(stocked.record(decision))
        except DaySpent:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(20))) == 7


def test_another_process_sees_what_was_taken(stocked: Shelf) -> None:
    grant = stocked.grant(make_grant(rows_per_day=10), NOW)
    receipt = stocked.record(asked(stocked, grant))
    stocked.receipts.served(receipt.number, {"rows": 24}, NOW)
    with pytest.raises(DaySpent):
        stocked.record(asked(stocked, grant))
    other = Shelf(stocked.engine, stocked.lake, b"p" * 32, b"t" * 32, stocked.ledger)
    with pytest.raises(DaySpent):
        other.record(asked(other, grant))


def test_a_day_that_is_spent_takes_nothing_off_the_quota(stocked: Shelf) -> None:
    grant = stocked.grant(make_grant(subjects_per_day=0, quota=3), NOW)
    for _ in range(3):
        with pytest.raises(DaySpent):
            stocked.record(verify(stocked, grant))
    assert stocked.grants_for(grant.dataset, TENGZHOU_CIVIL)[0].quota == 3


def test_a_grant_without_a_limit_costs_no_statement_more(stocked: Shelf) -> None:
    grant = stocked.grant(make_grant(), NOW)
    receipt = stocked.record(asked(stocked, grant))
    stocked.receipts.served(receipt.number, {"rows": 24}, NOW)
    assert stocked.meter.drained(grant.number) == 0
    with writing(stocked.engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM grant_day").scalar() == 0


def test_answers_that_never_end_are_forgotten_in_the_end() -> None:
    meter = Meter()
    for number in range(meter.REMEMBERED + 5):
        meter.opened(str(number), "g")
    meter.ended("0", 10)
    assert meter.drained("g") == 0
    meter.ended("10", 10)
    meter.ended("10", 10)
    assert (meter.drained("g"), meter.drained("g")) == (10, 0)
