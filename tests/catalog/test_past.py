"""Which published versions are the past of a window."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from catalog.shelf import Shelf
from schemas.dataset import Dataset, Load, Source
from schemas.errors import HeldBack
from schemas.journey import SHANGHAI, Window
from schemas.past import MOST_VERSIONS, NO_PAST
from tests.builders import NOW, low_income_row, make_dataset, make_verdict


def published(shelf: Shelf, dataset: Dataset, day: int, rows: int) -> None:
    """Rows of one day; of an append each day has its own."""
    some = [low_income_row(100 * day + n) for n in range(rows)]
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, some, date(2026, 11, day)), NOW)


def window(day: int) -> Window:
    return Window.of_day(date(2026, 11, day))


def test_the_first_version_has_no_past(shelf: Shelf) -> None:
    dataset = make_dataset()
    assert shelf.past(dataset, window(5)) == NO_PAST
    published(shelf, dataset, 5, 3)
    assert shelf.past(dataset, window(5)) == NO_PAST  # not its own past when it runs again


def test_earlier_windows_count_newest_first_each_with_its_newest_version(shelf: Shelf) -> None:
    dataset = make_dataset()
    for day, rows in ((1, 10), (2, 20), (2, 22), (3, 30), (5, 50)):
        published(shelf, dataset, day, rows)
    past = shelf.past(dataset, window(4))
    assert [(one.version, one.window, one.rows) for one in past.versions] == [
        (4, "2026-11-03", 30),
        (3, "2026-11-02", 22),
        (1, "2026-11-01", 10),
    ]
    shelf.withdraw(dataset.key, 4)
    assert shelf.past(dataset, window(4)).rows == (22, 10)


def test_of_an_append_the_rows_that_each_window_added_count_and_windows_of_another_length_do_not(shelf: Shelf) -> None:
    dataset = make_dataset(source=Source("csv_folder", "human_resources", {}, load=Load.APPEND))
    for day, rows in ((1, 10), (2, 20), (3, 30)):
        published(shelf, dataset, day, rows)
    assert shelf.past(dataset, window(4)).rows == (30, 20, 10)
    week = Window(datetime(2026, 11, 4, tzinfo=SHANGHAI), datetime(2026, 11, 11, tzinfo=SHANGHAI))
    assert shelf.past(dataset, week) == NO_PAST


def test_no_more_than_the_last_ten_count(shelf: Shelf) -> None:
    dataset = make_dataset()
    for day in range(1, MOST_VERSIONS + 3):
        published(shelf, dataset, day, day)
    rows = shelf.past(dataset, window(20)).rows
    assert rows == tuple(range(MOST_VERSIONS + 2, 2, -1))


def test_a_version_that_was_held_back_is_nobody_s_past(shelf: Shelf) -> None:
    dataset = make_dataset()
    held = replace(make_verdict(shelf.lake, dataset, [low_income_row(1)], date(2026, 11, 1)), blocked=("table.size",))
    with pytest.raises(HeldBack):
        shelf.publish(dataset, held, NOW)
    assert shelf.past(dataset, window(4)) == NO_PAST
