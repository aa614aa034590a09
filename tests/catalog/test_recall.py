"""What every ask is decided by is remembered, and never longer than until the next commit of anybody."""

from pathlib import Path

from sqlalchemy import Connection, select

from catalog import tables
from catalog.database import connect, writing
from catalog.put import put
from catalog.recall import Recall
from catalog.shelf import Shelf
from tests.builders import NOW


class Reads:
    """Counts how often the database was asked."""

    def __init__(self) -> None:
        self.count = 0

    def names(self, connection: Connection, least: int) -> tuple[str, ...] | None:
        """Names of counters of at least that value; None where there is none."""
        self.count += 1
        table = tables.counter
        found = connection.scalars(select(table.c.name).where(table.c.value >= least).order_by(table.c.name))
        return tuple(found) or None


def enter(shelf: Shelf, name: str, value: int) -> None:
    with writing(shelf.engine) as connection:
        put(connection, tables.counter, {"name": name, "value": value, "at": NOW})


def test_it_answers_as_the_database_does_after_every_commit(shelf: Shelf) -> None:
    reads = Reads()
    recall = Recall(shelf.engine)
    assert recall.of(reads.names, 1) is None
    for value in (1, 2, 3):
        enter(shelf, "a", value)
        expected = (("a",), ("a",) if value > 1 else None)
        for _ in range(3):
            assert (recall.of(reads.names, 1), recall.of(reads.names, 2)) == expected


def test_what_was_read_once_is_not_read_again_until_somebody_commits(sqlite_shelf: Shelf) -> None:
    reads, recall = Reads(), Recall(sqlite_shelf.engine)
    enter(sqlite_shelf, "a", 1)
    assert [recall.of(reads.names, 1) for _ in range(5)] == [("a",)] * 5
    assert reads.count == 1
    other = connect(sqlite_shelf.engine.url.render_as_string())
    with writing(other) as connection:
        put(connection, tables.counter, {"name": "b", "value": 1, "at": NOW})
        assert recall.of(reads.names, 1) == ("a",), "not yet committed"
    assert recall.of(reads.names, 1) == ("a", "b")
    assert reads.count == 2
    other.dispose()


def test_what_is_read_while_another_commits_is_not_kept(sqlite_shelf: Shelf) -> None:
    recall = Recall(sqlite_shelf.engine)
    enter(sqlite_shelf, "a", 1)

    def overtaken(connection: Connection) -> tuple[str, ...]:
        found = tuple(connection.scalars(select(tables.counter.c.name)))
        if len(found) == 1:
            enter(sqlite_shelf, "b", 1)
        return found

    assert recall.of(overtaken) == ("a",)
    assert recall.of(overtaken) == ("a", "b")


def test_it_holds_no_more_than_so_much_and_nothing_that_is_not_there(sqlite_shelf: Shelf) -> None:
    reads, recall = Reads(), Recall(sqlite_shelf.engine, most=2)
    enter(sqlite_shelf, "a", 9)
    for _ in range(2):
        assert recall.of(reads.names, 99) is None
    assert reads.count == 2
    for _ in range(2):
        assert [recall.of(reads.names, least) for least in (1, 2, 3)] == [("a",)] * 3
    assert reads.count == 2 + 3 + 1


def test_where_the_count_cannot_be_read_nothing_is_remembered(sqlite_shelf: Shelf) -> None:
    reads, recall = Reads(), Recall(sqlite_shelf.engine)
    enter(sqlite_shelf, "a", 1)
    file = Path(str(sqlite_shelf.engine.url.database))
    away = file.rename(file.with_suffix(".away"))
    assert recall.of(reads.names, 1) == ("a",), "the engine's own connection is open"
    away.rename(file)
    assert [recall.of(reads.names, 1) for _ in range(3)] == [("a",)] * 3
    assert reads.count == 2
