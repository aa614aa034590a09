"""Windows of an inbox: what was pushed lands once, in order, and a window that was closed never grows."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest

from catalog.database import writing
from catalog.inbox import store
from catalog.inbox.formats import Format
from catalog.inbox.intake import Parcel, take
from catalog.ledger.book import Ledger
from catalog.shelf import Shelf
from schemas.errors import SourceUnreachable
from schemas.journey import Part, Window
from schemas.push import Push
from schemas.receipt import Receipt
from tests.builders import NOW, TENGZHOU_CIVIL, make_subject
from tests.pushed import GOOD, KEY, complaints

TODAY = Window.of_day(NOW.date())
TOMORROW = Window.of_day(NOW.date() + timedelta(days=1))


@pytest.fixture
def inbox(shelf: Shelf) -> Shelf:
    shelf.register(complaints(), NOW)
    return shelf


def book(shelf: Shelf, number: int, minutes: int = 0, **told: object) -> Push:
    at = NOW + timedelta(minutes=minutes)
    facts: dict[str, object] = {
        "id": f"{number:032x}", "dataset": KEY, "organisation": TENGZHOU_CIVIL, "system": "tengzhou", "body": "b" * 64,
        "arrived_at": at, "lands_at": at, "accepted": 1, "refused": 0, "rules": {}, "answer": "{}",
        "segment": Part(f"inbox/{KEY}/{number}.parquet", 1, 10, "a" * 64), "receipt": f"r{number}",
    }  # fmt: skip
    with writing(shelf.engine) as connection:
        return store.book(connection, Push(**facts | told))  # type: ignore[arg-type]


def close(shelf: Shelf, window: Window, minutes: int = 0) -> list[int]:
    with writing(shelf.engine) as connection:
        found = store.close(connection, KEY, window, NOW + timedelta(minutes=minutes))
    return [int(PurePosixPath(one.path).stem) for one in found]


def test_pushes_land_in_the_order_in_which_they_were_booked_also_at_the_same_moment(inbox: Shelf) -> None:
    for number in (3, 1, 2):
        book(inbox, number)
    assert close(inbox, TODAY) == [3, 1, 2]
    assert close(inbox, TODAY) == [3, 1, 2]


def test_a_clock_that_went_back_changes_no_order(inbox: Shelf) -> None:
    book(inbox, 1, minutes=5)
    late = book(inbox, 2, minutes=0)
    assert late.arrived_at == NOW
    assert close(inbox, TODAY) == [1, 2]


def test_a_clock_that_was_years_ahead_for_a_moment_holds_back_no_push_but_its_own(inbox: Shelf) -> None:
    book(inbox, 1)
    book(inbox, 2, minutes=5 * 366 * 24 * 60)
    assert book(inbox, 3, minutes=1).lands_at == NOW + timedelta(minutes=1)
    assert close(inbox, TODAY) == [1, 3]


def test_what_comes_after_a_window_was_closed_lands_in_the_next_however_early_it_began(inbox: Shelf) -> None:
    book(inbox, 1)
    assert close(inbox, TODAY, minutes=1) == [1]
    late = book(inbox, 2)
    assert late.lands_at == TODAY.high
    assert close(inbox, TODAY, minutes=2) == [1]
    assert close(inbox, TOMORROW, minutes=24 * 60) == [2]


def test_days_that_nobody_ran_are_taken_by_the_next_window_and_by_no_other(inbox: Shelf) -> None:
    book(inbox, 1)
    book(inbox, 2, minutes=24 * 60)
    assert close(inbox, TOMORROW, minutes=48 * 60) == [1, 2]
    assert close(inbox, TODAY, minutes=48 * 60) == []
    assert close(inbox, TOMORROW, minutes=48 * 60) == [1, 2]


def test_an_older_window_takes_nothing_that_came_after_its_end(inbox: Shelf) -> None:
    book(inbox, 1)
    book(inbox, 2, minutes=24 * 60)
    assert close(inbox, TODAY, minutes=48 * 60) == [1]
    assert close(inbox, TOMORROW, minutes=48 * 60) == [2]


def test_closing_an_older_window_opens_none(inbox: Shelf) -> None:
    close(inbox, TODAY)
    close(inbox, Window.of_day(NOW.date() - timedelta(days=3)))
    assert book(inbox, 1).lands_at == TODAY.high


def test_a_window_that_has_not_begun_is_not_closed(inbox: Shelf) -> None:
    with pytest.raises(SourceUnreachable, match="has not begun yet"):
        close(inbox, TOMORROW)
    assert book(inbox, 1).lands_at == NOW


def test_a_push_is_booked_once(inbox: Shelf) -> None:
    first = book(inbox, 1)
    again = book(inbox, 1, minutes=3, receipt="another")
    assert (again.receipt, again.lands_at) == ("r1", first.lands_at)
    assert close(inbox, TODAY) == [1]


def test_a_push_without_rows_has_nothing_to_land(inbox: Shelf) -> None:
    book(inbox, 1, segment=None, accepted=0, refused=3, rules={"score.range": 3})
    assert close(inbox, TODAY) == []


def test_senders_and_refusals_are_counted(inbox: Shelf) -> None:
    book(inbox, 1, refused=2, rules={"score.range": 2, "paid.misfit": 1})
    book(inbox, 2, refused=1, rules={"score.range": 1})
    book(inbox, 3, organisation="11370400004305679A")
    with inbox.engine.connect() as connection:
        (most, least) = store.senders(connection, KEY)
        assert (most.organisation, most.pushes, most.accepted, most.refused) == (TENGZHOU_CIVIL, 2, 2, 3)
        assert least.pushes == 1
        assert store.refusals(connection, KEY, NOW - timedelta(days=1)) == {"score.range": 3, "paid.misfit": 1}
        assert [one.id[-1] for one in store.newest(connection, KEY, 2)] == ["3", "2"]


def test_that_a_window_landed_is_noted_once(inbox: Shelf) -> None:
    book(inbox, 1)
    close(inbox, TODAY)
    for minutes in (1, 2):
        with writing(inbox.engine) as connection:
            store.landed(connection, KEY, TODAY, NOW + timedelta(minutes=minutes))
    with inbox.engine.connect() as connection:
        found = store.find(connection, f"{1:032x}")
    assert found is not None
    assert (found.window, found.landed_at) == (TODAY.key, NOW + timedelta(minutes=1))


class Meddling:
    """A ledger in whose midst something else happens first."""

    def __init__(self, ledger: Ledger, first: Callable[[], object]) -> None:
        self.ledger, self.first = ledger, first

    def record(self, *told: Any) -> Receipt:
        self.first()
        return self.ledger.record(*told)


def parcel(body: bytes) -> Parcel:
    return Parcel(
        subject=make_subject(organisation=TENGZHOU_CIVIL, system="tengzhou"),
        dataset=complaints(),
        key="one",
        written=Format.JSON,
        sent=io.BytesIO(body),
        packed=False,
        now=NOW,
    )


def test_of_the_same_body_twice_at_once_the_rows_stay(inbox: Shelf) -> None:
    body = json.dumps([dict(GOOD)]).encode()
    meddling = Meddling(inbox.ledger, lambda: take(inbox, parcel(body), 10_000))
    assert take(replace(inbox, ledger=meddling), parcel(body), 10_000).again  # type: ignore[arg-type]
    assert len(list((inbox.lake / f"inbox/{KEY}").glob("*.parquet"))) == 1
