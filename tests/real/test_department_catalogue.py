"""The 27 real entries of Shanghai's departments: all are taken in as drafts, and what each lacks is told plainly."""

import os
from collections import Counter
from pathlib import Path

import pytest

from catalog.entries import book, bulk
from catalog.entries.book import Wanted
from catalog.shelf import Shelf
from schemas.dataset import Opening, Severity
from schemas.entry_life import State
from schemas.entry_markdown import read_folder
from tests.builders import NOW

ROOT = Path(os.environ.get("YISHU_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data")
DATA = ROOT / "department_catalog_shanghai"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"NO REAL DATA: {DATA} is not there; set YISHU_REAL_DATA"),
]


def test_all_27_are_read_with_what_they_say() -> None:
    file = read_folder(DATA)
    assert (len(file.entries), file.mistakes) == (27, ())
    entries = {one.entry.title: one.entry for one in file.entries}
    police = entries["上海市派出所出警数据"]
    assert (police.provider_name, police.formats, police.opening) == ("上海市公安局", ("xls",), None)
    assert [one.name for one in police.items] == ["分局名称", "接警时间", "出警时间", "出警事由"]
    air = entries["上海市空气质量数据"]
    assert (len(air.items), air.opening) == (13, Opening.UNCONDITIONAL)
    assert sum(len(one.items) for one in entries.values()) > 150


def test_they_are_taken_in_as_drafts_once_and_each_says_what_it_lacks(sqlite_shelf: Shelf) -> None:
    file = read_folder(DATA)
    found = bulk.plan(sqlite_shelf, None, file, DATA.name, NOW)
    assert found.counts == {"new": 27}
    bulk.apply(sqlite_shelf, None, found, b"", NOW)
    with sqlite_shelf.engine.connect() as connection:
        drafts = book.listed(connection, Wanted([State.DRAFT], limit=100), book.everything())
    assert len(drafts) == 27
    assert bulk.plan(sqlite_shelf, None, file, DATA.name, NOW).counts == {"same": 27}
    lacking = Counter(
        flaw.where
        for one in found.entries
        for flaw in one.flaws
        if flaw.rule == "missing" and flaw.severity is Severity.ERROR
    )
    everywhere = ("provider", "division", "sharing", "modes", "cycle", "grade", "path")
    assert {where: lacking[where] for where in everywhere} == dict.fromkeys(everywhere, 27)
    assert lacking["abstract"] == 0
    assert all(any(flaw.rule == "items" for flaw in one.flaws) for one in found.entries if one.entry.items)
