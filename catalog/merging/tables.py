"""The SQL table of what officers confirmed to be gone at a source."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from catalog.moment import Moment
from catalog.tables import BIG, METADATA

confirmed_deletes = Table(
    "confirmed_deletes",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False),
    Column("window", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("person", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("receipt", String(64), nullable=False),
    Index("ix_confirmed_deletes_dataset_window", "dataset", "window"),
)
