"""The register of datasets: what each contract promises, kept so that it can be found."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from catalog import tables
from catalog.cards import entering
from catalog.cards.tokens import plain
from catalog.collection import items
from catalog.database import serialise
from catalog.entries import adopt
from catalog.lineage import declared
from catalog.mending import renewals
from catalog.put import put
from schemas.dataset import Dataset
from schemas.errors import BadInput, Unknown
from schemas.record import from_json, to_json

_CONTRACT = select(tables.dataset.c.contract).where(tables.dataset.c.key == bindparam("wanted"))
"""Built once: it is asked several times for every read."""
PIECE = 1_000
"""Datasets of one statement where all are read."""
TOGETHER = 10_000
"""Keys of one statement; databases take some tens of thousands."""


def register(connection: Connection, dataset: Dataset, now: datetime) -> bool:
    """Enter a dataset, or its new contract; False where this very contract stands there already.

    BadInput where the new one breaks the old one's promise without a new major version; with one, who has a grant on
    the dataset is told.
    """
    serialise(connection, f"dataset {dataset.key}")
    table = tables.dataset
    contract = to_json(dataset).decode()
    standing = connection.scalar(_CONTRACT, {"wanted": dataset.key})
    if standing == contract:
        adopt.catch_up(connection, dataset, now)
        return False
    if before := _readable(standing):
        renewals.renew(connection, before, dataset, now)
    put(connection, table, row(dataset, contract, now))
    _enter_fields(connection, dataset)
    entering.enter(connection, dataset)
    items.enter(connection, dataset)
    adopt.adopt(connection, dataset, now)
    declared.draw(connection, dataset, now)
    return True


def row(dataset: Dataset, contract: str, now: datetime) -> dict[str, Any]:
    """What the register says of a dataset."""
    return {
        "key": dataset.key,
        "contract_version": dataset.version,
        "contract_hash": dataset.contract_hash,
        "title": dataset.title,
        "title_en": dataset.title_en,
        "department": dataset.department,
        "sharing": dataset.sharing.value,
        "owner": dataset.owner,
        "owner_name": dataset.owner_name,
        "division": dataset.division,
        "subject_kind": dataset.subject_kind,
        "words": words(dataset),
        "contract": contract,
        "registered_at": now,
        "state": "active",
    }


def keep(connection: Connection, dataset: Dataset, now: datetime) -> None:
    """Register what is not registered yet; BadInput where another contract stands there by now.

    A run takes its contract along from its beginning: what was decided meanwhile, say that the dataset is withheld,
    must not be undone by its end.
    """
    serialise(connection, f"dataset {dataset.key}")
    table = tables.dataset
    found = connection.scalar(select(table.c.contract_hash).where(table.c.key == dataset.key))
    if found is None:
        register(connection, dataset, now)
    elif found != dataset.contract_hash:
        raise BadInput(
            f"{dataset.key}: its contract was changed while this run was under way (found {found[:12]} registered, "
            f"the run has {dataset.contract_hash[:12]}); run the window again under the contract of today"
        )


def get(connection: Connection, key: str) -> Dataset:
    """The dataset of that key, or Unknown."""
    contract = connection.scalar(_CONTRACT, {"wanted": key}) if storable(key) else None
    if contract is None:
        raise Unknown(f"no dataset {key!r}")
    return parse(contract)


def each(connection: Connection, keys: Iterable[str]) -> dict[str, Dataset]:
    """Those of the keys that are registered; a statement for every ten thousand."""
    table = tables.dataset
    found: dict[str, Dataset] = {}
    for some in _by(TOGETHER, keys):
        wanted = select(table.c.key, table.c.contract).where(table.c.key.in_(some))
        found |= {row.key: parse(row.contract) for row in connection.execute(wanted)}
    return found


def _by(size: int, keys: Iterable[str]) -> Iterator[list[str]]:
    left = iter(sorted(set(keys)))
    while some := list(islice(left, size)):
        yield some


def known(connection: Connection, key: str) -> bool:
    """Whether there is a dataset of that key; it costs as much as `get` does where there is none."""
    return storable(key) and connection.scalar(_CONTRACT, {"wanted": key}) is not None


def retired(connection: Connection, keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys whose catalogue entry has ended: nobody is granted them any more; one statement."""
    table = tables.dataset
    ended = select(table.c.key).where(table.c.key.in_(sorted(set(keys))), table.c.state == "retired")
    return frozenset(connection.scalars(ended))


def listed(connection: Connection) -> Iterator[Dataset]:
    """All datasets by key; no more are held at a time than `piece` reads."""
    some = piece(connection, "")
    while some:
        yield from some
        some = piece(connection, some[-1].key) if len(some) == PIECE else ()


def piece(connection: Connection, after: str) -> tuple[Dataset, ...]:
    """Datasets by key, those after a key, `PIECE` of them unless there are fewer."""
    table = tables.dataset
    wanted = select(table.c.contract).where(table.c.key > after).order_by(table.c.key).limit(PIECE)
    return tuple(map(parse, connection.scalars(wanted)))


def holders_of(connection: Connection, element: str) -> tuple[tuple[str, str], ...]:
    """Who collects a data element: dataset and field, sorted."""
    table = tables.dataset_field
    wanted = select(table.c.dataset, table.c.name).where(table.c.element == element)
    return tuple((row.dataset, row.name) for row in connection.execute(wanted.order_by(table.c.dataset, table.c.name)))


@lru_cache(maxsize=4096)
def parse(contract: str) -> Dataset:
    """A stored contract as a Dataset."""
    return from_json(Dataset, contract, where="a stored contract")


def former(connection: Connection, key: str) -> Dataset | None:
    """What is registered of a key; None where nothing is, and where a release wrote it that knew other words."""
    return _readable(connection.scalar(_CONTRACT, {"wanted": key}))


def _readable(contract: str | None) -> Dataset | None:
    if contract is None:
        return None
    try:
        return parse(contract)
    except BadInput:
        return None


def storable(text: str) -> bool:
    """Whether a database could hold it: no NUL, no half characters. What it cannot hold it has not got."""
    return text == text.encode("utf-8", "replace").decode().replace("\0", "")


def words(dataset: Dataset) -> str:
    """Everything a search looks through, one line each."""
    return "\n".join(plain(text) for text in _texts(dataset) if text)


def _texts(dataset: Dataset) -> Iterable[str]:
    yield from (dataset.key, dataset.title, dataset.title_en, dataset.owner_name, *dataset.tags)
    yield from (dataset.description, dataset.description_en)
    for field in dataset.fields:
        yield from (field.title, field.title_en, field.name, field.source_name, field.element or "", field.description)


def field_rows(dataset: Dataset) -> list[dict[str, Any]]:
    """What the register says of its fields."""
    return [
        {
            "dataset": dataset.key,
            "name": field.name,
            "place": place,
            "title": field.title,
            "title_en": field.title_en,
            "type": str(field.type),
            "element": field.element,
            "grade": int(field.grade),
            "identifying": field.identifying.value,
            "transform": int(field.transform),
            "shareable": field.shareable,
            "scope": field.scope.value if field.scope else None,
        }
        for place, field in enumerate(dataset.fields, 1)
    ]


def _enter_fields(connection: Connection, dataset: Dataset) -> None:
    table = tables.dataset_field
    connection.execute(delete(table).where(table.c.dataset == dataset.key))
    if rows := field_rows(dataset):
        connection.execute(insert(table), rows)
