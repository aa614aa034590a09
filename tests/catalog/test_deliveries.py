"""Whose turn a delivery is, on each kind of database: one at a time, held while it lasts, put off ever longer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from catalog.database import writing
from catalog.delivery import deliveries, subscriptions
from catalog.delivery.deliveries import FIRST_PAUSE, HOLD, LAST_TRY, LONGEST_PAUSE, Due
from catalog.shelf import Shelf
from schemas.errors import Busy, Unknown
from schemas.subscription import Delivery, DeliveryState, FileDrop, Subscription
from tests.api.conftest import people, stock
from tests.builders import CIVIL_AFFAIRS, NOW, TENGZHOU_CIVIL

KEY = "civil_affairs.low_income"


@pytest.fixture
def due(shelf: Shelf) -> Due:
    stock(shelf)
    people(shelf)
    wanted = Subscription(
        0, "tengzhou", TENGZHOU_CIVIL, KEY, "social_assistance", "", (), "", NOW, file=FileDrop("their_sftp")
    )  # fmt: skip
    with writing(shelf.engine) as connection:
        made = subscriptions.make(connection, wanted)
        assert subscriptions.get(connection, made.id, TENGZHOU_CIVIL) == made
        (found,) = deliveries.due(connection, NOW)
    assert (found.subscription, found.snapshot.version) == (made, 1)
    return found


def take(shelf: Shelf, due: Due, now=NOW) -> Delivery | None:  # type: ignore[no-untyped-def]
    with writing(shelf.engine) as connection:
        return deliveries.take(connection, due, now)


def test_of_many_at_once_one_takes_it(shelf: Shelf, due: Due) -> None:
    with ThreadPoolExecutor(6) as pool:
        taken = [one for one in pool.map(lambda _: take(shelf, due), range(6)) if one]
    assert [one.tries for one in taken] == [1]


def test_who_says_that_it_lasts_keeps_it_and_who_is_silent_loses_it(shelf: Shelf, due: Due) -> None:
    begun = take(shelf, due)
    assert begun is not None
    half = NOW + HOLD / 2
    with writing(shelf.engine) as connection:
        assert deliveries.hold(connection, begun, half) == ""
        deliveries.receipted(connection, begun, "r-1")
        assert deliveries.hold(connection, begun, half) == "r-1"
    assert take(shelf, due, NOW + HOLD) is None
    other = take(shelf, due, half + HOLD)
    assert other is not None
    assert (other.tries, other.receipt) == (2, "r-1")
    with writing(shelf.engine) as connection, pytest.raises(Busy):
        deliveries.hold(connection, begun, half + HOLD)
    with writing(shelf.engine) as connection:  # and whatever the late one says has no effect
        deliveries.close(connection, begun, DeliveryState.DELIVERED, half + HOLD, rows=1)
        deliveries.put_off(connection, begun, "late", half + HOLD)
        assert deliveries.of(connection, due.subscription.id, 1) == other


def test_pauses_double_up_to_a_day_and_there_is_a_last_try(shelf: Shelf, due: Due) -> None:
    now, pauses, state = NOW, [], DeliveryState.WAITING
    for number in range(1, LAST_TRY + 1):
        begun = take(shelf, due, now)
        assert begun is not None
        assert begun.tries == number
        with writing(shelf.engine) as connection:
            state = deliveries.put_off(connection, begun, "away", now)
            found = deliveries.of(connection, due.subscription.id, 1)
        assert found is not None
        pauses.append(found.next_at - now)
        assert take(shelf, due, found.next_at - timedelta(seconds=1)) is None
        now = found.next_at
    assert pauses == [min(FIRST_PAUSE * 2**n, LONGEST_PAUSE) for n in range(LAST_TRY)]
    assert state is DeliveryState.FAILED
    assert take(shelf, due, now) is None


def test_what_is_over_is_due_no_more_and_an_ended_subscription_for_nothing(shelf: Shelf, due: Due) -> None:
    begun = take(shelf, due)
    assert begun is not None
    with writing(shelf.engine) as connection:
        deliveries.close(
            connection, begun, DeliveryState.DELIVERED, NOW, receipt="r", rows=24, bytes=1 << 40, sha256="a"
        )
        assert deliveries.due(connection, NOW + timedelta(days=9)) == ()
        (found,) = deliveries.last(connection, due.subscription.id)
        assert (found.state, found.rows, found.bytes) == (DeliveryState.DELIVERED, 24, 1 << 40)
        assert subscriptions.end(connection, due.subscription.id, "by tengzhou", NOW)
        assert not subscriptions.end(connection, due.subscription.id, "again", NOW)
        with pytest.raises(Unknown):
            subscriptions.get(connection, due.subscription.id, TENGZHOU_CIVIL)


def test_another_organisations_is_none(shelf: Shelf, due: Due) -> None:
    with shelf.engine.connect() as connection, pytest.raises(Unknown):
        subscriptions.get(connection, due.subscription.id, CIVIL_AFFAIRS)
