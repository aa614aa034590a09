"""Writes the card of a dataset, in the very transaction that writes the dataset: found is what is there."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, func, insert, select, text, update

from catalog import tables as catalogue
from catalog.cards import tables
from catalog.cards.tokens import UNPLACED, all_tokens, marked, plain
from catalog.database import serialise
from schemas.dataset import Dataset, Field

FARTHEST = 16_000
"""Positions that a `tsvector` can tell apart; beyond them it counts from the beginning again, and finds too much."""
OFTEN = 255
"""Places that it keeps of one token; a token with more is marked, since where it stands is not known any more."""
INTO = {
    "card_words": text("INSERT INTO card_words (rowid, words, items) VALUES (:id, :words, :items)"),
    "field_words": text("INSERT INTO field_words (rowid, words) VALUES (:id, :words)"),
}
"""How words go into the tables of FTS5."""
_GONE = {name: text(f"DELETE FROM {name} WHERE rowid = :id") for name in INTO}


def enter(connection: Connection, dataset: Dataset) -> None:
    """The card of a dataset that is registered, new or in place of its former one; call it inside `writing`."""
    serialise(connection, "cards")
    card = tables.card
    told = facts(dataset) | {"changed": _next(connection), "listed": True}
    number = connection.scalar(select(card.c.id).where(card.c.dataset == dataset.key))
    if number is None:
        number = connection.execute(insert(card).values(told).returning(card.c.id)).scalar_one()
    else:
        connection.execute(update(card).where(card.c.id == number).values(told))
        _remove(connection, number)
    _write(connection, "card_words", [{"id": number, **words(dataset, connection.dialect.name)}])
    _enter_fields(connection, number, dataset.fields)


def score(connection: Connection, key: str) -> None:
    """What the newest published version of a dataset scored, for its card; inside `writing`, after it has changed."""
    serialise(connection, "cards")
    version = catalogue.version
    newest = select(version.c.scores).where(version.c.dataset == key, version.c.state == "published")
    scores = connection.scalar(newest.order_by(version.c.number.desc()).limit(1))
    mean = sum(scores.values()) / len(scores) if scores else None
    told = {"score": mean, "changed": _next(connection)}
    connection.execute(update(tables.card).where(tables.card.c.dataset == key).values(told))


def show(connection: Connection, key: str, *, listed: bool) -> None:
    """Whether a dataset is in the catalogue's lists; inside `writing`."""
    serialise(connection, "cards")
    told = {"listed": listed, "changed": _next(connection)}
    connection.execute(update(tables.card).where(tables.card.c.dataset == key).values(told))


def _next(connection: Connection) -> int:
    """Under the lock that every change takes, so that what commits later has the higher number."""
    return (connection.scalar(select(func.max(tables.card.c.changed))) or 0) + 1


def facts(dataset: Dataset) -> dict[str, str]:
    """What a card says of its dataset."""
    return {
        "dataset": dataset.key,
        "titles": "\n".join((plain(dataset.title), plain(dataset.title_en), dataset.key)),
        "department": dataset.department,
        "sharing": dataset.sharing.value,
        "owner": dataset.owner,
        "owner_name": dataset.owner_name,
        "division": dataset.division,
        "subject_kind": dataset.subject_kind,
        "topics": "\n".join(dict.fromkeys(tag.strip() for tag in dataset.tags if tag.strip())),
        "cycle": dataset.update_cycle,
    }


def words(dataset: Dataset, dialect: str) -> dict[str, str]:
    """What is written into `card_words` for a dataset."""
    named = (dataset.key, dataset.title, dataset.title_en, dataset.owner_name, *dataset.tags)
    said = all_tokens((*named, dataset.description, dataset.description_en))
    items = all_tokens(one for field in dataset.fields for one in field_texts(field))
    items += dict.fromkeys(marked(field.element) for field in dataset.fields if field.element)
    described = all_tokens(field.description for field in dataset.fields)
    if dialect == "sqlite":
        return {"words": " ".join((*said, *described)), "items": " ".join(items)}
    return {"words": vector((*said, *described, *items)), "items": vector(items)}


def field_texts(field: Field) -> tuple[str, ...]:
    """What a field is called."""
    return (field.title, field.title_en, field.name, field.source_name)


def vector(found: Sequence[str]) -> str:
    """Tokens with their positions, as PostgreSQL reads a `tsvector`; tokens hold no sign that means anything there.

    What stands where positions begin again has no neighbour before it, and is marked too.
    """
    unplaced = {token for token, times in Counter(found).items() if times > OFTEN} | set(found[FARTHEST::FARTHEST])
    placed = (f"'{token}':{place % FARTHEST + 1}" for place, token in enumerate(found))
    return " ".join((*placed, *(f"'{UNPLACED}{token}'" for token in sorted(unplaced))))


def field_facts(field: Field) -> dict[str, str | None]:
    """What the row of a field says, beside its card."""
    return {"name": field.name, "called": plain(field.title), "element": field.element or None}


def field_words(field: Field, dialect: str) -> str:
    """What is written into `field_words` for a field."""
    found = all_tokens(field_texts(field)) + ([marked(field.element)] if field.element else [])
    return " ".join(found) if dialect == "sqlite" else vector(found)


def _enter_fields(connection: Connection, number: int, fields: Sequence[Field]) -> None:
    table, dialect = tables.card_field, connection.dialect.name
    if not fields:
        return
    connection.execute(insert(table), [{"card": number, **field_facts(one)} for one in fields])
    rows = connection.execute(select(table.c.id, table.c.name).where(table.c.card == number))
    ids = {row.name: row.id for row in rows}
    _write(connection, "field_words", [{"id": ids[one.name], "words": field_words(one, dialect)} for one in fields])


def _write(connection: Connection, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(INTO[name], rows)
    else:
        connection.execute(insert(tables.WORDS.tables[name]), rows)


def _remove(connection: Connection, number: int) -> None:
    field = tables.card_field
    numbers = list(connection.scalars(select(field.c.id).where(field.c.card == number)))
    if connection.dialect.name == "sqlite":
        connection.execute(_GONE["card_words"], {"id": number})
        if numbers:
            connection.execute(_GONE["field_words"], [{"id": one} for one in numbers])
    else:
        connection.execute(delete(tables.card_words).where(tables.card_words.c.id == number))
        connection.execute(delete(tables.field_words).where(tables.field_words.c.id.in_(numbers)))
    connection.execute(delete(field).where(field.c.card == number))
