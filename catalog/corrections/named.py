"""Which row somebody means: by its key as they may see it, by a filter, or as the person whose own it is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from catalog.corrections import cells
from catalog.corrections.cells import Found
from catalog.corrections.sealed import JOINT
from catalog.ledger import tokens
from catalog.rows.reader import keys_of
from catalog.shelf import Shelf
from catalog.tracing.token_file import named_by
from schemas.access import ColumnView, Decision, Mode
from schemas.dataset import Dataset, Transform
from schemas.errors import BadInput, Unknown

NO_ROW = "no such row within what you may see"


def seen(shelf: Shelf, dataset: Dataset, decision: Decision, key: Mapping[str, str] | None) -> Found:
    """The one row that a decision opens and a key, or the ask's filter, names; Unknown where there is none in scope.

    A key is given as the asker gets it: where columns of it are masked or tokens, by mask or token.
    """
    snapshot = shelf.version(dataset.key, decision.version)
    plain = _plain(shelf, dataset, decision, key)
    if plain is None:
        raise Unknown(NO_ROW)
    row = cells.row(shelf, dataset, snapshot, dict(zip(dataset.key_fields, plain.split(JOINT), strict=True)))
    if row is None or not shelf.open_rows(decision).kept(row.row)[0].num_rows:
        raise Unknown(NO_ROW)
    return row


def own(shelf: Shelf, dataset: Dataset, key: Mapping[str, str], citizen: str) -> Found:
    """The row of a key, if a column of it numbers the person of that token; the same Unknown for all others."""
    snapshot = shelf.latest(dataset.key)
    named = snapshot is not None and bool(dataset.key_fields) and cells.fits(dataset, key)
    row = cells.row(shelf, dataset, snapshot, key) if named and snapshot is not None else None
    if row is None or citizen not in _numbered(shelf, row):
        raise Unknown(NO_ROW)
    return row


def _numbered(shelf: Shelf, row: Found) -> set[str]:
    return {
        tokens.of_subject(shelf.token_key, element, row.text(name))
        for name, element in named_by(row.dataset).items()
        if row.text(name)
    }


def _plain(shelf: Shelf, dataset: Dataset, decision: Decision, key: Mapping[str, str] | None) -> str | None:
    """The joined primary key of the row that is meant."""
    if key is None:
        found = [
            one for batch in _keys(shelf, dataset, decision) for one in keys_of(batch, dataset.key_fields).to_pylist()
        ]
        if len(found) > 1:
            raise BadInput(f"filter: found {len(found)} rows, expected one: name the row by its key, or more exactly")
        return found[0] if found else None
    wanted = cells.joined(dataset, key)
    if decision.ask.mode is Mode.VERIFY:
        return wanted
    views = {one.name: one.transform for one in decision.served}
    if all(views.get(name) is Transform.CLEAR for name in dataset.key_fields):
        return wanted
    if not set(dataset.key_fields) <= views.keys():
        raise BadInput("key: you do not get all columns of the key; name the row by a filter instead")
    return _disguised(shelf, dataset, decision, key)


def _disguised(shelf: Shelf, dataset: Dataset, decision: Decision, key: Mapping[str, str]) -> str | None:
    """The plain key of the only row whose key leaves so; BadInput where it leaves so for several."""
    changes = {one.name: one.change for one in shelf.open_rows(decision).disguises if one.name in dataset.key_fields}
    if len(changes) < len(dataset.key_fields):
        raise BadInput("key: you do not get all columns of the key; name the row by a filter instead")
    found: list[str] = []
    for batch in _keys(shelf, dataset, decision):
        same = [
            pc.equal(
                pc.cast(pa.chunked_array([change(part) for part in batch.column(name).chunks]), pa.string()), key[name]
            )
            for name, change in changes.items()
        ]
        mask = same[0]
        for other in same[1:]:
            mask = pc.and_(mask, other)
        found += keys_of(batch.filter(mask), dataset.key_fields).to_pylist()
    if len(found) > 1:
        raise BadInput("key: several rows look like this to you; name the row by a filter instead")
    return found[0] if found else None


def _keys(shelf: Shelf, dataset: Dataset, decision: Decision) -> Iterator[pa.Table]:
    """The primary keys of all rows in scope, as they lie there: to find a row by, never to be told."""
    columns = tuple(ColumnView(name, Transform.CLEAR) for name in dataset.key_fields)
    for batch in shelf.open_rows(replace(decision, columns=columns)):
        if batch.num_rows:
            yield pa.Table.from_batches([batch])
