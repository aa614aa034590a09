"""The SQL table of what officers confirmed to be gone at a source; who and why stands with their deeds."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from catalog.tables import BIG, METADATA

confirmed_deletes = Table(
    "confirmed_deletes",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False),
    Column("window", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("receipt", String(64), nullable=False),
    Index("ix_confirmed_deletes_dataset_window", "dataset", "window"),
)
