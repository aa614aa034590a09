"""Pushed records as a source: the files of a window, in their order, exactly as they were sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.inbox import BYTES, Inbox, InboxOptions
from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from schemas.dataset import Dataset, Load, Source
from schemas.errors import SourceChanged
from schemas.journey import PLACE
from tests.connectors.conformance import (
    DAY,
    NAMES,
    ROWS,
    Bench,
    Conformance,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)


@dataclass
class Pushed:
    """One file for each push."""

    folder: Path
    counts: bool = True
    knows_null: bool = True

    def source(self) -> Source:
        return Source("inbox", "", {}, load=Load.APPEND)

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        for file in self.folder.iterdir():
            file.unlink()
        self.push("1" * 32, names, rows)

    def push(self, id: str, names: Sequence[str], rows: Sequence[Texts]) -> Path:
        columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
        places = pa.array(range(1, len(rows) + 1), pa.int64())
        file = self.folder / f"{id}.0123456789abcdef.parquet"
        pq.write_table(pa.table({**columns, PLACE: places}), file)
        return file

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, None, {dataset.key: tuple(sorted(self.folder.iterdir()))})

    def state(self) -> object:
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}


@pytest.fixture
def pushed(tmp_path: Path) -> Pushed:
    (tmp_path / "inbox").mkdir()
    return Pushed(tmp_path / "inbox")


class TestInbox(Conformance):
    @pytest.fixture
    def bench(self, pushed: Pushed) -> Bench:
        return pushed


def test_pushes_are_read_in_the_order_in_which_they_are_given_each_row_with_its_number(pushed: Pushed) -> None:
    dataset = dataset_of(pushed.source())
    first, second = pushed.push("b" * 32, NAMES, ROWS[:2]), pushed.push("a" * 32, NAMES, ROWS[2:])
    connector = Inbox(dataset, InboxOptions(), (first, second))
    rows = typed(dataset, connector).to_pylist()
    assert [(row["_piece"][0], row["_place"]) for row in rows] == [("b", 1), ("b", 2), ("a", 1)]


def test_many_small_pushes_are_handed_on_together_and_each_row_knows_its_own(pushed: Pushed, tmp_path: Path) -> None:
    dataset = dataset_of(pushed.source())
    wrong = [{**ROWS[0], "amount": "much"}]
    files = [pushed.push(f"{n:032x}", NAMES, wrong if n % 10 == 0 else ROWS[:2]) for n in range(100)]
    connector = Inbox(dataset, InboxOptions(), tuple(files))
    assert [batch.rows.num_rows for batch in connector.read(connector.plan(DAY))] == [190, 0], "rows, then their number"
    landing = landed(dataset, connector, tmp_path)
    assert [(int(row["_piece"], 16), row["_place"], row["_row"]) for row in rows_of(tmp_path, landing)] == [
        (n, place, 2 * n - n // 10 + place - (n % 10 > 0)) for n in range(100) if n % 10 for place in (1, 2)
    ]
    assert [(int(row["_piece"], 16), row["_place"]) for row in rejects_of(tmp_path, landing)] == [
        (n, 1) for n in range(0, 100, 10)
    ]


def test_pushes_of_other_types_and_long_rows_are_not_handed_on_together(pushed: Pushed) -> None:
    dataset = dataset_of(pushed.source())
    first, second, third = (pushed.push(f"{n:032x}", NAMES, ROWS) for n in range(3))
    exact = pq.read_table(second).set_column(
        3, "amount", pa.array([Decimal(n) for n in (1, 2, 3)], pa.decimal128(18, 2))
    )
    pq.write_table(exact, second)
    connector = Inbox(dataset, InboxOptions(), (first, second, third))
    assert [batch.rows.num_rows for batch in connector.read(connector.plan(DAY))] == [3, 3, 3, 0]
    long = [{**ROWS[0], "note": "x" * (BYTES // 4)}]
    many = tuple(pushed.push(f"{n:032x}", NAMES, long) for n in range(9))
    connector = Inbox(dataset, InboxOptions(), many)
    assert [batch.rows.num_rows for batch in connector.read(connector.plan(DAY))] == [3, 3, 3, 0]


def test_a_window_into_which_nothing_was_pushed_lands_as_nothing(pushed: Pushed, tmp_path: Path) -> None:
    dataset = dataset_of(pushed.source())
    connector = connector_for(dataset, None)
    assert connector.check() == ()
    landing = landed(dataset, connector, tmp_path)
    assert (landing.read, landing.source_rows, rows_of(tmp_path, landing)) == (0, 0, [])


def test_a_file_that_is_gone_or_another_than_was_planned_is_refused(pushed: Pushed) -> None:
    dataset = dataset_of(pushed.source())
    file = pushed.push("a" * 32, NAMES, ROWS)
    connector = pushed.connector(dataset)
    plan = connector.plan(DAY)
    pushed.push("a" * 32, NAMES, ROWS[:1])
    with pytest.raises(SourceChanged, match="not the push that was planned"):
        list(connector.read(plan))
    file.unlink()
    with pytest.raises(SourceChanged, match="not the push that was planned"):
        list(connector.read(plan))
    with pytest.raises(SourceChanged, match="not the push that was planned"):
        list(connector_for(dataset, None).read(plan))


def test_a_field_that_is_new_since_the_push_is_null_where_the_contract_says_so(pushed: Pushed) -> None:
    names = [name for name in NAMES if name != "amount"]
    pushed.push("a" * 32, names, ROWS)
    source = replace(pushed.source(), options={"optional": ["amount"]})
    dataset = dataset_of(source)
    assert typed(dataset, pushed.connector(dataset)).column("amount").null_count == len(ROWS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"senders": ["1137040000"]}, "options.senders: found '1137040000', expected the credit code"),
        ({"senders": ["91110000600037341M"]}, "options.senders: found '91110000600037341M'"),
        ({"case": "nothing"}, "options.case: found 'nothing', expected one of"),
        ({"case": "amount"}, "options.case: amount is a decimal(18,2), expected a text"),
        ({"optional": ["nothing"]}, "options.optional: found 'nothing'"),
    ],
)
def test_mistakes_of_its_options_are_told(pushed: Pushed, options: dict[str, object], said: str) -> None:
    dataset = dataset_of(replace(pushed.source(), options=options))
    assert said in " ".join(option_mistakes(dataset))


def test_it_does_not_load_snapshots(pushed: Pushed) -> None:
    dataset = dataset_of(replace(pushed.source(), load=Load.SNAPSHOT, options={"senders": ["91110000600037341L"]}))
    assert "load: found snapshot, expected append" in " ".join(option_mistakes(dataset))
