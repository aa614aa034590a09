"""`yishu source sample`: some rows of a source, masked as its contract grades them; in clear only on record."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import click
import pyarrow as pa

from catalog.deeds import record
from catalog.masked import cells
from catalog.shelf import open_shelf
from cli.door import Door, as_json, pass_door, tell, window_of
from cli.source_inputs import connector_of
from cli.table_text import table_lines
from cli.watching import fetching
from connectors.landing.fit import fit
from connectors.protocol import Connector
from connectors.registry import kind_of
from connectors.sampling import first_of
from schemas.dataset import Dataset
from schemas.deed import Act, Deed, Hand, Right, reason
from schemas.errors import BadInput
from schemas.index import read_dataset
from schemas.journey import PLACE, Window


@dataclass(slots=True)
class Found:
    """What was read: typed rows, and of those that do not fit where and why, without their values."""

    rows: list[pa.RecordBatch] = field(default_factory=list)
    unfit: list[dict[str, object]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Rows of both."""
        return sum(int(batch.num_rows) for batch in self.rows) + len(self.unfit)


@click.command()
@click.argument("key")
@click.option("--rows", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option("--window", default="", help="A day; default: yesterday. None for a stream.")
@click.option("--plain", is_flag=True, help="Unmasked; needs --reason, and is put on the ledger first.")
@click.option("--reason", default="", help="Why the rows must be seen unmasked; goes on record.")
@as_json
@pass_door
def sample(door: Door, /, key: str, rows: int, told_as_json: bool, **told: str | bool) -> None:
    """Show the first rows of the source, typed and masked as the contract says; of a stream some that it has now."""
    dataset = read_dataset(door.settings.registry, key)
    connector, window = connector_of(door, dataset), _window(dataset, str(told["window"]), door)
    receipt = _on_record(door, dataset, rows, window, str(told["reason"])) if told["plain"] else ""
    with fetching():
        found = read(dataset, connector, window, rows)
    fields = dataset.fields
    shown = [cells(batch, fields, plain=bool(told["plain"])) for batch in found.rows]
    table = [row for batch in shown for row in zip(*batch, strict=True)]
    facts = {"rows": [dict(zip((f.name for f in fields), row, strict=True)) for row in table], "unfit": found.unfit}
    tell(facts | ({"receipt": receipt} if receipt else {}), told_as_json, _lines(dataset, table, found, receipt))


def read(dataset: Dataset, connector: Connector, window: Window, most: int) -> Found:
    """The first rows of a window, made into the contract's types."""
    found = Found()
    with closing(first_of(connector, window, most)) as batches:
        for batch in batches:
            typed, rejects = fit(dataset, batch)
            room = most - found.count
            found.rows.append(typed.slice(0, room))
            listed = rejects.slice(0, room).select([PLACE, "field"]).to_pylist()
            found.unfit += [{"place": one[PLACE], "field": one["field"]} for one in listed]
            if found.count >= most:
                break
    return found


def _window(dataset: Dataset, text: str, door: Door) -> Window:
    """The one that was named, else what the clock collected last; a stream is looked at as it is now."""
    if text and kind_of(dataset.source.kind).stream:
        raise BadInput(f"--window: found {text!r}, expected none: a stream shows what it has now, whatever the window")
    return window_of(dataset.source, text, door.now())


def _on_record(door: Door, dataset: Dataset, rows: int, window: Window, said: str) -> str:
    """Number of the receipt; without a reason nothing is shown."""
    facts = {"rows": rows} | ({} if kind_of(dataset.source.kind).stream else {"window": window.key})
    deed = Deed(Act.SAMPLE, Hand(account=door.account), Right.OPERATOR, reason(said), dataset.key, facts)
    return record.put(open_shelf(door.settings), deed, door.now()).receipt


def _lines(dataset: Dataset, table: Sequence[Sequence[str]], found: Found, receipt: str) -> Iterator[str]:
    yield from table_lines([f.title for f in dataset.fields], table, shutil.get_terminal_size().columns)
    for one in found.unfit:
        yield f"row {one['place']} does not fit: {one['field']}; `yishu run` puts it in quarantine with its reason"
    if receipt:
        yield f"unmasked, on record as {receipt}"
    elif table:
        yield "masked as the contract grades its items; --plain --reason … shows them in clear, on record"
    if not found.count:
        stream = kind_of(dataset.source.kind).stream
        yield "no messages are there now" if stream else "no rows in this window; --window DAY names another"
