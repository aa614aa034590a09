"""Which part of a stream a window may take is told by the landings around it, those set aside included."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.landing.claims import around, claimed, clash
from connectors.protocol import Claims
from schemas import lake as places
from schemas.errors import NotReady
from schemas.journey import SHANGHAI, Plan, Window

BEGAN = datetime(2026, 11, 20, tzinfo=SHANGHAI)


def window(minute: int, minutes: int = 15) -> Window:
    return Window(BEGAN + timedelta(minutes=minute), BEGAN + timedelta(minutes=minute + minutes))


def plan(number: int, low: int, high: int, epoch: int = 1) -> Plan:
    piece = {"name": "sensors/0", "low": low, "high": high, "epoch": epoch}
    return Plan("ecology.air", "c", window(number), (piece,), "f")


def test_the_nearest_windows_come_first_days_and_moments_alike() -> None:
    day, before = Window.of_day(BEGAN.date()), Window.of_day((BEGAN - timedelta(days=1)).date())
    folders = [window(30).key, before.key, day.key, window(0).key, window(60).key, "lock"]
    earlier, mine, later = around([name for name in folders if name != "lock"], window(30))
    assert earlier == [window(0).key, day.key, before.key]
    assert mine == [window(30).key]
    assert later == [window(60).key]


def test_a_landing_that_was_set_aside_keeps_its_place_behind_the_one_that_replaced_it() -> None:
    key = window(0).key
    old, newer = (f".{key}.0123456789ab.2026112{n}T020000.000000" for n in (1, 2))
    assert around([old, newer], window(0)) == ([], [newer, old], [])
    assert around([old, key, newer], window(15)) == ([key, newer, old], [], [])
    assert around([newer, key, old], window(-15)) == ([], [], [key, newer, old])


@given(st.lists(st.integers(0, 200), unique=True), st.integers(0, 200))
def test_every_other_window_is_earlier_or_later_and_the_nearest_stands_first(minutes: list[int], asked: int) -> None:
    earlier, mine, later = around([window(n).key for n in minutes], window(asked))
    assert earlier == [window(n).key for n in sorted(minutes, reverse=True) if n < asked]
    assert later == [window(n).key for n in sorted(minutes) if n > asked]
    assert mine == [window(n).key for n in minutes if n == asked]


def test_messages_that_another_window_landed_clash_and_no_others() -> None:
    free = Claims(before=plan(0, 0, 5), after=plan(2, 9, 12))
    assert clash(plan(1, 5, 9), free) == ""
    assert clash(plan(1, 7, 7), Claims(before=plan(0, 0, 9))) == ""
    assert "has landed 0 to 5; plan anew" in clash(plan(1, 4, 9), free)
    assert "has landed 9 to 12; plan anew" in clash(plan(1, 5, 10), free)
    assert clash(plan(1, 0, 9, epoch=2), free) == "", "another epoch counts for itself"


def test_a_landing_whose_plan_is_gone_is_told_in_words(tmp_path: Path) -> None:
    folder = tmp_path / places.landing("ecology.air", window(0))
    folder.mkdir(parents=True)
    (folder / places.MANIFEST).write_text("{}")
    with pytest.raises(NotReady, match=r"plan.json: the plan of a landing is gone.*restore it from a backup"):
        claimed(tmp_path, "ecology.air", window(1))
