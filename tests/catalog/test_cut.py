"""Files that are made for one decision: kept for the next ask, bounded in bytes, and never half of one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.rows.cut import MadeFile, cut
from catalog.rows.reader import RowReader
from catalog.shelf import Shelf
from schemas.dataset import Transform
from tests.builders import NOW, make_verdict
from tests.catalog.test_splice import DATASET, ROWS, TOWNS, allow


@pytest.fixture
def stocked(sqlite_shelf: Shelf) -> Shelf:
    sqlite_shelf.publish(DATASET, make_verdict(sqlite_shelf.lake, DATASET, ROWS), NOW)
    return sqlite_shelf


def reader(shelf: Shelf, town: str) -> RowReader:
    """One that has to be read row by row: a column is made for the recipient."""
    return shelf.open_rows(allow(town, transforms={"person_id": Transform.TOKEN}))


def made(shelf: Shelf, town: str, room: int = 1 << 30, days: float = 0) -> MadeFile:
    found = cut(reader(shelf, town), shelf.lake / "cuts", town, NOW + timedelta(days=days), room)
    assert isinstance(found, MadeFile)
    return found


def kept(shelf: Shelf) -> set[Path]:
    return set((shelf.lake / "cuts").iterdir())


def test_the_longest_unasked_goes_when_there_is_no_room(stocked: Shelf) -> None:
    first, second = made(stocked, TOWNS[0]), made(stocked, TOWNS[1], days=0.1)
    room = first.size + second.size + 100
    assert made(stocked, TOWNS[0], room, days=0.2).path == first.path, "asked for again: not the longest unasked"
    third = made(stocked, TOWNS[2], room, days=0.3)
    assert kept(stocked) == {first.path, third.path}
    alone = made(stocked, TOWNS[3], 0, days=0.4)
    assert kept(stocked) == {alone.path}, "the one that was made stays, however large"
    assert made(stocked, TOWNS[1], days=0.5).digest == second.digest, "made again, it is the same"


def test_a_file_that_never_became_whole_is_made_again(stocked: Shelf) -> None:
    first = made(stocked, TOWNS[0])
    whole = first.path.read_bytes()
    first.path.write_bytes(b"")
    again = made(stocked, TOWNS[0])
    assert (again.digest, b"".join(again.read())) == (first.digest, whole)


def test_a_file_that_is_swept_while_it_is_read_is_read_to_its_end(stocked: Shelf) -> None:
    first = made(stocked, TOWNS[0])
    whole, pieces = first.path.read_bytes(), first.read()
    begun = next(pieces)
    made(stocked, TOWNS[1], 0, days=0.1)
    assert not first.path.exists()
    assert begun + b"".join(pieces) == whole


def test_many_at_once_in_no_room_get_each_their_own(stocked: Shelf) -> None:
    truth = {town: made(stocked, town).digest for town in TOWNS[:4]}

    def one(number: int) -> bool:
        town = TOWNS[number % 4]
        return made(stocked, town).digest == truth[town]

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(one, range(64)))
    assert len(kept(stocked)) == 4, "nothing half made is left"


def test_a_scope_without_rows_has_no_file(stocked: Shelf) -> None:
    nowhere = reader(stocked, TOWNS[0])
    nobody = replace(nowhere, scope=replace(nowhere.scope, keys=("nobody",), key_columns=("person_id",)))
    assert cut(nobody, stocked.lake / "cuts", "nobody", NOW) is None
    assert cut(nobody, stocked.lake / "cuts", "nobody", NOW) is None
