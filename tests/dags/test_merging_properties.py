"""Windows, retries, deaths, old windows again, deletions: whatever happens on the way, what is served is the source."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.landing.landing import land, make_plan
from connectors.protocol import Batch, Connector
from connectors.registry import connector_for
from dags import steps
from dags.merging import pull_of
from schemas.errors import HeldBack
from schemas.journey import Plan
from tests.dags.parcels import TABLE, Home, moment

SOURCE = TABLE.replace("PT0S", "PT3H") + "deletes: {snapshot: PT0S, most_share: 1.0}\n"
KEYS = range(12)
ENDS = ("whole", "planned", "reading", "landed", "judged")
"""How far the first try of a day comes before it dies; `whole`: it does not."""


class Died(BaseException):
    """What a killed process would have been."""


class Dying:
    """A connector whose process dies after the first batch."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    def read(self, plan: Plan) -> Iterator[Batch]:
        """One batch, then death."""
        yield from [next(self._connector.read(plan))]
        raise Died


@st.composite
def days(draw: st.DrawFn) -> list[tuple[str, dict[int, int], set[int], int]]:
    """For each day: how its first try ends, rows written and their towns, rows gone, which earlier day is run again."""
    found = []
    for _ in range(draw(st.integers(2, 4))):
        written = draw(st.dictionaries(st.sampled_from(KEYS), st.integers(0, 3), max_size=6))
        gone = draw(st.sets(st.sampled_from(KEYS), max_size=3))
        found.append((draw(st.sampled_from(ENDS)), written, gone, draw(st.integers(0, 4))))
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation in which nothing has happened, for copying."""
    folder = tmp_path_factory.mktemp("made")
    Home(folder, SOURCE).shelf.engine.dispose()
    return folder


def try_once(home: Home, day: int, ends: str) -> None:
    """The first try of a day, as far as it comes."""
    job, now = home.job(day), home.after(day)
    if ends == "whole":
        home.run(day)
        return
    connector = connector_for(home.dataset, home.connection)
    home.shelf.register(home.dataset, now)
    planned = make_plan(home.dataset, connector, pull_of(job, home.shelf, now), home.settings.lake)
    if ends == "reading":
        with suppress(Died, StopIteration, RuntimeError):
            land(home.dataset, planned, Dying(connector), home.settings.lake, now)  # type: ignore[arg-type]  # reads only
    if ends in ("landed", "judged"):
        steps.collect(job, home.connection, now)
    if ends == "judged":
        steps.validate(job, now)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(story=days())
def test_any_story_serves_what_one_reading_of_the_whole_source_would(
    made: Path, tmp_path_factory: pytest.TempPathFactory, story: list[tuple[str, dict[int, int], set[int], int]]
) -> None:
    folder = tmp_path_factory.mktemp("story")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    (folder / "office.db").unlink()
    home = Home(folder, SOURCE)
    home.office.put(moment(1), range(8))
    for day, (ends, written, gone, again) in enumerate(story, 1):
        for number, town in written.items():
            home.office.put(moment(day, 20, number), [number], town, area=f"{day}.00")
        if day > 1:
            home.office.drop(gone)
        try_once(home, day, ends)
        home.run(day)
        assert home.published() == home.office.rows()
        if 1 <= again < day:
            earlier = again
            with suppress(HeldBack):
                home.run(earlier, home.after(day))
            home.run(earlier, home.after(day), anew=True)
            assert home.published() == home.office.rows()
    home.shelf.engine.dispose()
