"""Windows that build on each other: nothing falls between them, and what a contract may say of a merge."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.registry import option_mistakes
from dags.schedule import deletes_mistake, look_due
from schemas.contract import read_contract
from schemas.contract_change import changes
from schemas.dataset import Dataset, Deletes, Load
from schemas.durations import length
from schemas.errors import BadInput, ContractBroken
from schemas.journey import SHANGHAI, Window
from schemas.merging import BEGINNING, reach
from tests.dags.parcels import TABLE, contract, moment

NOW = datetime(2026, 11, 20, 2, tzinfo=SHANGHAI)
moments = st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 19)).map(lambda at: at.replace(tzinfo=SHANGHAI))  # noqa: DTZ001 - gets its offset
REST = """\
kind: rest
connection: land
load: merge
lag: PT10M
options: {path: /parcels, page: {kind: offset}, window_params: {low: since, high: until}}
"""


def told(folder: Path, source: str) -> str:
    """Every mistake that the contract's reader finds."""
    with pytest.raises(ContractBroken) as broken:
        contract(folder, source)
    return "\n".join(f"{one.where}: {one.expected}" for one in broken.value.mistakes)


@given(st.lists(moments, min_size=2, max_size=6, unique=True), st.integers(0, 10**5))
def test_windows_one_after_the_other_leave_nothing_between_whatever_was_asked_for(
    ends: list[datetime], seconds: int
) -> None:
    lag, until = timedelta(seconds=seconds), None
    for low, high in pairwise(ends):
        if low < high:
            found = reach(Window(low, high), until, lag, NOW)
            assert found.low <= (until or BEGINNING)
            assert found.high == high
            assert until is None or found.low <= low - lag
            until = max(until or high, high)


def test_the_first_window_reads_everything_and_none_reads_into_the_future() -> None:
    day = Window.of_day(NOW.date())
    assert reach(day, None, timedelta(days=3), NOW) == Window(BEGINNING, NOW)
    with pytest.raises(BadInput, match="has not begun"):
        reach(Window(NOW + timedelta(hours=1), NOW + timedelta(hours=2)), NOW, timedelta(), NOW)


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT0S", 0), ("PT10M", 600), ("P1DT2H", 93_600), ("P2W", 1_209_600), ("PT1H30M5S", 5405)]
)
def test_lengths_of_time_are_read(text: str, seconds: int) -> None:
    assert length(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["P", "PT", "10M", "P1M", "P1Y", "PT-1S", "1 hour", ""])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an ISO 8601 duration"):
        length(text)


def test_a_contract_says_how_it_merges(tmp_path: Path) -> None:
    source = contract(tmp_path, TABLE + "order: changed\ndeletes: {snapshot: P7D}\n").source
    assert (source.load, source.lag, source.order) == (Load.MERGE, "PT0S", "changed")
    assert source.deletes == Deletes("P7D", 0.05)


@pytest.mark.parametrize(
    ("source", "where", "expected"),
    [
        (TABLE.replace("merge", "append"), "lag", "load: merge beside it"),
        (TABLE + "order: nothing\n", "order", "one of id, division, area, changed"),
        (TABLE.replace("PT0S", "soon"), "lag", "ISO 8601 duration"),
        (TABLE + "deletes: {snapshot: often}\n", "deletes.snapshot", "a cron such as"),
        (TABLE + "deletes: {snapshot: P7D, most_share: 5}\n", "deletes.most_share", "a share from 0 to 1"),
        (TABLE + "deletes: {snapshot: P7D, share: 0.5}\n", "deletes.share", "snapshot, most_share"),
        (TABLE + "deletes: {most_share: 0.5}\n", "deletes.snapshot", "a cron such as"),
    ],
)
def test_a_mistake_is_told_at_its_word(tmp_path: Path, source: str, where: str, expected: str) -> None:
    found = told(tmp_path, source)
    assert f"yishu.source.{where}: " in found
    assert expected in found


def test_a_merge_needs_a_key(tmp_path: Path) -> None:
    contract(tmp_path, TABLE)
    file = tmp_path / "contracts" / "land" / "parcel.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("primaryKey: true,", "").replace("primaryKeyPosition: 1,", ""), encoding="utf-8")
    with pytest.raises(ContractBroken, match="a primary key"):
        read_contract(file)


def mistakes(folder: Path, source: str) -> str:
    return "\n".join(option_mistakes(contract(folder, source)))


def test_a_kind_that_cannot_do_it_says_so(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TABLE) == mistakes(tmp_path, REST) == ""
    assert "lag: found nothing" in mistakes(tmp_path, REST.replace("lag: PT10M\n", ""))
    assert "cannot tell its keys alone" in mistakes(tmp_path, REST + "deletes: {snapshot: P7D}\n")
    files = 'kind: csv_folder\nconnection: land\nload: merge\nlag: PT1M\noptions: {pattern: "a.csv", encoding: utf-8}\n'
    assert "nothing is asked for by when it changed" in mistakes(tmp_path, files)
    without = TABLE.replace(", window_column: changed", "").replace("lag: PT0S\n", "")
    assert mistakes(tmp_path, without) == ""


@pytest.mark.parametrize(
    ("snapshot", "last", "due"),
    [("P7D", moment(13, 2), True), ("P7D", moment(13, 3), False), ("0 4 * * 0", moment(14), True),
     ("0 4 * * 0", moment(15), False), ("0 4 20 * *", moment(19), True), ("PT0S", NOW, True)],
)  # fmt: skip
def test_it_is_looked_for_what_is_gone_when_it_is_time(snapshot: str, last: datetime, due: bool) -> None:
    assert look_due(snapshot, last, NOW) is due


def test_days_that_never_come_are_a_mistake(tmp_path: Path) -> None:
    source = contract(tmp_path, TABLE + 'deletes: {snapshot: "0 4 30 2 *"}\n').source
    assert "in the calendar" in deletes_mistake(source)
    assert deletes_mistake(replace(source, deletes=Deletes("P7D"))) == ""


def test_another_lag_is_no_other_promise(tmp_path: Path) -> None:
    old: Dataset = contract(tmp_path, TABLE)
    new = replace(old, source=replace(old.source, lag="PT5M", deletes=Deletes("P7D")))
    assert {one.where: one.level.word for one in changes(old, new)} == {
        "source.lag": "compatible", "source.deletes": "compatible",
    }  # fmt: skip
