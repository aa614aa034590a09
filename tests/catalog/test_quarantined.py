"""Quarantine of a window, from which each push is told its own rows: all, from any spot on, in little memory."""

import tracemalloc
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.inbox import quarantined
from catalog.inbox.fate import fate
from catalog.inbox.quarantined import FIRST, Spot
from catalog.shelf import Shelf
from schemas.journey import Part, Verdict, Window
from schemas.lake import verdict
from schemas.push import LISTED, Push
from schemas.record import to_json
from tests.builders import NOW, TENGZHOU_CIVIL
from tests.pushed import KEY, complaints

MINE, OTHER = "1" * 32, "2" * 32
DAY = Window.of_day(NOW.date())


def written(lake: Path, name: str, rows: int, rules: list[list[str]]) -> Part:
    """Rows of two pushes by turns, in three row groups; each breaks the rules of its turn."""
    file = lake / verdict(KEY, DAY) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    columns = {
        "_piece": [MINE if n % 2 else OTHER for n in range(rows)],
        "_place": [n // 2 + 1 for n in range(rows)],
        "_rules": [rules[n % len(rules)] for n in range(rows)],
    }
    pq.write_table(pa.table(columns), file, row_group_size=rows // 3)
    return Part(file.relative_to(lake).as_posix(), rows, file.stat().st_size, "a" * 64)


def push(lake: Path, *parts: Part) -> Push:
    """A push that has landed in the window whose verdict names these files."""
    rows = sum(part.rows for part in parts)
    found = Verdict(
        dataset=KEY, contract="c", window=DAY, read=rows, passed=0, quarantined=rows, duplicates=0, findings=(),
        scores={}, blocked=(), clean=(), quarantine=parts, checked_at=NOW,
    )  # fmt: skip
    (lake / verdict(KEY, DAY) / "verdict.json").write_bytes(to_json(found))
    return Push(
        id=MINE, dataset=KEY, organisation=TENGZHOU_CIVIL, system="s", body="b", arrived_at=NOW, lands_at=NOW,
        accepted=rows, refused=0, rules={}, answer="{}", segment=Part("p", 1, 1, "b" * 64), receipt="r",
        window=DAY.key, landed_at=NOW + timedelta(days=1),
    )  # fmt: skip


def test_from_any_spot_on_the_rest_is_told(tmp_path: Path) -> None:
    parts = (
        written(tmp_path, "quarantine.parquet", 60, [["a"], ["b", "c"], ["d"]]),
        written(tmp_path, "quarantine-misfits.parquet", 25, [["e.misfit"]]),
    )
    whole = list(quarantined.broken(tmp_path, parts, MINE))
    assert [row for _, row, _ in whole] == [n // 2 + 1 for n in range(60) for _ in range(1 + (n % 3 == 1)) if n % 2] + [
        n // 2 + 1 for n in range(25) if n % 2
    ]
    assert quarantined.count(tmp_path, parts, MINE) == 30 + 12
    for at, (spot, _, _) in enumerate(whole):
        assert list(quarantined.broken(tmp_path, parts, MINE, spot)) == whole[at:]
    assert whole[0][0] == Spot(0, 1, 0) != FIRST


def test_nothing_is_in_quarantine_before_the_window_was_judged(tmp_path: Path) -> None:
    (tmp_path / verdict(KEY, DAY)).mkdir(parents=True)
    waiting = push(tmp_path)
    (tmp_path / verdict(KEY, DAY) / "verdict.json").unlink()
    assert quarantined.parts(tmp_path, waiting) == ()


@pytest.mark.parametrize("rows", [200_000])
def test_what_became_of_a_push_is_told_in_memory_that_does_not_grow_with_its_rows(shelf: Shelf, rows: int) -> None:
    shelf.register(complaints(), NOW)
    mine = push(shelf.lake, written(shelf.lake, "quarantine.parquet", rows, [["a"]]))  # type: ignore[arg-type]
    fate(shelf, mine)
    tracemalloc.start()
    told = fate(shelf, mine)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (told.quarantined_rows, len(told.quarantined)) == (rows // 2, LISTED)
    assert peak < 8 << 20
