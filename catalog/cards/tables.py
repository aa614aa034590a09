"""The tables of the card index; its words lie in an FTS5 table on SQLite, in `tsvector` columns on PostgreSQL."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, MetaData, String, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

from catalog.tables import BIG, METADATA

card = Table(
    "card",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", ForeignKey("dataset.key", ondelete="CASCADE"), nullable=False, unique=True),
    Column("changed", BigInteger, nullable=False, index=True),
    Column("listed", Boolean, nullable=False),
    Column("titles", Text, nullable=False),
    Column("department", String(64), nullable=False),
    Column("sharing", String(16), nullable=False),
    Column("owner", String(18), nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("division", String(15), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    Column("topics", Text, nullable=False),
    Column("cycle", String(32), nullable=False),
    Column("score", Float),
)
"""`changed` grows with each change, so that a reader asks only for what changed since; `topics` a line each."""

card_field = Table(
    "card_field",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("card", ForeignKey("card.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(128), nullable=False),
    Column("called", Text, nullable=False),
    Column("element", String(64)),
    Index("ix_card_field_name_card", "name", "card"),
    Index("ix_card_field_called_card", "called", "card"),
    Index("ix_card_field_element_card", "element", "card"),
)
"""A row for each field; `called` is its plain title. The indexes alone answer who has a field of a name."""

WORDS = MetaData(naming_convention=METADATA.naming_convention)
"""What has another shape on each database: below as PostgreSQL has it, on SQLite `fts5(...)` of the same columns."""

card_words = Table(
    "card_words",
    WORDS,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("words", TSVECTOR, nullable=False),
    Column("items", TSVECTOR, nullable=False),
    Index("ix_card_words_words", "words", postgresql_using="gin"),
    Index("ix_card_words_items", "items", postgresql_using="gin"),
)
"""Of a dataset: all that it is found by, and what its fields are called. On SQLite `words` is without the fields."""

field_words = Table(
    "field_words",
    WORDS,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("words", TSVECTOR, nullable=False),
    Index("ix_field_words_words", "words", postgresql_using="gin"),
)
"""Of a field: its titles, names and element."""
